#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Commands that change the configuration of a pot: attributes, command,
# environment, hosts, limits, ports, hooks, dependencies (reference 2.4;
# cases 17 to 30 of 11.2).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
fake_pot web
fake_pot db

# -- attributes

runs "17: get-attr" pot get-attr -p web -A start-at-boot
out_is "===>  start-at-boot: NO" "17: with the prefix"
runs "17: get-attr -q" pot get-attr -p web -A start-at-boot -q
out_is NO "17: alone"
runs "17: not set" pot get-attr -p web -A localhost-tunnel
out_is "===>  localhost-tunnel: not set" "17: says so"
runs "17: not set, -q" pot get-attr -p web -A localhost-tunnel -q
is "$(od -An -c "$T/.out" | tr -d ' ')" '\n' "17: an empty line"
usage "17: unknown attribute" pot get-attr -p web -A start-at-bot
err_like "*start-at-bot*(did you mean start-at-boot?)" "a suggestion"
usage "17: unknown attribute, -q" pot get-attr -qp web -A nonsense
err_like "###>  *nonsense*" "17: is told also with -q"
exits 1 "17: unknown pot" pot get-attr -p none -A persistent
err_is "###>  pot none: not found" "17: is told"
exits 1 "17: unknown pot, -q" pot get-attr -qp none -A persistent
is "$(out)$(err)" "" "17: in silence"
usage "get-attr without -A" pot get-attr -p web
usage "get-attr without -p" pot get-attr -A persistent
usage "get-attr -V" pot get-attr -p web -A persistent -V YES
runs "a read-only attribute" pot get-attr -qp web -A to-be-pruned
runs "a jail attribute" pot get-attr -qp web -A stop_timeout
out_is 10 "its value"
runs "get-attribute in JSON" pot get-attribute -p web -A persistent \
    --format json
is_json "is valid"
json_is "['value']" YES "its value"
json_is "['is_set']" true "it is set"
runs "in JSON, not set" pot get-attr -p web -A localhost-tunnel --format json
json_is "['value']" null "null"

set_get() # ATTRIBUTE VALUE STORED
{
	runs "18: set-attr $1 $2" pot set-attr -p web -A "$1" -V "$2"
	is "$(pot get-attr -qp web -A "$1")" "$3" "18: $1 $2 is $3"
}
for a in start-at-boot early-start-at-boot persistent no-rc-script prunable \
    localhost-tunnel no-tmpfs no-etc-hosts mount fdescfs linprocfs nullfs \
    procfs tmpfs zfs raw_sockets mlock; do
	set_get $a yes YES
	set_get $a off NO
done
for v in yes Yes TRUE true On ON; do
	set_get prunable "$v" YES
	is "$(conf_values web pot.attr.prunable)" YES "18: one line"
done
for v in no No False false OFF off; do
	set_get prunable "$v" NO
done
for v in 1 0 maybe y ""; do
	exits 1 "18: set-attr '$v'" pot set-attr -p web -A prunable -V "$v"
done
out_like "###>  *" "the error is on stdout too, where Nomad looks"
like "$(err)" "###>  *" "and on stderr"
set_get persistent yes YES
set_get stop_timeout 12 12
for v in 1x x -1 "" 99999999999999999999; do
	exits 1 "19: uint '$v'" pot set-attr -p web -A stop_timeout -V "$v"
done
is "$(pot get-attr -qp web -A stop_timeout)" 12 "19: is as it was"
for v in new inherit disable; do
	set_get sysvshm $v $v
