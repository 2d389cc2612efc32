#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What attributes of the jail mean on FreeBSD, tried by a pot that runs: the
# operation itself, with the attribute and without; what is mounted; a jail
# of the same name that is not ours, and one that pot 0.16 made.
# pot-test: timeout=180
# shellcheck disable=SC2016 # scripts for the pot's shell
. "$POT_TEST_TOP/tests/lib.sh"
[ "$(uname -s)" = FreeBSD ] || skip_all "what jails are: e2e/jail_attributes"

make_rootfs "$T/rootfs"
mkdir "$T/rootfs/sbin"
cp /sbin/mount_nullfs "$T/rootfs/sbin"
with_base tiny
F=$T/data
M=$F/fs/jails/web/m
runs "a pot is created" pot create -p web -t single -b tiny
pot set-cmd -p web -c "sleep 1000"
pot set-attribute -p web -A stop_timeout -V 1

started() # ATTRIBUTE=VALUE...: the pot runs with these
{
	pot stop -p web >/dev/null 2>&1
	t_all=$*
	for t_pair; do
		pot set-attribute -p web -A "${t_pair%%=*}" \
		    -V "${t_pair#*=}" >"$T/.out" 2>&1 ||
		    fail "set-attribute $t_pair" "$(out)"
	done
	runs "${t_all:-defaults}: it starts" pot start -d -p web
}

# A parameter of the jail, as the kernel has it.
parameter() # NAME
{
	case $1 in
	sysv* | ip[46]) jls -j web "$1" | sed 's/^0/disable/;s/^1/new/;s/^2/inherit/' ;;
	*) jls -j web "$1" ;;
	esac
}

inside() # COMMAND
{
	pot exec -p web sh -c "$1"
}

has_fs() # TYPE: has the kernel such a file system?
{
	kldload -n "$1" 2>/dev/null
	sysctl -n "security.jail.param.allow.mount.$1" >/dev/null 2>&1
}

# -- what a jail is without a word about it

started
for pair in enforce_statfs=2 children.max=0 devfs_ruleset=4 \
    allow.raw_sockets=0 allow.mlock=0 allow.mount=0 allow.mount.nullfs=0 \
    allow.mount.tmpfs=0 allow.set_hostname=0 allow.chflags=1 \
    sysvshm=new sysvsem=new sysvmsg=new; do
	name=${pair%%=*}
	sysctl -d "security.jail.param.$name" >/dev/null 2>&1 || continue
	is "$(parameter "$name")" "${pair#*=}" \
	    "41: by default $name is ${pair#*=}"
done
if sysctl -d security.jail.param.ip4 >/dev/null 2>&1 &&
    sysctl -d security.jail.param.ip6 >/dev/null 2>&1; then
	for pair in "dual inherit inherit" "ipv6 disable inherit" \
	    "ipv4 inherit disable"; do
		grep -v '^pot.stack=' "$F/fs/jails/web/conf/pot.conf" >"$T/conf"
		echo "pot.stack=${pair%% *}" >>"$T/conf"
		cp "$T/conf" "$F/fs/jails/web/conf/pot.conf"
		started
		is "$(parameter ip4) $(parameter ip6)" "${pair#* }" \
		    "41: inherit with the stack ${pair%% *}"
	done
fi
is "$(inside hostname)" "$(pot info -p web --format json |
    sed -n 's/.*"hostname": *"\([^"]*\)".*/\1/p' | head -n 1)" \
    "the host name is the pot's"
refuses "and can't be changed" pot exec -p web hostname other
is "$(parameter path)" "$(realpath "$M")" "its root is the pot's"
is "$(inside 'ls -d /dev/null /dev/zero /dev/fd | wc -l' | tr -d ' ')" 3 \
    "ruleset 4: it has the usual devices"
for device in mem kmem vtbd0 ada0 da0 pci bpf; do
	[ ! -e "/dev/$device" ] ||
	    refuses "ruleset 4: no /dev/$device" pot exec -p web \
	    test -e "/dev/$device"
done

# -- raw_sockets (D15: NO means no)

for value in YES NO; do
	started raw_sockets=$value
	if [ $value = YES ]; then
		runs "raw_sockets $value: it pings" pot exec -p web \
		    ping -c 1 127.0.0.1
	else
		refuses "raw_sockets $value: it does not ping" pot exec -p web \
		    ping -c 1 127.0.0.1
		err_like "*ermit*" "raw_sockets $value: says why"
	fi
done

# -- what it says it is: its userland's word, else that of pot.conf

