#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Classic images (reference 6; cases 61 to 67): export, import and prepare; the
# files of an image; what is tampered with, cut off or missing; what an image
# may not do before it is trusted.
# pot-test: timeout=300
. "$POT_TEST_TOP/tests/lib.sh"
with_base tiny

# Messages are on either stream.
told() # PATTERN DESC
{
	like "$(out; err)" "$1" "$2"
}

img=$T/images
cache=$T/data/cache
jails=$T/data/fs/jails
mkdir -p "$img" "$T/other"

# Files of every kind in a pot, by the pot itself.
runs "a pot" pot create -p web -t single -b tiny
pot set-cmd -p web -c "sh /fill" >/dev/null
cat >"$T/fill" <<'END'
mkdir -p /srv/a/b
echo one >/srv/a/one
chmod 4711 /srv/a/one
ln /srv/a/one /srv/a/b/two
ln -s ../one /srv/a/b/link
mkfifo /srv/a/fifo
chown 12:34 /srv/a/b
dd if=/dev/zero of=/srv/a/sparse bs=1 count=1 seek=3000000 2>/dev/null
echo odd >"/srv/a/$(printf 'a b\303\244')"
rm -f /fill
END
runs "gets a script" pot copy-in -p web -s "$T/fill" -d /fill
pot set-attribute -p web -A persistent -V no >/dev/null
pot set-attribute -p web -A no-rc-script -V yes >/dev/null
runs "and runs it" pot start web
pot set-cmd -p web -c "cat /srv/a/one" >/dev/null
pot set-env -p web -E "A=b c" >/dev/null

# -- export: what is refused (case 61)
exits 1 "61: export: no snapshot" pot export -p web -D "$img"
err_like "*no snapshot*" "it says so"
is "$(ls -A "$img")" "" "and nothing is written"
runs "61: -A takes one" pot export -p web -t 1.0 -D "$img" -A
is "$(cd "$img" && echo *)" "web_1.0.xz web_1.0.xz.meta web_1.0.xz.skein" \
    "three files"
is "$(cat "$img/web_1.0.xz.meta")" - "meta: stands on nothing"
is "$(tr -d '0-9a-f\n' <"$img/web_1.0.xz.skein" | wc -c | tr -d ' ') $(wc -c \
    <"$img/web_1.0.xz.skein" | tr -d ' ')" "0 257" "256 hexadecimal digits"
sleep 1
runs "61: a second snapshot" pot snapshot -p web
exits 1 "61: two snapshots are refused" pot export -p web -t 1.1 -D "$img"
err_like "*2 snapshots*" "it says why"
runs "61: but with -F" pot export -p web -t 1.1 -D "$T/other" -F
is "$(pot info -sv -p web 2>/dev/null | grep -c '[0-9]\{10\}')" 2 \
    "which keeps both"
runs "61: and with -A" pot export -A -p web -t 1.1 -D "$T/other"
exits 1 "65: -c: another snapshot of an old tag" sh -c \
    "'$POT' snapshot -p web && '$POT' export -A -c -p web -t 1.1 -D '$T/other'"
exits 1 "65: -c: a lower tag" pot export -A -c -p web -t 1.0 -D "$T/other"
err_like "*older than 1.1*" "it says so"
runs "65: -c: a higher tag, as a version" pot export -A -c -p web -t 1.10 \
    -D "$T/other"
exits 1 "61: a level that is no digit" pot export -A -p web -t 2 -l 10
exits 1 "61: a directory that is not there" pot export -A -p web -t 2 \
    -D "$T/none"
exits 1 "61: a pot that is not there" pot export -A -p nope -t 2 -D "$img"
exits 1 "61: a key that is not there" pot export -A -p web -t 2 -D "$img" \
    -S "$T/none.sec"
# D22: its tag would make every lower one an error.
exits 1 "D22: an export that can't be signed" pot export -A -c -p web -t 9 \
    -D "$T/other" -S "$T/none.sec"
