#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Eight processes do random verbs on five pots.  No command hangs or crashes,
# no status is shown that is not true, and in the end nothing is leaked.
# Then the pairs that are known to be hard: destroy -F against a foreground
# start, start against start, stop against stop.  POT_TEST_LONG: 60 s.
# pot-test: timeout=240
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
seconds=10
[ -z "${POT_TEST_LONG:-}" ] || seconds=60
F=$T/data

# -- what must hold when nothing is under way

is_clean() # DESC
{
	runs "$1: recover" pot recover
	is "$(ls "$F/fs/journal" 2>/dev/null)$(ls "$F/run/journal")" "" \
	    "$1: no journal"
	is "$(pot ps -q | sort)" "$(ls "$F/run/pot")" \
	    "$1: run directories of running pots only"
	is "$(entries '.*' "$F/fs/jails")$(entries '*tmp*' "$F/fs/jails")" 00 \
	    "$1: no temporary names"
}

# -- random verbs

PLAY='
name=$1 seed=$2
rand() # N
{
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	r=$((seed / 65536 % $1))
}
try()
{
	timeout --foreground -s KILL 100 "$POT" "$@" >"$T/race.$name.out" 2>&1 </dev/null
	status=$?
	# What is executed in a pot that is stopped is ended by a signal.
	case "$1 $status" in
	"exec 143" | "exec 137") ;;
	# A start in the foreground whose pot is stopped says so.
	"start 125") ;;
	*" "12[4-7] | *" "1[3-9]? | *" "128 | *" "129)
		echo "$* -> $status: $(tail -n 3 "$T/race.$name.out")" \
		    >>"$T/race.bad"
		;;
	esac
	# A lock that was waited for in vain for a minute; what only one who is
	# alone can expect not to happen; what one has to recover from without
	# anything having been killed.
	grep -E "lock .*: held by|not empty|No such file|File exists|recovering|could not be" \
	    "$T/race.$name.out" | sed "s|^|$*: |" >>"$T/race.bad"
	echo "$status $*" >>"$T/race.$name.log"
}
while [ -d "$T" ] && [ ! -e "$T/race.over" ]; do
	rand 5; p=p$r
	rand 5; q=p$r
	rand 16
	case $r in
	0 | 1) try create -p $p -t single -b tiny ;;
	2 | 3 | 4) try start -d -p $p ;;
	5) try start -p $p ;;
	6 | 7) try stop -p $p ;;
	8) try destroy -F -p $p ;;
	9) try clone -F -p $p -P $q ;;
	10) try snapshot -p $p ;;
	11) try exec -p $p /bin/true ;;
	12) try ps ;;
	13) try info -p $p ;;
	14) try set-attribute -p $p -A prunable -V no
	    try set-cmd -p $p -c "sleep 0.$(($r % 3))" ;;
	15) try rename -p $p -n $q ;;
	esac
done
'
for p in 0 1 2; do
	pot create -p p$p -t single -b tiny >/dev/null
	pot set-cmd -p p$p -c "sleep 0.3"
	pot set-attribute -p p$p -A persistent -V no
done
end=$(($(date +%s) + seconds))
export T POT
i=0
players=
while [ $i -lt 8 ]; do
	sh -c "$PLAY" play $i $((i * 7919 + $$)) &
	players="$players $!"
	i=$((i + 1))
done
# A status that is shown has to be true.  The link names a cell; who was dead
# before the question and is not replaced behind the answer was not running,
# and who lives before and after was.  Nothing is true of one that is ending:
# a kill is pending, or it waits for what else is in its pot (PF_EXITING).
lives() # PID:START... or a jail's number: 0, 1 no, 2 it is ending
{
	case "$(uname -s)" in
	Linux)
		# shellcheck disable=SC2046
		set -- "${1%%:*}" $(sed 's/.*) //' "/proc/${1%%:*}/stat" 2>/dev/null)
		case "${2:-}" in
		"" | [ZX]) return 1 ;;
		esac
		[ $(($8 / 4 % 2)) -eq 0 ] || return 2
		! grep -q '^S[ih][gd]Pnd:.*[13579bdf]..$' "/proc/$1/status" \
		    2>/dev/null || return 2
		;;
	*) jls -j "${1%%:*}" jid >/dev/null 2>&1 ;;
	esac
}
is_dead()
{
	lives "$1"
	[ $? -eq 1 ]
}
verbs="create start stop destroy clone snapshot exec"
# Rare: of a pot that is stopped, to a name that is free.
[ -n "${POT_TEST_VM:-}" ] || verbs="$verbs rename"
# Each verb succeeded, or has had its chance: a machine may be slow.
is_over()
{
	now=$(date +%s)
	[ "$now" -ge "$end" ] || return 1
	[ "$now" -lt $((end + 60)) ] || return 0
	for v in $verbs; do
		cat "$T"/race.?.log | grep -q "^0 $v" || return 1
	done
}
lies=0
questions=0
until is_over; do
	for p in p0 p1 p2 p3 p4; do
		cell=$(readlink "$F/run/pot/$p/cell")
		lives "${cell#* }"
		before=$?
		pot info -qr -p $p >"$T/lie" 2>&1
		status=$?
		lives "${cell#* }"
		after=$?
		[ "$status" -le 1 ] || {
			lies=$((lies + 1))
			diag "$p: $status: $(cat "$T/lie")"
		}
		[ -n "$cell" ] && [ $before -eq $after ] && [ $after -ne 2 ] &&
		    [ "$cell" = "$(readlink "$F/run/pot/$p/cell")" ] ||
		    continue
		questions=$((questions + 1))
		[ $status -eq $before ] || {
			lies=$((lies + 1))
			diag "$p, $cell: $status, but $before: $(cat "$T/lie")"
		}
	done
