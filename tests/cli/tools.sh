#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# potnet and potcpu, links to pot (reference 9; case 84 of
# 11.2): who has which address, who runs on which CPU.  And the reader of
# flavours against the sh version's (case 81).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
ln -sf pot "$PREFIX/bin/potnet"
ln -sf pot "$PREFIX/bin/potcpu"
potnet() { "$PREFIX/bin/potnet" "$@"; }
potcpu() { "$PREFIX/bin/potcpu" "$@"; }

# What it printed, without the blanks at the ends of lines.
trimmed_is() # WANTED DESC
{
	is "$(out | sed 's/[[:blank:]]*$//')" "$1" "$2"
}

# -- potnet

for a in 10.1.2.3 0.0.0.0 255.255.255.255; do
	runs "84: ip4check $a" potnet ip4check -H $a
	runs "84: ipcheck $a" potnet ipcheck -H $a
	exits 1 "84: ip6check $a" potnet ip6check -H $a
done
for a in :: fe80::1 2001:db8::10.1.1.1; do
	runs "84: ip6check $a" potnet ip6check -H $a
	runs "84: ipcheck $a" potnet ipcheck -H $a
	exits 1 "84: ip4check $a" potnet ip4check -H $a
done
for a in 1.2.3 1.2.3.4.5 256.1.1.1 g:: host 10.0.0.1/8; do
	exits 1 "84: ipcheck $a" potnet ipcheck -H $a
done
exits 1 "84: ipcheck without -H" potnet ipcheck
exits 1 "84: no command" potnet
out_like "usage: potnet*" "84: usage"
exits 1 "84: unknown command" potnet frob

runs "84: config-check" potnet config-check
fake_pot web
fake_pot db
fake_pot lan1
conf() # POT TYPE IP
{
	sed -e '/^network_type=/d' -e '/^vnet=/d' "$JAILS/$1/conf/pot.conf" \
	    >"$T/conf"
	printf 'network_type=%s\nvnet=true\nip=%s\n' "$2" "$3" >>"$T/conf"
	cp "$T/conf" "$JAILS/$1/conf/pot.conf"
}
conf web public-bridge 10.192.0.10
conf db public-bridge 10.192.0.3
conf lan1 private-bridge 10.192.0.18
printf 'net=10.192.0.16/29\ngateway=10.192.0.17\nname=lan\n' \
    >"$T/data/fs/bridges/lan"
runs "84: show" potnet show
trimmed_is "Network topology:
	network : 10.192.0.0/10
	min addr: 10.192.0.0
	max addr: 10.255.255.255

Addresses already taken:
	10.192.0.0
	10.192.0.1	default gateway
	10.192.0.2	dns
	10.192.0.3	db
	10.192.0.10	web
	10.192.0.16	lan bridge - network
	10.192.0.17	lan bridge - gateway
	10.192.0.18	lan1
	10.192.0.19	lan bridge - allocated address
	10.192.0.20	lan bridge - allocated address
	10.192.0.21	lan bridge - allocated address
	10.192.0.22	lan bridge - allocated address
	10.192.0.23	lan bridge - broadcast
	10.255.255.255" "84: show: every address"
runs "84: show -b" potnet show -b lan
trimmed_is "	10.192.0.16	lan bridge - network
	10.192.0.17	lan bridge - gateway
	10.192.0.18	lan1
	10.192.0.23	lan bridge - broadcast" "84: show -b: those of the bridge"
runs "84: show -b of none" potnet show -b none
out_is "" "84: show -b of none: nothing"
exits 1 "84: show -b of a path" potnet validate -b ../lan -H 10.1.1.1
runs "84: etc-hosts" potnet etc-hosts
out_is "10.192.0.3 db
10.192.0.10 web" "84: etc-hosts: in order"
runs "84: etc-hosts -b" potnet etc-hosts -b lan
out_is "10.192.0.18 lan1" "84: etc-hosts -b"
runs "84: next" potnet next
out_is 10.192.0.4 "84: next: the first that is free"
runs "84: next -b" potnet next -b lan
out_is 10.192.0.19 "84: next -b: of the bridge"
exits 1 "84: next -b of none" potnet next -b none
out_is "" "84: next -b of none: nothing"
printf 'net=10.192.0.32/30\ngateway=10.192.0.33\nname=full\n' \
    >"$T/data/fs/bridges/full"
conf lan1 private-bridge 10.192.0.34
exits 1 "84: next -b, all are taken (D39)" potnet next -b full
out_is "" "84: next -b, all are taken: nothing"
conf lan1 private-bridge 10.192.0.18
rm "$T/data/fs/bridges/full"
new_net() # POTS NET GATEWAY
{
	runs "84: new-net -s $1" potnet new-net -s "$1"
	out_is "net=$2
gateway=$3" "84: new-net -s $1: the gateway is not one of them"
}
# 10.192.0.0 to 10.192.0.31 have pots, or a bridge.
new_net 2 10.192.0.24/29 10.192.0.25
new_net 5 10.192.0.24/29 10.192.0.25
new_net 6 10.192.0.32/28 10.192.0.33
new_net 13 10.192.0.32/28 10.192.0.33
new_net 14 10.192.0.32/27 10.192.0.33
new_net 29 10.192.0.32/27 10.192.0.33
new_net 30 10.192.0.64/26 10.192.0.65
new_net 1000 10.192.4.0/22 10.192.4.1
for n in 1 0 -1 x "" 4294967295; do
	exits 1 "84: new-net -s '$n'" potnet new-net -s "$n"
	out_is "" "84: new-net -s '$n': nothing"
