#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The supervisor is killed at random while a pot writes numbered lines, also
# while the pot ends: no line is lost or twice, no exit status is lost, and
# the next pot command replaces it.  Then logs -f, attach, rotation.
# POT_TEST_LONG: 200 kills, 50 of them around the pot's end.
# pot-test: timeout=600
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
kills=24 ends=8
if [ -n "${POT_TEST_LONG:-}" ]; then
	kills=150 ends=50
fi
echo "POT_LOG_SIZE=64m" >>"$PREFIX/etc/pot/pot.conf"
pot create -p web -t single -b tiny >/dev/null
cat >"$T/count" <<'END'
#!/bin/sh
# count N STATUS: N lines on each stream, as fast as they are read
i=0
while [ $i -lt "$1" ]; do
	echo "line $i of stdout, which says nothing else"
	echo "line $i of stderr" >&2
	i=$((i + 1))
done
printf 'the end'
exit "$2"
END
chmod 755 "$T/count"
pot copy-in -p web -s "$T/count" -d /count >/dev/null

supervisor()
{
	pgrep -x pot-supervise
}

# A moment between 0 and 30 ms, another each time.
moment()
{
	sleep "0.0$(od -An -N1 -tu1 /dev/urandom | awk '{ print $1 % 30 / 10 }' |
	    tr -d .)"
}

wanted() # N STREAM
{
	awk -v n="$1" -v s="$2" 'BEGIN {
		more = s == "stdout" ? ", which says nothing else" : ""
		for (i = 0; i < n; i++)
			print "line " i " of " s more
		if (s == "stdout")
			printf "the end"
	}'
}

log_is_complete() # N DESC
{
	for stream in stdout stderr; do
		wanted "$1" $stream >"$T/wanted"
		pot logs -p web --stream $stream >"$T/got" 2>&1
		if cmp -s "$T/got" "$T/wanted"; then
			pass "$2: $stream"
		else
			fail "$2: $stream" "$(cmp "$T/got" "$T/wanted" 2>&1)" \
			    "$(diff "$T/got" "$T/wanted" | head -n 10)"
		fi
	done
}

forget_log()
{
	rm -f "$T/data/log/web/"*
}

# -- a busy pot, its supervisor killed again and again

pot set-attribute -p web -A persistent -V no
n=0
round=0
while [ "$n" -lt "$kills" ]; do
	round=$((round + 1))
	lines=4000
	forget_log
	pot set-cmd -p web -c "/count $lines 7"
	pot start -d -p web >/dev/null 2>&1 || fail "start" "round $round"
	while pot info -qrp web 2>/dev/null && [ "$n" -lt "$kills" ]; do
		moment
		# shellcheck disable=SC2046
		kill -9 $(supervisor) 2>/dev/null && n=$((n + 1))
		moment
		pot info -qp web
	done
	exits 7 "round $round: the status is known" "$POT" wait web
	is "$(pot last-run-stats -p web)" '{ "ExitCode": 7 }' \
	    "round $round: last-run-stats"
	log_is_complete $lines "round $round, $n kills"
	is "$(pot ps -q)$(ls "$T/data/run/pot")" "" "round $round: all is gone"
done
is "$(supervisor)" "" "no supervisor is left"

# -- the pot ends while nobody supervises

n=0
bad=0
while [ "$n" -lt "$ends" ]; do
	n=$((n + 1))
	forget_log
	pot set-cmd -p web -c "/count $((n * 3)) $n"
	# The first lines are in the FIFO when the kill comes, or not even
	# written.
	pot start -d -p web >/dev/null 2>&1 || bad=$((bad + 1))
	[ $((n % 3)) -eq 0 ] && moment
	# shellcheck disable=SC2046
	kill -9 $(supervisor) 2>/dev/null
	[ $((n % 2)) -eq 0 ] && moment
	t_run "$POT" wait web
	if [ "$t_status" -ne "$n" ]; then
		bad=$((bad + 1))
		diag "round $n: wait says $t_status $(err)"
	fi
	wanted $((n * 3)) stdout >"$T/wanted"
	wanted $((n * 3)) stderr >>"$T/wanted"
	{
		pot logs -p web --stream stdout
		pot logs -p web --stream stderr
	} >"$T/got" 2>&1
	if ! cmp -s "$T/got" "$T/wanted"; then
		bad=$((bad + 1))
		diag "round $n: $(diff "$T/got" "$T/wanted" | head -n 5)"
	fi
