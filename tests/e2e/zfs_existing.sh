#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An installation that the sh version made on ZFS, its datasets made here by
# zfs(8) as it makes them, is used as it is.
# pot-test: plain timeout=300
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
. "$POT_TEST_TOP/tests/lib.sh"

Z=$POT_TEST_ZPOOL/pot
F=$T/data/fs
set_conf POT_ZFS_ROOT "$Z"


value() # PROPERTY DATASET
{
	zfs get -H -o value "$1" "$Z/$2"
}

# What is left of a base when etc, root and var have been moved.
fill_base() # DIR
{
	for d in bin dev mnt proc sys tmp usr/bin usr/local opt/custom/etc \
	    opt/custom/root opt/custom/var/log; do
		mkdir -p "$1/$d"
	done
	cp -R "$T/rootfs/bin/." "$1/bin/"
	for d in lib libexec usr/lib; do # FreeBSD's programs need them
		[ ! -d "$T/rootfs/$d" ] || {
			mkdir -p "$1/$d"
			cp -R "$T/rootfs/$d/." "$1/$d/"
		}
	done
	cp "$T/rootfs/etc/passwd" "$T/rootfs/etc/group" "$1/opt/custom/etc/"
	for d in etc root var; do
		ln -s "opt/custom/$d" "$1/$d"
	done
	echo shared >"$1/usr/local/shared"
	echo 13.1 >"$1/.osrelease"
}

write_conf() # POT TYPE LEVEL
{
	mkdir "$F/jails/$1/conf"
	cat >"$F/jails/$1/conf/pot.conf" <<-EOC
	pot.level=$3
	pot.type=$2
	pot.base=13.1
	pot.potbase=
	pot.dns=inherit
	pot.cmd=sleep 1000
	host.hostname="$1.example.org"
	osrelease="13.1-RELEASE"
	pot.attr.no-rc-script=NO
	pot.attr.persistent=YES
	pot.attr.start-at-boot=NO
	pot.attr.prunable=NO
	pot.attr.no-tmpfs=NO
	pot.stack=ipv4
	network_type=inherit
	vnet=false
	EOC
	: >"$F/jails/$1/conf/fscomp.conf"
}

# create, as reference 3.2 has it; errors show below.
make_rootfs "$T/rootfs"
mkdir -p "$F" "$T/data/cache" "$T/data/log"
{
	zfs create -o mountpoint="$F" -o canmount=off -o compression=on \
	    -o atime=off "$Z"
	for d in bases jails fscomp; do
		zfs create -o mountpoint="$F/$d" "$Z/$d"
	done
	zfs create "$Z/bases/13.1"
	zfs create -o mountpoint="$F/bases/13.1/usr/local" \
	    "$Z/bases/13.1/usr.local"
	zfs create -o mountpoint="$F/bases/13.1/opt/custom" \
	    "$Z/bases/13.1/custom"
	fill_base "$F/bases/13.1"
	for d in 13.1 13.1/usr.local 13.1/custom; do
		zfs snapshot "$Z/bases/$d@1600000000"
	done

	# A single pot with two snapshots, and a clone of the first one.
	zfs create "$Z/jails/old"
	zfs create "$Z/jails/old/m"
	cp -R "$T/rootfs/." "$F/jails/old/m/"
	write_conf old single 0
	echo 1 >"$F/jails/old/m/root/file"
	zfs snapshot -r "$Z/jails/old@1600000001"
	echo 2 >"$F/jails/old/m/root/file"
	zfs snapshot -r "$Z/jails/old@1600000002"
	zfs create "$Z/jails/copy"
	zfs clone -o mountpoint="$F/jails/copy/m" \
	    "$Z/jails/old/m@1600000001" "$Z/jails/copy/m"
	write_conf copy single 0

	# A multi pot; it ran when the host went down.
	zfs create "$Z/jails/web"
	mkdir "$F/jails/web/m"
	write_conf web multi 1
	for d in usr.local custom; do
		zfs create "$Z/jails/web/$d"
	done
	cp -R "$F/bases/13.1/usr/local/." "$F/jails/web/usr.local/"
	cp -R "$F/bases/13.1/opt/custom/." "$F/jails/web/custom/"
	cat >"$F/jails/web/conf/fscomp.conf" <<-EOC
	$Z/bases/13.1 / ro
	$Z/jails/web/usr.local /usr/local zfs-remount
	$Z/jails/web/custom $F/jails/web/m/opt/custom zfs-remount
	$Z/fscomp/data /mnt
	EOC
	zfs create "$Z/fscomp/data"
	zfs set mountpoint="$F/jails/web/m/opt/custom" "$Z/jails/web/custom"
} >"$T/made" 2>&1 || bail "$(cat "$T/made")"
is "$(cat "$T/made")" "" "the sh version's installation"

runs "init" pot init -m
is "$(zfs list -H -o name -r "$Z" | wc -l | tr -d ' ')" 16 "adds the cache's dataset alone"
runs "ls" pot ls -q
out_is "copy
old
web" "names the pots"
runs "ls -b" pot ls -b -q
out_is 13.1 "the base"
runs "ls -f" pot ls -f -q
out_is data "and the component"
for p in old copy web; do
	runs "info of $p" pot info -v -p $p
done
runs "info -s" pot info -s -p old
out_is "1600000001
1600000002" "knows the snapshots"

# Every verb that looks, on datasets: nothing changes; update-config, twice.
printf '%s\n' pot.attr.start-at-boot=YES 'pot.cmd=sleep 2000' \
    pot.attr.early.start-at-boot=NO pot.rss.cpuset=0 \
    >>"$F/jails/old/conf/pot.conf"
