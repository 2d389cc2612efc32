#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# POT_FS_ROOT on a small ext4 that is full: a disk with a journal and late
# allocation, where disk.sh has tmpfs.
# pot-test: timeout=120
# What lies below POT_FS_ROOT is no file system of ours on ZFS.
[ "${POT_TEST_STORAGE:-}" != zfs ] || POT_TEST_STORAGE=dir
. "$POT_TEST_TOP/tests/lib.sh"

F=$T/data/fs
mkdir -p "$F"
command -v mkfs.ext4 >/dev/null || skip_all "no mkfs.ext4"
truncate -s 24M "$T/disk"
mkfs.ext4 -q -m 0 "$T/disk" || bail "mkfs.ext4"
mount -o loop "$T/disk" "$F" || skip_all "no loop devices"
at_exit "unmount '$F'"
rmdir "$F/lost+found"
with_base tiny
pot create -p web -t single -b tiny >/dev/null || bail "create"
pot set-cmd -p web -c "sleep 1000"
pot snapshot -p web >/dev/null

fill() # to the last block
{
	for bs in 64k 4k 512; do
		dd if=/dev/zero bs=$bs oflag=append conv=notrunc \
		    of="$F/.fill" 2>/dev/null
	done
	sync -f "$F"
}
census()
{
	(cd "$F" && find . -name .fill -o -name .storage.lock -o -print |
	    grep -v 'work/work$' | sort &&
		find ./jails -name '*.conf' -exec cksum {} + | sort)
}
# Also where overlayfs, without room for its work directory, would be
# read-only, and say no more.
fails() # DESC COMMAND...
{
	t_desc="full: $1"
	shift
	census >"$T/census"
	t_run timeout --foreground -s KILL 30 "$POT" "$@"
	if [ "$t_status" -eq 1 ] &&
	    grep -q '^###> .*[Nn]o space' "$T/.err"; then
		pass "$t_desc"
	else
		fail "$t_desc" "command: $*" "status $t_status" "$(err)"
	fi
	census >"$T/census.now"
	is "$(diff "$T/census" "$T/census.now")" "" "$t_desc: nothing is left"
}

fill
fails "create" create -p new -t single -b tiny
fails "clone" clone -p new -P web
fails "snapshot" snapshot -p web
fails "set-cmd" set-cmd -p web -c "sleep 1001"
fails "rename" rename -p web -n other
fails "create-base" create-base --from "$T/rootfs" -b more
fails "copy-in" copy-in -p web -s "$T/rootfs/bin" -d /copied
like "$(err)" "*file system $F: *: No space left on device*" \
    "full: copy-in names the file system"
fails "start" start -d -p web
like "$(err)" "*file system $F: *: No space left on device*" \
    "full: start names the file system"
is "$(pot ps -q)" "" "full: nothing runs"
runs "full: it is destroyed" pot destroy -p web
is "$(ls -A "$F/jails")" "" "full: nothing is left of it"
rm "$F/.fill"
runs "space again: recover" pot recover
runs "space again: create" pot create -p new -t single -b tiny
runs "space again: start" pot start -d -p new
runs "space again: destroy" pot destroy -F -p new
runs "space again: the base, too" pot destroy -b tiny
is "$(ls -A "$F/journal" "$F/jails" "$F/bases" "$F/layers" |
    grep -v ':\|^\.lent$')" "" "nothing is left"
runs "unmounted" umount "$F"
runs "the disk is whole" e2fsck -fn "$T/disk"

done_testing
