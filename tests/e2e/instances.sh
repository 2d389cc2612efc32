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
if [ "${POT_TEST_STORAGE:-}" = zfs ]; then
	exits 1 "a second one below the same dataset" other init
	err_like "*$POT_TEST_ZPOOL/pot/*another POT_FS_ROOT*POT_ZFS_ROOT*" \
	    "is told so"
	echo "POT_ZFS_ROOT=$POT_TEST_ZPOOL/second" \
	    >>"$T/second place/inst/etc/pot/pot.conf"
fi
at_exit 'other destroy -F -p $w >"$T/.out" 2>&1'
# On FreeBSD a cell's name is the host's: two of one name can't run at once.
w=web
[ "$(uname -s)" != FreeBSD ] || w=web2

runs "the second is initialised" other init
runs "it gets a base" other create-base --from "$T/rootfs" -b tiny
n=web
for p in pot other; do
	runs "$p: create" $p create -p $n -t single -b tiny
	$p set-cmd -p $n -c "sleep 1000"
	$p set-rss -p $n -M 64M
	runs "$p: start" $p start -d $n
	runs "$p: its mark" $p exec $n sh -c "echo $p >/root/mark"
	is "$($p ps -q)" $n "$p: one pot runs"
	n=$w
done
is "$(pot exec web cat /root/mark)" pot "pot: its own files"
is "$(other exec $w cat /root/mark)" other "other: its own files"
if [ $w != web ]; then
	runs "other: create" other create -p web -t single -b tiny
	exits 1 "other: a name that runs elsewhere" other start -d web
	err_like "*jail web: exists*" "other: says so"
	exits 1 "other: stop" other stop web
	runs "other: destroy" other destroy -F -p web
	runs "pot: it still runs" pot exec web true
fi

# One run directory for two would mix their pots.
install_pot "$POT_TEST_TREE" "$T/thief" "$T/data3"
sed -i.bak "s|^POT_RUN_DIR=.*|POT_RUN_DIR=$T/data/run|" \
    "$T/thief/etc/pot/pot.conf"
[ "${POT_TEST_STORAGE:-}" != zfs ] ||
    echo "POT_ZFS_ROOT=$POT_TEST_ZPOOL/third" >>"$T/thief/etc/pot/pot.conf"
exits 1 "a third with the first's run directory" "$T/thief/bin/pot" init
err_like "*$T/data/run*$T/data/fs*POT_RUN_DIR*" "is told whose it is"
exits 1 "it can't see the first's pots" "$T/thief/bin/pot" ps
is "$(pot ps -q)" web "the first's pot still runs"
runs "stop in the first" pot stop web
is "$(pot ps -q)" "" "nothing runs there"
is "$(other ps -q)" $w "the other's still runs"
runs "the first finds nothing to recover" pot recover
runs "start in the first" pot start -d web
runs "destroy in the first" pot destroy -F -p web
runs "the other's still works" other exec $w true
runs "nothing is left of the first" pot de-init -f
runs "the other's still works" other exec $w cat /root/mark

mv "$T/second place" "$T/third place"
other() { "$T/third place/inst/bin/pot" "$@"; }
is "$(other ps -q)" $w "a moved tree knows its pots"
runs "enters them" other exec $w true
runs "stops them" other stop $w
runs "starts them" other start -d $w
is "$(other exec $w cat /root/mark)" other "as they were"
runs "and destroys them" other destroy -F -p $w

done_testing
