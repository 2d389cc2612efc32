# SPDX-License-Identifier: BSD-2-Clause
# Judges the output of one test program (TAP): prints a line for each
# failure and each skip, and last "PASSED FAILED SKIPPED".
# Variables: name, status (exit status), allowed (path of allowed-skips;
# empty: each skip is), is_root ("yes" or empty), os (as uname has it), extra (path of further
# "not ok - " lines).
#
# cmocka prints one plan per group, and "not ok N # SKIP name" for a skip.

function trim(s)
{
	sub(/^[ \t]+/, "", s)
	sub(/[ \t]+$/, "", s)
	return s
}

function fail(text)
{
	failed++
	print "  not ok: " text
}

BEGIN {
	while (allowed != "" && (getline line < allowed) > 0) {
		if (line ~ /^[ \t]*(#|$)/)
			continue
		n = split(line, col, "|")
		if (n < 3 || trim(col[3]) == "") {
			fail(allowed ": a line without a reason: " line)
			continue
		}
		where = n > 3 ? trim(col[4]) : ""
		if (where == "nobody" && is_root != "")
			continue
		if (where == "freebsd" && os != "FreeBSD")
			continue
		if (where == "linux" && os != "Linux")
			continue
		allow[trim(col[1]) "|" trim(col[2])] = 1
	}
}

/^1\.\.[0-9]+/ {
	split($1, col, /\.\./)
	plan += col[2]
	has_plan = 1
	if ($1 == "1..0")
		skip("*", $0)
	next
}

/^(not )?ok([ \t]|$)/ {
	seen++
	is_ok = $1 == "ok"
	text = $0
	sub(/^(not )?ok[ \t]*[0-9]*[ \t]*(- )?/, "", text)
	if (match(toupper(text), /#[ \t]*SKIP/)) {
		reason = trim(substr(text, RSTART + RLENGTH))
		text = trim(substr(text, 1, RSTART - 1))
		skip(text == "" ? reason : text, reason)
	} else if (is_ok)
		passed++
	else
		fail(text)
	next
}

/^Bail out!/ { fail($0) }

function skip(test, reason)
{
	skipped++
	print "  skipped: " test ": " reason
	if (allowed != "" && !((name "|" test) in allow) && !((name "|*") in allow))
		fail("this skip is not in tests/allowed-skips: " test)
}

END {
	while (extra != "" && (getline line < extra) > 0) {
		if (line ~ /^not ok/)
			fail(substr(line, 10))
	}
	if (!has_plan)
		fail("no plan: the program did not get to its end")
	else if (plan != seen)
		fail("planned " plan " tests, saw " seen + 0)
	if (status != 0 && failed == 0)
		fail("exit status " status)
	print passed + 0, failed + 0, skipped + 0
}
