#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Two installations on one host with pots of the same names do not touch each
# other, and an installed tree can be moved, also while its pots run.
. "$POT_TEST_TOP/tests/lib.sh"

[ -n "${POT_TEST_TREE:-}" ] || bail "no tree was installed"
with_base tiny
mkdir "$T/second place"
install_pot "$POT_TEST_TREE" "$T/second place/inst" "$T/data2"
other() { "$T/second place/inst/bin/pot" "$@"; }
at_exit 'other destroy -F -p web >"$T/.out" 2>&1'

runs "the second is initialised" other init
runs "it gets a base" other create-base --from "$T/rootfs" -b tiny
for p in pot other; do
	runs "$p: create" $p create -p web -t single -b tiny
	$p set-cmd -p web -c "sleep 1000"
	$p set-rss -p web -M 64M
	runs "$p: start" $p start -d web
	runs "$p: its mark" $p exec web sh -c "echo $p >/root/mark"
	is "$($p ps -q)" web "$p: one pot runs"
done
for p in pot other; do
	is "$($p exec web cat /root/mark)" $p "$p: its own files"
done

# One run directory for two would mix their pots.
install_pot "$POT_TEST_TREE" "$T/thief" "$T/data3"
sed -i.bak "s|^POT_RUN_DIR=.*|POT_RUN_DIR=$T/data/run|" \
    "$T/thief/etc/pot/pot.conf"
exits 1 "a third with the first's run directory" "$T/thief/bin/pot" init
err_like "*$T/data/run*$T/data/fs*POT_RUN_DIR*" "is told whose it is"
exits 1 "it can't see the first's pots" "$T/thief/bin/pot" ps
is "$(pot ps -q)" web "the first's pot still runs"
runs "stop in the first" pot stop web
is "$(pot ps -q)" "" "nothing runs there"
is "$(other ps -q)" web "the other's still runs"
runs "the first finds nothing to recover" pot recover
runs "start in the first" pot start -d web
runs "destroy in the first" pot destroy -F -p web
runs "the other's still works" other exec web true
runs "nothing is left of the first" pot de-init -f
runs "the other's still works" other exec web cat /root/mark

mv "$T/second place" "$T/third place"
other() { "$T/third place/inst/bin/pot" "$@"; }
is "$(other ps -q)" web "a moved tree knows its pots"
runs "enters them" other exec web true
runs "stops them" other stop web
runs "starts them" other start -d web
is "$(other exec web cat /root/mark)" other "as they were"
runs "and destroys them" other destroy -F -p web

done_testing