is "$(ls "$T/other" | grep -c _9)" 0 "D22: leaves no file"
runs "D22: and records no tag" pot export -A -c -p web -t 1.11 -D "$T/other"
exits 1 "61: an option that was removed" pot export -p web -s x
exits 1 "61: a tag that is a path" pot export -A -p web -t ../2 -D "$img"
exits 1 "61: a compression nobody knows" pot export -A -p web --compress lz \
    -D "$img"
if pot create -p multi -t multi -b tiny >/dev/null 2>&1; then
	exits 1 "a multi pot" pot export -A -p multi -D "$img"
fi
is "$(cd "$img" && echo .[!.]* *)" \
    ".[!.]* web_1.0.xz web_1.0.xz.meta web_1.0.xz.skein" \
    "what failed left nothing"

# -- import (cases 62, 66)
exits 1 "66: import: no name" pot import -t 1.0
exits 1 "66: import: no tag" pot import -p web
exits 1 "66: import: an empty URL" pot import -p web -t 1.0 -U ""
exits 1 "66: import: an image that is not there" pot import -p web -t 9 \
    -U "file://$img"
err_like "*not found*" "it says so"
runs "62: import" pot import -p web -t 1.0 -U "file://$img"
runs "66: dots are underscores in the name of the pot" pot info -p web_1_0
pot create -p sibling -t single -b tiny >/dev/null
is "$(sed -n 's/^host.hostname="web_1_0/P/p' "$jails/web_1_0/conf/pot.conf")" \
    "$(sed -n 's/^host.hostname="sibling/P/p' "$jails/sibling/conf/pot.conf")" \
    "D21: its host name is that of any pot"
pot destroy -p sibling >/dev/null
exits 1 "66: a second time" pot import -p web -t 1.0 -U "file://$img"
err_like "*exists*" "it says why"
runs "62: the command of the image runs" pot start -q web_1_0
out_is one "with the files of the image"
tree()
{
	pot copy-out -p "$1" -s /srv/a -d "$2" --preserve >/dev/null &&
	    (cd "$2/a" && find . ! -type d -exec ls -ln {} + |
		awk '{ print $1, $2, $3, $4, $5, $NF }' | sort)
}
mkdir -p "$T/x1" "$T/x2"
is "$(tree web_1_0 "$T/x2")" "$(tree web "$T/x1")" \
    "all files as they were, with owners, modes and links"
runs "62: nothing differs" cmp "$T/x1/a/sparse" "$T/x2/a/sparse"
out_is "" "in the sparse one"
grep -q '^pot.env="A=b c"' "$jails/web_1_0/conf/pot.conf" &&
    pass "the environment came along" || fail "the environment came along"
runs "62: an imported pot has the snapshot" pot clone -p two -P web_1_0
runs "62: and can be cloned" pot destroy -p two
runs "62: it can be exported" pot export -p web_1_0 -D "$T/other" -t 3
pot destroy -F -p web_1_0 >/dev/null 2>&1

# -- zstd
t_run pot export -A -p web -t z --compress zstd -l 3 -D "$img"
case "$t_status,$(err)" in
1,*zstd*libarchive\ was\ built\ without*)
	skip "zstd" "this libarchive has none"
	;;
*)
	is "$t_status" 0 "export as zstd"
	is "$(cd "$img" && echo web_z*)" \
	    "web_z.zst web_z.zst.meta web_z.zst.skein" "its name says so"
	told "*0.16*" "and the user is told who can't import it"
	runs "import of it" pot import -p web -t z -U "file://$img"
	pot destroy -F -p web_z >/dev/null 2>&1
	;;
esac

