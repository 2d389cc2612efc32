#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# create-base of FreeBSD's releases (reference 4.1, D3, D40): a small release
# tree with base.txz and MANIFEST, as directory, by file:// and over HTTP;
# architectures, names, digests, downloads that are cut off, extraction that
# fails, a release that does not exist.
# pot-test: timeout=180
. "$POT_TEST_TOP/tests/lib.sh"
set_conf POT_STORAGE dir
HTTPD=$POT_TEST_BUILD/tests/guest/httpd
BASES=$T/data/fs/bases
CACHE=$T/data/cache
TREE=$T/tree
pot init -m >/dev/null || bail "pot init"

sha() # FILE
{
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum <"$1" | cut -d' ' -f1
	else
		sha256 -q <"$1"
	fi
}

# What the root file system of a release has, in little.
make_rootfs "$T/root"
mkdir -p "$T/root/usr/local" "$T/root/var/db/pkg" "$T/root/var/empty" \
    "$T/root/libexec" "$T/root/home"
[ -s "$T/root/libexec/ld-elf.so.1" ] || : >"$T/root/libexec/ld-elf.so.1"
printf '#!/bin/sh\necho 14.1-RELEASE\n' >"$T/root/bin/freebsd-version"
chmod +x "$T/root/bin/freebsd-version"
dd if=/dev/urandom of="$T/root/root/noise" bs=1024 count=1024 2>/dev/null

# A release of MACHINE/ARCH in the tree.
release() # MACHINE ARCH NAME
{
	mkdir -p "$TREE/$1/$2/$3"
	XZ_OPT=-0 tar -cJf "$TREE/$1/$2/$3/base.txz" -C "$T/root" .
	manifest "$TREE/$1/$2/$3"
}
manifest() # DIR
{
	printf 'base.txz\t%s\t31\tbase\t"Base system (MANDATORY)"\ton\n' \
	    "$(sha "$1/base.txz")" >"$1/MANIFEST"
	printf 'kernel.txz\t%064d\t1\tkernel\t"Kernel"\ton\n' 0 \
	    >>"$1/MANIFEST"
}
case "$(uname -m)" in
x86_64 | amd64) native=amd64/amd64 other=arm64/aarch64 ;;
*) native=arm64/aarch64 other=amd64/amd64 ;;
esac
release "${native%/*}" "${native#*/}" 14.1-RELEASE
release "${native%/*}" "${native#*/}" 14.2-RC1
release "${other%/*}" "${other#*/}" 14.1-RELEASE
N=$TREE/$native/14.1-RELEASE