done
exits 1 "19: sysvopt foo" pot set-attr -p web -A sysvshm -V foo
usage "19: unknown attribute" pot set-attr -p web -A persistant -V YES
err_like "*(did you mean persistent?)" "a suggestion"
usage "19: no -p" pot set-attr -A persistent -V YES
usage "19: no -A" pot set-attr -p web -V YES
usage "19: no -V" pot set-attr -p web -A persistent
exits 1 "set-attr of none" pot set-attr -p none -A persistent -V YES
set_get exec_stop "sh -c 'a=1 b=2 c'" "sh -c 'a=1 b=2 c'"
runs "a string can be emptied (D13)" pot set-attr -p web -A exec_stop -V ""
is "$(pot get-attr -qp web -A exec_stop)" "" "it is empty"
exits 1 "a value of two lines" pot set-attr -p web -A exec_stop -V "a
pot.cmd=b"
base=$T/data/fs/bases/shared
mkdir -p "$base/bin" "$base/libexec" "$base/usr/local" "$base/opt/custom/etc" \
    "$base/tmp"
touch "$base/bin/freebsd-version" "$base/libexec/ld-elf.so.1"
runs "20: a multi pot" pot create -p multi -t multi -b shared
exits 1 "20: no-tmpfs of a multi pot" \
    pot set-attr -p multi -A no-tmpfs -V YES
err_like "*not of type single*" "20: says why"
is "$(pot get-attr -qp multi -A no-tmpfs)" NO "20: nothing is stored"
exits 1 "20: nor NO" pot set-attr -p multi -A no-tmpfs -V NO
runs "20: another attribute" pot set-attr -p multi -A no-etc-hosts -V YES
pot set-cmd -p db -c sleep
pot start -d db >/dev/null
exits 1 "20: no-tmpfs of a running single pot" \
    pot set-attr -p db -A no-tmpfs -V YES
err_like "*is running*" "20: says why"
is "$(pot get-attr -qp db -A no-tmpfs)" NO "20: nothing is stored"
runs "20: another attribute" pot set-attr -p db -A no-etc-hosts -V YES
pot stop db >/dev/null
runs "20: no-tmpfs of a stopped single pot" \
    pot set-attr -p db -A no-tmpfs -V YES
is "$(pot get-attr -qp db -A no-tmpfs)" YES "20: is stored"
pot set-attr -p db -A no-tmpfs -V NO
exits 1 "21: to-be-pruned is read-only" \
    pot set-attr -p web -A to-be-pruned -V YES
exits 1 "own read-only attributes are not a slip" \
    pot set-attr -p web -A to-be-pruned -V NO

# -- set-cmd

cmd() # GIVEN STORED DESC
{
	runs "22: set-cmd $3" pot set-cmd -p web -c "$1"
	is "$(conf_values web pot.cmd)" "$2" "22: $3"
}
cmd "nginx" "nginx" "a word"
cmd "nginx -g 'daemon off;'" "nginx -g 'daemon off;'" "again: one line"
cmd '"/bin/cook -x"' "/bin/cook -x" "quotes around it"
cmd 'sh -c "echo a"' 'sh -c "echo a"' "quotes inside"
cmd '"a b' 'a b' "a leading quote alone"
cmd '"a" b' '"a" b' "quotes around the first word"
cmd 'env A=1 B="c=d" x' 'env A=1 B="c=d" x' "with ="
usage "set-cmd without -c" pot set-cmd -p web
usage "set-cmd without -p" pot set-cmd -c x
exits 1 "set-cmd ''" pot set-cmd -p web -c ""
exits 1 "set-cmd of two lines" pot set-cmd -p web -c "a
b"
exits 1 "set-cmd: a quote that does not end" pot set-cmd -p web -c "sh -c 'a"
err_is "###>  command sh -c 'a: a quote is not closed" "says so"
exits 1 "set-cmd: at the end" pot set-cmd -p web -c 'a"'
# The sh version has stored such lines.
sed -i "s/^pot.cmd=.*/pot.cmd=sh -c 'a/" "$JAILS/web/conf/pot.conf"
runs "a pot that has one is shown" pot info -p web
runs "and changed" pot set-attr -p web -A start-at-boot -V NO
runs "and mended" pot set-cmd -p web -c 'env A=1 B="c=d" x'
exits 1 "set-cmd of none" pot set-cmd -p none -c x
is "$(conf_values web pot.cmd)" 'env A=1 B="c=d" x' "nothing changed"

