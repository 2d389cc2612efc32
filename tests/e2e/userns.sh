#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Pots with user namespaces of their own: ids of the host for each, files that
# keep their owners, and a root that is nobody outside.
# pot-test: timeout=300
# shellcheck disable=SC2016 # scripts for the pot's shell
. "$POT_TEST_TOP/tests/lib.sh"
[ "$(uname -s)" = Linux ] || skip_all "user namespaces are Linux's"
can_map_ids "user namespaces" || done_testing

start=2013265920
size=65536
with_base tiny
# Files of the host, for all to reach.
chmod 755 "$T"
mkdir -m 755 "$T/host"

# The first id of a pot on the host, or nothing.
id_of() # POT
{
	pot info --format json -p "$1" |
	    sed -n 's/.*"userns": *{ *"first": *\([0-9]*\).*/\1/p'
}
# The owner on the host of a pot's first process.
runs_as() # POT
{
	handle=$(readlink "$T/data/run/pot/$1/cell")
	handle=${handle##*/}
	stat -c %u "/proc/$(echo "$handle" | tr ' ' '\n' | sed -n \
	    's/^\([0-9]*\):.*/\1/p' | head -n 1)"
}
owner() # FILE
{
	stat -c '%u %g %a' "$1"
}
# A file of the pot on disk.
on_disk() # PATH
{
	find "$T/data/fs" -path "*/fs/$1" | head -n 1
}
# What a command says in the pot that runs.
inside() # COMMAND
{
	pot exec -p web sh -c "$1" 2>&1
}

runs "a pot is created" pot create -p web -t single -b tiny
runs "with a user namespace" pot set-attribute -p web -A userns -V yes
pot set-cmd -p web -c "sh -c 'echo ready; echo error >&2; exec sleep 1000'"

# -- ids

is "$(id_of web)" "" "it has no ids before its first start"
runs "it starts" pot start -d web
becomes_out "ready error" "its output is in the log" sh -c \
    '"$1" logs -p web 2>&1 | sort -r | tr "\n" " " | sed "s/ $//"' sh "$POT"
is "$(id_of web)" "$start" "it has its ids"
like "$(pot info -v -p web)" "*ids on the host : $start-$((start + size - 1))*" \
    "info tells them"
is "$(runs_as web)" "$start" "its first process has the first one"
is "$(inside 'tr -s " " </proc/self/uid_map')" " 0 $start $size" \
    "they are 0 to $((size - 1)) in the pot"
is "$(inside 'id -u; id -g')" "0
0" "where its root is root"
runs "a second pot" pot create -p db -t single -b tiny
pot set-attribute -p db -A userns -V yes
pot set-cmd -p db -c "sleep 1000"
runs "starts" pot start -d db
is "$(id_of db)" "$((start + size))" "with the next ids"
runs "a clone" pot clone -F -p copy -P db
is "$(id_of copy)" "" "has none yet"
runs "it starts" pot start -d copy
is "$(id_of copy)" "$((start + 2 * size))" "with others than its source"
pot stop db
runs "a rename" pot rename -p db -n sql
is "$(id_of sql)" "$((start + size))" "keeps them"
runs "a destroy" pot destroy -p sql
pot create -p new -t single -b tiny
pot set-attribute -p new -A userns -V yes
pot set-cmd -p new -c "sleep 1000"

# Ids that the host has lent to somebody are left out.
mkdir "$T/etc"
cp /etc/passwd /etc/group "$T/etc"
cat /etc/resolv.conf >"$T/etc/resolv.conf" 2>/dev/null
echo "somebody:$((start + size)):1" >"$T/etc/subuid"
echo "group:$((start + 4 * size - 1)):10" >"$T/etc/subgid"
runs "a pot beside those of subuid(5)" unshare -m sh -c \
    'mount --bind "$1" /etc && exec "$2" start -d new' sh "$T/etc" "$POT"
is "$(id_of new)" "$((start + 5 * size))" "gets none of them"
pot destroy -F -p new
pot create -p new -t single -b tiny
pot set-attribute -p new -A userns -V yes
pot set-cmd -p new -c "sleep 1000"
runs "a new pot" pot start -d new
is "$(id_of new)" "$((start + size))" "gets what was given back"
for p in p1 p2 p3 p4; do
	pot create -p $p -t single -b tiny
	pot set-attribute -p $p -A userns -V yes
	pot set-cmd -p $p -c "sleep 1000"
done
for p in p1 p2 p3 p4; do
	pot start -d $p >/dev/null 2>&1 &
done
wait
is "$(for p in p1 p2 p3 p4; do id_of $p; done | sort -u | wc -l)" 4 \
    "four that start at once get four ranges"
for p in p1 p2 p3 p4 copy; do
	pot destroy -F -p $p
done

# -- files

inside 'echo x >/root/x; echo y >/tmp/y; echo z >/root/z
    chown 33:50 /root/z; mkdir /root/d; ln -s x /root/l; echo w >/dev/shm/w' \
    >"$T/.out"
out_is "" "its root makes files"
is "$(inside 'stat -c %u:%g /root/x /tmp/y /root/z /root/d /dev/shm/w /etc/hosts' |
    tr '\n' ' ')" "0:0 0:0 33:50 0:0 0:0 0:0 " "that are its own"