done
is "$bad" 0 "$ends pots that ended unsupervised: all bytes, all statuses"
is "$(supervisor)" "" "no supervisor is left"
is "$(ls "$T/data/run/pot")" "" "nor a run directory"

# -- a hook behind the pot's end: its status is recorded after that

cat >"$T/hook" <<END
#!/bin/sh
: >"$T/hook.began"
while [ ! -e "$T/hook.go" ]; do sleep 0.01; done
END
chmod 755 "$T/hook"
pot set-hook -p web -T "$T/hook"
pot set-cmd -p web -c "sh -c 'exit 5'"
for way in "wait web" "start -p web"; do
	rm -f "$T/hook.began" "$T/hook.go"
	case $way in
	wait*) pot start -d -p web >/dev/null 2>&1 ;;
	esac
	# shellcheck disable=SC2086
	{ pot $way >"$T/way" 2>&1; echo $? >"$T/way.status"; } &
	way_pid=$!
	eventually test -e "$T/hook.began"
	: >"$T/hook.go"
	wait $way_pid
	case $way in
	wait*) is "$(cat "$T/way.status")" 5 "wait tells the status, not an older one" ;;
	*) is "$(cat "$T/way.status")" 125 "so does a start in the foreground" ;;
	esac
done
pot set-hook -p web --remove poststop

# -- a foreground start whose supervisor is killed

forget_log
pot set-cmd -p web -c "/count 3000 3"
pot start -p web >"$T/fg.out" 2>"$T/fg.err" &
start=$!
eventually "$POT" info -qrp web
moment
# shellcheck disable=SC2046
kill -9 $(supervisor) 2>/dev/null
wait $start
is $? 125 "a foreground start survives its supervisor"
is "$(pot last-run-stats -p web)" '{ "ExitCode": 3 }' "the status is known"
log_is_complete 3000 "its log"

# It replaces each itself, whatever other commands come in between: another's
# would not have its descriptors.  What was written last before a kill may
# come twice, cut anywhere; nothing is missing.
forget_log
pot set-cmd -p web -c "sh -c '/count 3000 0; while [ ! -e /go ]; do \
    sleep 0.01; done; rm /go; /count 3000 0'"
pot start -p web >"$T/fg.out" 2>"$T/fg.err" &
start=$!
eventually "$POT" info -qrp web
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	# shellcheck disable=SC2046
	kill -9 $(supervisor) 2>/dev/null
	pot info -qp web
	pot ps -q >/dev/null
	[ $i -ne 6 ] || pot exec -p web touch /go
	moment
done
wait $start
is $? 0 "a foreground start whose supervisors were killed"
wanted 3000 stdout | grep '^line' | sort -u >"$T/wanted"
wanted 3000 stderr | sort -u >"$T/wanted.err"
is "$(sort -u "$T/fg.out" | comm -13 - "$T/wanted" | head -n 3)" "" \
    "its stdout lacks nothing"
is "$(sort -u "$T/fg.err" | comm -13 - "$T/wanted.err" | head -n 3)" "" \
    "nor does its stderr"
is "$(pot logs -p web --stream stdout | grep -c 'line [0-9]* of stdout')" 6000 "nor the log"

# -- following

forget_log
pot set-cmd -p web -c "sh -c 'i=0; while [ \$i -lt 300 ]; do echo \$i; \
    i=\$((i + 1)); [ \$((i % 20)) -ne 0 ] || sleep 0.02; done'"
pot start -d -p web >/dev/null
pot logs -f -p web >"$T/follow" 2>&1 &
follow=$!
i=0
while [ $i -lt 4 ]; do
	moment
	# shellcheck disable=SC2046
	kill -9 $(supervisor) 2>/dev/null
	pot info -qp web
	i=$((i + 1))
done
wait $follow
is $? 0 "logs -f ends with the pot"
seq 0 299 >"$T/wanted"
is "$(diff "$T/wanted" "$T/follow" | head -n 5)" "" \
    "and saw each line once, over four supervisors"