# -- set-env

runs "23: one" pot set-env -p web -E A=1
is "$(conf_values web pot.env)" '"A=1"' "23: one"
runs "23: many" pot set-env -p web -E A=1 -E "B=two words" -E 'C=a"b' \
    -E D= -E 'E=*' -E F=a=b
is "$(conf_values web pot.env)" '"A=1"
"B=two words"
"C=a\"b"
"D="
"E=*"
"F=a=b"' "23, 24: as they are, the old ones gone"
runs "in JSON" pot info web --format json
json_is "['env'][2]" 'C=a"b' "as it was given"
exits 1 "23: no =" pot set-env -p web -E NOVAR
exits 1 "23: one of two is bad" pot set-env -p web -E A=2 -E NOVAR
exits 1 "no name" pot set-env -p web -E =x
usage "23: none" pot set-env -p web
is "$(conf_values web pot.env | head -n 1)" '"A=1"' "nothing changed"
exits 1 "D12: a newline" pot set-env -p web -E "G=a
pot.cmd=b"
is "$(conf_values web pot.cmd)" 'env A=1 B="c=d" x' "D12: no line of the file"
is "$(conf_values web pot.env | head -n 1)" '"A=1"' "D12: nothing changed"

# -- set-hosts

runs "25: IPv4" pot set-hosts -p web -H db:10.0.0.1
is "$(conf_values web pot.hosts)" "10.0.0.1 db" "25: stored"
runs "25: IPv6" pot set-hosts -p web -H h:::1 -H g:fc00::1
is "$(conf_values web pot.hosts)" "::1 h
fc00::1 g" "25: stored"
for h in h: :1.2.3.4 h h:1.2.3 h:300.1.1.1 h:x ""; do
	exits 1 "25: set-hosts '$h'" pot set-hosts -p web -H "$h"
done
is "$(conf_values web pot.hosts | wc -l | tr -d ' ')" 2 "nothing changed"
runs "without -H" pot set-hosts -p web
is "$(conf_values web pot.hosts)" "" "the list is empty"

# -- set-rss

for m in 200M 512 1g 100K 4096b; do
	runs "26: -M $m" pot set-rss -p web -M $m
	is "$(conf_values web pot.rss.memory)" $m "26: as it was given"
done
for m in 00M 1.5G 200Megabyte 10T M "" -1 0; do
	exits 1 "26: -M '$m'" pot set-rss -p web -M "$m"
done
runs "26: -C 1" pot set-rss -p web -C 1
is "$(conf_values web pot.rss.cpus)" 1 "26: stored"
for n in 0 x "" -1 1.5; do
	exits 1 "26: -C '$n'" pot set-rss -p web -C "$n"
done
usage "26: none" pot set-rss -p web
exits 1 "both, one bad" pot set-rss -p web -M 1g -C x
is "$(conf_values web pot.rss.memory)" 4096b "nothing changed"
exits 1 "more memory than the host has" pot set-rss -p web -M 64g
err_like "*pot web: memory *: the host has *" "the error names pot and limit"
exits 1 "more CPUs than the host has" pot set-rss -p web -C 64
runs "all limits" pot set-rss -p web -C 2 --memory 1g --memory-soft 512m \
    --swap 0 --cpu-quota 1.5 --cpu-weight 200 --cpu-list 0-1 \
    --processes 100 --open-files 1024 --read-bps 1m --write-bps 2m \
    --read-iops 100 --write-iops 200
