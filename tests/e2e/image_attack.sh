#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images that want out of their pot, of another system, and a cache where
# other things lie in the place of files: an import fails, says why, and
# nothing is left or touched.
# pot-test: timeout=180
. "$POT_TEST_TOP/tests/lib.sh"
with_base tiny

SKEIN=$POT_TEST_BUILD/tests/guest/skein
CORPUS=$POT_TEST_TOP/tests/fuzz/corpus/unpack_extract
J=$T/data/fs/jails
cache=$T/data/cache
img=$T/images
mkdir -p "$img" "$T/victim"
echo precious >"$T/victim/file"

# An image of the archive on stdin, which is what its digest says.
make_image() # NAME
{
	xz -0 >"$img/$1_1.xz" || bail "xz"
	echo - >"$img/$1_1.xz.meta"
	cat "$img/$1_1.xz" "$img/$1_1.xz.meta" | "$SKEIN" >"$img/$1_1.xz.skein"
}
plain() # the good one, of this system
{
	sed "s/os=Linux/os=$(uname -s)/" "$CORPUS/plain"
}
import() # NAME
{
	timeout --foreground 60 "$POT" import -p "$1" -t 1 -U "file://$img"
}
leaves_nothing() # DESC
{
	is "$(ls -A "$J")$(cat "$T/victim"/*)" precious "$1"
}

if [ "$(uname -s)" = Linux ]; then
	plain | make_image plain
	runs "an archive" import plain
	runs "is a pot" pot info -q -p plain_1
	is "$(stat -c %h "$J"/plain_1/m/bin/a 2>/dev/null || echo 2)" 2 \
	    "with its hard links"
	pot destroy -F -p plain_1 >/dev/null
	rm -f "$cache"/*
fi
ls -A "$J" | grep -q . && bail "not empty"
for name in dotdot absolute through-link hard-out hard-dotdot twice no-head \
    no-tree conf-late conf-other conf-bad file-first; do
	make_image "$name" <"$CORPUS/$name"
	exits 1 "$name" import "$name"
	err_like "*import $name:1*image*" "$name: says what"
	leaves_nothing "$name: nothing is left"
done
[ -e /tmp/x ] && fail "nothing outside" || pass "nothing outside"
sed "s/os=Linux/os=Plan9/" "$CORPUS/plain" | make_image other
exits 1 "another system" import other
err_like "*one of Plan9*this host ($(uname -s))*" "is named"
leaves_nothing "nothing is left"
{
	plain | head -c 3000
	head -c 100000 /dev/urandom
} | make_image cut
exits 1 "an archive that is none from its middle on" import cut
leaves_nothing "nothing is left"
: | make_image empty
exits 1 "nothing at all" import empty
leaves_nothing "nothing is left"
head -c 200000000 /dev/zero | make_image zeroes
exits 1 "very many zeroes" import zeroes
err_like "*neither*" "are none"

# -- what becomes far more than it is
mkdir -p "$T/bomb/conf" "$T/bomb/m/bin"
printf 'format=1\nos=%s\n' "$(uname -s)" >"$T/bomb/pot-image"
printf 'pot.level=0\npot.type=single\n' >"$T/bomb/conf/pot.conf"
head -c 60000000 /dev/zero >"$T/bomb/m/bin/big"
tar -cf - -C "$T/bomb" pot-image conf/pot.conf m | make_image bomb
set_conf POT_IMAGE_SIZE 20m
exits 1 "60 MB of zeroes in a few KB" import bomb
err_like "*import bomb:1*more than 20M*POT_IMAGE_SIZE*" "are refused"
leaves_nothing "nothing is left"
rm -f "$cache"/*
set_conf POT_IMAGE_SIZE 1k
exits 1 "an image that is longer" import bomb
err_like "*bomb_1.xz*longer than 1024 bytes*" "is not even fetched"
is "$(ls -A "$cache" | grep -c 'xz$\|part$')" 0 "and not kept"
set_conf POT_IMAGE_SIZE lots
exits 1 "a bound that is none" import bomb
err_like "*POT_IMAGE_SIZE*lots*" "is told"
set_conf POT_IMAGE_SIZE 100m
runs "what is allowed is imported" import bomb
is "$(wc -c <"$T/bomb/m/bin/big" | tr -d ' ')" 60000000 "all of it"
runs "and can be removed" pot destroy -F -p bomb_1
rm -rf "$T/bomb" "${cache:?}"/*

# -- meta
for text in "a:1" "a@1" "../a:1@1" "a:../1@1" "a:1@../1" "a:1@1
b:1@1" "$(head -c 300 /dev/zero | tr '\0' a):1@1"; do
	plain | make_image meta
	echo "$text" >"$img/meta_1.xz.meta"
	cat "$img/meta_1.xz" "$img/meta_1.xz.meta" | "$SKEIN" \
	    >"$img/meta_1.xz.skein"
	rm -f "$cache"/*
	exits 1 "meta $(echo "$text" | head -c 20 | tr '\n' ' ')" import meta
	err_like "*meta*" "says so"
done
leaves_nothing "nothing is left"

# -- in the cache
rm -rf "$img" "${cache:?}"/*
mkdir "$img"
plain | make_image c
for part in xz xz.meta xz.skein; do
	for kind in fifo link dir; do
		rm -rf "${cache:?}"/* "$cache"/.c_*
		case $kind in
		fifo) mkfifo "$cache/c_1.$part" ;;
		link) ln -s "$T/victim/file" "$cache/c_1.$part" ;;
		dir) mkdir "$cache/c_1.$part" ;;
		esac
		import c >"$T/.out" 2>"$T/.err"
		status=$?
		pot destroy -F -p c_1 >/dev/null 2>&1
		if [ $status -le 1 ]; then
			pass "a $kind as $part"
		else
			fail "a $kind as $part" "status $status" "$(err)"
		fi
		leaves_nothing "a $kind as $part: nothing is touched"
	done
	rm -rf "${cache:?}"/*
	ln -s "$T/victim/file" "$cache/.c_1.$part.part"
	exits 1 "a link where $part is fetched to" import c
	leaves_nothing "the file it leads to is as it was"
	rm -f "$cache/.c_1.$part.part"
done
done_testing
