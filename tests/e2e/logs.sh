#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Logs of pots, running, stopped and destroyed: what is chosen of them, how
# they are rotated, who follows while the pot goes away, and a disk that is
# full or read-only while the pot goes on.
# pot-test: timeout=180
. "$POT_TEST_TOP/tests/lib.sh"

F=$T/data
mount_disk "$F/log" 64 || bail "no disk: $(out)"
with_base tiny
L=$F/log/web
pot create -p web -t single -b tiny >/dev/null || bail "create"
pot set-attribute -p web -A persistent -V no

command_is()
{
	pot set-cmd -p web -c "sh -c '$1'"
}

runs_once()
{
	rm -f "$L/"*
	command_is "$1"
	pot start -d -p web >/dev/null
	pot wait web >/dev/null 2>&1
}

# A time behind all that was logged; date(1) of FreeBSD knows whole seconds.
now()
{
	if [ "$(uname -s)" = FreeBSD ]; then
		sleep 1
		date -u +%Y-%m-%dT%H:%M:%SZ
	else
		date -u +%Y-%m-%dT%H:%M:%S.%NZ
	fi
}

# -- nothing

runs "logs of a pot that never ran" pot logs -p web
out_is "" "are empty"
runs "followed they end" timeout --foreground 30 "$POT" logs -f -p web
exits 1 "attach to it" "$POT" attach -p web
refuses "wait for it" "$POT" wait web
is "$(ls "$F/log")" "" "no directory was made for that"
runs_once 'exit 4'
runs "an empty log" pot logs -n 5 -p web
out_is "" "has no lines"
exits 4 "its status, again and again" "$POT" wait web
exits 4 "its status" "$POT" wait web

# -- choices, over two runs and rotated files

pot set-attribute -p web -A log-size -V 1k
pot set-attribute -p web -A log-count -V 3
runs_once 'seq 1 20; seq 21 25 >&2; printf end'
sleep 0.01
between=$(now)
sleep 0.01
command_is 'seq 101 120; echo bad >&2'
pot start -d -p web >/dev/null
pot wait web >/dev/null 2>&1
isnt "$(find "$L" -name 'log.*')" "" "the attribute rotates"
# Two streams are two orders.
is "$(pot logs -p web --stream stdout | tr '\n' ' ')" \
    "$(seq 1 20 | tr '\n' ' ')end$(seq 101 120 | tr '\n' ' ')" \
    "stdout of both runs"
is "$(pot logs -p web --stream stderr 2>&1 | tr '\n' ' ')" "21 22 23 24 25 bad " \
    "stderr of both"
is "$(pot logs -p web --since "$between" --stream stdout | head -n 1)" 101 \
    "since"
is "$(pot logs -p web --until "$between" --stream stdout | tail -n 1)" end \
    "until"
is "$(pot logs -p web --since "$between" --until "$between")" "" "no time"
is "$(pot logs -p web --since 1h --stream stderr -n 1 2>&1)" bad \
    "an age, a stream and a number"
is "$(pot logs -p web --since @1)" "$(pot logs -p web)" "since the epoch"
is "$(pot logs -p web --since 2200-01-01)" "" "of the future"
is "$(pot logs -p web --stream stdout -n 3 | tr '\n' ' ')" "118 119 120 " \
    "-n counts lines of the stream"
is "$(pot logs -p web --stream stdout -n 22 | head -n 1)" 19 \
    "-n goes back into the rotated file"
is "$(pot logs -p web -n 0)" "" "-n 0"
is "$(pot logs -p web --stream stdout -n 100000 | wc -l | tr -d ' ')" 40 \
    "-n with more than there is"
is "$(pot logs -p web -t --stream stderr 2>&1 | grep -c \
    '^20[0-9-]*T[0-9:]*\.[0-9]\{9\}Z [0-9b]')" 6 "-t: a time on each line"
is "$(pot logs -t -p web 2>&1 | cut -c 1-30 | sort -c 2>&1)" "" "times never go back"
runs "followed, a stopped pot's ends" timeout --foreground 30 "$POT" logs -f -p web \
    --stream stderr
is "$(cat "$T/.err")" "$(seq 21 25)
bad" "with all of it"