done
: >"$T/race.over"
for p in $players; do
	wait "$p"
done
pass "no deadlock: all players came to their end"
is "$(cat "$T/race.bad" 2>/dev/null)" "" "no command crashed or hung"
is "$lies" 0 "info says what is true"
isnt "$questions" 0 "it was asked ($questions times)"
cat "$T"/race.?.log >"$T/race.log"
diag "$(awk '{ n[$2 " " $1]++ } END { for (i in n) printf "%s:%d ", i, n[i] }' \
    "$T/race.log")"
for v in $verbs; do
	isnt "$(grep -c "^0 $v" "$T/race.log")" 0 "$v succeeded at times"
done
for p in $(pot ps -q); do
	runs "$p, which is listed, lives" pot exec -p "$p" /bin/true
	pot stop -p "$p" >/dev/null 2>&1
done
is "$(pot ps -q)" "" "nothing runs"
is_clean "after the race"
# Every pot that is there can be used.
for p in $(pot ls -q); do
	runs "$p can be opened" pot info -p "$p"
	pot set-cmd -p "$p" -c "sleep 1000"
	runs "$p starts" pot start -d -p "$p"
	runs "$p stops" pot stop -p "$p"
	runs "$p is destroyed" pot destroy -F -r -p "$p"
done
is "$(pot ls -q)" "" "no pot is left"
for p in $(pot ls -q); do
	pot destroy -F -r -p "$p" >/dev/null 2>&1
done
layers=$(entries '*' "$F/fs/layers")
pot create -p probe -t single -b tiny >/dev/null
pot destroy -p probe >/dev/null
is "$(entries '*' "$F/fs/layers")" "$layers" \
    "create and destroy leave no layer"
is "$((layers <= 1))" 1 "no layer is left but the base's ($layers)"
is "$(entries 'p[0-4]*' "$F/log")" 0 "no log of a destroyed pot"

# -- pairs

make_pot()
{
	pot create -p web -t single -b tiny >/dev/null 2>&1
	pot set-cmd -p web -c "sleep 1000"
}

bad=0
n=0
while [ $n -lt 12 ]; do
	n=$((n + 1))
	make_pot
	pot set-attribute -p web -A persistent -V no
	timeout --foreground -s KILL 30 "$POT" start -p web >"$T/start.out" 2>&1 &
	start=$!
	[ $((n % 3)) -eq 0 ] || eventually "$POT" info -qrp web
	[ $((n % 3)) -ne 1 ] || sleep 0.0$n
	timeout --foreground -s KILL 30 "$POT" destroy -F -p web >"$T/destroy.out" 2>&1 ||
	    { bad=$((bad + 1)); diag "destroy: $? $(cat "$T/destroy.out")"; }
	wait $start
	status=$?
	if [ $status -gt 1 ] && [ $status -ne 125 ]; then
		bad=$((bad + 1))
		diag "start: $status $(cat "$T/start.out")"
	fi
	[ -z "$(pot ls -q)$(ls "$F/run/pot")" ] || {
		bad=$((bad + 1))
		diag "left: $(pot ls -q) $(ls "$F/run/pot")"
		pot destroy -F -p web
	}
done
is $bad 0 "destroy -F against a foreground start"
is_clean "destroy -F against start"

PS='ps -o comm'
[ "$(uname -s)" != FreeBSD ] || PS='ps -axo comm'
make_pot
pot set-attribute -p web -A persistent -V yes
bad=0
n=0
while [ $n -lt 10 ]; do
	n=$((n + 1))
	pids=
	for i in 1 2 3 4; do
		timeout --foreground -s KILL 30 "$POT" start -d -p web >"$T/s$i" 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || { bad=$((bad + 1)); diag "start: $?"; }
	done
	[ "$(cat "$T"/s[1-4] | grep -c Starting)" -eq 1 ] ||
	    { bad=$((bad + 1)); diag "$(cat "$T"/s[1-4])"; }
	[ "$(pot ps -q)" = web ] || bad=$((bad + 1))
	[ "$(pot exec -p web sh -c "$PS | grep -c ^sleep")" = 1 ] ||
	    { bad=$((bad + 1)); diag "not one command"; }
	pids=
	for i in 1 2 3 4; do
		timeout --foreground -s KILL 30 "$POT" stop -p web >"$T/s$i" 2>&1 &
		pids="$pids $!"
	done
	ok=0
	for pid in $pids; do
		wait "$pid"
		case $? in
		0) ok=$((ok + 1)) ;;
		1) ;;
		*) bad=$((bad + 1)); diag "stop: $?" ;;
		esac
	done
	[ $ok -ge 1 ] || { bad=$((bad + 1)); diag "no stop succeeded"; }
	[ -z "$(pot ps -q)$(ls "$F/run/pot")" ] || bad=$((bad + 1))
done
is $bad 0 "start against start, stop against stop"
is_clean "pairs"

# Whoever would tell of the pot's end dies with it: its run directory says
# that it runs, the kernel that it doesn't.
runs "a pot whose supervisor dies with it" pot start -d -p web
cell=$(readlink "$F/run/pot/web/cell")
cell=${cell#* }
case "$(uname -s)" in
Linux) kill -9 $(pgrep -x pot-supervise) "${cell%%:*}" ;;
*) pkill -9 -x pot-supervise && jail -r "${cell%%:*}" ;;
esac
eventually is_dead "$cell"
exits 1 "does not run" pot info -qr -p web
is "$(pot ps -q)" "" "is not listed"
is_clean "a death that nobody saw"
runs "destroy" pot destroy -p web

done_testing