is "$(owner "$(on_disk root/x)")" "0 0 644" "on disk they are root's"
is "$(owner "$(on_disk root/z)")" "33 50 644" "or whose they were given to"
is "$(inside 'chown 70000 /root/x 2>&1 || echo no' | tail -n 1)" no \
    "ids that it has not can't be given"
runs "exec as another user" pot exec -p web -U daemon sh -c \
    'id -u; touch /tmp/daemon; cat /proc/self/uid_map >/dev/null'
out_is 1 "has its id"
like "$(pot exec -t -p web sh -c 'tty; stat -c %u $(tty)' 2>&1)" \
    "/dev/pts/0*0*" "a terminal is the pot's"
is "$(inside 'echo via >/dev/stdout; echo e >/dev/stderr')" "via
e" "/dev/stdout can be opened"
is "$(inside 'head -c 3 /dev/zero | wc -c; echo gone >/dev/null')" 3 \
    "its devices work"

# -- nobody on the host

echo secret >"$T/host/secret"
chmod 600 "$T/host/secret"
echo text >"$T/host/text"
mkdir -m 1777 "$T/host/pub"
runs "a directory of the host is mounted" pot mount-in -p web -d "$T/host" \
    -m /mnt
is "$(inside 'cat /mnt/text')" text "what all may read it reads"
like "$(inside 'cat /mnt/secret || echo no')" "*denied*no" "root's secret not"
like "$(inside 'echo x >/mnt/text || echo no')" "*no" "root's file it can't write"
like "$(inside 'echo x >/mnt/new || echo no')" "*no" "nor make one there"
like "$(inside 'rm -f /mnt/text || echo no')" "*no" "nor remove it"
like "$(inside 'chmod 777 /mnt/text || echo no')" "*no" "nor change its mode"
is "$(cat "$T/host/text") $(owner "$T/host/text")" "text 0 0 644" \
    "it is as it was"
is "$(inside 'stat -c %u /mnt/text')" 65534 "it is nobody's there"
inside 'cp /bin/busybox /mnt/pub/su; chmod 6755 /mnt/pub/su' >"$T/.out"
is "$(owner "$T/host/pub/su")" "$start $start 6755" \
    "a setuid program that it makes outside is its own user's"
for f in kernel/core_pattern kernel/hostname vm/overcommit_memory; do
	like "$(inside "echo x >/proc/sys/$f || echo no")" "*no" \
	    "/proc/sys/$f can't be written"
done
like "$(inside 'echo x >/proc/sysrq-trigger || echo no')" "*no" \
    "nor /proc/sysrq-trigger"
like "$(inside 'echo 0 >/sys/fs/cgroup/cgroup.procs 2>&1 || echo no')" "*no" \
    "nor the host's control groups"
like "$(inside 'mknod /root/disk b 8 0 || echo no')" "*no" "it makes no device"
like "$(inside 'mount -t tmpfs none /mnt || echo no')" "*no" "it mounts nothing"
like "$(inside 'nice -n -5 true || echo no')" "*no" \
    "it has no priority over others"
runs "mount-out" pot mount-out -p web -m /mnt

# A single file; and with the ids of the pot, if that is asked for.
runs "a single file is mounted" pot mount-in -p web -d "$T/host/text" \
    -m /root/text
like "$(inside 'cat /root/text; echo x >/root/text || echo no')" "text*no" \
    "it is the host's"