pot stop -p web
conf=$F/fs/jails/web/conf/pot.conf
{
	grep -v '^osrelease=' "$conf"
	echo 'osrelease="11.4-RELEASE"'
} >"$T/conf"
cp "$T/conf" "$conf"
started
is "$(parameter osrelease)" 11.4-RELEASE "osrelease of pot.conf"
is "$(inside 'uname -r')" 11.4-RELEASE "uname says so"
pot stop -p web
printf '#!/bin/sh\n\nUSERLAND_VERSION="11.3-RELEASE-p7"\n' \
    >"$M/bin/freebsd-version"
started
is "$(inside 'uname -r')" 11.3-RELEASE-p7 "osrelease of freebsd-version"
pot stop -p web
rm "$M/bin/freebsd-version"
mkfifo "$M/bin/freebsd-version"
started
is "$(inside 'uname -r')" 11.4-RELEASE "a FIFO of the guest's is not read"
rm "$M/bin/freebsd-version"

# -- a network of its own

runs "network none" pot create -p lone -t single -b tiny -N none
pot set-cmd -p lone -c "sleep 1000"
pot set-attribute -p lone -A stop_timeout -V 1
if sysctl -d security.jail.param.vnet >/dev/null 2>&1; then
	runs "network none: it starts" pot start -d -p lone
	like "$(pot exec -p lone ifconfig -l)" "*lo0*" "network none: it has lo0"
	is "$(pot exec -p lone ifconfig -l ether)" "" \
	    "network none: and no other that leads anywhere"
	pot stop -p lone
else
	refuses "no VIMAGE: it does not start" pot start -d -p lone
	err_like "*lone*VIMAGE*" "no VIMAGE: is said"
	is "$(pot ps -q | grep -c lone)" 0 "no VIMAGE: nothing runs"
fi
pot destroy -F -p lone

# -- POSIX shared memory that nobody removed

if command -v posixshmcontrol >/dev/null &&
    sysctl kern.ipc.posix_shm_list >/dev/null 2>&1; then
	pot stop -p web
	cp /usr/bin/posixshmcontrol "$M/bin"
	posixshmcontrol create /of-the-host
	started
	runs "shared memory" pot exec -p web posixshmcontrol create /left
	isnt "$(posixshmcontrol ls | grep -c "$M/left")" 0 \
	    "shared memory: it is there"
	pot stop -p web
	is "$(posixshmcontrol ls | grep -c "$M/left")" 0 \
	    "shared memory: it is gone after a stop"
	is "$(posixshmcontrol ls | grep -c /of-the-host)" 1 \
	    "shared memory: the host's is not"
	posixshmcontrol rm /of-the-host
else
	skip "shared memory" "the kernel has no list of it (12.2)"
fi

# -- enforce_statfs

for value in 0 1 2; do
	started enforce_statfs=$value
	seen=$(inside 'mount | wc -l' | tr -d ' ')
	case $value in
	0) is "$((seen > 3))" 1 "enforce_statfs 0: all mounts ($seen)" ;;
	2) is "$seen" 1 "enforce_statfs 2: its root alone" ;;
	*) is "$((seen > 1))" 1 "enforce_statfs 1: those below its root ($seen)" ;;
	esac
done

# -- children

started children=0
is "$(parameter children.max)" 0 "children 0: none"
started children=3
is "$(parameter children.max)" 3 "children 3: three"
started children=0

# -- file systems that it may mount itself

for fs in tmpfs nullfs; do
	has_fs $fs || {
		fail "$fs: is in this kernel"
		continue
	}
	for value in YES NO; do
		started enforce_statfs=1 mount=$value $fs=$value
		is "$(parameter allow.mount.$fs)" "$([ $value = NO ]; echo $?)" \
		    "$fs $value: the parameter"
		source=tmpfs
		[ $fs = tmpfs ] || source=/root
		inside "mkdir -p /mnt/x"
		if [ $value = YES ]; then
			runs "$fs $value: it mounts one" pot exec -p web \
			    mount -t $fs $source /mnt/x
			runs "$fs $value: and unmounts" pot exec -p web \
			    umount /mnt/x
		else
			refuses "$fs $value: it mounts none" pot exec -p web \
			    mount -t $fs $source /mnt/x
		fi
	done
done
started enforce_statfs=2 mount=NO
for fs in zfs linprocfs; do
	if has_fs $fs; then
		started $fs=YES
		is "$(parameter allow.mount.$fs)" 1 "$fs YES: the parameter"
		started $fs=NO
		is "$(parameter allow.mount.$fs)" 0 "$fs NO: the parameter"
		continue
	fi
	pot stop -p web
	pot set-attribute -p web -A $fs -V YES
	refuses "$fs: a kernel without it: the pot does not start" \
	    pot start -d -p web
	err_like "*$fs*" "$fs: the error names it"
	pot set-attribute -p web -A $fs -V NO
