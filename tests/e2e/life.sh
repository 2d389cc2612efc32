#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The life of a pot: exit statuses, output, logs, foreground and detached,
# persistent and not, hooks, dependencies, exec, signals, wait.
# pot-test: vm timeout=180
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
runs "a pot is created" pot create -p web -t single -b tiny
runs "it is not persistent" pot set-attribute -p web -A persistent -V no

ends() # CMD STATUS EXITCODE DESC
{
	pot set-cmd -p web -c "$1"
	exits "$2" "$4" pot start -p web
	is "$(pot last-run-stats -p web)" "{ \"ExitCode\": $3 }" \
	    "last-run-stats: $3"
}

ends "true" 0 0 "a command that ends well: 0"
ends "sh -c 'exit 3'" 125 3 "one that fails: 125"
ends "sh -c 'kill -9 \$\$'" 125 137 "one that is killed: 125"
ends "/no/such/thing" 125 127 "one that does not exist: 125"
ends "/etc/passwd" 125 126 "one that can't be executed: 125"

pot set-cmd -p web -c "sh -c 'echo to stdout; echo to stderr >&2'"
runs "a foreground start" pot start -p web
like "$(out)" "*to stdout" "has the pot's stdout"
is "$(err)" "to stderr" "and its stderr"
is "$(pot logs -p web --stream stdout | tail -n 1)" "to stdout" \
    "the log has them, too"
is "$(pot ps -q)" "" "nothing runs"

# Quotes (defect D16), the environment (D12, D17).
pot set-cmd -p web -c "sh -c 'echo \"a  b\"; env'"
pot set-env -p web -E "X=a \$HOME \`id\` \"q\"" -E "Y=2"
LEAK=yes pot start -p web >"$T/env" 2>&1
like "$(cat "$T/env")" "*a  b*" "quotes of pot.cmd are honoured (D16)"
like "$(cat "$T/env")" "*X=a \$HOME \`id\` \"q\"*" \
    "a variable reaches the command as it is (D12)"
unlike "$(cat "$T/env")" "*LEAK*" "the caller's environment does not (D17)"

# Detached and persistent.
pot set-attribute -p web -A persistent -V yes
pot set-cmd -p web -c "sh -c 'echo ready; exec sleep 1000'"
runs "a detached start" pot start -d web
is "$(pot ps -q)" "web" "ps lists it"
runs "info -r says so" pot info -r -p web
runs "a second start is fine" pot start -d web
becomes_out ready "its output is in the log" "$POT" logs -p web -n 1
exits 7 "exec passes the status on" pot exec -p web sh -c 'exit 7'
exits 127 "exec of what is not there" pot exec web /no/such
is "$(err)" "###>  pot web: /no/such: No such file or directory" \
    "which says just that"
exits 126 "exec of what can't be executed" pot exec web /etc/passwd
runs "exec as another user" pot exec -p web -U daemon id -u
out_is 1 "has its id"
runs "exec with a variable" pot exec -p web -e A=b sh -c 'echo $A'
out_is b "sees it"
refuses "destroy of a running pot" pot destroy -p web
runs "stop" pot stop web
is "$(pot ps -q)" "" "nothing runs"
exits 1 "stop of a stopped pot" pot stop web
runs "stop of no pot" pot stop nosuch

# The command of a persistent pot ends; the pot lives.
pot set-cmd -p web -c "sh -c 'exit 5'"
runs "a persistent pot whose command fails" pot start -p web
is "$(pot ps -q)" "web" "lives on"
is "$(pot last-run-stats -p web)" '{ "ExitCode": 5 }' "its status is known"
exits 5 "wait tells it" pot wait web
pot stop web

# One that can't be executed is told; the pot lives and can be entered.
pot set-cmd -p web -c "/no/such/thing"
runs "a persistent pot whose command does not exist" pot start -d web
err_like "*No such file*" "says so"
runs "it can be entered" pot exec web true
is "$(pot last-run-stats -p web)" '{ "ExitCode": 127 }' "127 is recorded"
runs "and stopped" pot stop web

# Hooks: order, environment, a failing one is ignored (8.5).
for h in prestart poststart prestop poststop; do
	cat >"$T/$h" <<-END
	#!/bin/sh
	echo $h \$_POT_NAME >>$T/hooks
	echo "$h \$_POT_NAME '\$_POT_IP' runs=\${_POT_JID:+yes} \${LEAK:-clean}" \
	    \$(pwd) >>$T/hook.env
	echo said by $h
	exit 1
	END
	chmod +x "$T/$h"
done
runs "78: hooks are set" pot set-hook -p web -s "$T/prestart" \
    -S "$T/poststart" -t "$T/prestop" -T "$T/poststop"
pot set-cmd -p web -c "sleep 1000"
LEAK=yes
export LEAK
runs "78: start with hooks" pot start -d web
unlike "$(out) $(err)" "*said by*" "what they say is discarded"
runs "78: stop with hooks" pot stop web
unset LEAK
in=$T/data/fs/jails/web
is "$(cat "$T/hook.env")" "prestart web '' runs= clean $in
poststart web '' runs=yes clean $in
prestop web '' runs=yes clean $in
poststop web '' runs= clean $in" "_POT_JID is told while the pot runs, and no more"
is "$(tr '\n' ' ' <"$T/hooks")" \
    "prestart web poststart web prestop web poststop web " \
    "78: all ran in order"

# Stop wins against a start that hangs in a hook.
printf '#!/bin/sh\nsleep 1000\n' >"$T/prestart"
pot set-hook -p web -s "$T/prestart"
pot start -d web >"$T/start.out" 2>&1 &
start=$!
eventually grep -q hook "$T/data/run/journal/web"
exits 1 "a second start is refused" pot start -d web
pot stop web >/dev/null 2>&1
wait $start
isnt $? 0 "the hanging start was cancelled"
is "$(ls "$T/data/run/journal" "$T/data/run/pot")" \
    "$(printf '%s:\n\n%s:' "$T/data/run/journal" "$T/data/run/pot")" \
    "and left nothing"
pot set-hook -p web --remove prestart --remove poststart --remove prestop \
    --remove poststop

# Dependencies (D41): first they, then the pot; a cycle ends.
runs "another pot" pot create -p db -t single -b tiny
pot set-cmd -p db -c "sleep 1000"
runs "a dependency" pot add-dep -p web -P db
runs "a cycle" pot add-dep -p db -P web
runs "start with a dependency" pot start -d web
is "$(pot ps -q | tr '\n' ' ')" "db web " "both run"
pot stop web
pot stop db

# exec_stop runs before the signals; what ignores TERM is killed.
pot set-cmd -p web -c "sh -c 'trap \"\" TERM; while :; do sleep 1; done'"
pot set-attribute -p web -A exec_stop -V "echo bye >/root/bye"
pot set-attribute -p web -A stop_timeout -V 1
runs "start of a stubborn pot" pot start -d web
runs "it is stopped all the same" pot stop web
runs "copy-out" pot copy-out -p web -s /root/bye -d "$T"
is "$(cat "$T/bye")" bye "exec_stop has run"

# destroy -F against a foreground start (what Nomad does).
pot set-attribute -p web -A persistent -V no
pot start -p web >/dev/null 2>&1 &
start=$!
becomes "it runs" "$POT" info -r -p web
runs "destroy -F" pot destroy -F -p web
wait $start
like $? "[01]*" "the start returns"
runs "destroy" pot destroy -F -p db
is "$(pot ls -q)" "" "nothing is left"

done_testing
