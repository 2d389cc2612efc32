#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images on ZFS: streams as the sh version makes and receives them, layered
# images with what they stand on (case 64), and what a stream brings that may
# not do anything; archives of files are imported, too.
# pot-test: plain timeout=600
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
. "$POT_TEST_TOP/tests/lib.sh"

Z=$POT_TEST_ZPOOL/pot
F=$T/data/fs
J=$F/jails
SKEIN=$POT_TEST_BUILD/tests/guest/skein
img=$T/images
cache=$T/data/cache
set_conf POT_ZFS_ROOT "$Z"
set_conf POT_STORAGE zfs
mkdir -p "$img"

snaps() # DATASET
{
	zfs list -H -d 1 -t snapshot -o name "$Z/$1" | sed 's/.*@//' | tr '\n' ' '
}
value() # PROPERTY DATASET
{
	zfs get -H -o value "$1" "$Z/$2"
}
datasets() # of pots
{
	zfs list -H -r -o name "$Z/jails" | sed -n "s|^$Z/jails/||p" | sort |
	    tr '\n' ' '
}
seal() # IMAGE-FILE: its digest, of a meta that may be missing
{
	cat "$1" "$1.meta" 2>/dev/null | "$SKEIN" >"$1.skein"
}
drop() # DATASET: zfs-fuse lets go of it late
{
	eventually zfs destroy -r "$Z/$1" || diag "destroy $1"
	rm -rf "${F:?}/$1"
}
told() # PATTERN DESC
{
	like "$(out; err)" "$1" "$2"
}
forget() # POT...
{
	for p; do
		pot destroy -F -p "$p" >/dev/null 2>&1
	done
	rm -f "$cache"/*.xz* "$cache"/.*.part
}

with_base tiny
runs "a pot" pot create -p one -t single -b tiny
echo 1 >"$J/one/m/root/file"
chmod 4711 "$J/one/m/root/file"
pot set-cmd -p one -c "cat /root/file" >/dev/null
pot set-attribute -p one -A persistent -V no >/dev/null
pot set-attribute -p one -A no-rc-script -V yes >/dev/null
exits 1 "no snapshot" pot export -p one -t 1.0 -D "$img"
runs "export" pot export -A -p one -t 1.0 -D "$img"
S1=$(snaps jails/one)
S1=${S1% }
unlike "$(out; err)" "*0.16*" "no warning about pot 0.16"
is "$(cat "$img/one_1.0.xz.meta")" - "stands on nothing"
is "$(value :pot.tag jails/one) $(value :pot.snap jails/one)" "1.0 $S1" \
    "the properties of the sh version"

# What the sh version does with it: xz -d | zfs receive.
xz -dc "$img/one_1.0.xz" | zfs receive -u "$Z/jails/sh" && pass "zfs receive" ||
    fail "zfs receive"
is "$(zfs list -H -r -o name "$Z/jails/sh" | tr '\n' ' ')" \
    "$Z/jails/sh $Z/jails/sh/m " "brings the pot and its root"
zfs mount "$Z/jails/sh" && zfs mount "$Z/jails/sh/m"
grep -q '^pot.cmd=cat /root/file$' "$J/sh/conf/pot.conf" &&
    pass "with its configuration" || fail "with its configuration"
is "$(cat "$J/sh/m/root/file")" 1 "and its files"
drop jails/sh

runs "import" pot import -p one -t 1.0 -U "file://$img"
is "$(datasets)" "one one/m one_1_0 one_1_0/m " "two datasets"
is "$(snaps jails/one_1_0)$(snaps jails/one_1_0/m)" "$S1 $S1 " "its snapshot"
is "$(value :pot.tag jails/one_1_0) $(value :pot.snap jails/one_1_0)" \
    "1.0 $S1" "its properties"
is "$(ls -A "$J/one_1_0")" "conf
m" "nothing else lies in its directory"
runs "it runs" pot start -q one_1_0
out_is 1 "with its files"
exits 1 "a second time" pot import -p one -t 1.0 -U "file://$img"
runs "prepare" pot prepare -U "file://$img" -p one -t 1.0 -a t1
is "$(value origin jails/one_1_0_t1/m)" "$Z/jails/one_1_0/m@$S1" "is a clone"
forget one_1_0_t1 one_1_0
is "$(datasets)" "one one/m " "all is gone again"

# -- layered images (case 64)
runs "64: a clone" pot clone -p two -P one
echo 2 >"$J/two/m/root/two"
pot set-cmd -p two -c "cat /root/file /root/two" >/dev/null
runs "64: and of that another" pot snapshot -p two
runs "64: which is a clone" pot clone -p three -P two
echo 3 >"$J/three/m/root/three"
pot set-cmd -p three -c "cat /root/file /root/two /root/three" >/dev/null
pot snapshot -p three >/dev/null
S2=$(snaps jails/two/m)
S2=${S2% }
exits 1 "64: what it stands on has no image" pot export -p three -t 3 -D "$img"
told "*pot two*--whole*" "it says what to do"
is "$(ls -A "$img" | grep -c three)" 0 "nothing is written"
runs "64: the second" pot export -p two -t 2.0 -D "$img"
is "$(cat "$img/two_2.0.xz.meta")" "one:1.0@$S1" "its meta names the first"
told "*stands on the image one:1.0*" "which is told"
runs "64: the third" pot export -p three -t 3 -D "$img"
is "$(cat "$img/three_3.xz.meta")" "two:2.0@$S2" "stands on the second"
runs "64: whole" pot export -p three -t w -D "$img" --whole
is "$(cat "$img/three_w.xz.meta")" - "stands on nothing"
pot export -p three -t 3 -D "$img" >/dev/null
forget three two one
is "$(datasets)" "" "no pot is left"

runs "64: import of the third" pot import -p three -t 3 -U "file://$img"
is "$(datasets | tr ' ' '\n' | grep -v / | tr '\n' ' ')" \
    "one_1_0 three_3 two_2_0 " "brings both others"
is "$(value origin jails/three_3/m)" "$Z/jails/two_2_0/m@$S2" "stands on them"
is "$(value origin jails/two_2_0/m)" "$Z/jails/one_1_0/m@$S1" "all of them"
runs "64: it runs" pot start -q three_3
out_is "1
2
3" "with all files"
runs "64: what was imported is named as its image" sh -c \
    "'$POT' clone -p four -P one_1_0 && '$POT' snapshot -p four &&
    '$POT' export -p four -t 4 -D '$img'"
is "$(cat "$img/four_4.xz.meta")" "one:1.0@$S1" "in what stands on it"
forget four three_3
runs "64: what is there is not fetched again" pot import -p three -t 3 \
    -U "file://$img"
is "$(ls "$cache" | grep -c one_)" 0 "nor is what that stands on"
forget three_3 two_2_0 one_1_0
cp "$img/three_3.xz" "$img/drei_3.xz"
cp "$img/three_3.xz.meta" "$img/drei_3.xz.meta"
seal "$img/drei_3.xz"
"$POT" import -p three -t 3 -U "file://$img" >"$T/one.out" 2>&1 &
runs "64: two at once that stand on the same" pot import -p drei -t 3 \
    -U "file://$img"
wait $! && pass "both are there" || fail "both are there" "$(cat "$T/one.out")"
is "$(datasets | tr ' ' '\n' | grep -v / | tr '\n' ' ')" \
    "drei_3 one_1_0 three_3 two_2_0 " "on one of each"
forget three_3 drei_3

# What it stands on was made anew.
forget two_2_0
runs "64: a pot of that name" pot create -p two_2_0 -t single -b tiny
pot snapshot -p two_2_0 >/dev/null
before=$(datasets)
exits 1 "64: which is another one" pot import -p three -t 3 -U "file://$img"
told "*two:2.0*two_2_0 has not*" "it says so"
zfs rename "$Z/jails/two_2_0/m@$(snaps jails/two_2_0/m | tr -d ' ')" \
    "$Z/jails/two_2_0/m@$S2" 2>/dev/null
exits 1 "64: or has a snapshot of that name" pot import -p three -t 3 \
    -U "file://$img"
is "$(datasets)" "$before" "nothing is left of it"
forget two_2_0

# What it stands on is missing, cut off, or stands on it.
mkdir "$T/bad"
cp "$img"/three_3.* "$img"/one_1.0.* "$T/bad"
exits 1 "64: what it stands on is missing" pot import -p three -t 3 \
    -U "file://$T/bad"
told "*import three:3*import two:2.0*two_2.0.xz.skein: not found*" "is named"
cp "$img"/two_2.0.* "$T/bad"
head -c 500 "$img/two_2.0.xz" >"$T/bad/two_2.0.xz"
forget
exits 1 "64: it is cut off" pot import -p three -t 3 -U "file://$T/bad"
told "*two:2.0*digest*" "is told"
cp "$img/two_2.0.xz" "$T/bad"
echo "three:3@1" >"$T/bad/two_2.0.xz.meta"
seal "$T/bad/two_2.0.xz"
forget
exits 1 "64: a circle" pot import -p three -t 3 -U "file://$T/bad"
told "*stands on itself: three:3*" "is told"
echo "two:2.0@1" >"$T/bad/two_2.0.xz.meta"
seal "$T/bad/two_2.0.xz"
forget
exits 1 "64: of one" pot import -p two -t 2.0 -U "file://$T/bad"
told "*stands on itself: two:2.0*" "is told"
echo - >"$T/bad/two_2.0.xz.meta"
seal "$T/bad/two_2.0.xz"
forget one_1_0
exits 1 "64: a meta that hides what it stands on" pot import -p two -t 2.0 \
    -U "file://$T/bad"
forget one_1_0 two_2_0 three_3
is "$(datasets)" "" "nothing is left"

# -- what is beside the root is the sender's
cat >"$T/hook" <<END
#!/bin/sh
echo ran >>"$T/hooked"
END
chmod 755 "$T/hook"
mkdir "$T/host"
echo secret >"$T/host/file"
zfs create "$Z/jails/evil"
zfs create "$Z/jails/evil/m"
cp -R "$T/rootfs/." "$J/evil/m"
mkdir -p "$J/evil/m/mnt" "$J/evil/conf"
cp "$T/hook" "$J/evil/conf/prestart.sh"
echo "$T/host /mnt" >"$J/evil/conf/fscomp.conf"
cat >"$J/evil/conf/pot.conf" <<'END'
pot.level=0
pot.type=single
pot.base=tiny
pot.cmd=ls /mnt
pot.attr.persistent=NO
pot.attr.no-rc-script=YES
network_type=inherit
END
rm -f "$T/hooked"
ln -s /etc "$J/evil/conf/etc"
ln -s "$T/host" "$J/evil/.conf"
mkfifo "$J/evil/conf/fifo"
echo x >"$J/evil/.image"
mkdir "$J/evil/usr.local" "$J/evil/custom"
zfs snapshot -r "$Z/jails/evil@100"
zfs snapshot -r "$Z/jails/evil@200"
zfs set :pot.tag='../../x' "$Z/jails/evil"
zfs send -R "$Z/jails/evil@200" | xz -0 >"$img/evil_1.xz"
seal "$img/evil_1.xz"
zfs set mountpoint="$T/elsewhere" "$Z/jails/evil/m"
zfs set readonly=on "$Z/jails/evil/m"
zfs send -R "$Z/jails/evil@200" | xz -0 >"$img/evil_2.xz"
seal "$img/evil_2.xz"
drop jails/evil
runs "a stream with hooks and mounts, without meta" pot import -p evil -t 1 \
    -U "file://$img"
told "*without it*" "tells that there is no meta"
told "*prestart.sh*pot trust evil_1*" "and what does nothing"
is "$(ls -A "$J/evil_1")" "conf
m" "only these are left of it"
is "$(ls -A "$J/evil_1/conf")" "fscomp.conf
pot.conf
untrusted" "no file of conf/ but ours"
runs "start" pot start -q evil_1
out_is "" "the mount is not there"
runs "clone" pot clone -p evil2 -P evil_1
pot destroy -F -p evil2 >/dev/null 2>&1
runs "revert" pot revert -p evil_1
[ -e "$J/evil_1/conf/prestart.sh" ] && fail "brings no hook" ||
    pass "brings no hook"
runs "revert to the older one" pot revert -p evil_1 -s 100
[ -e "$J/evil_1/conf/prestart.sh" ] && fail "nor does that" ||
    pass "nor does that"
runs "start" pot start -q evil_1
out_is "" "and no mount"
[ -e "$T/hooked" ] && fail "no hook ever ran" || pass "no hook ever ran"
runs "trust" pot trust evil_1
runs "start" pot start -q evil_1
out_is file "the mount is there"
[ -e "$T/hooked" ] && pass "the hook ran" || fail "the hook ran"
forget evil_1
rm -rf "$T/elsewhere"
if [ -c /dev/zfs ]; then
	runs "a stream with properties" pot import -p evil -t 2 -U "file://$img"
	is "$(value mountpoint jails/evil_2/m) $(value readonly jails/evil_2/m)" \
	    "$J/evil_2/m off" "none of which counts"
else
	exits 1 "a stream with properties, on zfs-fuse" pot import -p evil -t 2 \
	    -U "file://$img"
	told "*mountpoint*does not let go of it*" "is refused"
fi
[ -e "$T/elsewhere" ] && fail "nothing is mounted there" ||
    pass "nothing is mounted there"
forget evil_2

# -- streams that are none of a pot's
bad() # DESC PATTERN
{
	seal "$img/bad_1.xz"
	exits 1 "$1" pot import -p bad -t 1 -U "file://$img"
	told "$2" "says so"
	is "$(datasets)" "" "no dataset is left"
	is "$(ls -A "$J")" "" "no directory is left"
	forget
}
zfs create "$Z/jails/bad"
zfs create "$Z/jails/bad/m"
zfs snapshot -r "$Z/jails/bad@1"
zfs send -R "$Z/jails/bad@1" | xz -0 >"$img/bad_1.xz"
mkdir "$J/bad/conf"
zfs snapshot -r "$Z/jails/bad@2"
zfs send -R "$Z/jails/bad@2" | xz -0 >"$T/noconf.xz"
echo "pot.type=multi" >"$J/bad/conf/pot.conf"
zfs snapshot -r "$Z/jails/bad@3"
zfs send -R "$Z/jails/bad@3" | xz -0 >"$T/multi.xz"
echo "pot.type=single" >"$J/bad/conf/pot.conf"
mkdir -p "$J/bad/m/bin" "$J/bad/m/libexec" "$J/bad/m/usr/bin" \
    "$J/bad/m/var/lib/dpkg"
if [ "$(uname -s)" = Linux ]; then
	: >"$J/bad/m/bin/freebsd-version"
	: >"$J/bad/m/libexec/ld-elf.so.1"
	other=FreeBSD
else
	: >"$J/bad/m/usr/bin/dpkg"
	other=Linux
fi
zfs snapshot -r "$Z/jails/bad@4"
zfs send -R "$Z/jails/bad@4" | xz -0 >"$T/other.xz"
rm -rf "$J/bad/m/libexec" "$J/bad/m/usr"
zfs create "$Z/jails/bad/odd"
zfs snapshot -r "$Z/jails/bad@5"
zfs send -R "$Z/jails/bad@5" | xz -0 >"$T/odd.xz"
drop jails/bad
bad "no configuration" "*conf*"
cp "$T/noconf.xz" "$img/bad_1.xz"
bad "no pot.conf" "*pot.conf*"
cp "$T/multi.xz" "$img/bad_1.xz"
bad "a multi pot" "*multi*"
cp "$T/other.xz" "$img/bad_1.xz"
bad "another system" "*one of $other*"
cp "$T/odd.xz" "$img/bad_1.xz"
bad "a dataset that is none of a pot" "*odd*"
xz -dc "$T/other.xz" | head -c 20000 | xz -0 >"$img/bad_1.xz"
bad "a stream that ends too soon" "*receive*"
head -c 1500 "$T/other.xz" >"$img/bad_1.xz"
bad "a compression that ends too soon" "*bad_1*"
head -c 5000 /dev/zero | xz -0 >"$img/bad_1.xz"
bad "zeroes" "*neither a stream of ZFS nor*"

# -- an archive of files, from a host without ZFS
cp -R "$PREFIX" "$T/inst2"
mkdir -p "$T/data2/cache"
sed -e "s|$T/data/|$T/data2/|" -e /POT_ZFS_ROOT/d -e /POT_STORAGE/d \
    "$PREFIX/etc/pot/pot.conf" >"$T/inst2/etc/pot/pot.conf"
echo POT_STORAGE=dir >>"$T/inst2/etc/pot/pot.conf"
mkdir -p "$T/data2/tmp"
pot2()
{
	"$T/inst2/bin/pot" "$@"
}
runs "another installation" pot2 init -m
runs "with a base" pot2 create-base --from "$T/rootfs" -b tiny
runs "and a pot" pot2 create -p plain -t single -b tiny
pot2 set-cmd -p plain -c "echo plain" >/dev/null
pot2 set-attribute -p plain -A persistent -V no >/dev/null
pot2 set-attribute -p plain -A no-rc-script -V yes >/dev/null
runs "exports an archive" pot2 export -A -p plain -t 1 -D "$img"
runs "which ZFS imports" pot import -p plain -t 1 -U "file://$img"
runs "it runs" pot start -q plain_1
out_is plain "as it did there"
isnt "$(snaps jails/plain_1/m)" "" "it has a snapshot"
is "$(snaps jails/plain_1/m)" "$(snaps jails/plain_1)" "as a whole"
runs "and can be exported as a stream" pot export -p plain_1 -t s -D "$img"
exits 1 "which the other one can't import" pot2 import -p plain_1 -t s \
    -U "file://$img"
told "*stream of ZFS*POT_STORAGE=zfs*not dir*" "it says why"
pot2 destroy -F -p plain >/dev/null 2>&1
pot2 de-init -f >/dev/null 2>&1
forget plain_1

# -- kill -9 at any time leaves nothing
cp "$img/evil_1.xz" "$img/kill_1.xz"
seal "$img/kill_1.xz"
for wait in 0.02 0.06 0.12 0.2 0.3 0.5; do
	"$POT" import -p kill -t 1 -U "file://$img" >/dev/null 2>&1 &
	sleep "$wait"
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	eventually pot recover
	pot destroy -F -p kill_1 >/dev/null 2>&1
done
runs "after kills the import works" pot import -p kill -t 1 -U "file://$img"
forget kill_1
eventually pot recover
is "$(datasets)" "" "and nothing is left"
done_testing
