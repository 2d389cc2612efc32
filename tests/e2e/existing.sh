#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An existing installation of the sh version, as its files lie there (the
# reference's 3.2 to 3.5, 12.4): pots of 0.5 to 0.16 of every type and level,
# entries of fscomp.conf with absolute and relative mount points, keys that
# are there twice, a bridge, hooks.  Every verb that looks works on it and
# changes nothing; it is brought up to date, and its pots start.
# pot-test: timeout=180
. "$POT_TEST_TOP/tests/lib.sh"
set_conf POT_STORAGE dir
set_conf POT_ZFS_ROOT tank/pot
with_base tiny
FS=$T/data/fs
J=$FS/jails
mkdir -p "$FS/fscomp/shared" "$FS/bridges" "$T/host dir" "$T/hostdir"
echo shared >"$FS/fscomp/shared/file"
echo host >"$T/hostdir/file"
printf 'net=10.192.0.16/28\ngateway=10.192.0.17\nname=lan\n' \
    >"$FS/bridges/lan"

# A single pot as the sh version leaves it; pot.conf is standard input.
single() # NAME
{
	mkdir -p "$J/$1/conf"
	cp -R "$T/rootfs" "$J/$1/m"
	cat >"$J/$1/conf/pot.conf"
	: >"$J/$1/conf/fscomp.conf"
}
# The directories of a multi pot: m is empty, what is its own lies beside.
multi() # NAME LEVEL
{
	mkdir -p "$J/$1/conf" "$J/$1/m" "$J/$1/custom/etc" \
	    "$J/$1/custom/root" "$J/$1/custom/var"
	[ "$2" = 2 ] || mkdir -p "$J/$1/usr.local/bin"
	cat >"$J/$1/conf/pot.conf"
}
attributes() # those that create of 0.16 writes
{
	for a in no-rc-script=NO persistent=YES start-at-boot=NO prunable=NO \
	    no-tmpfs=NO enforce_statfs=2 mount=NO fdescfs=NO linprocfs=NO \
	    nullfs=NO procfs=NO tmpfs=NO zfs=NO raw_sockets=NO sysvshm=new \
	    sysvsem=new sysvmsg=new children=0 mlock=NO devfs_ruleset=4 \
	    exec_stop= stop_timeout=10; do
		echo "pot.attr.$a"
	done
}

# 0.5: no attributes, no command, ip4.
single v05 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.potbase=
pot.dns=inherit
host.hostname="v05.host"
osrelease="11.2-RELEASE"
ip4=inherit
vnet=false
EOF
# 0.6: no type means multi; absolute mount points; base-NAME of level 0.
multi v06 1 <<EOF
pot.level=1
pot.base=tiny
pot.potbase=
pot.dns=inherit
pot.cmd=sh /etc/rc
host.hostname="v06.host"
osrelease="12.0-RELEASE"
pot.attr.start-at-boot=NO
ip4=10.192.0.6
vnet=true
EOF
cat >"$J/v06/conf/fscomp.conf" <<EOF
tank/pot/bases/tiny $J/v06/m ro
tank/pot/jails/v06/usr.local $J/v06/m/usr/local zfs-remount
tank/pot/jails/v06/custom $J/v06/m/opt/custom zfs-remount

tank/pot/fscomp/shared $J/v06/m/mnt
EOF
# 0.7: ports that were the same on both sides had a key of their own.
single v07 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.potbase=
pot.dns=inherit
pot.cmd=/bin/sleep 123456
host.hostname="v07.host"
osrelease="12.0-RELEASE"
pot.export.ports=8080:80
pot.export.static.ports=443 udp:53
ip4=inherit
vnet=false
EOF
# 0.8: network_type, limits; a command with quotes.
single v08 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.dns=inherit
pot.cmd=sh -c 'echo eight; cat /mnt/file'
host.hostname="v08.host"
osrelease="12.1-RELEASE"
pot.attr.persistent=NO
pot.attr.no-rc-script=YES
network_type=inherit
vnet=false
pot.rss.cpus=1
pot.rss.cpuset=0
pot.rss.memory=256M
EOF
echo "$T/hostdir $J/v08/m/mnt ro" >"$J/v08/conf/fscomp.conf"
# 0.10: keys that update-config of that time wrote twice.
single v10 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.dns=inherit
pot.cmd=/bin/sleep 123456
host.hostname="v10.host"
osrelease="12.1-RELEASE"
pot.attr.start-at-boot=NO
pot.attr.start-at-boot=YES
pot.attr.exec_stop=
pot.attr.exec_stop=
pot.attr.early.start-at-boot=NO
network_type=private-bridge
ip=10.192.0.18
ip=10.192.0.19
bridge=lan
vnet=true
pot.env="A=1"
pot.env="B=two \"words\""
pot.hosts=10.1.1.1 db
pot.depend=v08
EOF
printf '#!/bin/sh\n:\n' >"$J/v10/conf/prestart.sh"
chmod 755 "$J/v10/conf/prestart.sh"
# 0.11: a misspelled key that it wrote, and the one that it meant; one entry of
# each format.
single v11 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.dns=inherit
pot.cmd=sleep 123456
pot.cmd=sh -c "cat /mnt/file /opt/file"
host.hostname="v11.host"
osrelease="12.2-RELEASE"
pot.attr.persistent=NO
pot.attr.no-rc-script=YES
pot.attr.early-start-at-boot=YES
pot.attr.early.start-at-boot=NO
pot.stack=ipv4
pot.stack=dual
network_type=inherit
vnet=false
EOF
cat >"$J/v11/conf/fscomp.conf" <<EOF
$T/hostdir $J/v11/m/mnt

