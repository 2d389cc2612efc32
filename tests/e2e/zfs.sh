#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The verbs on ZFS: the datasets and properties are those of the sh version,
# and what clones stand on can be destroyed.
# pot-test: plain timeout=300
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
. "$POT_TEST_TOP/tests/lib.sh"

Z=$POT_TEST_ZPOOL/pot
F=$T/data/fs
set_conf POT_ZFS_ROOT "$Z"
set_conf POT_STORAGE zfs

# Names below ZROOT, sorted.
tree() # TYPE
{
	zfs list -H -r -t "$1" -o name "$Z" | sed -n "s|^$Z/||p" | sort
}

value() # PROPERTY DATASET
{
	zfs get -H -o value "$1" "$Z${2:+/$2}"
}

with_base tiny
is "$(tree filesystem)" "bases
bases/tiny
cache
fscomp
jails" "init and create-base make the datasets"
is "$(value canmount)" off "the topmost is not mounted"
is "$(value mountpoint)" "$F" "but says where"
is "$(value atime)" off "atime is off"
isnt "$(value compression)" off "compression is on"
is "$(value compression cache)" off "but for the cache"
is "$(value mountpoint cache)" "$T/data/cache" "which has its place"
is "$(value mountpoint bases/tiny)" "$F/bases/tiny" "the base has its own"
is "$(cat "$F/bases/tiny/etc/group")" "$(cat "$T/rootfs/etc/group")" \
    "the base has its files"
runs "init again" pot init -m
refuses "a base that exists" pot create-base --from "$T/rootfs" -b tiny

# A single pot.
runs "create" pot create -p one -t single -b tiny
is "$(tree filesystem | grep ^jails/)" "jails/one
jails/one/m" "makes the pot's two datasets"
is "$(value mountpoint jails/one/m)" "$F/jails/one/m" "mounted in the pot"
is "$(value mounted jails/one/m)" yes "always"
is "$(ls "$F/jails/one")" "conf
m" "conf/ beside the root"
runs "ls" pot ls -q
out_is one "names it"
echo 1 >"$F/jails/one/m/root/file"
runs "snapshot" pot snapshot -p one
first=$(zfs list -H -r -t snapshot -o name "$Z/jails/one/m" | sed 's/.*@//')
is "$(tree snapshot | grep ^jails/)" "jails/one/m@$first
jails/one@$first" "is of all the pot's datasets"
echo 2 >"$F/jails/one/m/root/file"
runs "a second one" pot snapshot -p one
is "$(tree snapshot | grep -c ^jails/one/m@)" 2 "is another"
runs "info -s" pot info -s -p one
like "$(out)" "*$first*" "lists them"

# Clones.
runs "clone of a snapshot" pot clone -p two -P one -s "$first"
is "$(cat "$F/jails/two/m/root/file")" 1 "has its content"
is "$(value origin jails/two/m)" "$Z/jails/one/m@$first" \
    "and stands on it, nothing was copied"
echo 3 >"$F/jails/one/m/root/file"
runs "revert to the newest" pot revert -p one
is "$(cat "$F/jails/one/m/root/file")" 2 "brings its content back"
runs "purge" pot purge-snapshots -p one
is "$(tree snapshot | grep -c "^jails/one.*@$first")" 0 \
    "what a clone stands on is gone by name"
is "$(cat "$F/jails/two/m/root/file")" 1 "the clone does not notice"
runs "rename" pot rename -p two -n three
is "$(tree filesystem | grep ^jails/)" "jails/one
jails/one/m
jails/three
jails/three/m" "renames the datasets"
is "$(value mountpoint jails/three/m)" "$F/jails/three/m" "with their places"
is "$(ls "$F/jails")" "one
three" "and nothing stays behind"
runs "destroy of what the clone stands on" pot destroy -p one
is "$(tree filesystem | grep ^jails/)" "jails/three
jails/three/m" "removes that pot alone"
is "$(cat "$F/jails/three/m/root/file")" 1 "the clone has its files"
runs "destroy of the base with its pots" pot destroy -b tiny -r
is "$(cat "$F/jails/three/m/root/file")" 1 \
    "a single pot is none of them (D24) and keeps its files"
runs "destroy of the last pot" pot destroy -p three
is "$(tree filesystem)" "bases
cache
fscomp
jails" "leaves no datasets"
is "$(tree snapshot)" "" "and no snapshots"
is "$(ls "$F/jails")$(ls "$F/bases")" "" "and no directories"

# Components.
runs "create-fscomp" pot create-fscomp -f data
echo 1 >"$F/fscomp/data/file"
runs "snapshot -f" pot snapshot -f data
echo 2 >"$F/fscomp/data/file"
runs "clone-fscomp" pot clone-fscomp -F data -f copy
is "$(cat "$F/fscomp/copy/file")" 1 "is of the snapshot"
is "$(value mountpoint fscomp/copy)" "$F/fscomp/copy" "in its own place"
runs "revert -f" pot revert -f data
is "$(cat "$F/fscomp/data/file")" 1 "brings back"
runs "ls -f" pot ls -f -q
out_is "copy
data" "lists both"
runs "destroy -f of a clone's origin" pot destroy -f data
is "$(cat "$F/fscomp/copy/file")" 1 "leaves the clone"

runs "de-init" pot de-init -m -f
is "$(zfs list -H -o name -r "$POT_TEST_ZPOOL")" "$POT_TEST_ZPOOL" \
    "destroys all datasets"
done_testing