# -- how much is kept

pot set-attribute -p web -A log-size -V 16k
runs_once 'seq 1 2000'
is "$(ls "$L" | tr '\n' ' ')" "log log.1 log.2 log.3 " "log-count"
is "$(find "$L" -name 'log*' -size +16k | wc -l | tr -d ' ')" 0 "log-size"
is "$(pot logs -p web -n 1)" 2000 "the newest are kept"
pot logs -p web >"$T/got"
seq "$(head -n 1 "$T/got")" 2000 >"$T/wanted"
is "$(cksum <"$T/got")" "$(cksum <"$T/wanted")" "none is missing in between"
pot set-attribute -p web -A log-count -V 0
runs_once 'seq 1 2000'
is "$(ls "$L" | tr '\n' ' ')" "log " "log-count 0"
set_conf POT_LOG_SIZE 1k
pot set-attribute -p web -A log-size -V 1m
runs_once 'seq 1 2000'
is "$(pot logs -p web | cksum)" "$(seq 1 2000 | cksum)" \
    "log-size wins over POT_LOG_SIZE"
set_conf POT_LOG_SIZE 64m
refuses "log-count 100" pot set-attribute -p web -A log-count -V 100
refuses "log-size much" pot set-attribute -p web -A log-size -V much

# -- the pot goes away

pot set-attribute -p web -A log-size -V 1m
rm -f "$L/"*
command_is 'i=0; while :; do i=$((i + 1)); echo $i; sleep 0.01; done'
pot start -d -p web >/dev/null
becomes "it writes" test -s "$L/log"
: >"$T/follow"
pot logs -f -p web >"$T/follow" 2>"$T/follow.err" &
follow=$!
pot attach web >"$T/attach" 2>"$T/attach.err" &
attach=$!
pot wait web >"$T/wait" 2>"$T/wait.err" &
waiter=$!
becomes "somebody follows" test -s "$T/follow"
becomes "somebody is attached" test -s "$T/attach"
runs "destroyed" pot destroy -F -p web
wait $follow
is $? 0 "logs -f ends: $(cat "$T/follow.err")"
wait $attach
is $? 0 "attach ends: $(cat "$T/attach.err")"
wait $waiter
waited=$?
is "$waited $(grep -c '^###> ' "$T/wait.err")" "1 1" "wait ends: $(cat "$T/wait.err")"
is "$(awk 'NR != $1' "$T/follow")" "" "what was followed has no gap"
is "$(ls "$F/log")$(ls "$F/run/pot")" "" "nothing is left"
exits 1 "logs of a destroyed pot" "$POT" logs -p web
err_like "*not found*" "it is not there"

pot create -p web -t single -b tiny >/dev/null
pot set-attribute -p web -A persistent -V no
command_is 'echo before; while [ ! -e /go ]; do sleep 0.01; done; echo after; exit 6'
pot start -d -p web >/dev/null
becomes_out before "it writes" "$POT" logs -p web
: >"$T/follow"
pot logs -f -p web >"$T/follow" 2>&1 &
follow=$!
pot wait web >"$T/wait" 2>&1 &
waiter=$!
becomes "somebody follows" test -s "$T/follow"
refuses "a pot that runs can't be renamed" pot rename -p web -n other
pot exec -p web touch /go
wait $follow
is "$(tr '\n' ' ' <"$T/follow")" "before after " "logs -f saw it all"
wait $waiter
is $? 6 "wait has the status"
runs "renamed" pot rename -p web -n other
is "$(pot logs -p other | tr '\n' ' ')" "before after " "its log goes with it"
is "$(ls "$F/log")" other "to another directory"
pot rename -p other -n web >/dev/null

# Somebody moves the file away while it is followed.
rm -f "$L/"*
command_is 'echo one; while [ ! -e /two ]; do sleep 0.01; done; echo two'
pot start -d -p web >/dev/null
becomes_out one "one" "$POT" logs -p web
: >"$T/follow"
pot logs -f -p web >"$T/follow" 2>&1 &
follow=$!
becomes "somebody follows" test -s "$T/follow"
mv "$L/log" "$L/away"
pot exec -p web touch /two
wait $follow
is "$(tr '\n' ' ' <"$T/follow")" "one two " "a log that is moved away"
is "$(cut -d ' ' -f 4 "$L/log")" two "begins anew"
rm -f "$L/away"

