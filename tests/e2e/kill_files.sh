#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Operations on storage are killed with -9 at every call that makes, links,
# moves or removes something (e2e/kill: at every write).  What is found then
# is the old or the new state, and when all pots are destroyed nothing is
# left.  Of many, some are left out; POT_TEST_LONG: none, nor any other call,
# and with the driver dir, too.
# pot-test: plain timeout=900
. "$POT_TEST_TOP/tests/lib.sh"

needs_strace
# Thousands of operations: in memory they don't wait for a disk.
if mount -t tmpfs tmpfs "$T/data" 2>/dev/null; then
	at_exit "unmount '$T/data'"
	mkdir -p "$T/data/cache" "$T/data/tmp"
fi
fs=$T/data/fs

calls="renameat mkdirat unlinkat linkat symlinkat"
drivers=overlay
is_long=0
if [ -n "${POT_TEST_LONG:-}" ]; then
	calls="$calls openat fsync read close fcntl newfstatat statx \
	    getdents64 readlinkat ftruncate fchmod fchown"
	drivers="overlay dir"
	is_long=1
fi

# All there is of a pot but what is the time's and the storage's own: its
# files by their content, its configuration, its snapshots' number.
state()
{
	for p in $(pot ls -q); do
		echo "pot $p"
		grep -v '^host.hostname' "$fs/jails/$p/conf/pot.conf"
		cat "$fs/jails/$p/conf/fscomp.conf" 2>/dev/null
		ls "$fs/jails/$p/.conf" 2>/dev/null | grep -c '^[0-9]'
		rm -rf "$T/own"
		pot copy-out -p "$p" -s /root -d "$T/own" >/dev/null 2>&1 ||
		    { mkdir "$T/own" &&
			pot copy-out -p "$p" -s /root -d "$T/own"; }
		(cd "$T/own" && find . -type f -exec cksum {} + | sort)
	done 2>&1
	pot ls -f -q
}

is_clean()
{
	pot recover && [ -z "$(ls "$fs/journal" "$fs.run/journal" \
	    2>/dev/null | grep '^[a-z@]')" ] &&
	    [ -z "$(ls -A "$fs/jails" | grep '^\.')" ] &&
	    [ -z "$(find "$fs/jails" -name '*.tmp.*')" ] &&
	    [ -z "$(find "$fs" -name '.pot-copy.*')" ]
}

is_empty()
{
	for p in $(pot ls -q); do
		pot destroy -F -r -p "$p" || return 1
	done
	for f in $(pot ls -f -q); do
		pot destroy -f "$f" || return 1
	done
	[ -z "$(ls -A "$fs/jails")" ] &&
	    [ "$(ls -A "$fs/fscomp" | grep -v '^\.lent')" = "" ] &&
	    [ "$(ls -A "$fs/layers" 2>/dev/null | wc -l)" -le 1 ]
}

# One round: the old state, the killed command, what must hold then.
round() # CALL N PREPARE ARG...
{
	call=$1 n=$2 prepare=$3
	shift 3
	$prepare || return 1
	strace -qq -o /dev/null -e "trace=$call" \
	    -e "inject=$call:signal=KILL:when=$n" "$POT" "$@" </dev/null
	round_status=$?
	is_clean || return 1
	state >"$T/now"
	if ! cmp -s "$T/now" "$T/old" && ! cmp -s "$T/now" "$T/new"; then
		echo "neither the old nor the new state:"
		diff "$T/old" "$T/now"
		return 1
	fi
	# Now and then: it can be used.
	for p in $([ $((kills % 7)) -ne 0 ] || pot ls -q); do
		pot start -d -p "$p" && pot exec -p "$p" true &&
		    pot stop -p "$p" || return 1
	done
	is_empty
}

# All rounds of a command.
matrix() # DESC PREPARE ARG...
{
	desc="$driver: $1" kills=0
	shift
	# What it was, and what it is when nothing happens.
	is_empty >"$T/log" 2>&1
	$1 >"$T/log" 2>&1 || fail "$desc: $1" "$(cat "$T/log")"
	state >"$T/old"
	prepare=$1
	shift
	pot "$@" >"$T/log" 2>&1 || fail "$desc: $*" "$(cat "$T/log")"
	state >"$T/new"
	is_empty >"$T/log" 2>&1 || fail "$desc: leaves something"
	isnt "$(cat "$T/new")" "$(cat "$T/old")" "$desc changes something"
	for call in $calls; do
		n=1
		while round "$call" "$n" "$prepare" "$@" >"$T/log" 2>&1; do
			[ "$round_status" -eq 137 ] || continue 2
			kills=$((kills + 1))
			n=$((n + (n < 3 || is_long ? 1 : 4)))
		done
		fail "$desc: killed at $call $n" "$(tail -n 30 "$T/log")"
		is_empty >/dev/null 2>&1
		pot recover >/dev/null 2>&1
		return
	done
	if [ "$kills" -gt 1 ]; then
		pass "$desc ($kills kills)"
	else
		fail "$desc" "it was killed $kills times"
	fi
}

