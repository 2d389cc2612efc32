#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# prune and set-status (reference 2.3, 8.1; cases 31 and 77 of 11.2).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init

# Made, started once and stopped.
finished() # NAME
{
	fake_pot "$1"
	pot set-attr -p "$1" -A prunable -V YES
	pot start -d "$1" >/dev/null 2>&1
	pot stop "$1" >/dev/null 2>&1
}
pots() { pot list -q | tr '\n' ' '; }

fake_pot plain
pot start -d plain >/dev/null 2>&1
pot stop plain >/dev/null 2>&1
fake_pot fresh
pot set-attr -p fresh -A prunable -V YES
fake_pot busy
pot set-cmd -p busy -c sleep
pot set-attr -p busy -A prunable -V YES
pot start -d busy >/dev/null 2>&1
finished old
finished parent
pot snapshot -p parent >/dev/null
pot create -p child -t single -P parent >/dev/null 2>&1
finished zoo

all="busy child fresh old parent plain zoo "
is "$(pots)" "$all" "seven pots"
exits 0 "77: -n" pot prune -n
is "$(out)" "===>  Pruning old
===>  Pruning parent
===>  Pruning zoo" "77: those that have run, and not busy, fresh and plain"
is "$(pots)" "$all" "77: -n destroys none"
exits 0 "77: -g within a minute" pot prune -g
is "$(pots)" "$all" "77: leaves them"
for f in .last_run .last_run_stats; do
	[ -e "$JAILS/old/conf/$f" ] || fail "$f is there"
done
# As pot 0.16 leaves it: no more than the file, an hour old.
rm "$JAILS/old/conf/.last_run"
touch -t 202001010000 "$JAILS/old/conf/.last_run_stats"
exits 0 "77: -g" pot prune -g
is "$(pots)" "busy child fresh parent plain zoo " "77: takes the old one"
exits 1 "77: one that can't be destroyed" pot prune -q
err_like "*parent*child*" "77: is told"
is "$(pots)" "busy child fresh parent plain " "77: D23: the others go"
pot stop busy >/dev/null 2>&1
exits 1 "prune again" pot prune
is "$(pots)" "child fresh parent plain " "one that was stopped goes"
pot destroy child >/dev/null 2>&1
exits 0 "77: nothing in the way" pot prune
is "$(pots)" "fresh plain " "77: all are gone"
exits 0 "77: nothing to do" pot prune
out_is "" "77: says nothing"

# -- set-status

fake_pot web
pot set-cmd -p web -c sleep
# STATE STARTING STARTED DOA STOPPING STOPPED
table()
{
	state=$1
	shift
	for status in starting started doa stopping stopped; do
		exits "$1" "31: $state, $status" \
		    pot set-status -p web -s $status
		shift
	done
}
table stopped 0 1 1 0 2
pot start -d web >/dev/null 2>&1
table started 1 2 1 0 1
# A hook has an environment of its own.
cat >"$T/hook" <<EOF
#!/bin/sh
export POT_FAKE_STATE=$POT_FAKE_STATE POT_FAKE_EXE=$POT_FAKE_EXE
for s in starting started doa stopping stopped; do
	"$POT" set-status -p web -s \$s
	echo "\$s \$?"
done >"$T/hook.out"
EOF
chmod +x "$T/hook"
pot set-hook -p web -t "$T/hook" -s "$T/hook"
pot stop web >/dev/null 2>&1
is "$(tr '\n' ' ' <"$T/hook.out")" \
    "starting 1 started 1 doa 1 stopping 2 stopped 0 " "31: stopping"
pot start -d web >/dev/null 2>&1
is "$(tr '\n' ' ' <"$T/hook.out")" \
    "starting 2 started 0 doa 0 stopping 1 stopped 1 " "31: starting"
exits 2 "31: nothing was changed" pot set-status -p web -s started -i epair0a
out_is "" "31: nothing is printed"
exits 1 "31: no such status" pot set-status -p web -s running
err_like "*running*" "31: names it"
exits 1 "31: no such pot" pot set-status -p none -s started
usage "31: no status" pot set-status -p web
usage "31: no pot" pot set-status -s started
done_testing
