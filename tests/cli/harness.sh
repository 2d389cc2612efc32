#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The harness itself: what tests/tap.awk counts, and that a script which
# breaks off, lies about its plan or skips in secret fails.
# pot-test: plain
. "$POT_TEST_TOP/tests/lib.sh"

echo "some/test | allowed | a reason" >"$T/allowed"
judge() # STATUS TEXT
{
	printf '%b' "$2" >"$T/tap"
	awk -v name=some/test -v status="$1" -v allowed="$T/allowed" \
	    -f "$POT_TEST_TOP/tests/tap.awk" "$T/tap" | tail -n 1
}

is "$(judge 0 '1..2\nok 1 - a\nok 2 - b\n')" "2 0 0" "two that pass"
is "$(judge 1 '1..2\nok 1 - a\nnot ok 2 - b\n')" "1 1 0" "one that fails"
is "$(judge 0 '1..2\nok 1 - a\n')" "1 1 0" "one is missing"
is "$(judge 0 '1..1\nok 1 - a\nok 2 - b\n')" "2 1 0" "one too many"
is "$(judge 0 'ok 1 - a\n')" "1 1 0" "no plan"
is "$(judge 139 '1..1\nok 1 - a\n')" "1 1 0" "a crash at the end"
is "$(judge 0 '')" "0 1 0" "no output"
is "$(judge 0 '1..1\nok 1 - a\n1..1\nok 1 - b\n')" "2 0 0" "two groups"
is "$(judge 0 '1..1\nok 1 - allowed # SKIP why\n')" "0 0 1" "an allowed skip"
is "$(judge 0 '1..1\nok 1 - x # SKIP why\n')" "0 1 1" "another skip"
is "$(judge 0 '1..1\nnot ok 1 # SKIP allowed\n')" "0 0 1" "cmocka's skip"
is "$(judge 0 '1..0 # SKIP none\n')" "0 1 1" "a skip of the whole"
is "$(judge 1 'Bail out! no\n')" "0 2 0" "bail out"

printf '1..1\nok 1 - x # SKIP why\n' >"$T/tap"
is "$(awk -v name=x -v status=0 -v allowed= -f "$POT_TEST_TOP/tests/tap.awk" \
    "$T/tap" | tail -n 1)" "0 0 1" "without a list each skip is allowed"

echo "other | allowed | " >"$T/allowed"
is "$(judge 0 '1..1\nok 1 - a\n')" "1 1 0" "an allowed skip without a reason"

# Scripts that use the library.
script() # TEXT
{
	mkdir -p "$T/sub"
	printf '. "$POT_TEST_TOP/tests/lib.sh"\n%b' "$1" >"$T/script"
	(
		POT_TEST_DIR=$T/sub
		unset POT_TEST_TREE
		export POT_TEST_DIR
		sh "$T/script"
	)
}
exits 0 "a script that passes" script 'is 1 1 one\ndone_testing\n'
out_is "ok 1 - one
1..1" "its output"
exits 1 "a script that fails" script 'is 1 2 one\ndone_testing\n'
out_like "not ok 1 - one*got: *1*1..1" "what it got is told"
exits 1 "a script without an end" script 'is 1 1 one\n'
out_like "*Bail out!*" "it says so"
exits 3 "a script that breaks off" script 'is 1 1 one\nexit 3\n'
out_unlike "*1..1*" "it has no plan"
exits 1 "runs wants status 0" script 'runs one false\ndone_testing\n'
exits 1 "refuses wants no signal" \
    script 'refuses one sh -c "kill -9 \\$\\$"\ndone_testing\n'
exits 0 "at_exit runs" script 'at_exit "echo bye"\ndone_testing\n'
out_is "1..0
bye" "once, at the end"
done_testing