mkdir "$T/hostdir"
echo lent >"$T/hostdir/file"
printf '%s\n' "$T/hostdir $F/jails/copy/m/mnt ro" "$Z/fscomp/data /media" \
    >"$F/jails/copy/conf/fscomp.conf"
census()
{
	find "$F/jails" -path '*/conf/*' -type f | sort | xargs -n 1 sh -c \
	    'echo "== $0"; cat "$0"'
	zfs list -H -t filesystem,snapshot -o name -r "$Z"
	zfs get -H -r -o name,property,value mountpoint,canmount "$Z"
}
census >"$T/before"
for p in old copy web; do
	for verb in "info -v" "info -E" "info -s" "info -q" show \
	    last-run-stats logs "get-attr -q -A persistent"; do
		# shellcheck disable=SC2086
		runs "$verb of $p" pot $verb -p $p
	done
	exits 1 "info -r of $p" pot info -r -p $p
	exits 2 "set-status of $p" pot set-status -p $p -s stopped
done
for verb in "ls -v" "ls -a" "ls --format json" "show -a" ps "prune -n"; do
	# shellcheck disable=SC2086
	runs "$verb" pot $verb
done
is "$(pot get-attr -q -p old -A start-at-boot)" YES "the last line counts"
census >"$T/after"
is "$(diff "$T/before" "$T/after")" "" "who looks changes nothing"
runs "update-config" pot update-config -a
census >"$T/first"
runs "update-config again" pot update-config -a
out_is "" "nothing is left to be done"
census >"$T/second"
runs "twice gives the same bytes" cmp "$T/first" "$T/second"
is "$(cat "$F/jails/copy/conf/fscomp.conf")" "$T/hostdir /mnt ro
$Z/fscomp/data /media" "absolute mount points are relative now"
is "$(sed -n 's/^pot.cmd=//p' "$F/jails/old/conf/pot.conf")" "sleep 2000" \
    "one command is left"
runs "the clone starts" pot start -d -p copy
is "$(pot exec -p copy sh -c 'cat /mnt/file && echo new >/media/file')" lent \
    "with what is mounted"
is "$(cat "$F/fscomp/data/file")" new "and the component's dataset"
runs "it stops" pot stop -p copy

# Running.
runs "a single pot starts" pot start -d -p old
runs "it has its files" pot exec -p old cat /root/file
out_is 2 "the newest"
runs "and stops" pot stop -p old
runs "a multi pot starts" pot start -d -p web
runs "it has the base, its own and the component" pot exec -p web \
    sh -c 'cat /usr/local/shared && echo x >/etc/own && echo y >/mnt/file'
out_is shared "all of them"
runs "it stops" pot stop -p web
is "$(cat "$F/jails/web/custom/etc/own")" x \
    "what was mounted inside of it is in its place again"
is "$(value mountpoint jails/web/custom)" "$F/jails/web/custom" "for good"
is "$(cat "$F/fscomp/data/file")" y "the component has what it wrote"

# Snapshots of both versions.
echo 3 >"$F/jails/old/m/root/file"
runs "snapshot" pot snapshot -p old
is "$(zfs list -H -t snapshot -o name -r "$Z/jails/old" | wc -l | tr -d ' ')" 6 \
    "beside the old ones"
echo 4 >"$F/jails/old/m/root/file"
runs "revert" pot revert -p old
is "$(cat "$F/jails/old/m/root/file")" 3 "to the newest"
runs "clone of an old snapshot" pot clone -p new -P old -s 1600000001
is "$(cat "$F/jails/new/m/root/file")" 1 "has its content"
runs "revert to it, below clones" pot revert -p old -s 1600000001
is "$(cat "$F/jails/old/m/root/file")" 1 "brings it back"
is "$(cat "$F/jails/copy/m/root/file")" 1 "and leaves the old clone"
runs "rename of the old clone" pot rename -p copy -n copied
is "$(value mountpoint jails/copied/m)" "$F/jails/copied/m" \
    "moves the mount point that was spelled out"
is "$(cat "$F/jails/copied/m/root/file")" 1 "with its files"
runs "snapshot of the multi pot" pot snapshot -p web
is "$(zfs list -H -t snapshot -o name -r "$Z/jails/web" | wc -l | tr -d ' ')" 3 \
    "is of all its datasets"
runs "purge" pot purge-snapshots -a -p web
is "$(zfs list -H -t snapshot -o name -r "$Z/jails/web" | wc -l | tr -d ' ')" 0 \
    "removes all of them"

# Something foreign below a pot stops its destroy before it begins (D25).
zfs create -o mountpoint="$F/jails/web/m/mnt" "$Z/other"
refuses "destroy with a foreign dataset inside" pot destroy -p web
err_like "*$F/jails/web/m/mnt*" "names it"
runs "the pot is whole" pot info -p web
becomes "it goes" zfs destroy "$Z/other"

runs "the reverted pot is whole" pot info -p old
runs "destroy of what others stand on" pot destroy -p old
is "$(cat "$F/jails/new/m/root/file" "$F/jails/copied/m/root/file")" "1
1" "leaves them"
runs "destroy of the base with its pots" pot destroy -b 13.1 -r
runs "single pots do not stand on it" pot ls -q
out_is "copied
new" "and are left (D24)"
for p in new copied; do
	runs "destroy of $p" pot destroy -p $p
done
is "$(zfs list -H -t filesystem,snapshot -o name -r "$Z" |
    sed "s|^$Z/*||" | sort | tr '\n' ' ')" " bases cache fscomp fscomp/data jails " \
    "leaves the component"
done_testing