tank/pot/fscomp/shared /opt ro
EOF
# 0.11: alias with interfaces, both families; 0.12: udp, dns custom.
single v12 <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.dns=custom
pot.cmd=sh /etc/rc
host.hostname="v12.host"
osrelease="12.2-RELEASE"
network_type=alias
ip=em0|192.168.178.20 fe80::1
vnet=false
pot.stack=dual
pot.export.ports=udp:53:53 8080
EOF
echo nameserver 9.9.9.9 >"$J/v12/conf/resolv.conf"
# 0.15: relative mount points; run to its end once.
multi v15 1 <<EOF
pot.level=1
pot.type=multi
pot.base=tiny
pot.dns=inherit
pot.cmd=sh /etc/rc
host.hostname="v15.host"
osrelease="13.0-RELEASE"
$(attributes)
pot.stack=ipv4
network_type=inherit
vnet=false
EOF
cat >"$J/v15/conf/fscomp.conf" <<EOF
tank/pot/bases/tiny / ro
tank/pot/jails/v15/usr.local /usr/local zfs-remount
tank/pot/jails/v15/custom /opt/custom zfs-remount
EOF
echo '{ "ExitCode": 3 }' >"$J/v15/conf/.last_run_stats"
# 0.16: level 2 on it, and a single pot as Nomad's driver makes them.
multi v16 2 <<EOF
pot.level=2
pot.type=multi
pot.base=tiny
pot.potbase=v15
pot.dns=inherit
pot.cmd=sh /etc/rc
host.hostname="v16.host"
osrelease="13.1-RELEASE"
$(attributes)
pot.stack=ipv4
network_type=inherit
vnet=false
EOF
cat >"$J/v16/conf/fscomp.conf" <<EOF
tank/pot/bases/tiny / ro
tank/pot/jails/v15/usr.local /usr/local ro
tank/pot/jails/v16/custom /opt/custom zfs-remount
EOF
long=nginx-pot8_81ded15e_cb34cd8f-388d-7a38-e3fe-e01b62c93aa2
single $long <<EOF
pot.level=0
pot.type=single
pot.base=tiny
pot.dns=inherit
pot.cmd=sh -c "sleep 123456"
host.hostname="$long"
osrelease="13.1-RELEASE"
$(attributes)
pot.attr.localhost-tunnel=YES
pot.attr.to-be-pruned=YES
pot.stack=ipv4
network_type=inherit
vnet=false
EOF
cat >"$J/$long/conf/fscomp.conf" <<EOF
$T/hostdir /local
EOF
all="$long
v05
v06
v07
v08
v10
v11
v12
v15
v16"

# What it all is, byte for byte.
census() # all files of conf/, with their names
{
	find "$J" -path '*/conf/*' -type f | sort | while read -r file; do
		echo "== $file"
		cat "$file"
	done
}
census >"$T/before"

runs "list" pot list -q
out_is "$all" "all pots are there"
runs "list -v" pot list -v
out_like "*pot name : v06*network : public-bridge*ip : 10.192.0.6*" \
    "what an ip4 of 0.6 meant"
out_like "*=> *" "with their mounts"
runs "list -a" pot list -a
out_like "*bases: tiny*fscomp: shared*bridge: lan*" "bases, components, bridges"
runs "list --format json" pot list --format json
for p in $all; do
	runs "$p: info" pot info -p $p
	runs "$p: info -v" pot info -v -p $p
	runs "$p: info -E" pot info -E -p $p
	out_like "*_POT_NAME=$p*" "$p: its name"
	runs "$p: info -s" pot info -s -p $p
	runs "$p: info -q" pot info -q -p $p
	exits 1 "$p: info -r" pot info -r -p $p
	runs "$p: info --format json" pot info --format json -p $p
	runs "$p: show" pot show -p $p
	runs "$p: get-attribute" pot get-attribute -q -p $p -A persistent
	runs "$p: last-run-stats" pot last-run-stats -p $p
	runs "$p: logs" pot logs -p $p
	exits 2 "$p: set-status" pot set-status -p $p -s stopped
done
for name in fs_root zfs_root gateway syslogd pot_prefix fscomp_prefix \
    network_stack; do
	runs "config -g $name" pot config -g $name
done
for p in $all; do
	exits 1 "$p: get-rss: it does not run" pot get-rss -p $p
	exits 1 "$p: top: it does not run" pot top -p $p
	exits 1 "$p: exec: it does not run" pot exec -p $p true
	exits 1 "$p: signal: it does not run" pot signal -p $p