pot set-cmd -p web -c "sh -c 'echo before; while [ ! -e /go ]; do sleep 0.02; \
    done; rm /go; seq 100; sleep 0.1'"
forget_log
pot start -d -p web >/dev/null
becomes_out before "the pot writes" "$POT" logs -p web
pot attach web >"$T/attach" 2>&1 &
attach=$!
# Attached when it watches the log.
sleep 0.3
pot exec -p web touch /go
wait $attach
is "$(tr '\n' ' ' <"$T/attach")" "$(seq 100 | tr '\n' ' ')" \
    "attach shows what comes, to the end"
pot wait web >/dev/null 2>&1

# A reader that goes away.
pot set-cmd -p web -c "/count 2000 0"
forget_log
pot start -d -p web >/dev/null
pot logs -f -p web 2>/dev/null | head -n 1 >/dev/null
runs "a reader that goes away is nobody's trouble" "$POT" wait web
log_is_complete 2000 "the log"

# -- rotation

echo "POT_LOG_SIZE=16k" >>"$PREFIX/etc/pot/pot.conf"
echo "POT_LOG_COUNT=4" >>"$PREFIX/etc/pot/pot.conf"
forget_log
pot set-cmd -p web -c "sh -c 'seq 3000; sleep 0.2; seq 3001 3010'"
pot start -d -p web >/dev/null
eventually test -s "$T/data/log/web/log"
# shellcheck disable=SC2046
kill -9 $(supervisor) 2>/dev/null
pot wait web >/dev/null
pot logs -p web >"$T/got"
last=$(tail -n 1 "$T/got")
first=$(head -n 1 "$T/got")
is "$last" 3010 "the newest line is there"
seq "$first" 3010 >"$T/wanted"
is "$(cksum <"$T/got")" "$(cksum <"$T/wanted")" "nothing is missing in between"
isnt "$first" 1 "old ones were rotated away"
files=$(entries 'log*' "$T/data/log/web")
is "$((files <= 5 && files > 1))" 1 "$files files"
is "$(find "$T/data/log/web" -name 'log*' -size +18k)" "" "none is too large"

# -- a persistent pot

forget_log
echo "POT_LOG_SIZE=64m" >>"$PREFIX/etc/pot/pot.conf"
pot set-attribute -p web -A persistent -V yes
pot set-cmd -p web -c "/count 500 9"
pot start -d -p web >/dev/null
# shellcheck disable=SC2046
kill -9 $(supervisor) 2>/dev/null
exits 9 "wait for the command of a persistent pot" "$POT" wait web
# However soon the next command comes: a process that is being killed is
# none.
bad=0
n=0
while [ $n -lt 20 ]; do
	n=$((n + 1))
	# shellcheck disable=SC2046
	kill -9 $(supervisor) 2>/dev/null
	pot info -p web --format json >"$T/info"
	grep -Eq '"supervised": *true' "$T/info" || bad=$((bad + 1))
done
is "$bad" 0 "the next command replaces a killed one, 20 times"
# Among many pots a listing asks for their locks in another process.
listed_and_replaced()
{
	is_listed=$(pot ps -q)
	[ "$(pgrep -nx pot-supervise)" != "$killed" ]
}
for many in 0 70; do
	n=0
	while [ $n -lt $many ]; do
		n=$((n + 1))
		mkdir "$T/data/run/pot/half$n"
	done
	killed=$(pgrep -nx pot-supervise)
	kill -9 "$killed"
	runs "a listing replaces one, beside $many" \
	    eventually listed_and_replaced
	is "$is_listed" web "and lists what runs"
done
rmdir "$T"/data/run/pot/half*
# shellcheck disable=SC2046
kill -9 $(supervisor) 2>/dev/null
pot set-attribute -p web -A stop_timeout -V 3600
# Children of nobody who would tell pot-init of their end.
pot exec -p web sh -c 'trap exit TERM; touch /in; while :; do sleep 0.01; done' &
visitor=$!
eventually pot exec -p web test -e /in
kill -9 $visitor
runs "stop without a supervisor, with a visitor" timeout --foreground 60 "$POT" stop web
log_is_complete 500 "its log"
is "$(pot last-run-stats -p web)" '{ "ExitCode": 9 }' "its status"

done_testing
