#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# File system components: made, mounted, snapshotted, reverted, cloned,
# purged, destroyed; what a running pot has mounted stays as it is.
# pot-test: plain timeout=120
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
F=$T/data/fs/fscomp

runs "create-fscomp" pot create-fscomp -f data
runs "an existing one is fine" pot create-fscomp -f data
out_like "*exists already*" "and said to exist"
refuses "a name that is a path" pot create-fscomp -f ../x
runs "it is listed" pot ls -f -q
out_is data "alone"

# Snapshots without a pot.
refuses "clone-fscomp without a snapshot" pot clone-fscomp -F data -f copy
err_like "*pot snapshot -f data*" "says what to do"
refuses "revert without a snapshot" pot revert -f data
echo one >"$F/data/file"
runs "snapshot" pot snapshot -f data
echo two >"$F/data/file"
mkdir "$F/data/dir"
runs "a second one, in the same second" pot snapshot -f data
echo three >"$F/data/file"
rmdir "$F/data/dir"
runs "clone-fscomp" pot clone-fscomp -F data -f copy
is "$(cat "$F/copy/file")" two "is of the newest snapshot"
refuses "clone-fscomp to one that exists" pot clone-fscomp -F data -f copy
refuses "clone-fscomp of none" pot clone-fscomp -F nosuch -f copy2
runs "revert" pot revert -f data
is "$(cat "$F/data/file")" two "to the newest snapshot"
is "$(ls "$F/data")" "$(printf 'dir\nfile')" "all of it"
echo four >"$F/data/file"
runs "a snapshot in place of the oldest" pot snapshot -r -f data
echo five >"$F/data/file"
runs "purge-snapshots" pot purge-snapshots -f data
runs "revert" pot revert -f data
is "$(cat "$F/data/file")" four "to the one that is left"
runs "purge-snapshots -a" pot purge-snapshots -a -f data
refuses "revert when all are gone" pot revert -f data
is "$(cat "$F/data/file")" four "changes nothing"
is "$(cat "$F/copy/file")" two "the clone is its own"
refuses "snapshot of no component" pot snapshot -f nosuch
refuses "destroy of no component" pot destroy -f nosuch

# In pots.
for p in web db; do
	pot create -p $p -t single -b tiny >/dev/null || bail "create $p"
	pot set-cmd -p $p -c "sleep 1000"
done
runs "mount-in" pot mount-in -p web -f data -m /data
runs "mount-in, read-only" pot mount-in -r -p db -f data -m /mnt
runs "snapshot" pot snapshot -f data
runs "start" pot start -d -p web
runs "the pot writes" pot exec -p web sh -c 'echo web >/data/file'
is "$(cat "$F/data/file")" web "the component has it"
refuses "revert while it is mounted" pot revert -f data
err_like "*running pot web*" "names the pot"
refuses "destroy while it is mounted" pot destroy -f data
err_like "*running pot web*" "names the pot"
is "$(pot exec -p web cat /data/file)" web "the pot sees no change"
runs "snapshot while it is mounted" pot snapshot -f data
runs "clone-fscomp while it is mounted" pot clone-fscomp -F data -f copy2
is "$(cat "$F/copy2/file")" web "has what the pot wrote"
runs "the other pot starts" pot start -d -p db
is "$(pot exec -p db cat /mnt/file)" web "and sees it"
refuses "it can't write" pot exec -p db sh -c 'echo db >/mnt/file'
runs "the first one stops" pot stop -p web
refuses "revert while the other has it" pot revert -f data
err_like "*running pot db*" "names the pot"
runs "mount-out of a running pot" pot mount-out -p db -m /mnt
runs "then revert" pot revert -f data
is "$(cat "$F/data/file")" web "is done"
runs "mount-in of a running pot" pot mount-in -p db -f data -m /mnt
refuses "then destroy is refused" pot destroy -f data
err_like "*running pot db*" "names the pot"
runs "the other one stops" pot stop -p db

# A pot that has only another one's name, or part of it, mounted.
runs "a name that begins alike" pot create-fscomp -f dat
runs "is destroyed" pot destroy -f dat

# What a stopped pot would mount can be destroyed; then it does not start.
runs "destroy" pot destroy -f data
refuses "a pot that wants it" pot start -d -p web
err_like "*fscomp/data*" "names it"
runs "destroy of a clone" pot destroy -f copy
runs "destroy of the other" pot destroy -f copy2
is "$(find "$F" -mindepth 1 ! -name .lent)" "" "nothing is left"

# What is mounted below is never gone into (D25): nothing is touched.
fs=$T/data/fs
pot create-fscomp -f data >/dev/null
for where in jails/web jails/web/m jails/web/conf fscomp/data; do
	mkdir -p "$fs/$where/mnt"
	mount -t tmpfs tmpfs "$fs/$where/mnt" || bail "mount"
	echo host >"$fs/$where/mnt/file"
	case $where in
	fscomp/*) set -- -f data ;;
	*) set -- -p web ;;
	esac
	refuses "destroy with a mount at $where/mnt" pot destroy "$@"
	err_like "*mounted on*$where/mnt*" "names it"
	is "$(cat "$fs/$where/mnt/file")" host "and does not touch it"
	runs "the pot is whole" pot info -p web
	umount "$fs/$where/mnt"
	rmdir "$fs/$where/mnt"
done
runs "destroy, when nothing is in the way" pot destroy -F -p web
runs "of the component, too" pot destroy -f data
is "$(ls "$fs/jails")" db "they are gone"

# Two clones across each other, and a snapshot of both: nobody waits for ever.
for f in a b; do
	pot create-fscomp -f $f >/dev/null && pot snapshot -f $f >/dev/null
done
for i in 1 2 3 4 5; do
	pot clone-fscomp -F a -f "b$i" >/dev/null 2>&1 &
	pot clone-fscomp -F b -f "a$i" >/dev/null 2>&1 &
	pot snapshot -f a >/dev/null 2>&1 &
	pot snapshot -r -f b >/dev/null 2>&1 &
	wait
done
is "$(pot ls -f -q | tr '\n' ' ')" "a a1 a2 a3 a4 a5 b b1 b2 b3 b4 b5 " \
    "clones at the same time"
for f in $(pot ls -f -q); do
	pot destroy -f "$f" >/dev/null 2>&1 || fail "destroy $f"
done
is "$(find "$F" -mindepth 1 ! -name .lent)" "" "nothing is left"
is "$(find "$T/data/run/lock" -name '@*fscomp*')" "" "no lock is left"

done_testing