done
for tool in potnet potcpu; do
	ln -sf pot "$PREFIX/bin/$tool"
	runs "$tool show" "$PREFIX/bin/$tool" show
done
runs "potnet show" "$PREFIX/bin/potnet" show
out_like "*10.192.0.6*v06*10.192.0.19*v10*" "potnet: the addresses they have"
runs "potnet etc-hosts" "$PREFIX/bin/potnet" etc-hosts
out_is "10.192.0.6 v06" "potnet: and their names"
runs "ps" pot ps -q
out_is "" "none runs"
runs "show -a" pot show -a
runs "prune -n" pot prune -n
runs "last-run-stats of the sh version" pot last-run-stats -p v15
out_is '{ "ExitCode": 3 }' "is told as it is"
runs "get-attribute" pot get-attribute -q -p v10 -A start-at-boot
out_is YES "of two lines the last one counts"
runs "info" pot info -E -p v10
out_like "*_POT_IP=10.192.0.19*_POT_BRIDGE=lan*" "also of the address"
runs "info" pot info -v -p v12
out_like "*192.168.178.20*" "addresses with an interface"
census >"$T/after"
runs "who looks changes nothing" cmp "$T/before" "$T/after"

# -- brought up to date, twice

for p in v05 v06 v07; do
	exits 1 "$p: can't be started before" pot start -p $p
	err_like "*obsolete*update-config*" "$p: says what to do"
done
census >"$T/after"
runs "and are as they were" cmp "$T/before" "$T/after"
runs "update-config" pot update-config -a
census >"$T/first"
runs "update-config again" pot update-config -a
out_is "" "nothing is left to be done"
census >"$T/second"
runs "twice gives the same bytes" cmp "$T/first" "$T/second"
is "$(cat "$J/v06/conf/fscomp.conf")" "tank/pot/bases/tiny / ro
tank/pot/jails/v06/usr.local /usr/local zfs-remount
tank/pot/jails/v06/custom /opt/custom zfs-remount
tank/pot/fscomp/shared /mnt" "absolute mount points are relative now"
is "$(sed -n 's/^pot.export.*ports=/&/p' "$J/v07/conf/pot.conf")" \
    "pot.export.ports=8080:80 443:443 udp:53:53" "static ports are ports"
is "$(cat "$J/v11/conf/fscomp.conf")" "$T/hostdir /mnt
tank/pot/fscomp/shared /opt ro" "of two formats one is left"
is "$(sed -n 's/^pot.attr.early.*boot=//p' "$J/v11/conf/pot.conf")" YES \
    "the misspelled key is gone (D14)"
is "$(sed -n 's/^pot.cmd=//p;s/^pot.stack=//p' "$J/v11/conf/pot.conf")" \
    'sh -c "cat /mnt/file /opt/file"
dual' "of what was there twice the last one is left"
runs "duplicate keys are gone" sh -c "! grep -h '^[a-z]' $J/v10/conf/pot.conf |
    grep -v '^pot.env' | cut -d= -f1 | sort | uniq -d | grep ."
for p in $all; do
	runs "$p: info" pot info -v -p $p
done

# -- they run

pot set-cmd -p v05 -c "sleep 123456"
runs "0.5: starts" pot start -d -p v05
is "$(pot exec -p v05 sh -c 'echo $((6 * 7))')" 42 "0.5: runs"
runs "0.8: starts" pot start -p v08
out_like "*eight*host*" "0.8: its command sees what is mounted"
runs "0.7: starts" pot start -d -p v07
runs "0.7: stops" pot stop -p v07
runs "0.11: starts" pot start -p v11
out_like "*host*shared*" "0.11: sees both"
runs "long: starts" pot start -d -p $long
is "$(pot exec -p $long cat /local/file)" host "long: sees its directory"
runs "long: info -r" pot info -r -p $long
runs "get-rss" pot get-rss -J -p $long
runs "stop" pot stop -p $long
runs "prunable ones are pruned" pot set-attribute -p $long -A prunable -V on
runs "prune" pot prune
is "$(pot ls -q | grep -c "^$long\$")" 0 "long: was pruned"
runs "stop" pot stop -p v05
runs "rename" pot rename -p v15 -n fifteen
is "$(sed -n 's/^pot.potbase=//p' "$J/v16/conf/pot.conf")" fifteen \
    "0.16: its ancestor has a new name"
is "$(grep -c '/jails/fifteen/' "$J/v16/conf/fscomp.conf")" 1 \
    "0.16: in fscomp.conf, too"
runs "snapshot" pot snapshot -p v05
runs "clone" pot clone -p copy -P v05
runs "destroy -r" pot destroy -r -p fifteen
for p in copy v05 v06 v07 v08 v10 v11 v12; do
	runs "$p: destroy" pot destroy -p $p
done
is "$(pot ls -q)" "" "nothing is left"
is "$(cat "$T/hostdir/file" "$FS/fscomp/shared/file" | tr '\n' ' ')" \
    "host shared " "but what was theirs alone"
done_testing
