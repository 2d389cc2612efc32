# SPDX-License-Identifier: BSD-2-Clause
# Judges what a guest has said (TAP of many programs, tests/freebsd/guest):
# a line for each program, its tests passed, failed and skipped, then the
# totals.  Fails if a test did, or if a skip is not in ALLOWED.

function trim(s)
{
	sub(/^[ \t]+/, "", s)
	sub(/[ \t]+$/, "", s)
	return s
}

function skip(test)
{
	skipped[name]++
	if ((name "|" test) in allow || (name "|*") in allow)
		return
	failed[name]++
	print "# not in tests/allowed-skips: " name ": " test
}

BEGIN {
	while ((getline line < allowed) > 0) {
		n = split(line, col, "|")
		if (line ~ /^[ \t]*(#|$)/ || n < 3)
			continue
		if (n == 3 || trim(col[4]) == "freebsd")
			allow[trim(col[1]) "|" trim(col[2])] = 1
	}
}

# "# unit/base_buf" before a program's lines.
/^# (unit|contract|fuzz|cli|e2e)\/[^ ]*$/ {
	name = $2
	names[++count] = name
	next
}

/^# kernel: / { kernel = substr($0, 11) }

/^1\.\.0/ { skip("*") }

/^(not )?ok / {
	text = $0
	sub(/^(not )?ok [0-9]* *(- )?/, "", text)
	if (substr(text, 1, length(name) + 2) == name ": ")
		text = substr(text, length(name) + 3)
	if (match(text, /# *SKIP/))
		skip(trim(substr(text, 1, RSTART - 1)))
	else if ($1 == "ok")
		passed[name]++
	else
		failed[name]++
}

END {
	for (i = 1; i <= count; i++) {
		name = names[i]
		printf "# %-30s %4d passed %4d failed %4d skipped\n", name,
		    passed[name], failed[name], skipped[name]
		p += passed[name]
		f += failed[name]
		s += skipped[name]
	}
	print "# " kernel
	printf "# %d passed, %d failed, %d skipped\n", p, f, s
	exit f > 0
}