# -- tampered with (case 62); every time the cache begins empty
import_fails() # DESC PATTERN
{
	rm -rf "$cache"
	exits 1 "62: $1" pot import -p web -t 1.0 -U "file://$T/bad"
	err_like "$2" "it says why"
	is "$(ls -A "$jails" | grep -c web_1_0)" 0 "no pot is left"
	is "$(ls -A "$cache" | grep -vc part)" 0 "nothing of it in the cache"
}
spoil()
{
	rm -rf "$T/bad"
	cp -R "$img" "$T/bad"
}
spoil
printf x | dd of="$T/bad/web_1.0.xz" bs=1 seek=100 conv=notrunc 2>/dev/null
import_fails "a byte of the image changed" "*digest*"
spoil
echo "web:0.9@1" >"$T/bad/web_1.0.xz.meta"
import_fails "another meta" "*digest*"
spoil
tr 0-9a-f 1-9a-f0 <"$img/web_1.0.xz.skein" >"$T/bad/web_1.0.xz.skein"
import_fails "another digest" "*digest*"
spoil
head -c 1000 "$img/web_1.0.xz" >"$T/bad/web_1.0.xz"
import_fails "the image is cut off" "*digest*"
spoil
rm "$T/bad/web_1.0.xz"
import_fails "no image" "*web_1.0.xz: not found*"
spoil
rm "$T/bad/web_1.0.xz.skein"
import_fails "no digest" "*web_1.0.xz.skein: not found*"
spoil
head -c 100000 /dev/zero >"$T/bad/web_1.0.xz.meta"
import_fails "a huge meta" "*longer*"

# The second attempt finds what is right by then: what the cache had is wrong.
rm -rf "$cache"
mkdir -p "$cache"
head -c 1000 "$img/web_1.0.xz" >"$cache/web_1.0.xz"
runs "62: a damaged file in the cache is fetched again" \
    pot import -p web -t 1.0 -U "file://$img"
told "*again*" "which is told"
pot destroy -F -p web_1_0 >/dev/null 2>&1

# -- hooks and mounts of an image
cat >"$T/hook" <<END
#!/bin/sh
echo ran >>"$T/hooked"
END
chmod 755 "$T/hook"
mkdir -p "$T/host"
echo secret >"$T/host/file"
pot set-hook -p web -s "$T/hook" >/dev/null
pot mount-in -p web -d "$T/host" -m /mnt >/dev/null
pot set-cmd -p web -c "ls /mnt" >/dev/null
rm -f "$T/hooked"
pot snapshot -p web >/dev/null 2>&1
runs "export of a pot with a hook and a mount" \
    pot export -A -p web -t h -D "$img"
runs "its import" pot import -p web -t h -U "file://$img"
told "*prestart.sh*pot trust web_h*" "tells what does nothing"
runs "start" pot start -q web_h
out_is "" "the mount is not there"
[ ! -e "$T/hooked" ] && pass "the hook did not run" || fail "the hook ran"
runs "a clone has neither" pot clone -p cl -P web_h
told "*trust*" "which is told"
pot destroy -p cl >/dev/null 2>&1
runs "trust" pot trust web_h
told "*$T/host*" "tells what is mounted"
runs "start" pot start -q web_h
out_is file "the mount is there"
[ -e "$T/hooked" ] && pass "the hook ran" || fail "the hook did not run"
runs "trust twice" pot trust -p web_h
exits 1 "trust of no pot" pot trust nope
pot destroy -F -p web_h >/dev/null 2>&1

# -- signatures (case 63)
signify=$(command -v signify-openbsd || command -v signify)
if [ -n "$signify" ]; then
	for key in good evil; do
		"$signify" -G -n -p "$T/$key.pub" -s "$T/$key.sec"
	done
	runs "63: a signed export" pot export -A -p web -t s -D "$img" \
	    -S "$T/good.sec"
	runs "63: signify verifies it" "$signify" -V -p "$T/good.pub" \
	    -x "$img/web_s.xz.skein.sig" -m "$img/web_s.xz.skein"
	runs "63: so does import" pot import -p web -t s -U "file://$img" \
	    -C "$T/good.pub"
	pot destroy -F -p web_s >/dev/null 2>&1
	rm -rf "$cache"
	exits 1 "63: another key" pot import -p web -t s -U "file://$img" \
	    -C "$T/evil.pub"
	err_like "*another key*" "it says so"
	"$signify" -S -s "$T/good.sec" -m "$img/web_s.xz.skein" \
	    -x "$img/web_s.xz.skein.sig"
	runs "63: what signify signed" pot import -p web -t s -U "file://$img" \
	    -C "$T/good.pub"
	pot destroy -F -p web_s >/dev/null 2>&1
	rm -rf "$cache"
	awk 'NR == 2 { c = substr($0, 50, 1) == "A" ? "B" : "A"
	    $0 = substr($0, 1, 49) c substr($0, 51) } { print }' \
	    "$img/web_s.xz.skein.sig" >"$T/sig"
	cp "$T/sig" "$img/web_s.xz.skein.sig"
	exits 1 "63: a signature of something else" \
	    pot import -p web -t s -U "file://$img" -C "$T/good.pub"
	rm "$img/web_s.xz.skein.sig"
	rm -rf "$cache"
	exits 1 "63: no signature" pot import -p web -t s -U "file://$img" \
	    -C "$T/good.pub"
	err_like "*sig: not found*" "it says so"
	exits 1 "63: a key that is not there" pot import -p web -t s \
	    -U "file://$img" -C "$T/none.pub"
	set_conf POT_DEFAULT_SIGNATURE_PUBKEY "$T/good.pub"
	exits 1 "63: the key of the configuration counts" \
	    pot import -p web -t s -U "file://$img"
	set_conf POT_DEFAULT_SIGNATURE_PUBKEY ""