# -- disks

writes='i=0; while [ ! -e /end ]; do i=$((i + 1)); echo $i; sleep 0.005; done; echo end'
fill()
{
	dd if=/dev/zero of="$F/log/.fill" bs=64k >/dev/null 2>&1
	dd if=/dev/zero of="$F/log/.fill2" bs=512 >/dev/null 2>&1
}

# 1 2 3 ..., with no gap but where a system line says how much is lost.
has_no_silent_gap()
{
	pot logs -p web 2>&1 | awk '
	    /^no space for the log: [0-9]+ bytes of stdout are lost$/ {
		lost = $6
		next
	    }
	    /^end$/ { exit }
	    {
		want = last + 1
		bytes = 0
		while (want < $1 && want < last + 1000000)
			bytes += length(want++ "") + 1
		if (bytes != lost) {
			print "after " last " comes " $1 ", lost " lost + 0
			exit
		}
		lost = 0
		last = $1
	    }'
}

# Lines of the supervisor's own may come after it.
last()
{
	pot logs -p web --stream stdout -n 1
}

rm -f "$L/"*
command_is "$writes"
pot start -d -p web >/dev/null
becomes "it writes" test -s "$L/log"
fill
before=$(last)
# It goes on: enough that more than a page would have been written.
pot exec -p web sleep 1
runs "full: it still runs" pot info -qr -p web
runs "full: and is supervised" sh -c \
    "'$POT' info -p web --format json | grep -Eq '\"supervised\": *true'"
kill -9 "$(pgrep -x pot-supervise)" 2>/dev/null
runs "full: a command after a kill" pot info -qr -p web
rm -f "$F/log/.fill" "$F/log/.fill2"
grows()
{
	[ "$(last)" -gt "$((before + 100))" ]
}
becomes "space: the log goes on" grows
# A file that is open for writing keeps it from being read-only.
kill -9 "$(pgrep -x pot-supervise)" 2>/dev/null
eventually remount ro "$F/log" || bail "read-only"
ro=$(last)
pot exec -p web sleep 0.3
runs "read-only: it still runs" pot info -qr -p web
kill -9 "$(pgrep -x pot-supervise)" 2>/dev/null
runs "read-only: a new supervisor" pot info -qr -p web
runs "read-only: logs" pot logs -p web
remount rw "$F/log"
before=$ro
becomes "writable: the log goes on" grows
pot exec -p web touch /end
runs "it ends" pot wait web
is "$(has_no_silent_gap)" "" "every line is there, or said to be lost"
is "$(pot logs -p web -n 1)" end "to the end"

# More than staging holds: bytes are dropped, the pot goes on, the log tells.
rm -f "$L/"*
command_is 'echo first; while [ ! -e /more ]; do sleep 0.01; done; seq 1 200000; echo done >/said; while [ ! -e /end2 ]; do sleep 0.01; done; echo last'
pot start -d -p web >/dev/null
becomes_out first "it writes" "$POT" logs -p web
fill
pot exec -p web touch /more
becomes "full: much output does not stop it" "$POT" exec -p web test -e /said
rm -f "$F/log/.fill" "$F/log/.fill2"
pot exec -p web touch /end2
runs "it ends" pot wait web
is "$(pot logs -p web --stream stdout -n 1)" last "the log goes on"
like "$(pot logs -p web --stream system)" \
    "no space for the log: * bytes of stdout are lost" "and says what it lacks"

# Full when it ends: the pot is gone, and its status known.
rm -f "$L/"*
command_is 'echo first; while [ ! -e /z ]; do sleep 0.01; done; seq 1 20000; exit 9'
pot start -d -p web >/dev/null
becomes_out first "it writes" "$POT" logs -p web
fill
pot exec -p web touch /z
exits 9 "full at the end: the status is known" timeout --foreground 60 "$POT" wait web
rm -f "$F/log/.fill" "$F/log/.fill2"
is "$(ls "$F/run/pot")" "" "and nothing is left of it"

done_testing
