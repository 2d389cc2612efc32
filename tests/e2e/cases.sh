#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Black-box cases of the sh version's behaviour that have no script of their
# own, by their numbers: create that fails (52), hosts and resolver (47, 48),
# mounts (69, 70), get-rss (76), and what is left of a pot that ended (79).
# pot-test: timeout=180
# shellcheck disable=SC2016 # scripts for the pot's shell
. "$POT_TEST_TOP/tests/lib.sh"
with_base tiny
F=$T/data/fs

inside() # POT COMMAND
{
	pot exec -p "$1" sh -c "$(echo "$2" | tr '\n\t' '  ')"
}

# -- 52: a create that fails, wherever, leaves nothing, and is no success

FLAVOURS=$PREFIX/etc/pot/flavours
mkdir -p "$FLAVOURS"
echo "copy-in -s /no/such/file -d /root/x" >"$FLAVOURS/line"
printf 'set-cmd -c true\nmount-in -d /no/such/dir -m /mnt\n' \
    >"$FLAVOURS/later"
printf '#!/bin/sh\necho half >/root/half\nexit 3\n' >"$FLAVOURS/script.sh"
printf '#!/bin/sh\nkill -9 $$\n' >"$FLAVOURS/dies.sh"
chmod 755 "$FLAVOURS"/*.sh

# Where layers lie, and who has lent one, is made when it is needed.
runs "52: a pot that comes and goes" pot create -p no -t single -b tiny
runs "52: a pot that comes and goes" pot destroy -p no
find "$T/data" | LC_ALL=C sort >"$T/before"
failed() # DESC OPTION...
{
	t_what=$1
	shift
	exits 1 "52: $t_what" pot create -p no -t single "$@"
	like "$(err)" "###>  *" "52: $t_what: an error is told"
	is "$(pot ls -q)" "" "52: $t_what: no pot"
	find "$T/data" ! -name .lent ! -path '*/.lent/*' ! -path '*/lock/*' |
	    LC_ALL=C sort >"$T/after"
	is "$(LC_ALL=C comm -13 "$T/before" "$T/after" |
	    grep -v '/layers$' | head -n 5)" "" "52: $t_what: nothing is left"
}
failed "no base" -b nosuch
failed "a flavour that is not there" -b tiny -f nosuch
failed "a line of a flavour" -b tiny -f line
failed "a later line of a flavour" -b tiny -f later
failed "a flavour's script" -b tiny -f script
failed "a flavour's script that is killed" -b tiny -f dies
failed "the second of two flavours" -b tiny -f later -f script
exits 1 "52: the mirror has no such release" pot create-base -r 99.9 \
    --mirror "$T/no/mirror"
is "$(pot ls -bq)" tiny "52: no base"
for f in line script; do
	exits 1 "52: $f, -k" pot create -k -p kept -t single -b tiny -f $f
	runs "52: $f, -k: the pot is left" pot info -q -p kept
	exits 1 "52: $f, -k: it does not run" pot info -qrp kept
	[ $f = line ] || {
		runs "52: $f, -k: with what was done" pot copy-out -p kept \
		    -s /root/half -d "$T"
	}
	runs "52: $f, -k: it can be destroyed" pot destroy -p kept
done

# -- 47: /etc/hosts

runs "a pot" pot create -p web -t single -b tiny
pot set-cmd -p web -c "sleep 1000"
host=$(pot info -p web --format json |
    sed -n 's/.*"hostname": *"\([^"]*\)".*/\1/p')
local="::1 localhost $host
127.0.0.1 localhost $host"
hosts() # WANTED DESC
{
	pot stop -p web >/dev/null 2>&1
	pot start -d -p web >/dev/null || fail "47: start"
	is "$(inside web 'cat /etc/hosts')" "$1" "47: $2"
}
hosts "$local" "the pot itself"
pot set-hosts -p web -H db:10.0.0.3 -H six:fc00::6
hosts "$local
10.0.0.3 db
fc00::6 six" "and entries of its own, in their order"
pot set-attribute -p web -A no-etc-hosts -V YES
hosts "$local
10.0.0.3 db
fc00::6 six" "which no-etc-hosts leaves"
inside web 'echo 1.2.3.4 mine >>/etc/hosts'
hosts "$local
10.0.0.3 db
fc00::6 six" "it is written anew at each start"
pot set-hosts -p web
hosts "$local" "and without them again"

# -- 48: resolv.conf

resolver() # POT
{
	pot set-cmd -p "$1" -c "sleep 1000"
	runs "48: $1: start" pot start -d -p "$1"
}
is "$(inside web 'cat /etc/resolv.conf')" "$(cat /etc/resolv.conf)" \
    "48: inherit: the host's"