else
	skip "signatures beside signify" "no signify here"
fi
set_conf POT_UNSIGNED_IMAGES no
exits 1 "unsigned images can be refused" \
    pot import -p web -t 1.0 -U "file://$img"
err_like "*POT_UNSIGNED_IMAGES*" "it says by what"
set_conf POT_UNSIGNED_IMAGES yes

# -- prepare (case 67), as the Nomad driver calls it
pot set-cmd -p web -c "cat /srv/a/one" >/dev/null
runs "67: prepare" pot prepare -U "file://$img" -p web -t 1.0 \
    -c "\"echo hello\"" -N host -e 8080:80 -a task_1.2 -n job -v
for pair in persistent=NO no-rc-script=YES prunable=YES no-tmpfs=YES \
    localhost-tunnel=YES no-etc-hosts=YES; do
	is "$(pot get-attribute -q -p job_task_1_2 -A "${pair%=*}")" \
	    "${pair#*=}" "attribute $pair"
done
grep -q '^pot.export.ports=8080:80$' "$jails/job_task_1_2/conf/pot.conf" &&
    pass "the port" || fail "the port"
runs "67: it runs" pot start -q job_task_1_2
out_is hello "the command that was given"
runs "67: the image is there already: no URL is needed" pot prepare -p web \
    -t 1.0 -a a2
runs "67: the name is made of the image" pot info -p web_1_0_a2
exits 1 "67: the same allocation again" pot prepare -p web -t 1.0 -a a2
exits 1 "67: no image and no URL" pot prepare -p web -t nope -a a3
exits 1 "67: private-bridge without bridge" pot prepare -p web -t 1.0 -a a4 \
    -N private-bridge
exits 1 "67: a wrong port" pot prepare -p web -t 1.0 -a a7 -e 0
exits 1 "67: makes no pot" pot info -p web_1_0_a7
exits 1 "67: no allocation" pot prepare -p web -t 1.0
runs "67: -s starts it" pot prepare -p web -t 1.0 -a a5 -s
out_like "*one*" "in the foreground"
exits 1 "67: -s of a command that fails" pot prepare -p web -t 1.0 -a a6 -s \
    -c "false"

# -- kill -9 during an import leaves nothing
rm -rf "$cache"
pot destroy -F -r -p web_h >/dev/null 2>&1
before=$(find "$T/data/fs" -maxdepth 2 | sort)
for wait in 0.002 0.01 0.02 0.04 0.08 0.15; do
	"$POT" import -p web -t h -U "file://$img" >/dev/null 2>&1 &
	sleep "$wait"
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	pot recover >/dev/null 2>&1
	pot destroy -F -p web_h >/dev/null 2>&1
done
runs "after kills the import works" pot import -p web -t h -U "file://$img"
pot destroy -F -p web_h >/dev/null 2>&1
pot recover >/dev/null 2>&1
is "$(find "$T/data/fs" -maxdepth 2 | sort)" "$before" "and nothing is left"
done_testing
