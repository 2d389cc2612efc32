#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Images on disks that are full: where an image is written, the cache, the
# pots.  Nothing is left but what the next try goes on with, and with space
# it works.  And an image of very many files.
# pot-test: timeout=300
# What lies below POT_FS_ROOT is no file system of ours on ZFS.
[ "${POT_TEST_STORAGE:-}" != zfs ] || POT_TEST_STORAGE=dir
. "$POT_TEST_TOP/tests/lib.sh"

F=$T/data
mkdir -p "$T/images" "$T/full"
for d in fs cache; do
	mkdir -p "$F/$d"
	mount -t tmpfs -o size=64m,mode=755 "pot-$d" "$F/$d" ||
	    skip_all "no tmpfs"
	at_exit "unmount '$F/$d'"
done
mount -t tmpfs -o size=64m,mode=755 pot-full "$T/full" || skip_all "no tmpfs"
at_exit "unmount '$T/full'"
with_base tiny

fill() # DIR
{
	dd if=/dev/zero of="$1/.fill" bs=64k >/dev/null 2>&1
	dd if=/dev/zero of="$1/.fill2" bs=512 >/dev/null 2>&1
}
drain() # DIR
{
	rm -f "$1/.fill" "$1/.fill2"
}
pots()
{
	(cd "$F/fs" && find . \( -name '.fill*' -o -name '*.lock' \) -prune -o \
	    -print | grep -v 'work/work$' | sort)
}

pot create -p web -t single -b tiny >/dev/null || bail "create"
dd if=/dev/urandom of="$T/noise" bs=65536 count=64 2>/dev/null
pot copy-in -p web -s "$T/noise" -d /root >/dev/null || bail "copy-in"
runs "export" pot export -A -p web -t 1 -l 0 -D "$T/images"

# -- where it is written
fill "$T/full"
exits 1 "export to a full disk" pot export -p web -t 2 -l 0 -D "$T/full"
err_like "*export web*o space*" "says so"
drain "$T/full"
is "$(ls -A "$T/full")" "" "no file is left"
runs "-c: the tag was not recorded" pot export -c -p web -t 1.5 -l 0 \
    -D "$T/full"
dd if=/dev/zero of="$T/full/.fill" bs=1024 count=57400 2>/dev/null
exits 1 "export to one that gets full" pot export -p web -t 3 -l 0 -D "$T/full"
err_like "*o space*" "says so"
is "$(ls -A "$T/full")" ".fill
web_1.5.xz
web_1.5.xz.meta
web_1.5.xz.skein" "what was there is there, and nothing else"
rm -f "$T/full"/* "$T/full/.fill"

# -- the cache
before=$(pots)
fill "$F/cache"
exits 1 "import with a full cache" pot import -p web -t 1 -U "file://$T/images"
err_like "*web*o space*" "says so"
drain "$F/cache"
is "$(ls "$F/cache")" "" "no file counts as there"
dd if=/dev/zero of="$F/cache/.fill" bs=1024 count=62000 2>/dev/null
exits 1 "with one that gets full" pot import -p web -t 1 -U "file://$T/images"
err_like "*o space*" "says so"
is "$(ls "$F/cache" | grep -c 'xz$')" 0 "half an image is none"
drain "$F/cache"
is "$(pots)" "$before" "no pot is left"
runs "with space it works" pot import -p web -t 1 -U "file://$T/images"
pot destroy -F -p web_1 >/dev/null 2>&1

# -- the pots
before=$(pots)
cached=$(ls "$F/cache")
fill "$F/fs"
exits 1 "import to a full disk" pot import -p web -t 1 -U "file://$T/images"
err_like "*o space*" "says so"
drain "$F/fs"
dd if=/dev/zero of="$F/fs/.fill" bs=1024 count=56000 2>/dev/null
exits 1 "import to one that gets full" pot import -p web -t 1 \
    -U "file://$T/images"
err_like "*o space*" "says so"
drain "$F/fs"
pot recover >/dev/null 2>&1
is "$(pots)" "$before" "nothing of the pot is left"
is "$(ls "$F/cache")" "$cached" "the image stays in the cache"
# What becomes more than there is does not get the last of it.
SKEIN=$POT_TEST_BUILD/tests/guest/skein
mkdir -p "$T/bomb/conf" "$T/bomb/m/bin"
printf 'format=1\nos=%s\n' "$(uname -s)" >"$T/bomb/pot-image"
printf 'pot.level=0\npot.type=single\n' >"$T/bomb/conf/pot.conf"
head -c 200000000 /dev/zero >"$T/bomb/m/bin/big"
tar -cf - -C "$T/bomb" pot-image conf/pot.conf m | xz -0 >"$T/images/b_1.xz"
rm -rf "$T/bomb"
echo - >"$T/images/b_1.xz.meta"
cat "$T/images/b_1.xz" "$T/images/b_1.xz.meta" | "$SKEIN" \
    >"$T/images/b_1.xz.skein"
exits 1 "an image of 200 MB" pot import -p b -t 1 -U "file://$T/images"
err_like "*no space left*are free, and 1.*M of this disk stay so" \
    "is stopped before the disk is full"
is "$(pots)" "$before" "nothing of it is left"
rm -f "$T/images"/b_1* "$F/cache"/b_1*
runs "with space it works" pot import -p web -t 1 -U "file://$T/none"
runs "and has all files" pot copy-out -p web_1 -s /root/noise -d "$T/full"
cmp "$T/noise" "$T/full/noise" && pass "as they were" || fail "as they were"
pot destroy -F -p web_1 >/dev/null 2>&1
rm -f "$T/noise" "$T/full/noise"

# -- very many files
pot create -p many -t single -b tiny >/dev/null || bail "create"
mkdir "$T/many"
awk -v top="$T/many" 'BEGIN {
	for (i = 0; i < 20000; i++) {
		if (i % 200 == 0)
			system("mkdir " top "/" i)
		dir = top "/" (i - i % 200)
		printf "" >(dir "/" i)
		close(dir "/" i)
	}
}'
runs "20000 files" pot copy-in -p many -s "$T/many" -d /srv
rm -rf "$T/many"
runs "are exported" pot export -A -p many -t 1 -l 0 -D "$T/full"
runs "and imported" pot import -p many -t 1 -U "file://$T/full"
pot set-cmd -p many_1 -c "find /srv -type f" >/dev/null
pot set-attribute -p many_1 -A persistent -V no >/dev/null
pot set-attribute -p many_1 -A no-rc-script -V yes >/dev/null
runs "all of them" pot start -q many_1
is "$(out | grep -c .)" 20000 "are there"
done_testing
