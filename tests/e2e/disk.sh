#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Full and read-only disks below POT_FS_ROOT, POT_LOG_DIR and POT_RUN_DIR:
# commands fail with a message that says so, leave nothing, and work again
# when there is space.  A pot whose log disk is full goes on.
# pot-test: timeout=120
# What lies below POT_FS_ROOT is no file system of ours on ZFS.
[ "${POT_TEST_STORAGE:-}" != zfs ] || POT_TEST_STORAGE=dir
. "$POT_TEST_TOP/tests/lib.sh"

F=$T/data
for d in fs log run; do
	mount_disk "$F/$d" 64 || bail "no disk: $(out)"
done
with_base tiny
pot create -p web -t single -b tiny >/dev/null || bail "create"
pot set-cmd -p web -c "sleep 1000"
pot snapshot -p web >/dev/null
pot create-fscomp -f shared >/dev/null

fill() # DIR: not a byte is left, nor an inode
{
	dd if=/dev/zero of="$F/$1/.fill" bs=64k >/dev/null 2>&1
	dd if=/dev/zero of="$F/$1/.fill2" bs=512 >/dev/null 2>&1
	# Of UFS parts of blocks are left, one for each small file.
	i=0
	while [ $i -lt 500 ] && echo >"$F/$1/.fill.$i"; do
		i=$((i + 1))
	done 2>/dev/null
	[ "$(uname -s)" = FreeBSD ] ||
	    mount -o remount,size="$(df -k "$F/$1" |
	    awk 'NR == 2 { print $3 }')k" "$F/$1" 2>/dev/null
}

drain()
{
	rm -f "$F/$1/.fill"*
	remount rw "$F/$1"
	[ "$(uname -s)" = FreeBSD ] || mount -o remount,size=64m "$F/$1"
}

census()
{
	(cd "$F" && find . -path ./run/lock -prune -o -path ./cache -prune -o \
	    -name '.fill*' -o -path ./log -prune -o \
	    -name .storage.lock -o -print |
	    grep -v 'work/work$' | sort &&
		find ./fs/jails -name '*.conf' -exec cksum {} + | sort)
}

# Fails with a message of ours that has WORD in it (a pattern), and nothing
# has changed.
fails() # DESC WORD COMMAND...
{
	t_desc=$1 word=$2
	shift 2
	census >"$T/census"
	t_run timeout --foreground -s KILL 30 "$@"
	if [ "$t_status" -eq 1 ] && grep -q "^###> .*$word" "$T/.err"; then
		pass "$t_desc"
	else
		fail "$t_desc" "command: $*" "status $t_status" "$(err)"
	fi
	census >"$T/census.now"
	is "$(diff "$T/census" "$T/census.now")" "" "$t_desc: nothing is left"
}

usable() # DESC
{
	runs "$1: recover" pot recover
	is "$(entries '*' "$F/fs/journal" "$F/run/journal")" 0 \
	    "$1: no journal"
	runs "$1: create" pot create -p new -t single -b tiny
	runs "$1: clone" pot clone -p two -P web
	runs "$1: start" pot start -d -p web
	runs "$1: exec" pot exec -p web true
	runs "$1: stop" pot stop -p web
	runs "$1: destroy" pot destroy -p new
	runs "$1: destroy" pot destroy -p two
}

SPACE='[Nn]o space'
RO='[Rr]ead-only'

all_fail() # DISK WORD
{
	fails "$1: create" "$2" "$POT" create -p new -t single -b tiny
	fails "$1: clone" "$2" "$POT" clone -p new -P web
	fails "$1: snapshot" "$2" "$POT" snapshot -p web
	fails "$1: set-cmd" "$2" "$POT" set-cmd -p web -c "sleep 1001"
	fails "$1: set-attribute" "$2" "$POT" set-attribute -p web \
	    -A persistent -V NO
	fails "$1: set-env" "$2" "$POT" set-env -p web -E A=1
	fails "$1: set-rss" "$2" "$POT" set-rss -p web -M 64M
	fails "$1: add-dep" "$2" "$POT" set-hosts -p web -H a:1.2.3.4
	fails "$1: rename" "$2" "$POT" rename -p web -n other
	fails "$1: create-base" "$2" "$POT" create-base --from "$T/rootfs" \
	    -b more
	fails "$1: copy-in" "$2" "$POT" copy-in -p web -s "$T/rootfs/bin" \
	    -d /copied
}

