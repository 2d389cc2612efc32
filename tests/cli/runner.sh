#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The runner finds what a program leaves behind, whatever it is, fails the
# program for it and takes it away; and it ends what does not end.
# pot-test: plain
. "$POT_TEST_TOP/tests/lib.sh"

[ "$(uname -s)" = Linux ] || skip_all "the cage is made of Linux namespaces"

top=$T/top
mkdir -p "$top/tests/cli" "$top/tests/unit"
for file in run cage tap.awk lib.sh fixture.sh allowed-skips; do
	cp "$POT_TEST_TOP/tests/$file" "$top/tests/"
done
echo "project('none')" >"$top/meson.build"
meson setup "$top/build" "$top" >/dev/null 2>&1 || bail "meson setup"

# A script of that tree: its lines, and the end that it needs.
program() # NAME LINE...
{
	name=$1
	shift
	{
		echo '#!/bin/sh'
		echo '. "$POT_TEST_TOP/tests/lib.sh"'
		printf '%s\n' "$@"
		echo 'pass one'
		echo 'done_testing'
	} >"$top/tests/cli/$name.sh"
}

run()
{
	TMPDIR=$T POT_TEST_GRACE=5 "$top/tests/run" "$top/build" -- "cli/$1"
}

program clean true
runs "a program that leaves nothing passes" run clean
out_like "*
1 passed, 0 failed, 0 skipped" "and is counted"

exits 2 "a name that is left out is not run" \
    "$top/tests/run" -x 'cli/cl*' "$top/build" -- 'cli/*'
err_like "*no test matches*" "there is no other"

program process 'sleep 1000 &'
refuses "a process that stays fails" run process
out_like "*process: sleep 1000*" "it is named"
out_like "*
1 passed, 1 failed, 0 skipped" "its own test passed all the same"

program mount 'mkdir m' 'mount -t tmpfs none m'
refuses "a mount that stays fails" run mount
out_like "*mount: */m /*" "it is named"

program interface 'ip link add left type veth peer name over'
refuses "an interface that stays fails" run interface
out_like "*interface: left*" "it is named"

group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -n "$group" ]; then
	program group "mkdir $group/pot-left.$$"
	refuses "a control group that stays fails" run group
	out_like "*cgroup: $group/pot-left.$$*" "it is named"
	runs "and is gone" test ! -d "$group/pot-left.$$"
else
	skip "a control group that stays fails" "no hierarchy of version 2"
fi

program endless '# pot-test: timeout=1' 'sleep 1000'
refuses "a program that does not end fails" run endless
out_like "*ended after 1 s*" "it says why"

program report 'echo "bad news" >"$T.san/report.1"'
refuses "a sanitizer's report fails" run report
out_like "*bad news*" "it is shown"

program early 'exit 0'
refuses "a script that ends early with status 0 fails" run early

program quiet 'skip two "no such thing here"'
refuses "a skip that is not listed fails" run quiet
echo "cli/quiet | two | a reason" >>"$top/tests/allowed-skips"
runs "one that is listed does not" run quiet
out_like "*
1 passed, 0 failed, 1 skipped" "and is counted"

echo 'int main(void) { return 0; }' >"$top/tests/unit/base_none.c"
refuses "a source without a program fails" env TMPDIR="$T" \
    "$top/tests/run" "$top/build" -- 'unit/*'
out_like "*was not built*" "it says so"

is "$(find "$T" -maxdepth 1 -name 'pot-test.*')" "" "no directory stays"
done_testing
