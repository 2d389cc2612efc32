#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copies of what is in use: a running pot is cloned, and a component is
# snapshotted, while the pot makes, changes, renames and removes files.  On
# file systems that can share blocks, copies share them.
# pot-test: plain timeout=300
# What lies below POT_FS_ROOT is no file system of ours on ZFS.
[ "${POT_TEST_STORAGE:-}" != zfs ] || POT_TEST_STORAGE=dir
. "$POT_TEST_TOP/tests/lib.sh"

# What the pot does, for ever, below $1.
cat >"$T/busy" <<'EOS'
#!/bin/sh
cd "$1" || exit 1
i=0
while :; do
	mkdir -p d/e/f
	echo $i >d/file; echo $i >d/e/file; echo $i >d/e/f/file
	ln -f d/file d/link; ln -sf file d/e/sym; mkfifo d/e/f/fifo
	head -c 200000 /dev/zero >big; : >big; echo $i >>log
	mv d/e/f d/g; rm -rf d
	mkdir x; rmdir x; : >x; rm x
	i=$((i + 1))
	echo $i >"$2"
done
EOS

cat >"$T/start" <<'EOS'
mkdir -p /root/w
echo kept >/root/w/kept
sh /root/busy /root/w /data/n &
mkdir -p /data/w
sh /root/busy /data/w /data/m
EOS

# The pot is at work, and goes on while we are.
is_busy() # FILE
{
	busy_before=$(cat "$1" 2>/dev/null)
	[ -n "$busy_before" ] || return 1
	eventually sh -c '[ "$(cat "$1")" != "$2" ]' sh "$1" "$busy_before"
}

busy() # DRIVER
{
	set_conf POT_STORAGE "$1"
	runs "$1: a pot" pot create -p web -t single -b tiny
	pot create-fscomp -f data >/dev/null
	echo kept >"$fs/fscomp/data/kept"
	runs "$1: has a component" pot mount-in -p web -f data -m /data
	runs "$1: and a program" pot copy-in -p web -s "$T/busy" -d /root/busy
	runs "$1: and another" pot copy-in -p web -s "$T/start" -d /root/start
	pot set-cmd -p web -c "sh /root/start"
	pot set-attribute -p web -A persistent -V no
	runs "$1: it starts" pot start -d -p web
	becomes "$1: is at work" is_busy "$fs/fscomp/data/n"
	is "$(pot snapshot -p web 2>&1 | grep -c running)" 1 \
	    "$1: a snapshot of it is refused"
	refuses "$1: and a clone, without -F" pot clone -p copy -P web
	i=0
	while [ $i -lt 12 ]; do
		runs "$1: clone -F, $i" pot clone -F -p copy -P web
		is "$(pot copy-out -p copy -s /root/w/kept -d "$T" &&
		    cat "$T/kept")" kept "$1: has what does not change"
		pot destroy -p copy >/dev/null
		pot purge-snapshots -a -p web
		runs "$1: snapshot -f, $i" pot snapshot -r -f data
		i=$((i + 1))
	done
	becomes "$1: it was at work all the time" is_busy "$fs/fscomp/data/n"
	becomes "$1: in the component, too" is_busy "$fs/fscomp/data/m"
	runs "$1: it stops" pot stop -p web
	runs "$1: the component goes back" pot revert -f data
	is "$(cat "$fs/fscomp/data/kept")" kept "$1: to what it was"
	runs "$1: destroy" pot destroy -p web
	runs "$1: destroy" pot destroy -f data
	is "$(ls -A "$fs/jails")" "" "$1: nothing is left"
}

if mount -t tmpfs tmpfs "$T/data" 2>/dev/null; then
	at_exit "unmount '$T/data'"
	mkdir -p "$T/data/cache" "$T/data/tmp"
fi
with_base tiny
fs=$T/data/fs
busy dir
[ "$(uname -s)" = FreeBSD ] || busy overlay

# KiB in use on the file system of the pots.
used()
{
	sync -f "$fs"
	df -k "$fs" | awk 'NR == 2 { print $3 }'
}

# A command takes less than a quarter of what it copies.
shares() # DESC COMMAND...
{
	before=$(used)
	runs "$@"
	taken=$(($(used) - before))
	if [ "$taken" -lt $((big_kb / 4)) ]; then
		pass "$1: shares its blocks"
	else
		fail "$1: shares its blocks" "it took $taken KiB of $big_kb"
	fi
}

is_shared() # FILE DESC
{
	like "$(filefrag -v "$1" 2>&1)" "*shared*" "$2"
}

big_kb=24576
on_disk() # TYPE MKFS...
{
	type=$1
	shift
	fs=$T/$type
	mkdir "$fs"
	truncate -s 400M "$T/$type.img"
	"$@" "$T/$type.img" >"$T/.out" 2>&1 || bail "$*: $(out)"
	mount -o loop -t "$type" "$T/$type.img" "$fs" ||
	    bail "mount -t $type"
	at_exit "unmount '$fs'"
	set_conf POT_FS_ROOT "$fs"
	set_conf POT_RUN_DIR "$fs.run"
	set_conf POT_STORAGE dir
	pot init -m >"$T/.out" 2>&1 || bail "init: $(out)"
	cp -R "$T/rootfs" "$T/$type.tree"
	head -c ${big_kb}k /dev/urandom >"$T/$type.tree/big"
	runs "$type: create-base" pot create-base --from "$T/$type.tree" -b big

	shares "$type: create" pot create -p web -t single -b big
	is_shared "$fs/jails/web/m/big" "$type: the pot's file is shared"
	shares "$type: snapshot" pot snapshot -p web
	shares "$type: clone" pot clone -p two -P web
	shares "$type: revert" pot revert -p web
	is "$(cksum <"$fs/jails/two/m/big")" "$(cksum <"$T/$type.tree/big")" \
	    "$type: and it is the same"
	pot create-fscomp -f data >/dev/null
	cp "$T/$type.tree/big" "$fs/fscomp/data/big"
	shares "$type: snapshot of a component" pot snapshot -f data
	shares "$type: clone of a component" pot clone-fscomp -F data -f more
	is_shared "$fs/fscomp/more/big" "$type: its file is shared"
	for p in web two; do
		runs "$type: destroy" pot destroy -p $p
	done
	for f in data more; do
		runs "$type: destroy" pot destroy -f $f
	done

	set_conf POT_STORAGE overlay
	runs "$type: on overlay" pot create -p web -t single -b big
	pot set-cmd -p web -c "sh -c '[ -e /copy ] || cp /big /copy; exec sleep 1000'"
	runs "$type: start" pot start -d -p web
	becomes "$type: it has a file of its own" \
	    "$POT" exec -p web cmp /big /copy
	shares "$type: clone -F while it runs" pot clone -F -p two -P web
	runs "$type: stop" pot stop -p web
	pot start -d -p two
	runs "$type: the clone has it" pot exec -p two cmp /big /copy
	pot stop -p two
	runs "$type: destroy" pot destroy -p web
	runs "$type: destroy" pot destroy -p two
	runs "$type: destroy of the base" pot destroy -b big
	is "$(ls -A "$fs/jails" "$fs/layers" | grep -v :)" "" \
	    "$type: nothing is left"
	umount "$fs"
}

if [ "$(uname -s)" = FreeBSD ]; then
	skip "file systems that share blocks" "FICLONE is Linux's"
	done_testing
fi
on_disk xfs mkfs.xfs -q -m reflink=1
on_disk btrfs mkfs.btrfs -q

done_testing