none() { :; }

# A pot with a file of its own.
web()
{
	pot create -p web -t single -b tiny && pot set-cmd -p web \
	    -c "sleep 1000" && pot copy-in -p web -s "$T/one" -d /root/file
}

# With a snapshot, and another file since.
snapped()
{
	web && pot snapshot -p web && pot copy-in -p web -s "$T/two" \
	    -d /root/two && pot set-attribute -p web -A persistent -V NO
}

# With two, and a clone that stands on the first.
cloned()
{
	snapped && pot clone -p two -P web && pot snapshot -p web &&
	    pot copy-in -p web -s "$T/one" -d /root/three
}

component()
{
	pot create-fscomp -f data && echo 1 >"$fs/fscomp/data/f" &&
	    pot snapshot -f data && echo 2 >"$fs/fscomp/data/f"
}

# A file that takes another one's place lies beside it until it is whole: what
# a killed copy leaves there goes with the next command, what belongs to one
# that lives stays.
left() # DIR: is there one, and only one?
{
	left=$(find "$1" -name '.pot-copy.*' | wc -l)
	[ "$left" -eq 1 ]
}
caught() # DESC DIR ARG...: a copy that stops before it is whole
{
	caught=$1 caught_dir=$2
	shift 2
	setsid strace -f -qq -o /dev/null -e trace=utimensat \
	    -e inject=utimensat:signal=STOP "$POT" "$@" </dev/null >/dev/null 2>&1 &
	caught_pid=$!
	eventually left "$caught_dir" ||
	    fail "$driver: $caught: nothing lies beside"
}
release() # SIGNAL: to the processes of pot, by their session
{
	pkill -s "$caught_pid" -"$1"
	wait "$caught_pid" 2>/dev/null || :
}
beside()
{
	out=$T/out
	rm -rf "$out"
	mkdir "$out"
	echo old >"$out/file"
	web || fail "$driver: a pot to copy from and to"
	for way in in out; do
		case $way in
		in)
			set -- copy-in -p web -s "$T/two" -d /root/file
			dir=$fs
			;;
		out)
			set -- copy-out -p web -s /root/file -d "$out"
			dir=$out
			;;
		esac
		caught "copy-$way" "$dir" "$@"
		runs "$driver: copy-$way: recover passes over one that lives" \
		    pot recover
		left "$dir"
		is "$left" 1 "$driver: copy-$way: its file stays"
		release KILL
		left "$dir"
		is "$left" 1 "$driver: copy-$way: it was killed"
		runs "$driver: copy-$way: the next command" pot "$@"
		left "$dir"
		is "$left" 0 "$driver: copy-$way: leaves nothing of it"
	done
	caught "copy-in" "$fs" copy-in -p web -s "$T/one" -d /root/file
	release KILL
	runs "$driver: recover" pot recover
	left "$fs"
	is "$left" 0 "$driver: leaves nothing of it either"
	is_empty >/dev/null 2>&1
}

echo one >"$T/one"
echo two >"$T/two"
for driver in $drivers; do
	fs=$T/data/fs-$driver
	set_conf POT_FS_ROOT "$fs"
	set_conf POT_RUN_DIR "$fs.run"
	set_conf POT_STORAGE "$driver"
	pot init -m >"$T/.out" 2>&1 || bail "init: $(out)"
	with_base tiny
	matrix "create" none create -p web -t single -b tiny
	matrix "snapshot" web snapshot -p web
	matrix "clone" snapped clone -p two -P web
	matrix "clone -F" web clone -F -p two -P web
	matrix "revert" snapped revert -p web
	matrix "purge-snapshots" cloned purge-snapshots -a -p web
	matrix "rename" cloned rename -p web -n neu
	matrix "destroy" cloned destroy -p web
	matrix "create-fscomp" none create-fscomp -f data
	matrix "clone-fscomp" component clone-fscomp -F data -f copy
	matrix "destroy -f" component destroy -f data
	beside
done

done_testing