done
exits 1 "84: new-net without -s" potnet new-net
# D39: a pot whose address is none is told, and keeps nobody from looking.
cp "$JAILS/db/conf/pot.conf" "$T/db.conf"
sed 's/^ip=.*/ip=10.192.0.999/' "$T/db.conf" >"$JAILS/db/conf/pot.conf"
runs "D39: show, with an address that is none" potnet show
out_like "*10.192.0.10*web*" "D39: tells the others"
cp "$T/db.conf" "$JAILS/db/conf/pot.conf"
runs "84: validate" potnet validate -H 10.192.0.4
for a in 10.192.0.0 10.192.0.1 10.192.0.2 10.192.0.10 10.192.0.20 \
    10.255.255.255; do
	exits 1 "84: validate $a: taken" potnet validate -H $a
	err_like "*in use*" "84: validate $a: says so"
done
exits 1 "84: validate outside" potnet validate -H 10.1.1.1
runs "84: validate -b" potnet validate -b lan -H 10.192.0.20
exits 1 "84: validate -b: taken" potnet validate -b lan -H 10.192.0.18
exits 1 "84: validate -b: outside" potnet validate -b lan -H 10.192.0.4
exits 1 "84: validate -b of none" potnet validate -b none -H 10.192.0.4
set_conf POT_NETWORK '"10.192.0.0/10"'
runs "D39: quotes in pot.conf" potnet validate -H 10.192.0.4
exits 1 "D39: the network was understood" potnet validate -H 10.1.1.1
set_conf POT_NETWORK 10.192.0.0/10
set_conf POT_DNS_IP 10.1.1.1
runs "84: config-check, DNS elsewhere" potnet config-check
err_like "*POT_DNS_IP 10.1.1.1*" "84: is told only"
set_conf POT_GATEWAY 10.1.1.1
exits 1 "84: config-check, gateway" potnet config-check
set_conf POT_GATEWAY 10.192.0.1
set_conf POT_NETMASK 255.255.0.0
exits 1 "84: config-check, netmask" potnet config-check
set_conf POT_NETMASK 255.192.0.0
set_conf POT_NETWORK 10.192.0.0/33
exits 1 "84: config-check, network" potnet config-check
set_conf POT_NETWORK 10.192.0.0/10

# -- potcpu: the kernel in memory has two

ncpu=$(potcpu -v show | grep -c '^CPU ')
runs "potcpu show, none runs" potcpu show
out_is "" "potcpu show: nothing"
runs "potcpu get-cpu" potcpu get-cpu
out_is 0 "potcpu get-cpu: the first"
runs "potcpu get-cpu of all" potcpu get-cpu -n "$ncpu"
out_is "" "potcpu get-cpu: no choice, nothing"
for p in one two free; do
	fake_pot $p
	pot set-cmd -p $p -c sleep
done
pot set-rss -p one --cpu-list 0
pot set-rss -p two --cpu-list 0
for p in one two free; do
	pot start -d -p $p >/dev/null || bail "start $p"
done
runs "potcpu show" potcpu show
trimmed_is "pot free:
	CPU requested: NA
	CPU used: not restricted
pot one:
	CPU requested: 1
	CPU used: 0
pot two:
	CPU requested: 1
	CPU used: 0" "potcpu show: each pot"
runs "potcpu show -v" potcpu show -v
out_like "*CPU 0 : allocated 3 pots
CPU 1 : allocated 1 pots*" "potcpu show -v: each CPU, the free one on all"
runs "potcpu get-cpu -n 1" potcpu get-cpu -n 1
out_is 1 "potcpu get-cpu: where the fewest run"
runs "potcpu rebalance" potcpu rebalance
out_is "cpuset -l 0 -j one
cpuset -l 1 -j two" "potcpu rebalance: what would spread them"
pot stop -p two >/dev/null
runs "potcpu rebalance, no need" potcpu rebalance
out_is "" "potcpu rebalance: nothing"
runs "set-rss -C" pot set-rss -p free -C 1
runs "set-rss -M" pot set-rss -p free -M 1g
runs "potcpu show, one is bound" potcpu show
out_like "*pot free:*CPU used: 1*pot one:*" "it stays on the CPU that it got"
exits 1 "potcpu get-cpu -n 0" potcpu get-cpu -n 0
exits 1 "potcpu of nothing" potcpu
for p in one free; do
	pot stop -p $p >/dev/null
done

# -- flavours

mkdir "$T/flavours"
printf 'set-attribute -A persistent -V OFF\nset-cmd -c "/bin/cook -a  b"\n' \
    >"$T/flavours/cook"
printf '# comment\n\nfrob -x\ncopy-in -s a -d /b\nset-env -E A=1 -E B=2' \
    >"$T/flavours/mixed"
runs "81: flavours read as the sh version did" \
    "$POT_TEST_TOP/tests/flavours" "$POT_TEST_BUILD" "$T/flavours"
out_like "*# 4 commands in 2 files, 0 differ" "81: all of them"
runs "81: those that we ship" \
    "$POT_TEST_TOP/tests/flavours" "$POT_TEST_BUILD" "$PREFIX/etc/pot/flavours"
printf "set-env -E A='b c'\n" >"$T/flavours/quotes"
exits 1 "81: quotes differ" \
    "$POT_TEST_TOP/tests/flavours" "$POT_TEST_BUILD" "$T/flavours"
done_testing
