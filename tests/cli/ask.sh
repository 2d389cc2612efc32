#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Commands that ask: config, list, ps, info, show, get-rss, last-run-stats
# (reference 2.1; cases 7 to 16 of 11.2), as text to the byte and as JSON.
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
tab=$(printf '\t')

# -- config

runs "init" pot init -m
F=$T/data/fs
config() # NAME LABEL VALUE
{
	exits 0 "7: config -g $1" pot config -g "$1"
	out_is "$2 = $3" "7: $1 with its label"
	exits 0 "7: config -qg $1" pot config -qg "$1"
	out_is "$3" "7: $1 alone"
	exits 0 "config -g $1 --format json" pot config -g "$1" --format json
	is_json "$1: valid JSON"
	json_is "[0]['value']" "$3" "$1: its value"
}
config fs_root fs_root "$F"
config zfs_root zfs_root zroot/pot
config gateway gateway 10.192.0.1
config syslogd "syslogd flags" "-b 127.0.0.1 -b 10.192.0.1 -a 10.192.0.0/10"
config pot_prefix "pot prefix" "$F/jails"
config fscomp_prefix "fscomp prefix" "$F/fscomp"
config network_stack "network stack" ipv4
set_conf POT_NETWORK_STACK nonsense
config network_stack "network stack" ipv4
set_conf POT_NETWORK_STACK dual
config network_stack "network stack" dual
usage "8: config" pot config
usage "8: config -q" pot config -q
usage "8: config -g bad" pot config -g bad
exits 1 "8: config -q -g bad" pot config -q -g bad
is "$(out)$(err)" "" "8: in silence"
runs "config in JSON" pot config --format json
is_json "is valid"
json_is "[0]['name']" fs_root "and has all"

# -- list

runs "9: ls without pots" pot ls
out_like "===>  No pot *" "a notice"
is "$(wc -l <"$T/.out" | tr -d ' ')" 1 "of one line"
runs "9: ls -q without pots" pot ls -q
out_is "" "nothing"
runs "ls --format json without pots" pot ls --format json
out_is "[]" "an empty array"
fake_init tiny 13.1
runs "11: ls -b" pot ls -b
out_is "bases: 13.1
bases: tiny" "11: ls -b"
runs "11: ls -bq" pot ls -bq
out_is "13.1
tiny" "11: ls -bq"
runs "a component" pot create-fscomp -f data
runs "another" pot create-fscomp -f more
runs "11: ls -f" pot ls -f
out_is "fscomp: data
fscomp: more" "11: ls -f"
runs "11: ls -fq" pot ls -fq
out_is "data
more" "11: ls -fq"
rm -rf "$PREFIX/etc/pot/flavours"
mkdir -p "$PREFIX/etc/pot/flavours/dir"
touch "$PREFIX/etc/pot/flavours/zed.sh" "$PREFIX/etc/pot/flavours/zed" \
    "$PREFIX/etc/pot/flavours/own"
runs "11: ls -F" pot ls -F
out_is "flavour: dir
flavour: own
flavour: zed" "11: names once, without .sh"
echo net=10.192.0.8/29 >"$F/bridges/br1"
runs "11: ls -B" pot ls -B
out_is "bridge: br1" "11: ls -B"
runs "11: ls -Bq" pot ls -Bq
out_is "br1" "11: ls -Bq"
rm "$F/bridges/br1"

fake_pot web
runs "9: ls -q with one" pot ls -q
out_is web "9: its name"
runs "ls" pot ls
out_is "pot name : web
${tab}network : inherit
${tab}active : false" "the block of a pot"
is "$(tail -n 1 "$T/.out")" "" "and an empty line"
fake_pot api
runs "9: ls -q" pot ls -q
out_is "api
web" "9: sorted"
runs "ls -pq is the same" pot ls -pq
out_is "api
web" "it is"
runs "list is ls" pot list -q
out_is "api
web" "it is"
for o in -pb -bp -ba -fpF -aq -pp -FB; do
	usage "10: ls $o" pot ls "$o"
done
runs "ls -a" pot ls -a
is "$(sed -n 's/^\([a-z]*\)[ :].*/\1/p' "$T/.out" | uniq | tr '\n' ' ')" \
    "bases pot fscomp flavour " "bases, pots, components, flavours"
