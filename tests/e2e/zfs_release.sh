#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# create-base of a release of FreeBSD on ZFS: the datasets, the snapshots and
# the pot of level 0 that pot 0.16 makes (reference 4.1).
# pot-test: plain timeout=120
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
. "$POT_TEST_TOP/tests/lib.sh"

Z=$POT_TEST_ZPOOL/pot
set_conf POT_ZFS_ROOT "$Z"
set_conf POT_STORAGE zfs
pot init -m >/dev/null || bail "pot init"
make_rootfs "$T/root"
mkdir -p "$T/root/usr/local" "$T/root/var/db/pkg" "$T/root/libexec" \
    "$T/root/home" "$T/release"
[ -s "$T/root/libexec/ld-elf.so.1" ] || : >"$T/root/libexec/ld-elf.so.1"
printf '#!/bin/sh\necho 14.1-RELEASE\n' >"$T/root/bin/freebsd-version"
tar -cJf "$T/release/base.txz" -C "$T/root" .
sum=$(sha256sum "$T/release/base.txz" 2>/dev/null ||
    sha256 -q "$T/release/base.txz")
printf 'base.txz\t%s\t31\tbase\t"Base"\ton\n' "${sum%% *}" \
    >"$T/release/MANIFEST"

runs "create-base" pot create-base -r 14.1 --mirror "$T/release"
is "$(zfs list -H -r -o name "$Z/bases" "$Z/jails" | sed "s|^$Z/||" | sort |
    tr '\n' ' ')" "bases bases/14.1 bases/14.1/custom bases/14.1/usr.local \
jails jails/base-14_1 " "datasets"
snaps=$(zfs list -H -r -t snapshot -o name "$Z/bases" | sed "s|^$Z/||" | sort)
tag=$(echo "$snaps" | sed -n 's/.*@//p' | sort -u)
is "$snaps" "bases/14.1/custom@$tag
bases/14.1/usr.local@$tag
bases/14.1@$tag" "one snapshot of each"
is "$(zfs list -H -r -t snapshot -o name "$Z/jails")" "" "none of the pot"
F=$T/data/fs
is "$(cat "$F/bases/14.1/.osrelease")" 14.1-RELEASE ".osrelease"
is "$(ls -A "$F/jails/base-14_1")" "conf
m" "the pot is two directories"
is "$(cat "$F/jails/base-14_1/conf/fscomp.conf")" "$Z/bases/14.1 /
$Z/bases/14.1/usr.local /usr/local
$Z/bases/14.1/custom /opt/custom" "with all of the base"
runs "a pot of level 1" pot create -p one -b 14.1 -t multi -l 1
like "$(zfs get -H -o value origin "$Z/jails/one/custom")" \
    "$Z/bases/14.1/custom@*" "is made of the base's"
exits 1 "the pot can't be exported" pot export -A -p base-14_1 -D "$T"
pot destroy -p one >/dev/null
runs "destroy" pot destroy -b 14.1
is "$(zfs list -H -r -t all -o name "$Z/bases" "$Z/jails" | sed "s|^$Z/||" |
    sort | tr '\n' ' ')" "bases jails " "all of it is gone"
done_testing
