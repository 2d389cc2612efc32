#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What attributes of the jail mean on Linux, tried by a pot that runs: the
# operation itself, with the attribute and without.
# pot-test: timeout=180
# shellcheck disable=SC2016 # scripts for the pot's shell
. "$POT_TEST_TOP/tests/lib.sh"
[ "$(uname -s)" = Linux ] || skip_all "a jail is FreeBSD's, and tested there"

make_rootfs "$T/rootfs"
mkdir "$T/rootfs/mnt"
cp "$POT_TEST_BUILD/tests/guest/guest" "$T/rootfs/bin/guest" ||
    bail "tests/guest was not built"
with_base tiny
runs "a pot is created" pot create -p web -t single -b tiny
pot set-attribute -p web -A persistent -V no

set_attr() # NAME VALUE
{
	runs "$1 $2" pot set-attribute -p web -A "$1" -V "$2"
}

# What the pot's command prints.
inside() # COMMAND
{
	pot set-cmd -p web -c "sh -c '$(printf '%s' "$1" | tr '\n\t' '  ')'"
	pot start web 2>&1 | grep -v '^===>'
}

# Numbers of errno, 0: it may.
tries() # WANTED DESC NAME...
{
	t_want=$1 t_desc=$2
	shift 2
	is "$(inside "guest try $*" | sed 's/.* //' | tr '\n' ' ')" \
	    "$t_want " "$t_desc"
}

# An attribute without meaning, or with less of it, says so once at a start.
explained() # NAME VALUE
{
	set_attr "$1" "$2"
	pot set-cmd -p web -c true
	runs "$1 $2: the pot starts" pot start web
	is "$(grep -c "attribute \(.*, \)*$1[,:]" "$T/.out")" 1 \
	    "$1 $2: what it means is said once"
}
not_explained() # DESC
{
	pot set-cmd -p web -c true
	runs "$1" pot start web
	out_is "===>  Starting the pot web" "$1: nothing is said"
}

not_explained "with defaults"

# -- raw_sockets

tries 1 "raw sockets are denied" raw_socket
set_attr raw_sockets yes
tries 0 "and allowed" raw_socket
not_explained "raw_sockets"
set_attr raw_sockets no
tries 1 "and denied again (D15)" raw_socket

# -- mlock: who starts it may have no more than a little himself.

little()
{
	pot set-cmd -p web -c "guest try mlock_much"
	# shellcheck disable=SC3045 # dash and bash have it
	(ulimit -l 64 && pot start web) 2>&1 | grep -v '^===>'
}
is "$(little)" "mlock_much 12" "pages can't be locked"
set_attr mlock yes
is "$(little)" "mlock_much 0" "and can be"
not_explained "mlock"
set_attr mlock no

# -- children

tries "1 1 1 1" "no namespaces are made" unshare_user unshare_mnt clone_user \
    setns
set_attr children 1
tries "0 0" "and are" unshare_user clone_user
is "$(inside 'unshare -U -r -m sh -c "id -u; mount -t tmpfs none /mnt &&
    touch /mnt/x && ls /mnt"' | tr '\n' ' ')" "0 x " \
    "in which a nested root mounts"
tries 1 "but not the pot's own" mount
not_explained "children"
set_attr children 0

# -- devfs_ruleset

set_attr devfs_ruleset 1
is "$(inside 'ls /dev | tr "\n" " "')" "fd mqueue shm stderr stdin stdout " \
    "1: no devices"
set_attr devfs_ruleset 2
is "$(inside 'head -c 4 /dev/zero | wc -c; echo x >/dev/null &&
    head -c 4 /dev/urandom | wc -c; ls /dev/ptmx /dev/tty 2>/dev/null' |
    tr '\n' ' ')" "4 4 " "2: the basic ones work, no terminals"
set_attr devfs_ruleset 3
is "$(inside 'ls /dev' | tr '\n' ' ')" \
    "fd mqueue ptmx pts shm stderr stdin stdout tty " "3: terminals alone"
set_attr devfs_ruleset 5
is "$(inside 'ls -d /dev/null /dev/tty /dev/net/tun' | wc -l)" 3 \
    "5: and tun"
not_explained "devfs_ruleset 5"
explained devfs_ruleset 77
is "$(inside 'ls /dev/null /dev/tty; ls -d /dev/net 2>/dev/null' |
    tr '\n' ' ')" "/dev/null /dev/tty " "taken for 4"
set_attr devfs_ruleset 4
tries "1 1" "no devices are made" mknod_block mknod_dev

# -- System V

segments="grep -c . /proc/sysvipc/shm"
ipcmk -M 4096 >/dev/null
tries "0 0 0" "new: they work" shmget semget msgget
is "$(inside "$segments")" 1 "new: the host's are not there"
set_attr sysvshm disable
set_attr sysvsem disable
tries "38 38 0" "disable: no calls of this kind" shmget semget msgget
set_attr sysvmsg disable
tries 38 "disable: nor of that" msgget
not_explained "disable"
set_attr sysvshm inherit
set_attr sysvsem inherit
set_attr sysvmsg inherit
is "$(inside "$segments")" 2 "inherit: the host's are there"
not_explained "all are inherited"
set_attr sysvmsg new
explained sysvshm inherit
is "$(inside "$segments")" 1 "some are inherited: it has its own"
set_attr sysvshm new
set_attr sysvsem new
ipcs -m | awk '$2 ~ /^[0-9]+$/ { print $2 }' | while read -r id; do
	ipcrm -m "$id"
done

# -- file systems

for a in mount nullfs tmpfs zfs linprocfs; do
	explained $a yes
	tries "1 1" "$a: it mounts nothing" mount mount_proc
	set_attr $a no
done
for v in 0 1; do
	explained enforce_statfs $v
done
set_attr enforce_statfs 2
for a in procfs fdescfs; do
	is "$(inside 'ls /proc/self/fd /dev/fd | grep -c 1')" 2 "$a: is there"
	set_attr $a yes
	is "$(inside 'ls /proc/self/fd /dev/fd | grep -c 1')" 2 "$a: likewise"
	not_explained $a
done
is "$(inside 'grep -c . /proc/self/mounts' | grep -c '^[1-9]')" 1 \
    "it sees its mounts"
is "$(inside 'grep -v " /\(dev\|proc\|sys\|tmp\)" /proc/self/mounts |
    wc -l')" 1 "and no others"

# With a user namespace it may mount, if that is allowed.
if can_map_ids "user namespaces"; then
	set_attr userns yes
	tries "1 1" "userns: it mounts nothing" mount unshare_user
	for a in mount nullfs tmpfs; do
		set_attr $a yes
		is "$(inside 'mount -t tmpfs none /mnt && touch /mnt/x &&
		    mount --bind /mnt /root && ls /root')" x "userns, $a: it mounts"
		is "$(inside '(umount /proc/sys; mount -o remount,rw /proc/sys;
		    echo x >/proc/sys/kernel/domainname) 2>/dev/null || echo no')" no \
		    "userns, $a: and lifts no protection"
		not_explained "userns, $a"
		set_attr $a no
	done
	set_attr userns no
fi

# -- attributes of pot that are isolation

set_attr read-only-root yes
like "$(inside 'touch /x')" "*Read-only*" "read-only-root: it is"
is "$(inside 'touch /tmp/x /dev/shm/x && echo yes')" yes "but /tmp"
set_attr read-only-root no
is "$(inside 'echo $$')" 2 "the command is pot-init's child"
set_attr own-init yes
is "$(inside 'echo $$')" 1 "own-init: it is the first process"
done_testing