runs "ls -a --format json" pot ls -a --format json
is_json "is valid"
json_is "[0]['kind']" base "bases come first"
pot snapshot -p web >"$T/.out"
tag=$(sed -n 's/.* \([0-9][0-9]*\) .*/\1/p' "$T/.out")
runs "mount-in" pot mount-in -p web -f data -m /mnt
runs "ls -v" pot ls -v
out_is "pot name : api
${tab}network : inherit
${tab}active : false
${tab}base : tiny
${tab}level : 0
${tab}datasets:
${tab}snapshot:
${tab}${tab}no snapshots

pot name : web
${tab}network : inherit
${tab}active : false
${tab}base : tiny
${tab}level : 0
${tab}datasets:
${tab}${tab}/mnt => fscomp/data
${tab}snapshot:
${tab}${tab}zroot/pot/jails/web/m@$tag" "the block with -v"

# -- info

runs "12: info -p" pot info -p web
out_is "pot name : web
${tab}type : single
${tab}base : tiny
${tab}level : 0
${tab}network_type : inherit
${tab}active : false" "12: to the byte"
is "$(tail -c 2 "$T/.out" | od -An -c | tr -d ' ')" '\n\n' "an empty line"
pot set-rss -p web -C 1 -M 200M
runs "12: info -v" pot info -vp web
out_is "pot name : web
${tab}type : single
${tab}base : tiny
${tab}level : 0
${tab}network_type : inherit
${tab}active : false
${tab}datasets:
${tab}${tab}web/m
${tab}${tab}/mnt => fscomp/data
${tab}snapshots:
${tab}${tab}zroot/pot/jails/web/m@$tag
${tab}attributes:
${tab}${tab}start-at-boot: NO
${tab}${tab}early-start-at-boot: NO
${tab}${tab}persistent: YES
${tab}${tab}no-rc-script: NO
${tab}${tab}prunable: NO
${tab}${tab}localhost-tunnel: NO
${tab}${tab}no-tmpfs: NO
${tab}${tab}no-etc-hosts: NO
${tab}${tab}to-be-pruned: NO
${tab}jail attributes:
${tab}${tab}enforce_statfs: 2
${tab}${tab}mount: NO
${tab}${tab}fdescfs: NO
${tab}${tab}linprocfs: NO
${tab}${tab}nullfs: NO
${tab}${tab}procfs: NO
${tab}${tab}tmpfs: NO
${tab}${tab}zfs: NO
${tab}${tab}raw_sockets: NO
${tab}${tab}sysvshm: new
${tab}${tab}sysvsem: new
${tab}${tab}sysvmsg: new
${tab}${tab}children: 0
${tab}${tab}mlock: NO
${tab}${tab}devfs_ruleset: 4
${tab}${tab}exec_stop: NO
${tab}${tab}stop_timeout: 10
${tab}resource limits:
${tab}${tab}max amount cpus: 1
${tab}${tab}max amount memory: 200M" "12: to the byte"
runs "info NAME" pot info web
runs "info of several" pot info api web
is "$(grep -c '^pot name : ' "$T/.out")" 2 "both"
runs "info --format json" pot info web --format json
is_json "is valid"
json_is "['jail_attributes']['stop_timeout']" 10 "an attribute"
json_is "['snapshots'][0]['name']" "$tag" "a snapshot"
json_is "['limits']['memory_bytes']" 209715200 "a limit"
runs "info of several in JSON" pot info api web --format json
is_json "is valid"
json_is "[1]['name']" web "an array"
exits 1 "info: one of several is missing" pot info api none
like "$(out)" "pot name : api*" "the other is told"

