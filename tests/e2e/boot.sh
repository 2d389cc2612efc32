#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# After a reboot: what lies in the run directory is void, whatever it says;
# journals of what changes storage are not, and are recovered by whoever
# comes first.  A boot is played: all of pot's processes are killed, and the
# run directory says that it belongs to another boot.
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
F=$T/data
RUN=$F/run
for p in web db; do
	pot create -p $p -t single -b tiny >/dev/null || bail "create"
	pot set-cmd -p $p -c "sleep 123456"
	pot set-attribute -p $p -A stop_timeout -V 1
done

# Kill all there is of pot, without a chance for it to clean up.
crash()
{
	tries=0
	while [ $tries -lt 100 ]; do
		tries=$((tries + 1))
		left=
		for p in $(ps -ax -o pid= -o comm= |
		    awk '$2 ~ /^pot(-.*)?$/ { print $1 }'); do
			kill -9 "$p" 2>/dev/null
			left=yes
		done
		[ -n "$left" ] || break
		sleep 0.05
	done
	[ "$(uname -s)" = FreeBSD ] || return 0
	# Jails and mounts don't outlive a boot; they outlive a process.
	jls name | while read -r jail; do
		jail -r "$jail"
	done
	mount -p | awk -v d="$F/fs/jails/" 'index($2, d) == 1 { print $2 }' |
	    sort -r | while read -r place; do
		umount -f "$place"
	done
}
new_boot()
{
	crash
	# Groups are gone with a boot, too.
	find /sys/fs/cgroup -depth -type d -path "*/$tag/*" \
	    -exec rmdir {} + 2>/dev/null
	echo "another boot" >"$RUN/boot"
}

usable() # DESC
{
	runs "$1: start" pot start -d -p web
	runs "$1: exec" pot exec -p web true
	is "$(pot ps -q)" web "$1: it runs, and no other"
	runs "$1: stop" pot stop -p web
	is "$(pot ps -q)$(ls "$RUN/pot" "$RUN/journal" | grep -v :)" "" \
	    "$1: nothing is left"
	runs "$1: recover" pot recover
	is "$(out)" "" "$1: has nothing to do"
}

runs "a pot runs" pot start -d -p web
runs "and another" pot start -d -p db
pid=$(pot info -E -p web | sed -n 's/.*_POT_JID=\([0-9]*\).*/\1/p')
tag=$(sed -n 's,^0::/\(pot[^/]*\)/.*,\1,p' "/proc/$pid/cgroup" 2>/dev/null)
cp -R "$RUN" "$T/run.before"
new_boot
is "$(pot ps -q)" "" "32: after a boot nothing runs"
runs "ls" pot ls -q
usable "after a boot"
runs "the status of the last run" pot last-run-stats -p db
runs "logs of before" pot logs -p db

# What runs now can't be confused with what ran before: the old records name
# processes which live, by chance.
runs "start" pot start -d -p db
new_boot
rm "$RUN/pot/db/cell"
self=$$
ln -s "1795000000000000000 $self" "$RUN/pot/db/cell"
is "$(pot ps -q)" "" "an old record that names a process of today"
kill -0 $self && pass "which is not touched"
runs "start" pot start -d -p db
runs "stop" pot stop -p db

# A journal of the run directory whose owner lives, by chance.
if [ -r /proc/$$/stat ]; then
	start=$(sed 's/.*) //' /proc/$$/stat | cut -d ' ' -f 20)
	printf 'pot-journal 1\nop start\nowner %s %s\narg generation 1\nstep run\nstep cell\n' \
	    "$$" "$start" >"$RUN/journal/web"
	exits 1 "the journal of a start that goes on: destroy" \
	    pot destroy -p web
	err_like "*web*" "is refused"
else
	skip "the journal of a start that goes on" "no /proc"
fi
new_boot
usable "the journal of a start before the boot"

# A create that the crash has interrupted.
if has_strace "a create that the crash has interrupted"; then
	ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
	    strace -qq -o /dev/null -e trace=write \
	    -e inject=write:signal=KILL:when=6 \
	    "$POT" create -p new -t single -b tiny >"$T/.out" 2>&1
	is "$(ls "$F/fs/journal")" new "a create is interrupted"
	new_boot
	runs "recover" pot recover
	like "$(out)" "*new*create*" "says of what"
	is "$(ls "$F/fs/journal" "$F/fs/jails" | grep -c new)" 0 \
	    "nothing of it is left"
	usable "behind it"
fi

# Eight commands find the boot at once: what one starts is not void.
n=0
while [ $n -lt 10 ]; do
	n=$((n + 1))
	echo "boot $n" >"$RUN/boot"
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		case $i in
		1 | 2) set -- start -d -p web ;;
		3 | 4) set -- start -d -p db ;;
		*) set -- ps -q ;;
		esac
		timeout --foreground -s KILL 60 "$POT" "$@" >"$T/boot.$i" 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || fail "one of eight" "$(cat "$T"/boot.?)"
	done
	[ "$(pot ps -q | sort | tr '\n' ' ')" = "db web " ] ||
	    fail "round $n" "$(pot ps -q)"
	pot stop -p web && pot stop -p db || fail "stop"
done
pass "eight commands at once after a boot"
usable "after that"

# No run directory at all: it was in memory.
runs "start" pot start -d -p web
crash
find /sys/fs/cgroup -depth -type d -path "*/$tag/*" -exec rmdir {} + 2>/dev/null
rm -rf "$RUN"
runs "without a run directory: ps" pot ps -q
out_is "" "nothing runs"
usable "without a run directory"

done_testing