pot stop -p web
printf 'search example.org\nnameserver 192.0.2.1\n' >"$T/resolv"
runs "48: custom" pot create -p custom -t single -b tiny -d "custom:$T/resolv"
rm "$T/resolv"
resolver custom
is "$(inside custom 'cat /etc/resolv.conf')" "search example.org
nameserver 192.0.2.1" "48: custom: what was given"
pot stop -p custom
mv "$F/jails/custom/conf/resolv.conf" "$T/resolv"
exits 1 "48: custom, the file is missing" pot start -d -p custom
err_like "*conf/resolv.conf*" "48: custom: it is named"
exits 1 "48: custom: it does not run" pot info -qrp custom
mv "$T/resolv" "$F/jails/custom/conf/resolv.conf"
runs "48: custom, it is there again" pot start -d -p custom
pot stop -p custom
set_conf POT_DNS_IP 10.192.0.5
set_conf POT_DNS_NAME dns
runs "the name server of dns pot" pot create -p dns -t single -b tiny
pot set-cmd -p dns -c "sleep 1000"
runs "48: pot" pot create -p asks -t single -b tiny -d pot
sed 's/^host.hostname=.*/host.hostname="asks.lan.example"/' \
    "$F/jails/asks/conf/pot.conf" >"$T/conf"
cp "$T/conf" "$F/jails/asks/conf/pot.conf"
resolver asks
is "$(inside asks 'grep -v "^#" /etc/resolv.conf')" "search lan
nameserver 10.192.0.5" "48: pot: the second label, and the name server"
runs "48: pot: which it depends on" pot info -qrp dns
pot stop -p asks
pot stop -p dns
runs "48: off" pot create -p off -t single -b tiny -d off
echo nameserver 192.0.2.7 >"$T/resolv.conf"
runs "48: off: its own file" pot copy-in -p off -s "$T/resolv.conf" \
    -d /etc/resolv.conf
resolver off
is "$(inside off 'cat /etc/resolv.conf')" "nameserver 192.0.2.7" \
    "48: off: is left alone"
pot stop -p off
# The host without one: in a view of its own, where there is such a thing.
if [ "$(uname -s)" = Linux ]; then
	cat >"$T/without" <<-'EOC'
	mkdir "$1/u" "$1/w" "$1/e" &&
	    mount -t tmpfs tmpfs "$1/e" && mkdir "$1/e/u" "$1/e/w" &&
	    mount -t overlay overlay -o \
	    "lowerdir=/etc,upperdir=$1/e/u,workdir=$1/e/w" /etc &&
	    rm -f /etc/resolv.conf || exit 9
	shift
	exec "$@"
	EOC
	exits 1 "48: inherit, the host has none" \
	    unshare -m sh "$T/without" "$T" "$POT" start -d -p web
	err_like "*resolv*" "48: inherit: it is named"
	exits 1 "48: inherit: it does not run" pot info -qrp web
fi
for p in custom asks dns off; do
	pot destroy -F -p $p
done

# -- 69: mounts, as the pot has them

mkdir "$T/host" "$T/other"
echo host >"$T/host/file"
pot create-fscomp -f data
echo data >"$F/fscomp/data/file"
pot create-fscomp -f fixed
echo fixed >"$F/fscomp/fixed/file"
mounted() # WHEN: dir and fscomp, rw and ro
{
	is "$(inside web 'cat /m/dir/file /m/ro/file /m/data/file
	    /m/fixed/file' 2>&1 | tr '\n' ' ')" "host other data fixed " \
	    "69: $1: all are there"
	runs "69: $1: a directory can be written to" \
	    pot exec -p web sh -c 'echo x >/m/dir/new && rm /m/dir/new'
	exits 1 "69: $1: not with -r" \
	    pot exec -p web sh -c 'echo x >/m/ro/new'
	runs "69: $1: so can a component" \
	    pot exec -p web sh -c 'echo x >/m/data/new && rm /m/data/new'
	exits 1 "69: $1: not with -r" \
	    pot exec -p web sh -c 'echo x >/m/fixed/new'
}
echo other >"$T/other/file"
inside_all='cat /m/dir/file /m/ro/file /m/data/file /m/fixed/file'
runs "69: stopped: a directory" pot mount-in -p web -m /m/dir -d "$T/host"
runs "69: stopped: read-only" pot mount-in -r -p web -m /m/ro -d "$T/other"
runs "69: stopped: a component" pot mount-in -w -p web -m /m/data -f data
runs "69: stopped: read-only" pot mount-in -r -p web -m /m/fixed -f fixed
runs "start" pot start -d -p web
mounted "stopped"
runs "stop" pot stop -p web
runs "start" pot start -d -p web
mounted "after a restart"
for m in dir ro data fixed; do
	runs "69: running: mount-out $m" pot mount-out -p web -m /m/$m
done
exits 1 "69: they are gone" pot exec -p web sh -c "$inside_all"
is "$(cat "$F/jails/web/conf/fscomp.conf")" "" "69: from the file, too"
runs "69: running: a directory" pot mount-in -p web -m /m/dir -d "$T/host"
runs "69: running: read-only" pot mount-in -r -p web -m /m/ro -d "$T/other"
runs "69: running: a component" pot mount-in -p web -m /m/data -f data
runs "69: running: read-only" pot mount-in -r -p web -m /m/fixed -f fixed
mounted "running"
runs "stop" pot stop -p web
runs "start" pot start -d -p web
mounted "after a restart"
runs "stop" pot stop -p web
for m in dir ro data fixed; do
	runs "69: stopped: mount-out $m" pot mount-out -p web -m /m/$m
