#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The flavours that come with pot, as far as they go without a network: the
# job counts, the others say what they want and leave nothing.
. "$POT_TEST_TOP/tests/lib.sh"
with_base tiny

for file in "$POT_TEST_TOP"/flavours/*; do
	name=${file##*/}
	echo "${name%.sh}"
done | sort -u >"$T/wanted"
runs "they are installed" pot list -Fq
is "$(sort "$T/.out")" "$(cat "$T/wanted")" "all of them"

runs "batch: a pot" pot create -p job -t single -b tiny -f batch
exits 125 "batch: there is nothing to count" pot start job
err_like "*batch: nothing in /srv/batch/in*" "batch: it says so"
printf 'a\nb\n' >"$T/two"
runs "batch: something to count" pot copy-in -p job -s "$T/two" \
    -d /srv/batch/in
runs "batch: it ends with 0" pot start job
out_like "*two: 2 lines*" "batch: it counted"
runs "batch: its result" pot copy-out -p job -s /srv/batch/out/two -d "$T"
is "$(cat "$T/two")" 2 "batch: is in its file"

strangers="web db dns fbsd-update debian-update"
if [ "$(uname -s)" = FreeBSD ]; then
	runs "slim: a pot" pot create -p thin -t single -b tiny -f slim
	runs "slim: it starts" pot start -d -p thin
else
	strangers="$strangers slim"
fi
for name in $strangers; do
	exits 1 "$name: not on this base" pot create -p no -t single -b tiny \
	    -f "$name"
	grep -q "^$name: " "$T/.out" "$T/.err" ||
	    fail "$name: says why" "$(out)" "$(err)"
	exits 1 "$name: nothing is left" pot info -q -p no
done
done_testing
