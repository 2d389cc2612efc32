#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Limits: they hold, they are changed and removed while the pot runs, a kill
# for want of memory is recorded, what the host has not is refused.
# pot-test: vm timeout=180
. "$POT_TEST_TOP/tests/lib.sh"

# A FreeBSD that was booted without accounting can't limit, and says how it
# could; what needs no accounting works.
if [ "$(uname -s)" = FreeBSD ] &&
    [ "$(sysctl -n kern.racct.enable 2>/dev/null)" != 1 ]; then
	with_base tiny
	runs "a pot" pot create -p web -t single -b tiny
	pot set-cmd -p web -c "sleep 1000"
	exits 1 "no accounting: a limit is refused" pot set-rss -p web -M 64M
	err_like "*kern.racct.enable=1*loader.conf*" "it names the tunable"
	echo pot.rss.memory=64M >>"$T/data/fs/jails/web/conf/pot.conf"
	exits 1 "one that is there: the pot does not start" \
	    pot start -d -p web
	err_like "*kern.racct.enable=1*loader.conf*" "it names the tunable"
	is "$(pot ps -q)$(jls name)" "" "nothing runs"
	runs "it is removed" pot set-rss -p web -M none
	runs "open files need no accounting" pot set-rss -p web \
	    --open-files 77
	runs "nor do cpus" pot set-rss -p web -C 1
	runs "then it starts" pot start -d -p web
	is "$(pot exec -p web sh -c 'ulimit -n')" 77 "with its files"
	runs "its usage is told" pot get-rss -p web
	runs "and stops" pot stop -p web
	done_testing
fi

# How many CPUs a command has; in the pot, or without arguments here.
cpus() # [POT]
{
	if command -v nproc >/dev/null; then
		${1:+"$POT" exec "$1"} nproc
	else
		${1:+"$POT" exec "$1"} cpuset -g |
		    sed -n '1s/.*mask: //p' | wc -w | tr -d ' '
	fi
}

# What only some systems have.
weight=
other_weight=
no_weight=
if [ "$(uname -s)" = Linux ]; then
	weight='--cpu-weight 50'
	other_weight='--cpu-weight 200'
	no_weight='--cpu-weight none'
fi

# A pot that runs gets more CPUs; FreeBSD 12 can only take some away.
may_grow() # DESC COMMAND...
{
	t_desc=$1
	shift
	if "$@" >"$T/.out" 2>"$T/.err"; then
		pass "$t_desc"
	else
		err_like "*not before FreeBSD 13" "$t_desc"
		return 1
	fi
}

with_base tiny
runs "a pot" pot create -p web -t single -b tiny
pot set-attribute -p web -A persistent -V no

# Memory: tail of an endless line needs ever more.
runs "a memory limit" pot set-rss -p web -M 32M
pot set-cmd -p web -c "tail /dev/zero"
exits 125 "a pot that wants more is killed" pot start -p web
is "$(pot last-run-stats -p web)" '{ "ExitCode": 137, "Reason": "oom" }' \
    "with SIGKILL, for want of memory"
runs "last-run-stats as JSON" pot last-run-stats -p web --format json
out_like '*"reason":"oom"*' "knows why"
like "$(pot info -v -p web)" "*32M*" "info shows the limit"
like "$(pot logs -p web --stream system)" "*memory*" "the log tells the kill"
runs "the limit is removed" pot set-rss -p web -M none
unlike "$(pot info -v -p web)" "*32M*" "info shows none"

# What the host has not: both numbers are told, and nothing is changed.
cp "$T/data/fs/jails/web/conf/pot.conf" "$T/before"
too_much() # OPTION VALUE
{
	exits 1 "refused: $1 $2" pot set-rss -p web "$1" "$2"
	err_like "###>  pot web: *[0-9]*: * [0-9]*" \
	    "$1: says what was wanted, and what is there"
}
too_much -M 9999g
too_much --memory-soft 9999g
too_much -C 4096
too_much --cpu-quota 1000
too_much --cpu-list 0-1022
too_much --open-files 2000000000
if [ "$(uname -s)" = Linux ]; then
	too_much --swap 9999g
	too_much --processes 2000000000
	exits 1 "refused: -C 4096" pot set-rss -p web -C 4096
	err_like "*cpus 4096: the host has $(cpus)" "the host's number"
fi
runs "nothing has changed" cmp "$T/before" \
    "$T/data/fs/jails/web/conf/pot.conf"
refuses "no limit at all" pot set-rss -p web

# Processes: a child too many.
pot set-attribute -p web -A persistent -V yes
pot set-cmd -p web -c "sleep 1000"
runs "a limit of processes" pot set-rss -p web --processes 8
runs "start" pot start -d web
refuses "a ninth process" pot exec web sh -c \
    'for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; wait'
