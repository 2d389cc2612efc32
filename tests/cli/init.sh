#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# init and de-init of a host: what they edit, that they tell it, and --explain
# (reference 2.2, D26, D31).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"

PF=$T/pf.conf
cat >"$PF" <<'EOF'
# mine
ext_if = "em0"
set limit { states 100000, \
    frags 5000 }
set skip on lo0
scrub in all
nat on $ext_if from 10.0.0.0/8 to any -> ($ext_if)
pass all
EOF
chmod 600 "$PF"
cp "$PF" "$T/before"

runs "init --explain" pot init -s -p "$PF" --explain
out_is "--- $PF
+++ $PF
@@ -4,5 +4,7 @@
     frags 5000 }
 set skip on lo0
 scrub in all
+nat-anchor pot-nat
+rdr-anchor \"pot-rdr/*\"
 nat on \$ext_if from 10.0.0.0/8 to any -> (\$ext_if)
 pass all" "explain: a diff; D31: options and scrub stay before rules"
out >"$T/diff"
runs "explain: changes nothing" cmp "$PF" "$T/before"
runs "explain: makes nothing" test ! -e "$T/data/fs"
if command -v patch >/dev/null 2>&1; then
	cp "$PF" "$T/patched"
	runs "explain: patch(1) takes it" \
	    patch -s "$T/patched" "$T/diff"
fi
runs "init" pot init -s -p "$PF"
out_like "*$PF: changed*$PF.bkp-pot*" "init: tells what it has changed"
runs "init: keeps what it was" cmp "$PF.bkp-pot" "$T/before"
is "$(grep -c . "$PF")" 10 "init: two lines more"
is "$(find "$PF" -perm 600)" "$PF" "init: the mode is as it was"
is "$(sed -n '7,8p' "$PF" | tr '\n' '|')" \
    'nat-anchor pot-nat|rdr-anchor "pot-rdr/*"|' "init: where they belong"
cp "$PF" "$T/done"
runs "init again" pot init -s -p "$PF"
out_unlike "*changed*" "init again: nothing to do"
runs "init again: nothing was changed" cmp "$PF" "$T/done"
runs "explain again" pot init -s -p "$PF" --explain
out_is "" "explain again: nothing"

# What the sh version or a person has left: doubled, quoted otherwise.
{
	echo 'nat-anchor "pot-nat"'
	echo 'rdr-anchor pot-rdr/*'
	cat "$T/before"
	echo 'nat-anchor pot-nat # again'
	echo 'nat-anchor pot-nat-mine'
} >"$PF"
runs "init: doubled lines" pot init -s -f "$PF"
is "$(grep -c 'nat-anchor pot-nat$' "$PF")" 1 "one is left"
is "$(grep -c 'pot-rdr' "$PF")" 1 "of each"
is "$(grep -c 'pot-nat-mine' "$PF")" 1 "others are left alone"
printf 'pass all' >"$PF"
runs "init: without a last newline" pot init -s -p "$PF"
is "$(tail -n 1 "$PF")" "pass all" "the line is whole"
: >"$PF"
runs "init: an empty file" pot init -s -p "$PF"
is "$(grep -c . "$PF")" 2 "has both"
ln -s pf.conf "$T/link"
printf 'pass all\n' >"$PF"
runs "init: a link" pot init -s -p "$T/link"
runs "stays one" test -h "$T/link"
is "$(grep -c . "$PF")" 3 "what it leads to was changed"

cp "$T/before" "$PF"
runs "init -m" pot init -m -p "$PF"
runs "-m: changes nothing" cmp "$PF" "$T/before"
runs "init -p ''" pot init -s -p ''
exits 1 "init: no such file" pot init -s -p "$T/none"
err_like "*$T/none*" "is named"
exits 1 "init: a directory" pot init -s -p "$T"

# -- de-init

pot init -s -p "$PF" >/dev/null
fake_init
fake_pot web
pot set-cmd -p web -c sleep
pot start -d -p web >/dev/null
runs "de-init --explain" pot de-init -p "$PF" --explain
out_like "*
-nat-anchor pot-nat
-rdr-anchor*" "explain: what goes"
is "$(pot ls -q)" web "explain: nothing is removed"
exits 1 "D26: de-init while a pot runs" pot de-init -p "$PF"
err_like "*web*running*" "D26: says so"
is "$(pot ls -q)" web "D26: nothing is removed"
is "$(grep -c pot- "$PF")" 2 "D26: nor edited"
runs "D26: de-init -f" pot de-init -f -p "$PF"
runs "de-init: as it was" cmp "$PF" "$T/before"
runs "de-init: nothing is left" test ! -e "$T/data/fs/jails"
pot init -s -p "$PF" >/dev/null
runs "de-init -m" pot de-init -m -p "$PF"
is "$(grep -c pot- "$PF")" 2 "de-init -m: leaves pf alone"
done_testing