done

# -- fdescfs and procfs are mounted for it

for fs in fdescfs procfs; do
	place=$M/dev/fd
	[ $fs = fdescfs ] || place=$M/proc
	started $fs=YES
	is "$(mount -t $fs -p | awk '{ print $2 }' | grep -c "^$place\$")" 1 \
	    "$fs YES: is mounted"
	started $fs=NO
	is "$(mount -t $fs -p | awk '{ print $2 }' | grep -c "^$place\$")" 0 \
	    "$fs NO: is not"
done

# -- System V

for value in new inherit disable; do
	started sysvshm=$value sysvsem=$value sysvmsg=$value
	for kind in shm sem msg; do
		is "$(parameter sysv$kind)" $value "sysv$kind $value"
	done
done
started sysvshm=new sysvsem=new sysvmsg=new

# -- mlock, devfs_ruleset

for value in YES NO; do
	started mlock=$value
	is "$(parameter allow.mlock)" "$([ $value = NO ]; echo $?)" \
	    "mlock $value"
done
pot stop -p web
pot set-attribute -p web -A devfs_ruleset -V 4711
refuses "a ruleset that is not loaded" pot start -d -p web
err_like "*4711*" "is named"
started devfs_ruleset=4

# -- /tmp, mounts of the host, a single file

is "$(mount -t tmpfs -p | grep -c "$M/tmp")" 1 "tmpfs on /tmp"
started no-tmpfs=YES
is "$(mount -t tmpfs -p | grep -c "$M/tmp")" 0 "no-tmpfs: none"
pot stop -p web
mkdir "$T/lent"
echo of the host >"$T/lent/file"
echo alone >"$T/single"
runs "a directory" pot mount-in -p web -m /lent -d "$T/lent" -r
runs "a single file" pot mount-in -p web -m /root/single -d "$T/single"
started no-tmpfs=NO
is "$(inside 'cat /lent/file /root/single')" "$(printf 'of the host\nalone')" \
    "both are there"
refuses "the directory is read-only" pot exec -p web sh -c 'echo >/lent/new'
if [ "$(sysctl -n kern.osreldate)" -lt 1302000 ]; then
	runs "info" pot info -v -p web
	out_like "*single*copy*" "info says that the file is a copy"
	inside 'echo changed >/root/single'
	is "$(cat "$T/single")" alone "and a copy it is"
fi
pot stop -p web
is "$(mount -p | grep -c "$F/fs/jails")" 0 "after a stop nothing is mounted"

# -- the name is somebody else's (D35)

mkdir "$T/theirs"
jail -c name=web path="$T/theirs" persist || fail "a jail of another"
jid=$(jls -j web jid)
rctl -a jail:web:maxproc:deny=77 2>/dev/null
rules=$(rctl jail:web 2>/dev/null)
exits 1 "D35: a jail of that name" pot start -d -p web
err_like "*jail web: exists*" "D35: is named"
exits 1 "D35: stop" pot stop -p web
exits 1 "D35: exec" pot exec -p web true
is "$(pot ps -q)" "" "D35: it is not the pot"
is "$(jls -j web jid)" "$jid" "D35: it lives"
is "$(rctl jail:web 2>/dev/null)" "$rules" "D35: its rules are untouched"
runs "D35: the pot is renamed" pot rename -p web -n web2
runs "D35: and starts" pot start -d -p web2
pot stop -p web2
pot rename -p web2 -n web
is "$(jls -j web jid)" "$jid" "D35: the other lives still"
jail -r web
rctl -r jail:web: 2>/dev/null

# -- started by pot 0.16: a persistent jail at the pot's root, with a command

mount -t tmpfs tmpfs "$M/tmp"
jail -c name=web path="$(realpath "$M")" host.hostname=web persist \
    command=/bin/sh -c 'sleep 1000 & echo'  >/dev/null 2>&1 ||
    fail "a jail as pot 0.16 makes it"
is "$(pot ps -q)" web "a pot of 0.16 runs"
exits 0 "info says so" pot info -qrp web
runs "exec" pot exec -p web true
exits 0 "start: it runs already" pot start -d -p web
exits 1 "destroy without -F" pot destroy -p web
runs "stop" pot stop -p web
is "$(pot ps -q)$(jls -N name | grep -x web)" "" "it has ended"
is "$(mount -p | grep -c "$F/fs/jails")" 0 "nothing of it is mounted"
runs "and now it is ours" pot start -d -p web
runs "destroy -F" pot destroy -F -p web
done_testing