pot mount-out -p web -m /root/text
runs "with --map-ids" pot mount-in -p web -d "$T/host/text" -m /root/text \
    --map-ids
is "$(inside 'stat -c %u /root/text; echo changed >/root/text')" 0 \
    "it is the pot's"
is "$(cat "$T/host/text") $(owner "$T/host/text")" "changed 0 0 644" \
    "and root's all the same"
runs "a directory, read-only, below /tmp" pot mount-in -p web \
    -d "$T/host" -m /tmp/deep/mnt -r --map-ids
is "$(inside 'cat /tmp/deep/mnt/secret')" secret "with --map-ids"
like "$(inside 'echo x >/tmp/deep/mnt/text || echo no')" "*Read-only*no" \
    "read-only"
refuses "--map-ids of what can't" pot mount-in -p web -d /proc/sys \
    -m /root/sys --map-ids
err_like "*pot web: *cannot map ids*" "says so"
refuses "--map-ids is for directories" pot mount-in -p web -f data -m /data \
    --map-ids
pot create-fscomp -f data
runs "a component" pot mount-in -p web -f data -m /data
inside 'echo x >/data/x; chown 7 /data/x' >"$T/.out"
out_is "" "is the pot's"
is "$(owner "$T/data/fs/fscomp/data/x")" "7 0 644" "with its owners on disk"

# -- copies

echo in >"$T/host/in"
chown 33:1 "$T/host/in"
chmod 4600 "$T/host/in"
mkdir -p "$T/host/tree/sub"
echo deep >"$T/host/tree/sub/deep"
chown -R 5:6 "$T/host/tree/sub"
runs "copy-in while it runs" pot copy-in -F -p web -s "$T/host/in" \
    -d /root/in
is "$(inside 'stat -c "%u %g %a" /root/in')" "33 1 4600" \
    "has the owner it has on the host"
is "$(owner "$(on_disk root/in)")" "33 1 4600" "also on disk"
runs "copy-in of a tree" pot copy-in -F -p web -s "$T/host/tree" -d /root
is "$(inside 'stat -c "%u %g" /root/tree /root/tree/sub/deep')" "0 0
5 6" "likewise"
chown 70000 "$T/host/tree/sub/deep"
refuses "copy-in of an owner that the pot has not" pot copy-in -F -p web \
    -s "$T/host/tree" -d /root/none
err_like "*pot web: *owner 70000: outside the ids 0 to 65535*" "says so"
is "$(inside 'ls -d /root/none 2>/dev/null')" "" "and copies nothing"
mkdir "$T/out"
inside 'cp /bin/busybox /root/su; chown 33 /root/su; chmod 6711 /root/su
    chmod 700 /root/z' >/dev/null
runs "copy-out while it runs" pot copy-out -F -p web -s /root -d "$T/out"
is "$(owner "$T/out/root/z")" "33 50 700" "has the owners of the pot"
is "$(owner "$T/out/root/su")" "33 0 711" "but gives no rights"
is "$(owner "$T/out/root/tree/sub")" "5 6 755" "in directories, too"
runs "but with --preserve" pot copy-out -F --preserve -p web -s /root/su \
    -d "$T/out"
is "$(owner "$T/out/su")" "33 0 6711" "where they are asked for"

# -- start and stop, snapshots

inside 'touch /root/late' >/dev/null
printf '#!/bin/sh\nid -u >>%s/hook\n' "$T" >"$T/hook.sh"
chmod 755 "$T/hook.sh"
pot set-hook -p web -s "$T/hook.sh" -S "$T/hook.sh" -t "$T/hook.sh" \
    -T "$T/hook.sh"
runs "stop" pot stop web
runs "snapshot" pot snapshot -p web
runs "copy-in while it is stopped" pot copy-in -p web -s "$T/host/in" \
    -d /root/in2
runs "start" pot start -d web
is "$(inside 'stat -c "%u %g %a" /root/in2; ls /tmp/deep/mnt | head -n 1')" \
    "33 1 4600
in" "the copy is the same, and what is below /tmp is mounted again"
is "$(id_of web) $(runs_as web)" "$start $start" "the ids are the same"
runs "stop" pot stop web
runs "revert" pot revert -p web
is "$(id_of web)" "$start" "they stay after a revert"
is "$(on_disk root/in2)" "" "which it is"
pot set-hook -p web --remove prestart --remove poststart --remove prestop \
    --remove poststop