serve() # [OPTION...]: PORT is its port
{
	rm -f "$T/requests"
	"$HTTPD" "$@" "$TREE" >"$T/requests" &
	server=$!
	eventually test -s "$T/requests" || bail "no server"
	read -r PORT <"$T/requests"
	URL=http://127.0.0.1:$PORT
}
unserve()
{
	kill "$server"
	wait "$server" 2>/dev/null
	server=
}
server=
# shellcheck disable=SC2016
at_exit '[ -z "$server" ] || kill $server'
forget() # BASE...: nothing is left of it
{
	for b; do
		pot destroy -b "$b" >/dev/null 2>&1
	done
	rm -rf "${CACHE:?}"/*
}

# -- names

for r in 14 14.1-STABLE 14.1-RC 14.1-RELEASE1 14.1.2 1444.1 14.1/..; do
	exits 1 "-r $r" pot create-base -r $r --mirror "$TREE"
	err_like "*release*$r*expected*" "-r $r: says what is expected"
done
exits 1 "--arch ../x" pot create-base -r 14.1 --arch ../x --mirror "$TREE"
exits 1 "--mirror gopher" pot create-base -r 14.1 --mirror gopher://x/y
err_like "*gopher*" "names it"
exits 1 "a release that does not exist" pot create-base -r 15.0 \
    --mirror "$TREE"
err_like "*15.0-RELEASE*" "is named"
is "$(ls "$BASES")" "" "no base is left"

# -- a directory, file://

runs "a directory" pot create-base -r 14.1 --mirror "$TREE"
out_like "*pot update-base -b 14.1*" "how to update it is told"
is "$(ls "$BASES")" 14.1 "the base has the release's name"
is "$(pot ls -bq)" 14.1 "it is listed"
runs "all is there" cmp "$T/root/root/noise" "$BASES/14.1/root/noise"
is "$(cat "$BASES/14.1/.osrelease")" 14.1-RELEASE "the release is noted in it"
is "$(pot ls -pq)" base-14_1 "beside it is a pot"
conf=$T/data/fs/jails/base-14_1/conf
is "$(grep -E '^(pot.level|pot.type|pot.base|osrelease)=' "$conf/pot.conf" |
    sort)" 'osrelease="14.1-RELEASE"
pot.base=14.1
pot.level=0
pot.type=multi' "of level 0"
is "$(cat "$conf/fscomp.conf")" "$(root=$(pot config -q -g zfs_root)
    echo "$root/bases/14.1 /"
    echo "$root/bases/14.1/usr.local /usr/local"
    echo "$root/bases/14.1/custom /opt/custom")" "which has all of the base"
exits 1 "it can't be cloned" pot clone -p x -P base-14_1
runs "a pot of level 1" pot create -p one -b 14.1 -t multi -l 1
is "$(grep ^osrelease "$T/data/fs/jails/one/conf/pot.conf")" \
    'osrelease="14.1-RELEASE"' "knows the release, too"
exits 1 "the base is in use" pot destroy -b 14.1
err_like "*one*" "by that pot"
is "$(pot ls -pq | sort | tr '\n' ' ')" "base-14_1 one " "nothing is gone"
pot destroy -p one >/dev/null
is "$(ls "$CACHE")" "" "nothing is copied"
exits 1 "again" pot create-base -r 14.1-RELEASE --mirror "$TREE"
err_like "*14.1: exists already*" "exists already"
runs "file://, a name of one's own" pot create-base -r 14.1-RELEASE -b mine \
    --mirror "file://$TREE"
runs "an RC" pot create-base -r 14.2-RC1 --mirror "$TREE"
is "$(pot ls -bq | tr '\n' ' ')" "14.1 14.2-RC1 mine " "all three"
is "$(pot ls -pq | sort | tr '\n' ' ')" "base-14_1 base-14_2-RC1 base-mine " \
    "each with a pot"
is "$(cat "$BASES/14.2-RC1/.osrelease")" 14.2-RC1 "an RC is noted as such"
runs "a base is destroyed with its pot" pot destroy -b mine
is "$(pot ls -pq | sort | tr '\n' ' ')" "base-14_1 base-14_2-RC1 " "and no other"
pot create -p base-mine -b 14.1 -t single >/dev/null
runs "whose name another has" pot create-base -r 14.1 -b mine --mirror "$TREE"
err_like "*base mine: no pot base-mine*exists already*" "which is told"
pot destroy -p base-mine >/dev/null
runs "the directory of one release" pot create-base -r 14.1 -b flat \
    --mirror "$N"
runs "another architecture" pot create-base -r 14.1 -b "o.ther" \
    --arch "$other" --mirror "$TREE"
set_conf POT_MIRROR "$TREE"
runs "POT_MIRROR" pot create-base -r 14.1 -b conf
forget flat o.ther conf mine 14.2-RC1 14.1

# -- over HTTP

serve
set_conf POT_MIRROR "$URL"
exits 1 "HTTP: a release that does not exist" pot create-base -r 13.9
err_like "*13.9-RELEASE*the mirror has none*" "HTTP: says so"
is "$(ls "$CACHE")" "" "HTTP: nothing is left of it"
if "$PREFIX/libexec/pot/pot-fetch" "$URL/$native/14.1-RELEASE/MANIFEST" 1 0 \
    2>/dev/null | head -n 1 | grep -q '^0'; then
	diag "pot-fetch without libcurl: nothing is resumed"
	resumes=
else
	resumes=yes
fi
runs "HTTP" pot create-base -r 14.1
err_like "*nobody vouches*" "HTTP: says that the MANIFEST is the mirror's"
[ -z "$resumes" ] || out_like "*fetching*base.txz*100% of*" \
    "HTTP: tells how far it is"
is "$(ls "$CACHE")" "14.1-RELEASE_base.txz" "HTTP: the cache has its name"
runs "HTTP: it is what the mirror has" cmp "$N/base.txz" \
    "$CACHE/14.1-RELEASE_base.txz"
runs "HTTP: from the cache" pot create-base -r 14.1 -b again
out_like "*using*14.1-RELEASE_base.txz*" "HTTP: says so"
is "$(grep -c base.txz "$T/requests")" 1 "HTTP: fetched once"
runs "HTTP: another architecture" pot create-base -r 14.1 -b other \
    --arch "${other#*/}"