runs "in JSON" pot info web --format json
json_is "['limits']['memory_bytes']" 1073741824 "memory"
json_is "['limits']['swap_bytes']" 0 "no swap"
json_is "['limits']['cpu_quota_milli']" 1500 "cpu quota"
json_is "['limits']['io_write_iops']" 200 "writes"
runs "info -v" pot info -vp web
out_like "*max amount memory: 1g*max amount processes: 100*" "their labels"
runs "none removes" pot set-rss -p web -M none --memory-soft none
is "$(conf_values web pot.rss.memory)" "" "it is gone"

# -- export-ports

for p in 8080 8080:80 tcp:8080:80 udp:53 udp:53:5353 1 65535; do
	runs "27: -e $p" pot export-ports -p web -e $p
	is "$(conf_values web pot.export.ports)" $p "27: verbatim"
done
for p in 0 65536 ssh -22 sctp:80 "" 80:0 80:65536 80:x; do
	exits 1 "27: -e '$p'" pot export-ports -p web -e "$p"
done
usage "27: none" pot export-ports -p web
runs "28: several, on a pot of type inherit" \
    pot export-ports -p web -e 80 -e udp:53:5353
out_like "===>  *inherit*" "28: an info"
is "$(conf_values web pot.export.ports)" "80 udp:53:5353" "28: stored"

# -- set-hook

printf '#!/bin/sh\ntrue\n' >"$T/good"
chmod 755 "$T/good"
echo true >"$T/bad"
conf=$JAILS/web/conf
(cd "$T" && pot set-hook -p web -s good -T ./good -t bad) \
    >"$T/.out" 2>"$T/.err"
is $? 0 "29: valid and invalid ones"
like "$(cat "$T/.err")" "###>  *bad*" "29: the bad one is told"
is "$(cat "$conf/prestart.sh")" "$(cat "$T/good")" "29: stored"
is "$(cat "$conf/poststop.sh")" "$(cat "$T/good")" "29: stored"
is "$(ls "$conf"/prestop.sh 2>/dev/null)" "" "29: not stored"
exits 1 "29: only invalid ones" pot set-hook -p web -S "$T/bad" -t "$T/none"
usage "29: none" pot set-hook -p web
ln -s good "$T/link"
runs "a link to a hook" pot set-hook -p web -s "$T/link"
is "$([ -L "$conf/prestart.sh" ] && echo link)" "" "is copied as a file"
is "$(cat "$conf/prestart.sh")" "$(cat "$T/good")" "with its content"
is "$([ -x "$conf/prestart.sh" ] && echo yes)" yes "and can be executed"
is "$(ls "$conf" | grep tmp)" "" "nothing else is left"
runs "hooks can be removed" pot set-hook -p web --remove prestart
is "$(ls "$conf"/prestart.sh 2>/dev/null)" "" "it is gone"

# -- add-dep

usage "add-dep without -P" pot add-dep -p web
exits 1 "30: itself" pot add-dep -p web -P web
exits 1 "30: unknown" pot add-dep -p web -P none
exits 1 "30: of none" pot add-dep -p none -P web
runs "30: ok" pot add-dep -p web -P db
runs "30: twice" pot add-dep -p web -P db
is "$(conf_values web pot.depend)" "db
db" "30: two lines"
runs "it can be removed" pot add-dep -p web -P db --remove
is "$(conf_values web pot.depend)" "" "all of them"
exits 1 "once" pot add-dep -p web -P db --remove

# Duplicates that an editor left: the last line counts, a rewrite mends it.
echo pot.cmd=later >>"$conf/pot.conf"
runs "a duplicate key" pot info web --format json
json_is "['cmd']" later "the last one"
runs "set-cmd" pot set-cmd -p web -c once
is "$(conf_values web pot.cmd)" once "one line again"
echo "no equals sign" >>"$conf/pot.conf"
exits 1 "a broken file" pot set-cmd -p web -c x
err_like "###>  *pot web: pot.conf:[0-9]*" "names pot, file and line"
exits 1 "a broken pot" pot info web
runs "ls" pot ls
out_like "*pot name : web*" "lists it all the same"
done_testing
