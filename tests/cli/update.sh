#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# update-config (reference 2.2; cases 35 and 80 of 11.2, D14): pot.conf of
# the versions 0.5, 0.7 and 0.10; what it says; what it refuses.
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init

# A pot whose configuration an older version has written (standard input).
old_pot() # NAME
{
	fake_pot "$1"
	cat >"$JAILS/$1/conf/pot.conf"
}
values() # POT KEY
{
	conf_values "$1" "$2" | tr '\n' ' '
}
bytes() { cat "$JAILS"/*/conf/pot.conf "$JAILS"/*/conf/fscomp.conf; }

old_pot v05 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.dns=inherit
host.hostname="v05.example.org"
osrelease="12.0-RELEASE"
ip4=inherit
vnet=false
EOF
old_pot v07 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.potbase=
pot.dns=inherit
pot.cmd=sh /etc/rc
host.hostname="v07.example.org"
osrelease="12.0-RELEASE"
pot.attr.start-at-boot=YES
ip4=10.192.0.7
vnet=true
pot.export.static.ports=80 443
pot.rss.cpuset=0,1
EOF
old_pot v10 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.dns=inherit
pot.cmd=nginx -g 'daemon off;'
host.hostname="v10.example.org"
osrelease="12.1-RELEASE"
pot.attr.no-rc-script=YES
pot.attr.persistent=NO
pot.attr.early.start-at-boot=NO
pot.attr.exec_stop=
pot.attr.exec_stop=
network_type=public-bridge
ip=10.192.0.10
vnet=true
pot.export.ports=8080:80
EOF
echo "$T/dir $JAILS/v07/m/mnt ro" >"$JAILS/v07/conf/fscomp.conf"
mkdir "$T/dir"

exits 1 "35: start with ip4" pot start v07
err_like "*obsolete*update-config*" "35: says what to do"
is "$(values v07 ip4)" "10.192.0.7 " "35: nothing was changed"
usage "neither -p nor -a" pot update-config
exits 1 "no such pot" pot update-config -p none

runs "80: one of 0.5" pot update-config -p v05
out_is "===>  pot v05: configuration updated" "80: it says so"
is "$(values v05 network_type)$(values v05 vnet)$(values v05 ip4)" \
    "inherit false " "80: its network"
is "$(values v05 pot.cmd)" "sh /etc/rc " "80: its command"
is "$(values v07 network_type)" "" "80: the others are as they were"
runs "80: all" pot update-config -v -a
err_like "*pot v07: ip4: is network_type and ip now*" "80: -v tells each change"
out_unlike "*v05*" "80: not the one that is up to date"
is "$(values v07 network_type)$(values v07 ip)$(values v07 vnet)" \
    "public-bridge 10.192.0.7 true " "80: 0.7: its network"
is "$(values v07 pot.export.ports)" "80:80 443:443 " "80: 0.7: its ports"
is "$(values v07 pot.rss.cpuset)$(values v07 pot.export.static.ports)" "" \
    "80: 0.7: what is obsolete goes"
is "$(values v07 pot.attr.start-at-boot)" "YES " "80: 0.7: what was set stays"
is "$(cat "$JAILS/v07/conf/fscomp.conf")" "$T/dir /mnt ro" \
    "80: 0.7: mount points become relative"
is "$(values v10 pot.attr.exec_stop)" " " "80: D14: exec_stop is there once"
is "$(values v10 pot.attr.early-start-at-boot)" "NO " \
    "80: D14: the name is spelled right"
is "$(grep -cF early.start-at-boot "$JAILS/v10/conf/pot.conf")" 0 \
    "80: D14: the wrong one goes"
is "$(values v10 pot.cmd)" "nginx -g 'daemon off;' " "80: 0.10: its command"
is "$(values v10 pot.attr.persistent)" "NO " "80: 0.10: what was set stays"

bytes >"$T/first"
runs "80: twice" pot update-config -a
out_is "" "80: says nothing"
bytes >"$T/second"
runs "80: the same bytes" cmp "$T/first" "$T/second"

old_pot bad <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.export.static.ports=http
EOF
cp "$JAILS/bad/conf/pot.conf" "$T/bad"
sed '/^pot.dns/d' "$JAILS/v10/conf/pot.conf" >"$T/no-dns"
cp "$T/no-dns" "$JAILS/v10/conf/pot.conf"
exits 1 "one that can't be updated" pot update-config -a
err_like "*pot bad:*static.ports*http*" "is named"
is "$(values v10 pot.dns)" "inherit " "the others are updated"
runs "it is as it was" cmp "$T/bad" "$JAILS/bad/conf/pot.conf"
runs "-p wins over -a" pot update-config -a -p v10
done_testing