usage "13: info -v -q" pot info -p web -v -q
usage "13: info -p -B" pot info -p web -B br1
usage "13: info" pot info
usage "13: info -E" pot info -E
exits 0 "14: info -qp" pot info -qp web
is "$(out)$(err)" "" "in silence"
exits 1 "14: info -qp of none" pot info -qp none
err_is "" "no error"
out_like "usage: pot info*" "but the help, as ever"
usage "info -p of none" pot info -p none
err_is "###>  pot none: not found" "says so"
exits 1 "14: info -rp of a stopped pot" pot info -rp web
is "$(out)$(err)" "" "in silence"
pot set-cmd -p web -c sleep
pot start -d web >/dev/null
exits 0 "14: info -rp of a running pot" pot info -rp web
exits 0 "14: info -qrp" pot info -qrp web
is "$(out)$(err)" "" "in silence"
exits 1 "info -B" pot info -B br1
err_like "###>  bridge br1: *" "no bridges yet"
runs "info -s" pot info -sp web
out_is "$tag" "the tags"
runs "info -sv" pot info -svp web
out_is "$tag: ->  $(date -u -d "@$tag" '+%a %b %e %H:%M:%S UTC %Y' \
    2>/dev/null || date -ur "$tag" '+%a %b %e %H:%M:%S UTC %Y')" \
    "and their dates"
