#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Start, stop, wait, exec, term, run, signal and recover from the command
# line (reference 2.7; cases 33 to 38, 73 to 75 of 11.2).  What a kernel makes
# of it is in tests/e2e.
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
fake_pot web
fake_pot job
fake_pot db
pot set-cmd -p web -c sleep
pot set-cmd -p db -c sleep

# -- stop and start

exits 0 "33: stop of none" pot stop none
err_like "###>  *none*" "33: an error all the same"
exits 1 "33: stop of a stopped pot" pot stop -p web
usage "33: stop" pot stop
usage "34: start" pot start
exits 1 "34: start of none" pot start none
exits 1 "34: start -p of none" pot start -p none
exits 0 "start -d" pot start -d web
out_is "===>  Starting the pot web" "says so"
exits 0 "34: already running" pot start -d web
exits 0 "34: already running, in the foreground" pot start -p web
is "$(pot ps)" web "it runs"
exits 0 "stop" pot stop web
is "$(pot ps)" "" "it does not"
for t_stack in ipv4 ipv6 dual; do
	fake_pot "$t_stack" -S "$t_stack"
	runs "41: a pot with the network of the host" pot start -d "$t_stack"
	is "$(sed -n 's/.*\\nnet=\([a-z0-9 ]*\).*/\1/p' "$T/kernel" |
	    tail -n 1)" \
	    "inherit $(echo "$t_stack" | sed 's/dual/ipv4 ipv6/')" \
	    "41: inherit with the stack $t_stack"
	pot destroy -F -p "$t_stack"
done
exits 0 "start of several" pot start -d web db
is "$(pot ps | tr '\n' ' ')" "db web " "both run"
exits 0 "stop -p and a name" pot stop -p web db
is "$(pot ps)" "" "both are stopped"
exits 1 "one of several is missing" pot start -d web none db
is "$(pot ps | tr '\n' ' ')" "db web " "the others run"
usage "stop -a and a name" pot stop -a web
exits 0 "stop -a" pot stop -a
is "$(pot ps)" "" "all are stopped"
exits 0 "stop -a again" pot stop -a
runs "start -s" pot start -ds web
is "$(pot info -sp web | wc -l | tr -d ' ')" 1 "took a snapshot"
pot stop web
runs "D41: dependencies" pot add-dep -p web -P db
exits 0 "start" pot start -d web
is "$(pot ps | tr '\n' ' ')" "db web " "the dependency first"
pot add-dep -p web -P db --remove
pot stop -a

cp "$JAILS/web/conf/pot.conf" "$T/conf"
for line in ip4=inherit pot.export.static.ports=80; do
	cp "$T/conf" "$JAILS/web/conf/pot.conf"
	echo "$line" >>"$JAILS/web/conf/pot.conf"
	exits 1 "35: start with ${line%%=*}" pot start -d web
	err_like "*${line%%=*}*" "35: names it"
	exits 1 "35: it does not run" pot info -rp web
done
sed 's/^network_type=.*/network_type=private-bridge/
    s/^pot.stack=.*/pot.stack=ipv6/' "$T/conf" >"$JAILS/web/conf/pot.conf"
exits 1 "36: ipv6 and private-bridge" pot start -d web
cp "$T/conf" "$JAILS/web/conf/pot.conf"

# -- the end of commands

pot set-attr -p job -A persistent -V NO
job() # COMMAND STATUS CODE
{
	pot set-cmd -p job -c "$1"
	exits "$2" "37: start of '$1'" pot start job
	is "$(pot last-run-stats -p job)" "{ \"ExitCode\": $3 }" "37: $1"
	exits 1 "37: it is over" pot info -rp job
}
job "exit 0" 0 0
job "exit 3" 125 3
job "signal 9" 125 137
job "missing" 125 127
job "denied" 125 126
exits 125 "start -d of it" pot start -d job
pot set-cmd -p job -c "exit 5"
exits 0 "start -d of a command that ends" pot start -d job
exits 5 "wait: its status" pot wait job
pot set-cmd -p job -c "exit 7"
pot start job
exits 7 "wait afterwards" pot wait -p job
runs "wait in JSON" sh -c '"$1" wait job --format json; [ $? = 7 ]' sh "$POT"
is_json "is valid"
json_is "['last_run']['status']" 7 "its status"
usage "wait" pot wait
exits 1 "wait for none" pot wait none
fake_pot new
exits 1 "wait for one that never ran" pot wait new
pot set-attr -p job -A persistent -V YES
exits 0 "38: a persistent pot whose command fails" pot start job
is "$(pot last-run-stats -p job)" '{ "ExitCode": 7 }' "38: is known"
exits 0 "38: it lives" pot info -rp job
pot stop job

# -- exec