runs "more processes, at once" pot set-rss -p web --processes 64
runs "now they fit" pot exec web sh -c \
    'for i in 1 2 3 4 5 6 7 8 9; do sleep 0 & done; wait'

# CPUs: the pot sees as many as it was given.
runs "one CPU, at once" pot set-rss -p web -C 1
is "$(cpus web)" 1 "it sees one"
if may_grow "no pinning, at once" pot set-rss -p web -C none; then
	no_list='--cpu-list none'
	is "$(cpus web)" "$(cpus)" "it sees all"
else
	no_list=
fi

# Usage.
runs "get-rss" pot get-rss -p web
runs "get-rss -J" pot get-rss -J -p web
out_like '*"ResourceUsage"*"RSS"*"TotalTicks"*"Percent"*' "the classic keys"
runs "show" pot show -p web
out_like "*physical memory*" "tells the memory"
runs "stop" pot stop web
exits 1 "get-rss of a stopped pot" pot get-rss -p web

# What it had before it was limited counts in what is told.
pot create -p big -t single -b tiny >/dev/null
cat >"$T/eat" <<'EAT'
x=$(head -c 20000000 /dev/zero | tr '\0' x)
while :; do
	sleep 1000
done
EAT
pot copy-in -p big -s "$T/eat" -d /eat >/dev/null
pot set-cmd -p big -c "sh /eat"
pot set-attribute -p big -A persistent -V no
pot start -d -p big >/dev/null
is_big()
{
	n=$(pot get-rss -J -p big | sed 's/.*"RSS": *\([0-9]*\).*/\1/')
	[ "${n:-0}" -gt 15000000 ]
}
if becomes "a pot that has 20 MB" is_big; then
	runs "its first limit while it runs" pot set-rss -p big -M 100M
	becomes "it still has them" is_big
fi
pot destroy -F -p big >/dev/null

# Open files are a limit of each process.
pot set-rss -p web --processes none
runs "a limit of open files" pot set-rss -p web --open-files 64
runs "start" pot start -d web
is "$(pot exec web sh -c 'ulimit -n')" 64 "a command has it"
runs "stop" pot stop web

# Every limit at once: before the start, changed and removed while it runs.
# shellcheck disable=SC2086
runs "every limit" pot set-rss -p web -M 256M --memory-soft 128M --swap 0 \
    --cpu-quota 0.5 $weight --cpu-list 0 --processes 50 \
    --open-files 128 --read-bps 64M --write-bps 32M --read-iops 5000 \
    --write-iops 4000
runs "start" pot start -d web
runs "info" pot info -v -p web
for l in 256M 128M 0.5 64M 32M 5000 4000; do
	out_like "*$l*" "shows $l"
done
is "$(cpus web)" 1 "one CPU of a list"
# shellcheck disable=SC2086
runs "every limit is another" pot set-rss -p web -M 512M --memory-soft 256M \
    --swap none --cpu-quota 1.5 $other_weight --processes 80 \
    --read-bps 32M --write-bps 16M --read-iops 400 --write-iops 300
runs "a command has them" pot exec web sh -c 'echo >/root/written && sync'
# shellcheck disable=SC2086
runs "none is left" pot set-rss -p web -M none --memory-soft none \
    --swap none --cpu-quota none $no_weight $no_list \
    --processes none --open-files none --read-bps none --write-bps none \
    --read-iops none --write-iops none
[ -z "$no_list" ] || is "$(cpus web)" "$(cpus)" "all CPUs"

# A command that comes in later has the pot's limits, too; a kill is the end
# of the whole pot, on every system.
runs "a memory limit, at once" pot set-rss -p web -M 32M
refuses_kill() { "$@" >"$T/.out" 2>&1; [ $? -eq 137 ]; }
runs "exec of what wants more is killed" refuses_kill \
    "$POT" exec web tail /dev/zero
is_down() { ! pot info -r -p web; }
becomes "the pot with it" is_down
becomes_out '{ "ExitCode": 137, "Reason": "oom" }' "which is recorded" \
    "$POT" last-run-stats -p web
like "$(pot info -p web)" "*last run : oom*" "and told by info"
runs "without limits" pot set-rss -p web -M none
runs "it starts" pot start -d web
runs "its first limit of memory while it runs" pot set-rss -p web -M 32M
runs "exec of what wants more is killed" refuses_kill \
    "$POT" exec web tail /dev/zero
becomes "the pot with it" is_down
like "$(pot logs -p web --stream system | tail -n 1)" "*memory*" \
    "the log tells"
runs "destroy" pot destroy -F -p web

done_testing
