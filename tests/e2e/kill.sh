#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# create, clone, start, stop, snapshot, rename, destroy are killed with -9 at
# every write they make, the journal's steps among them.  The next command
# finds the old or the new state, nothing is left, and the pot is usable.
# pot-test: timeout=600
. "$POT_TEST_TOP/tests/lib.sh"

needs_strace
with_base tiny

# Run pot, and kill it at its N-th write.
killed_at() # N ARG...
{
	n=$1
	shift
	# LeakSanitizer does not work under ptrace(2).
	ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
	    strace -qq -o /dev/null -e trace=write \
	    -e inject=write:signal=KILL:when="$n" \
	    "$POT" "$@" >"$T/.out" 2>&1 </dev/null
	t_status=$?
}

# A pot can be used: it starts, runs a command, and stops.
is_usable() # NAME
{
	pot start -d -p "$1" && pot exec -p "$1" true && pot stop -p "$1"
}

# What a crashed command may leave is gone when the next one has run.
is_clean()
{
	pot recover || return 1
	[ -z "$(ls "$T/data/fs/journal" 2>/dev/null)" ] || return 1
	[ -z "$(ls "$T/data/run/journal" 2>/dev/null)" ] || return 1
	[ "$(pot ps -q)" = "$(ls "$T/data/run/pot")" ]
}

make_pot()
{
	pot create -p web -t single -b tiny && pot set-cmd -p web -c "sleep 1000"
}

# One round: the old state, the killed command, what must hold then.
round() # N PREPARE CHECK ARG...
{
	n=$1 prepare=$2 check=$3
	shift 3
	$prepare >"$T/.log" 2>&1 || return 1
	killed_at "$n" "$@"
	round_status=$t_status
	is_clean >>"$T/.log" 2>&1 || return 1
	$check >>"$T/.log" 2>&1 || return 1
	for p in $(pot ls -q); do
		pot destroy -F -r -p "$p" >>"$T/.log" 2>&1 || return 1
	done
}

# All rounds of a command, until one was not killed.
matrix() # DESC PREPARE CHECK ARG...
{
	desc=$1
	shift
	n=1
	while round "$n" "$@"; do
		if [ "$round_status" -ne 137 ]; then
			[ "$n" -gt 2 ] && pass "$desc ($((n - 1)) kills)" ||
			    fail "$desc" "was never killed"
			return
		fi
		n=$((n + 1))
	done
	fail "$desc: killed at write $n" "$(tail -n 20 "$T/.log")"
	pot destroy -F -p web >/dev/null 2>&1
	pot destroy -F -p two >/dev/null 2>&1
}

prepare_none() { :; }
prepare_running() { make_pot && pot start -d -p web; }
prepare_snapshot() { make_pot && pot snapshot -p web; }

check_create()
{
	[ -n "$(pot ls -q)" ] || make_pot || return 1
	is_usable web
}

check_web() { is_usable web; }

check_stopped()
{
	case $(pot ps -q) in
	web) pot stop -p web ;;
	esac
	is_usable web
}

check_clone()
{
	is_usable web || return 1
	case " $(pot ls -q | tr '\n' ' ')" in
	*" two "*) is_usable two ;;
	esac
}

check_renamed()
{
	name=$(pot ls -q)
	[ "$name" = web ] || [ "$name" = two ] || return 1
	is_usable "$name"
}

check_destroyed()
{
	[ -z "$(pot ls -q)" ] || is_usable web
}

matrix "create" prepare_none check_create create -p web -t single -b tiny
matrix "clone" prepare_snapshot check_clone clone -p two -P web
matrix "start" make_pot check_stopped start -d -p web
matrix "stop" prepare_running check_stopped stop -p web
matrix "snapshot" make_pot check_web snapshot -p web
matrix "revert" prepare_snapshot check_web revert -p web
matrix "rename" make_pot check_renamed rename -p web -n two
matrix "destroy" prepare_snapshot check_destroyed destroy -p web
matrix "destroy -F" prepare_running check_destroyed destroy -F -p web

# -- a pot that died, and whose run directory is lost

make_pot
pot start -d -p web
pid=$(pot info -E -p web | sed -n 's/.*_POT_JID=\([0-9]*\).*/\1/p')
tag=$(sed -n 's,^0::/\(pot[^/]*\)/.*,\1,p' "/proc/$pid/cgroup" 2>/dev/null)
groups()
{
	[ -z "$tag" ] || find /sys/fs/cgroup -type d -path "*/$tag/*" 2>/dev/null
}
if [ -n "$tag" ]; then
	pkill -KILL -x pot-supervise
	kill -KILL "$pid"
	eventually sh -c "! kill -0 $pid 2>/dev/null"
	rm -rf "$T/data/run/pot/web"
	isnt "$(groups)" "" "its control groups are left"
	runs "recover" pot recover
	is "$(groups)" "" "recover removes them"
	make_pot >/dev/null 2>&1
	pot start -d -p web
	runs "recover with a pot that runs" pot recover
	runs "which goes on" pot exec -p web true
fi
runs "it is destroyed" pot destroy -F -p web

done_testing