pot start -d web
runs "exec" pot exec -p web echo a "b  c"
out_is "a b  c" "its output"
is "$(echo in | pot exec web cat)" in "its input"
exits 3 "74: the command's status, -p" pot exec -p web exit 3
exits 3 "74: the command's status" pot exec web exit 3
exits 137 "74: a signal" pot exec web signal 9
runs "74: -e" pot exec -e A=1 -e "B=x y" -p web env
out_like "*A=1*" "74: a variable"
out_like "*B=x y*" "74: with a blank"
runs "the caller's environment stays out" env SECRET=1 "$POT" exec web env
out_unlike "*SECRET*" "it does"
exits 0 "74: -d" pot exec -d web sleep
usage "74: -e without =" pot exec -e A -p web true
usage "74: -u and -U" pot exec -u root -U root -p web true
usage "74: -d and -t" pot exec -d -t -p web true
usage "74: no command" pot exec -p web
usage "74: no command" pot exec web
usage "no pot" pot exec
runs "-w" pot exec -w /etc web pwd
out_is /etc "the directory"
runs "-U" pot exec -U daemon web id
exits 127 "a command that is missing" pot exec web missing
exits 127 "the same with -p" pot exec -p web missing
exits 126 "one that can't be executed" pot exec web denied
err_is "###>  pot web: denied: Permission denied" "says what, the pot once"
exits 125 "74: a stopped pot" pot exec db true
exits 1 "74: a stopped pot, -p" pot exec -p db true
exits 125 "no such pot" pot exec none true
exits 1 "no such pot, -p" pot exec -p none true
runs "options of the command are its own" pot exec web echo -p x --help
out_is "-p x --help" "they are"
runs "-- before the pot" pot exec -- web echo -h
out_is "-h" "is passed over"

# -- term and run

usage "75: term" pot term
exits 1 "75: term of a stopped pot" pot term db
exits 1 "75: term of none" pot term none
runs "75: term" pot term web
runs "75: an unknown option is ignored" pot term -x web
runs "75: -f starts" pot term -f db
exits 0 "75: it runs" pot info -rp db
pot stop db
runs "run starts too" pot run db
exits 0 "it runs" pot info -rp db
exits 1 "run of none" pot run none
err_like "*images are not available*" "no images yet"
usage "attach" pot attach
exits 1 "attach to a stopped pot" pot attach job

# -- signal

usage "73: signal" pot signal
usage "73: a bad name" pot signal -s NONSENSE -p web
usage "73: -P and -m" pot signal -s TERM -P 1 -m x -p web
for p in x 0 -1 1x ""; do
	exits 1 "73: pid '$p'" pot signal -s TERM -P "$p" -p web
done
exits 1 "73: a stopped pot" pot signal -s TERM -p job
exits 0 "73: a stopped pot, -f" pot signal -f -s TERM -p job
exits 1 "73: a persistent pot" pot signal -s TERM -p web
exits 0 "73: a persistent pot, -f" pot signal -f -s TERM -p web
exits 0 "73: it still runs" pot info -rp web
runs "73: -l" pot signal -l
like " $(out) " "* HUP INT *TERM *" "73: names"
is "$(wc -l <"$T/.out" | tr -d ' ')" 1 "73: in one line"
pot set-cmd -p job -c sleep
pot set-attr -p job -A persistent -V NO
pot start -d job
runs "73: -C looks only" pot signal -C -s KILL -m sleep -p job
out_like "[0-9]*" "73: prints the pids"
exits 0 "73: it runs" pot info -rp job
runs "73: the command of a non-persistent pot" pot signal -s KILL -p job
exits 137 "73: ends" pot wait job
exits 1 "73: default INFO, which not every host has" sh -c \
    '"$1" signal -p db >/dev/null' sh "$POT"

runs "recover" pot recover

# A power failure takes the last lines of a journal, whose head alone is
# synced, and leaves what the steps did.
journal() # OPERATION OBJECT
{
	printf 'pot-journal 1\nop %s\nowner 999999 1\n' "$1" \
	    >"$T/data/fs/journal/$2"
}
cp -R "$JAILS/web" "$JAILS/half"
journal create half
runs "recover from a create without its steps" pot recover
[ ! -e "$JAILS/half" ] || fail "the half made pot is gone"
fake_pot gone
rm -R "$JAILS/gone/m"
journal destroy gone
runs "recover from a destroy without its steps" pot recover
[ ! -e "$JAILS/gone" ] || fail "the half destroyed pot is gone"
exits 0 "and no other" pot info -qp web
is "$(ls "$T/data/fs/journal")" "" "no journal is left"

runs "recover -v" pot recover -v
usage "internal-after" pot internal-after web
exits 1 "the first of several fails, -p" pot stop -p job web
done_testing