done
runs "start" pot start -d -p web
exits 1 "69: they are gone" pot exec -p web sh -c "$inside_all"
runs "stop" pot stop -p web
zroot=$(pot config -qg zfs_root)
runs "69: a dataset" pot mount-in -p web -m /m/set -z "$zroot/fscomp/data"
runs "start" pot start -d -p web
is "$(inside web 'cat /m/set/file')" data "69: a dataset is there"
runs "stop" pot stop -p web
runs "69: mount-out of it" pot mount-out -p web -m /m/set

# -- 70: entries as they were up to 0.15.5

printf '%s\n' "$T/host $F/jails/web/m/m/dir" '' \
    "$zroot/fscomp/data $F/jails/web/m/m/data ro" \
    >"$F/jails/web/conf/fscomp.conf"
runs "70: the old format: start" pot start -d -p web
is "$(inside web 'cat /m/dir/file /m/data/file' | tr '\n' ' ')" "host data " \
    "70: is understood"
exits 1 "70: with its options" pot exec -p web sh -c 'echo x >/m/data/new'
runs "stop" pot stop -p web
exits 1 "70: a mount point that is in use" pot mount-in -p web -m /m/dir \
    -d "$T/other"
runs "70: clone" pot clone -F -p two -P web
is "$(cat "$F/jails/two/conf/fscomp.conf")" "$T/host /m/dir
$zroot/fscomp/data /m/data ro" "70: the clone has the new format"
pot destroy -p two
runs "70: mount-out" pot mount-out -p web -m /m/data
is "$(cat "$F/jails/web/conf/fscomp.conf")" "$T/host /m/dir" \
    "70: so has what is written"
printf '%s\n' "$T/host $F/jails/web/m/m/dir" >"$F/jails/web/conf/fscomp.conf"
runs "70: update-config" pot update-config -p web
is "$(cat "$F/jails/web/conf/fscomp.conf")" "$T/host /m/dir" \
    "70: and what is updated"
runs "70: mount-out" pot mount-out -p web -m /m/dir

# -- 76: get-rss

exits 1 "76: get-rss of a stopped pot" pot get-rss -p web
runs "start" pot start -d -p web
t_run pot get-rss -J -p web
if [ "$t_status" -eq 0 ]; then
	like "$(tr -d ' \n' <"$T/.out" | sed 's/[0-9][0-9.]*/N/g')" \
	    '{"ResourceUsage":{"MemoryStats":{"RSS":N,"Swap":N*"CpuStats":{"TotalTicks":N,"Percent":N*}}' \
	    "76: the JSON that the Nomad driver reads"
	is "$(grep -c '"Percent": *[0-9][0-9]*[^0-9.]' "$T/.out")" 1 \
	    "76: Percent is an integer"
	is "$(grep -c '"RSS": *[0-9][0-9]*[^0-9.]' "$T/.out")" 1 \
	    "76: so is RSS"
else
	is "$t_status $(sysctl -n kern.racct.enable 2>/dev/null)" "1 0" \
	    "76: without racct it is an error"
	err_like "*kern.racct.enable*" "76: which names the tunable"
fi

# -- 79: nothing is left of a pot that was stopped, or whose command died

left() # WHAT
{
	becomes_out "" "79: $1: it does not run" pot ps -q
	becomes_out "" "79: $1: no run directory" ls "$T/data/run/pot"
	is "$(mount | grep -c "$F/jails/web/m")" "$mounts" \
	    "79: $1: no mount"
	is "$(pgrep -f "sleep 4711")" "" "79: $1: no process"
	if [ -x /usr/bin/posixshmcontrol ]; then
		is "$(posixshmcontrol ls | grep -c "$F/jails/web/")" 0 \
		    "79: $1: no shared memory"
	fi
}
pot stop -p web
mounts=$(mount | grep -c "$F/jails/web/m")
pot set-attribute -p web -A procfs -V YES
pot set-attribute -p web -A fdescfs -V YES
runs "79: a mount" pot mount-in -p web -m /m/dir -d "$T/host"
pot set-cmd -p web -c "sh -c 'sleep 4711 & sleep 4711 & wait'"
for persistent in YES NO; do
	pot set-attribute -p web -A persistent -V $persistent
	runs "79: persistent $persistent: start" pot start -d -p web
	eventually pgrep -f "sleep 4711"
	runs "79: persistent $persistent: stop" pot stop -p web
	left "persistent $persistent: stopped"
done
runs "79: start" pot start -d -p web
eventually pgrep -f "sleep 4711"
runs "79: the main process is killed" pot signal -p web -s KILL
left "the main process was killed"
runs "79: start" pot start -d -p web
eventually pgrep -f "sleep 4711"
pkill -9 -x pot-supervise
pkill -9 -x pot-init
pkill -9 -f "sleep 4711"
pot recover >/dev/null 2>&1
left "all of it was killed"
runs "79: it starts again" pot start -d -p web
runs "79: and stops" pot stop -p web
done_testing