is "$(sort -u "$T/hook")" 0 "hooks run as the host's root"
pot set-attribute -p web -A persistent -V no
pot set-cmd -p web -c "sh -c 'ls -n /root/x; exit 3'"
exits 125 "a foreground start" pot start -p web
out_like "*-rw-r--r--*0        0 *root/x*" "has the output"
is "$(pot last-run-stats -p web)" '{ "ExitCode": 3 }' "and the status"
pot set-attribute -p web -A userns -V no
pot set-cmd -p web -c "sh -c 'stat -c %u /root/z; cat /proc/self/uid_map'"
is "$(pot start -p web | grep -v '^===>' | tr -s ' ')" "33
 0 0 4294967295" "without the attribute its files have the same owners"
pot set-attribute -p web -A userns -V yes
pot set-attribute -p web -A read-only-root -V yes
pot set-cmd -p web -c "sh -c 'touch /x || touch /tmp/x && echo yes'"
out=$(pot start -p web 2>"$T/err")
like "$(cat "$T/err")" "*touch: /x: Read-only*" "with a read-only root"
like "$out" "*yes" "and a /tmp to write to"
pot set-attribute -p web -A read-only-root -V no
pot set-attribute -p web -A no-tmpfs -V yes
pot set-cmd -p web -c "sh -c 'stat -c %u%a /tmp'"
is "$(pot start -p web | grep -v '^===>')" 01777 "with no tmpfs"

# -- what a flavour sets

mkdir "$T/inst/etc/pot/flavours" 2>/dev/null
echo "set-attribute -A userns -V yes" >"$T/inst/etc/pot/flavours/ns"
printf '#!/bin/sh\nset -e\ntouch /root/made\nchown 3:4 /root/made\n%s\n' \
    'test "$(tr -s " " </proc/self/uid_map)" != " 0 0 4294967295"' \
    >"$T/inst/etc/pot/flavours/ns.sh"
chmod 755 "$T/inst/etc/pot/flavours/ns.sh"
runs "a flavour's script" pot create -p flv -t single -b tiny -f ns
is "$(owner "$(on_disk root/made)")" "3 4 644" "runs in it"
pot destroy -p flv

# -- what is wrong

echo nonsense >"$T/data/fs/jails/web/.userns"
exits 1 "ids that make no sense" pot start -p web
err_like "*pot web: *.userns 'nonsense': expected FIRST:COUNT*" "are told"
rm "$T/data/fs/jails/web/.userns"
set_conf POT_USERNS_START 1000
exits 1 "a start that is the host's" pot start -p web
err_like "*POT_USERNS_START*1000*65536*" "is refused"
set_conf POT_USERNS_START 4294950000
exits 1 "no room" pot start -p web
err_like "*no 65536 ids from 4294950000 on are free*" "is told"
is "$(id_of web)" "" "nothing is stored"
set_conf POT_USERNS_START 300000
set_conf POT_USERNS_SIZE 1000
runs "another range" pot start -p web
is "$(id_of web)" 300000 "is taken"
pot destroy -F -p new

# -- a pot that is a directory

if [ "${POT_TEST_STORAGE:-overlay}" = overlay ]; then
	install_pot "$POT_TEST_TREE" "$T/inst2" "$T/data2"
	echo POT_STORAGE=dir >>"$T/inst2/etc/pot/pot.conf"
	pot2() { "$T/inst2/bin/pot" "$@"; }
	at_exit 'pot2 destroy -F -p dir >/dev/null 2>&1'
	pot2 init >/dev/null
	runs "an installation with directories" pot2 create-base \
	    --from "$T/rootfs" -b tiny
	pot2 create -p dir -t single -b tiny
	pot2 set-attribute -p dir -A userns -V yes
	pot2 set-cmd -p dir -c "sleep 1000"
	runs "a pot that is a directory" pot2 start -d dir
	runs "makes files" pot2 exec -p dir sh -c \
	    'touch /root/x; chown 8:9 /root/x; stat -c %u:%g /root /root/x'
	out_is "0:0
8:9" "that are its own"
	is "$(owner "$T/data2/fs/jails/dir/m/root/x")" "8 9 644" \
	    "with these owners on disk"
	runs "it ends" pot2 destroy -F -p dir
fi
done_testing