is "$(ls "$CACHE" | grep -c .)" 2 "HTTP: has a file of its own"
echo damage >>"$CACHE/14.1-RELEASE_base.txz"
runs "HTTP: damage in the cache" pot create-base -r 14.1 -b third
err_like "*fetched anew*" "HTTP: is noticed"
runs "HTTP: it is whole again" cmp "$N/base.txz" \
    "$CACHE/14.1-RELEASE_base.txz"
forget 14.1 again other third

# What another download left there does not fit.
head -c 1000 /dev/zero >"$CACHE/14.1-RELEASE_base.txz.part"
runs "HTTP: a beginning of something else" pot create-base -r 14.1
[ -z "$resumes" ] || err_like "*digest is*once more*" \
    "HTTP: is noticed at the end"
runs "HTTP: all is there" cmp "$T/root/root/noise" "$BASES/14.1/root/noise"
forget 14.1
mkdir -p "$PREFIX/share/freebsd/MANIFESTS"
echo "base.txz	$(printf %064d 7)	1" \
    >"$PREFIX/share/freebsd/MANIFESTS/$(echo $native | tr / -)-14.1-RELEASE"
exits 1 "HTTP: the installed MANIFEST wins" pot create-base -r 14.1
err_like "*digest is*MANIFEST has 000*" "HTTP: with both digests"
is "$(ls "$CACHE" "$BASES")" "$(printf '%s:\n\n%s:' "$CACHE" "$BASES")" \
    "HTTP: nothing is left"
cp "$N/MANIFEST" \
    "$PREFIX/share/freebsd/MANIFESTS/$(echo $native | tr / -)-14.1-RELEASE"
runs "HTTP: it has the right one" pot create-base -r 14.1
out_unlike "*vouches*" "HTTP: and nothing is to be said"
rm -rf "$PREFIX/share/freebsd"
forget 14.1
unserve

# -- a server that hangs up

size=$(wc -c <"$N/base.txz")
serve -c $((size * 2 / 3))
set_conf POT_MIRROR "$URL"
if [ -n "$resumes" ]; then
	runs "cut: the rest is asked for" pot create-base -r 14.1
	is "$(grep -c "base.txz $((size * 2 / 3)) 206" "$T/requests")" 1 \
	    "cut: from where it was cut off"
	runs "cut: all is there" cmp "$T/root/root/noise" \
	    "$BASES/14.1/root/noise"
	forget 14.1
fi
unserve
serve -n -c $((size / 2))
set_conf POT_MIRROR "$URL"
exits 1 "half: a server without ranges" pot create-base -r 14.1
err_like "*base.txz*" "half: says what of it came"
is "$(ls "$BASES")" "" "half: no base is left"
unserve
if [ -n "$resumes" ]; then
	is "$(ls "$CACHE")" 14.1-RELEASE_base.txz.part \
	    "half: what came is kept"
	is "$(wc -c <"$CACHE/14.1-RELEASE_base.txz.part")" $((size / 2)) \
	    "half: as far as it came"
fi
serve
set_conf POT_MIRROR "$URL"
runs "half: another mirror" pot create-base -r 14.1
[ -z "$resumes" ] || out_like "*going on at $((size / 2)) bytes*" \
    "half: goes on there"
runs "half: all is there" cmp "$T/root/root/noise" "$BASES/14.1/root/noise"
forget 14.1
unserve
exits 1 "nobody listens" pot create-base -r 14.1
is "$(ls "$CACHE" "$BASES")" "$(printf '%s:\n\n%s:' "$CACHE" "$BASES")" \
    "nothing is left"

# Who kills it while it waits finds nothing but the beginning.
serve -k
set_conf POT_MIRROR "$URL"
pot create-base -r 14.1 >/dev/null 2>&1 &
pid=$!
becomes "it waits for the server" pgrep -f "pot-[f]etch $URL"
kill -9 $pid
wait $pid 2>/dev/null
kill -9 "$server"
wait "$server" 2>/dev/null
server=
becomes "pot-fetch ends" sh -c "! pgrep -f 'pot-[f]etch $URL'"

# -- D3: what can't be unpacked

head -c $((size / 2)) "$N/base.txz" >"$T/half"
cp "$T/half" "$N/base.txz"
manifest "$N"
exits 1 "D3: half an archive with the right digest" pot create-base -r 14.1 \
    --mirror "$TREE"
is "$(ls -A "$BASES")" "" "D3: no base is left"
echo "no digests" >"$N/MANIFEST"
exits 1 "a MANIFEST without it" pot create-base -r 14.1 --mirror "$TREE"
err_like "*MANIFEST*no digest of base.txz*" "is told"
done_testing