exits 1 "info -s of none" pot info -sp none
runs "15: info -E" pot info -Ep api
out_is "export _POT_NAME=api
export _POT_IP=" "15: inherit"
runs "15: info -E of a running pot" pot info -Ep web
out_like "export _POT_NAME=web
export _POT_IP=
export _POT_JID=?*" "15: its jail"
# As an older pot made them; this version has no networks yet.
network() # TYPE STACK IP [LINE]
{
	sed -e '/^network_type=/d' -e '/^ip=/d' -e '/^pot.stack=/d' \
	    "$JAILS/api/conf/pot.conf" >"$T/conf"
	{
		cat "$T/conf"
		echo "network_type=$1"
		echo "pot.stack=$2"
		echo "ip=$3"
		[ $# -lt 4 ] || echo "$4"
	} >"$JAILS/api/conf/pot.conf"
}
network public-bridge ipv4 10.192.0.7
runs "15: public-bridge" pot info -Ep api
out_is "export _POT_NAME=api
export _POT_IP=10.192.0.7" "15: its address"
runs "info of a bridge pot" pot info -p api
out_like "*network_type : public-bridge
${tab}ip : 10.192.0.7
${tab}active : false" "its address"
runs "info -v of a bridge pot" pot info -vp api
out_like "*${tab}ip : 10.192.0.7
${tab}${tab}no ports exported
${tab}active*" "no ports"
pot export-ports -p api -e 80 -e udp:53:5353
runs "info -v with ports" pot info -vp api
out_like "*${tab}${tab}exported ports: 80 udp:53:5353
${tab}active*" "the ports"
network private-bridge ipv4 10.192.0.9 bridge=br1
runs "15: private-bridge" pot info -Ep api
out_is "export _POT_NAME=api
export _POT_IP=10.192.0.9
export _POT_BRIDGE=br1" "15: its bridge"
runs "info of it" pot info -p api
out_like "*ip : 10.192.0.9
${tab}bridge : br1
*" "its bridge"
two="1.2.3.4 em1|fc00::1 em0|5.6.7.8"
network alias ipv4 "$two"
runs "15: alias ipv4" pot info -Ep api
out_is "export _POT_NAME=api
export _POT_IP=1.2.3.4
export _POT_IP_0=1.2.3.4
export _POT_NIC_0=$(sed -n 's/^export _POT_NIC_0=//p' "$T/.out")
export _POT_IP_1=5.6.7.8
export _POT_NIC_1=em0
export _POT_IP_LIST=_POT_IP_0\\ _POT_IP_1
export _POT_NIC_LIST=_POT_NIC_0\\ _POT_NIC_1" "15: two of one family (D19)"
network alias ipv6 "$two"
runs "15: alias ipv6" pot info -Ep api
out_is "export _POT_NAME=api
export _POT_IP=fc00::1
export _POT_IP_0=fc00::1
export _POT_NIC_0=em1
export _POT_IP_LIST=_POT_IP_0
export _POT_NIC_LIST=_POT_NIC_0" "15: one"
network alias dual "$two"
runs "15: alias dual" pot info -Ep api
out_like "*export _POT_IP_2=fc00::1
export _POT_NIC_2=em1
export _POT_IP_LIST=_POT_IP_0? _POT_IP_1? _POT_IP_2
*" "15: IPv4 first"
network inherit ipv4 ""

# -- ps, show, get-rss

runs "ps" pot ps
out_is web "the running one"
runs "ps -q" pot ps -q
out_is web "likewise"
runs "ps -v" pot ps -v
out_like "web${tab}running${tab}20*Z${tab}oom kills: 0" "more of it"
runs "ps --format json" pot ps --format json
is_json "is valid"
json_is "[0]['name']" web "its name"

for o in "-a -r" "-a -p web" "-r -p web"; do
	# shellcheck disable=SC2086
	usage "16: show $o" pot show $o
done
runs "16: show -aq" pot show -aq
out_is "api
web" "16: names"
runs "show -q" pot show -q
out_is web "running ones"
exits 1 "show -p of none" pot show -p none
runs "show" pot show
out_like "pot web
${tab}disk usage      : [0-9]*[BKM]
${tab}virtual memory  : 64M
${tab}physical memory : 12M
${tab}max amount of CPUs: 1
${tab}allocated CPUs    : *" "its figures"
runs "show -p of a stopped one" pot show -p api
out_like "pot api
${tab}disk usage      : *" "its disk"
is "$(wc -l <"$T/.out" | tr -d ' ')" 2 "no memory"
runs "show -vp" pot show -vp web
out_like "*${tab}dataset zroot/pot/fscomp/data usage  : [0-9]*" "a component"
runs "show --format json" pot show --format json
is_json "is valid"
json_is "[0]['memory_bytes']" 12582912 "its memory"

runs "show of several" pot show api web
is "$(grep '^pot' "$T/.out")" "pot api
pot web" "in the order given"
usage "show -a with a name" pot show -a web
runs "show of several in JSON" pot show web api --format json
json_is "[1]['name']" api "an array"

runs "get-rss" pot get-rss -p web
is "$(grep -c "^$tab" "$T/.out")" 6 "six figures"
runs "get-rss -J" pot get-rss -p web -J
is_json "76: valid JSON"
is "$(wc -l <"$T/.out" | tr -d ' ')" 1 "76: of one line"
out_like '{"ResourceUsage":{"MemoryStats":{"RSS":12582912,"Swap":0,*' "RSS"
json_is "['ResourceUsage']['CpuStats']['Percent']" 25 "76: an integer"
like "$(json_get "['ResourceUsage']['CpuStats']['TotalTicks']")" "[1-9]*" \
    "76: a number"
runs "get-rss --format json" pot get-rss web --format json
is_json "is valid"
json_is "['processes']" 2 "its processes"
exits 1 "get-rss of a stopped pot" pot get-rss -p api
exits 1 "get-rss of none" pot get-rss -p none
usage "get-rss" pot get-rss

runs "last-run-stats: never ran" pot last-run-stats -p api
out_is "{}" "nothing"
runs "in JSON" pot last-run-stats -p api --format json
json_is "['exit_code']" null "nothing"
pot set-cmd -p api -c "exit 3"
pot set-attr -p api -A persistent -V NO
exits 125 "37: a command that exits 3" pot start api
runs "last-run-stats" pot last-run-stats -p api
out_is '{ "ExitCode": 3 }' "to the byte"
runs "in JSON" pot last-run-stats -p api --format json
json_is "['last_run']['reason']" exited "why"
exits 1 "last-run-stats of none" pot last-run-stats -p none
runs "last-run-stats of several" pot last-run-stats web api --format json
json_is "[1]['name']" api "an array"
json_is "[1]['exit_code']" 3 "with names"
exits 1 "get-rss of one that runs, and one that does not" \
    pot get-rss web api --format json
json_is "[0]['name']" web "tells what there is"
err_like "*api*" "and names the other"
usage "last-run-stats" pot last-run-stats
pot set-cmd -p api -c oom
exits 125 "a command that wants too much memory" pot start api
runs "last-run-stats" pot last-run-stats -p api
is_json "is valid"
json_is "['Reason']" oom "why"
runs "info" pot info -p api
out_like "*${tab}last run : oom, status 137*" "says so too"

runs "logs" pot logs web
exits 1 "logs of none" pot logs none
usage "logs" pot logs
exits 1 "a bad time" pot logs web --since yesterday
exits 1 "a bad stream" pot logs web --stream stdin
exits 1 "a bad number" pot logs web -n many
exits 1 "top of a stopped pot" pot top -p api
usage "top" pot top
runs "top" pot top -p web
usage "top has no -v" pot top -v -p web
done_testing
