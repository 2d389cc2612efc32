#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The command line on a real kernel: the title that a foreground start has
# (case 82 of 11.2), signals to it, the statuses of exec, terminals.
. "$POT_TEST_TOP/tests/lib.sh"
with_base tiny
runs "a pot" pot create -p web -t single -b tiny
pot set-attr -p web -A persistent -V NO
pot set-cmd -p web -c "/bin/sleep 1000"

title()
{
	pgrep -f '/bin/sh /usr/local/bin/pot start web' | wc -l | tr -d ' '
}
# A child has it, too, until it executes its own program.
has_title() { [ "$(title)" = 1 ]; }
# As in the foreground of a shell: a background job would ignore SIGINT.
front=$POT_TEST_BUILD/tests/guest/front
[ -x "$front" ] || bail "tests/guest/front was not built"
start()
{
	"$front" "$POT" start "$@" >"$T/start.out" 2>"$T/start.err" &
	start=$!
}
for signal in INT TERM HUP; do
	start -p web
	becomes "SIG$signal: the pot runs" pot info -rp web
	becomes "82: one process has the title" has_title
	kill -s $signal $start
	t_status=0
	wait $start || t_status=$?
	like "$t_status" "[01]*" "SIG$signal: start ends by itself"
	exits 1 "SIG$signal: the pot was stopped" pot info -rp web
	is "$(title)" 0 "82: nobody has the title"
done

runs "start -d" pot start -d web
is "$(title)" 0 "82: start -d does not have it"
runs "exec" pot exec web /bin/echo "a  b"
out_is "a  b" "its output"
exits 3 "exec: the status" pot exec web sh -c 'exit 3'
exits 137 "exec: a signal" pot exec web sh -c 'kill -9 $$'
exits 127 "exec: no such command" pot exec web /no/such
err_is "###>  pot web: /no/such: No such file or directory" "says what"
exits 126 "exec: not a command" pot exec web /etc
err_is "###>  pot web: /etc: Permission denied" "says what, the pot once"
exits 125 "exec: no such pot" pot exec none true
runs "exec -w" pot exec -w /tmp web pwd
out_is /tmp "the directory"
exits 126 "exec -w: no such directory" pot exec -w /no/where web /bin/pwd
err_is "###>  pot web: /bin/pwd: working directory /no/where: No such file or\
 directory" "names it"
runs "exec -e" pot exec -e A=1 web sh -c 'echo $A'
out_is 1 "the variable"
runs "exec -U" pot exec -U daemon web id -u
out_is 1 "the user"
runs "exec -u" pot exec -u daemon web id -u
out_is "$(id -u daemon)" "a user of the host, by its number"
exits 125 "exec -u of nobody known" pot exec -u no-such-user web true
exits 1 "the same with -p" pot exec -u no-such-user -p web true
is "$(echo in | pot exec web cat)" in "exec: its input"
runs "exec -d" pot exec -d web sh -c 'echo $PPID >/tmp/parent; exec sleep 1000'
has_parent() { [ -n "$(pot exec web cat /tmp/parent)" ]; }
eventually has_parent
isnt "$(pot exec web cat /tmp/parent)" 0 "its parent is in the pot, which reaps it"
runs "exec -t" "$front" -t "$POT" exec -t web sh -c 'tty && stty size >/dev/null'
out_like "*/dev/*" "a terminal"
exits 5 "exec -t: the status" "$front" -t "$POT" exec -t web sh -c 'exit 5'
runs "term" sh -c 'echo "echo in \$HOME" | "$0" term web' "$POT"
out_is "in /root" "the shell of root, at home"
exits 4 "term: its status" sh -c 'echo exit 4 | "$0" term web' "$POT"
pot stop web
runs "run starts it" sh -c 'echo "echo run" | "$0" run web' "$POT"
out_like "*run" "and has a shell"
pot stop web
pot set-cmd -p web -c 'sh -c "echo out; echo err >&2; exit 3"'
exits 125 "the output of a foreground start" pot start web
is "$(grep -vx '===>.*' "$T/.out")" out "stdout"
is "$(grep -v '^###>' "$T/.err")" err "stderr"
runs "logs" pot logs web --stream stdout
out_like "*out*" "they are in the log, too"
done_testing
