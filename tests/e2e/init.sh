#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# init on a FreeBSD: rc.conf by sysrc(8), the rules of pf where rc.conf says
# they are; what is edited is shown before, kept beside, and told.  It edits
# the host, so it wants one that is thrown away.
. "$POT_TEST_TOP/tests/lib.sh"
[ "$(uname -s)" = FreeBSD ] || skip_all "rc.conf and pf are FreeBSD's"
[ -n "${POT_TEST_VM:-}" ] || skip_all "it edits rc.conf"

RC=/etc/rc.conf
cp -p $RC "$T/rc.conf" 2>/dev/null || : >"$T/rc.conf"
at_exit 'cp "$T/rc.conf" $RC; rm -f $RC.bkp-pot'
echo 'pass all' >"$T/pf.conf"
sysrc pf_rules="$T/pf.conf" syslogd_flags=-s >"$T/.out" 2>&1 ||
    bail "sysrc: $(out)"
cp $RC "$T/before"

runs "init --explain" pot init --explain
out_like "*--- /etc/rc.conf*-syslogd_flags=*-s*+syslogd_flags=*-b 127.0.0.1 *" \
    "shows what rc.conf gets"
out_like "*$T/pf.conf*+nat-anchor pot-nat*+rdr-anchor \"pot-rdr/*" \
    "and the rules of pf that rc.conf names"
runs "nothing is changed" cmp $RC "$T/before"
runs "init" pot init
out_like "*/etc/rc.conf: syslogd_flags is *it was: /etc/rc.conf.bkp-pot*" \
    "tells what it has changed"
like "$(sysrc -n syslogd_flags)" "-b 127.0.0.1 -b 10.* -a 10.*" \
    "sysrc has the new flags"
runs "what was there is kept" cmp $RC.bkp-pot "$T/before"
is "$(grep -Ec 'pot-nat|pot-rdr' "$T/pf.conf")" 2 "the anchors are there"
is "$(cat "$T/pf.conf.bkp-pot")" "pass all" "and what was before"
! command -v pfctl >/dev/null || {
	kldload -n pf 2>/dev/null
	runs "pfctl takes the file" pfctl -n -f "$T/pf.conf"
}
cp $RC "$T/after"
runs "init again" pot init
runs "changes nothing" cmp $RC "$T/after"
runs "the group is there" grep -q '^daemon:' /etc/group
runs "de-init" pot de-init
is "$(cat "$T/pf.conf")" "pass all" "pf is as it was"
done_testing