# -- the disk of the pots

fill fs
all_fail "full" "$SPACE"
drain fs
usable "full, and space again"
fill fs
runs "destroy frees space, also on a full disk" pot destroy -p web
drain fs
# One that is killed there, and a reboot, which takes its journal.
killed_when_full()
{
	whole=0
	for n in 1 3 6 9 14 40; do
		pot create -p gone -t single -b tiny >/dev/null
		pot snapshot -p gone >/dev/null
		fill fs
		# LeakSanitizer does not work under ptrace(2).
		ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
		    strace -qq -o /dev/null -e trace=unlinkat,renameat \
		    -e inject=unlinkat:signal=KILL:when=$n \
		    "$POT" destroy -p gone >/dev/null 2>&1
		t_status=$?
		rm -rf "$F/run/journal" "$F/run/pot"
		echo other >"$F/run/boot"
		drain fs
		runs "killed at removal $n, rebooted: recover" pot recover
		if pot info -p gone >/dev/null 2>&1; then
			runs "it had not begun: the pot is whole" pot start -d -p gone
			pot destroy -F -p gone
			whole=$((whole + 1))
		fi
		is "$(ls -A "$F/fs/jails")" "" "nothing is left of the pot"
		is "$(find "$F/fs/layers" -mindepth 1 -maxdepth 1 | wc -l)" 1 \
		    "and only the base's layer"
	done
	like "$whole" "[123]" "some kills came too early, others did not"
}
! has_strace "destroy, killed on a full disk" || killed_when_full
usable_web()
{
	pot create -p web -t single -b tiny >/dev/null
	pot set-cmd -p web -c "sleep 1000"
	pot snapshot -p web >/dev/null
}
usable_web
usable "after a destroy on a full disk"

becomes "read-only" remount ro "$F/fs"
all_fail "read-only" "$RO"
fails "read-only: create-fscomp" "$RO" "$POT" create-fscomp -f more
if [ "$(uname -s)" = FreeBSD ]; then
	runs "read-only: a start that needs to change nothing" \
	    pot start -d -p web
	# Its status can't be kept.
	t_run pot stop -p web
	is "$(pot ps -q)" "" "read-only: it is stopped"
else
	fails "read-only: start" "$RO" "$POT" start -d -p web
fi
fails "read-only: destroy" "$RO" "$POT" destroy -p web
runs "read-only: ls" pot ls -q
out_is web "read-only: lists it"
runs "read-only: info" pot info -p web
runs "read-only: ps" pot ps -q
drain fs
usable "read-only, and writable again"

# -- the disk of the runs

fill run
fails "run dir full: start" "$SPACE" "$POT" start -d -p web
drain run
usable "run dir full, and space again"
becomes "run dir read-only" remount ro "$F/run"
fails "run dir read-only: start" "$RO" "$POT" start -d -p web
runs "run dir read-only: ls" pot ls -q
drain run
usable "run dir read-only, and writable again"
runs "a pot runs" pot start -d -p web
fill run
runs "its run dir is full: exec" pot exec -p web true
runs "its run dir is full: ps" pot ps -q
out_is web "its run dir is full: is listed"
t_run timeout --foreground -s KILL 30 "$POT" stop -p web
drain run
[ "$t_status" -eq 0 ] || runs "stop, when there is space" pot stop -p web
is "$(pot ps -q)" "" "it was stopped"
usable "a run dir full while a pot ran"

# -- the disk of the logs

pot set-cmd -p web -c "sh -c 'i=0; while [ \$i -lt 20000 ]; do \
    echo line \$i; i=\$((i + 1)); done; echo done >/done; exec sleep 1000'"
fill log
t_run timeout --foreground -s KILL 30 "$POT" start -d -p web
is "$t_status" 0 "log disk full: a pot starts"
becomes "log disk full: it goes on" "$POT" exec -p web test -e /done
drain log
runs "log disk full: it is stopped" timeout --foreground -s KILL 60 "$POT" stop -p web
runs "log disk full: logs" pot logs -p web
usable "log disk full, and space again"
pot set-cmd -p web -c "sh -c 'echo hello; exec sleep 1000'"
runs "start" pot start -d -p web
becomes_out hello "it logs again" "$POT" logs -p web -n 1
fill log
runs "stop while the log disk is full" timeout --foreground -s KILL 60 "$POT" stop -p web
drain log
usable "the end"
runs "destroy" pot destroy -F -r -p web

done_testing
