#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Create, clone, rename, destroy, snapshots and components from the command
# line (reference 2.3, 2.6; cases 50, 51, 53, 55 to 60 of 11.2).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
# A base whose components can be shared.
base=$T/data/fs/bases/multi
mkdir -p "$base/usr/local/bin" "$base/opt/custom/etc" "$base/opt/custom/root" \
    "$base/opt/custom/var" "$base/bin" "$base/tmp"

# What the first command says where nobody has called init.
mv "$JAILS" "$T/jails"
exits 1 "a pot before init" pot info -p one
err_like "*jails: not found (pot init)*" "it says what is missing"
mv "$T/jails" "$JAILS"

nothing() # DESC NAME: no pot, no directory of that name
{
	is "$(pot ls -q | grep -x "$2")$(ls -d "$JAILS/$2" 2>/dev/null)" "" \
	    "$1: nothing is left"
}

# -- create

runs "50: single" pot create -p one -t single -b tiny
runs "50: single, level 0" pot create -p two -t single -l 0 -b tiny
runs "50: single with a pot" pot snapshot -p one
runs "50: single -P" pot create -p three -t single -P one
is "$(conf_values three pot.base)" tiny "50: its base is the pot's"
is "$(conf_values three pot.potbase)" one "50: its pot is known"
runs "50: single -P and -b" pot create -p four -t single -P one -b tiny
runs "a word instead of -p" pot create five -t single -b tiny
create() # DESC OPTION...: refused, nothing made
{
	t_what=$1
	shift
	exits 1 "50: $t_what" pot create -p new "$@"
	nothing "$t_what" new
}
create_usage()
{
	t_what=$1
	shift
	usage "50: $t_what" pot create -p new "$@"
	nothing "$t_what" new
}
usage "50: no name" pot create -t single -b tiny
create_usage "type" -t double -b tiny
create_usage "network type" -t single -b tiny -N host-only
create_usage "stack" -t single -b tiny -S ipv5
create_usage "dns" -t single -b tiny -d google
create "level 1 of a single pot" -t single -l 1 -b tiny
create "a level" -t multi -l 3 -b tiny
create "a level that is none" -t multi -l x -b tiny
create "single without a base" -t single
create "an unknown base" -t single -b none
create "an unknown pot" -t single -P none
create "another base" -t single -P one -b other
create "no address" -t single -b tiny -i 1.2.3.400
create "a pot without a snapshot" -t single -P two
create "multi of a single pot" -t multi -l 1 -P one
create "multi 0 with a pot" -t multi -l 0 -P one -b tiny
create "multi 0 without a base" -t multi -l 0
create "multi 1 without both" -t multi -l 1
create "multi 2 without a pot" -t multi -l 2 -b tiny
create "a base of no family" -t multi -l 1 -b tiny
create "custom dns without a file" -t single -b tiny -d custom:none
create "a flavour that is not there" -t single -b tiny -f none
err_like "###>  *none*" "names it"
for n in a.b "a b" a/b .. - -x 123 "" "$(printf 'a\nb')" \
    "$(printf '%0300d' 0)x"; do
	exits 1 "50: the name '$(printf %.9s "$n")'" \
	    pot create "-p$n" -t single -b tiny
done
exits 1 "50: it exists" pot create -p one -t single -b tiny
err_is "###>  pot one: exists already" "says so"
is "$(pot ls -q | tr '\n' ' ')" "five four one three two " "these were made"
is "$(ls "$JAILS" | tr '\n' ' ')" "five four one three two " "and nothing else"

is "$(sed 's/=.*//' "$JAILS/one/conf/pot.conf" | LC_ALL=C sort)" \
    "$(printf '%s\n' pot.level pot.type pot.base pot.dns pot.cmd host.hostname \
    pot.attr.no-rc-script pot.attr.persistent pot.attr.start-at-boot \
    pot.attr.prunable pot.attr.no-tmpfs pot.attr.enforce_statfs \
    pot.attr.mount pot.attr.fdescfs pot.attr.linprocfs pot.attr.nullfs \
    pot.attr.procfs pot.attr.tmpfs pot.attr.zfs pot.attr.raw_sockets \
    pot.attr.sysvshm pot.attr.sysvsem pot.attr.sysvmsg pot.attr.children \
    pot.attr.mlock pot.attr.devfs_ruleset pot.attr.exec_stop \
    pot.attr.stop_timeout pot.stack network_type vnet |
    LC_ALL=C sort)" "51: its keys"
is "$(cat "$JAILS/one/conf/fscomp.conf")" "" "51: fscomp.conf is empty"
is "$(conf_values one network_type) $(conf_values one vnet)" \
    "inherit false" "51: its network"
echo nameserver 1.2.3.4 >"$T/resolv"
(cd "$T" && pot create -p dns -t single -b tiny -d custom:resolv) >"$T/.out" 2>&1
is $? 0 "51: custom dns, a relative file"
is "$(cat "$JAILS/dns/conf/resolv.conf")" "nameserver 1.2.3.4" "51: is copied"
is "$(conf_values dns pot.dns)" custom "51: is stored"
ln -s resolv "$T/resolv.link"
runs "custom dns, a link" pot create -p dnsl -t single -b tiny \
    -d "custom:$T/resolv.link"
echo nameserver 5.6.7.8 >"$T/resolv"
is "$(cat "$JAILS/dnsl/conf/resolv.conf")" "nameserver 1.2.3.4" \
    "its content is copied"
pot destroy -p dnsl
exits 1 "custom dns, no file" pot create -p dnsd -t single -b tiny \
    -d "custom:$T"
runs "51: dns off" pot create -p off -t single -b tiny -d off
is "$(conf_values off pot.dns)" off "51: is stored"

# -- clone

runs "53: clone" pot clone -p c1 -P one
runs "55: clone without a snapshot, -F" pot clone -p c2 -P two -F
refused() # DESC OPTION...
{
	t_what=$1
	shift
	exits 1 "53: clone, $t_what" pot clone -p new "$@"
	nothing "$t_what" new
}
usage "53: no -P" pot clone -p new
usage "53: no -p" pot clone -P one
refused "unknown pot" -P none
refused "no snapshot" -P four
refused "unknown snapshot" -P one -s 12345
refused "-s and -F" -P one -s 12345 -F
refused "alias without -i" -P one -N alias
refused "private-bridge without -B" -P one -N private-bridge
refused "a bad stack" -P one -S ipv5
refused "a flavour that is not there" -P one -f none
exits 1 "53: it exists" pot clone -p c1 -P one
tag=$(pot info -sp one)
runs "53: -s" pot clone -p c3 -P one -s "$tag"
pot set-attr -p one -A prunable -V YES
pot set-cmd -p one -c "sleep"
pot set-env -p one -E A=1
pot start -d one
is "$(pot get-attr -qp one -A to-be-pruned)" YES "it is to be pruned"
runs "54: clone of a running pot" pot clone -p c4 -P one
is "$(pot get-attr -qp c4 -A to-be-pruned)" "" "D23: its clone is not"
is "$(conf_values c4 pot.env) $(conf_values c4 pot.cmd)" '"A=1" sleep' \
    "54: the rest is inherited"
like "$(conf_values c4 host.hostname)" '"c4*' "54: its own host name"

# -- rename

usage "58: no -n" pot rename -p two
usage "58: no -p" pot rename -n x
exits 1 "58: running" pot rename -p one -n uno
exits 1 "58: the target exists" pot rename -p two -n three
exits 1 "58: of none" pot rename -p none -n x
for n in a.b "a b" a/b 123 ""; do
	exits 1 "58: to '$n'" pot rename -p two "-n$n"
done
pot stop one
pot add-dep -p two -P one
runs "58: rename" pot rename -p one -n uno
is "$(conf_values three pot.potbase)" uno "58: the copies know"
is "$(conf_values two pot.depend)" uno "58: who depends on it knows"
like "$(conf_values uno host.hostname)" '"uno*' "58: its host name"
nothing "58: rename" one
runs "58: it starts" pot start -d uno
pot stop uno

# -- destroy

usage "56: destroy" pot destroy
for o in "-p two -b tiny" "-p two -f x" "-b tiny -B x" "-f x -B y"; do
	# shellcheck disable=SC2086
	usage "56: destroy $o" pot destroy $o
done
exits 1 "56: none" pot destroy -p none
exits 1 "56: none, -F" pot destroy -F -p none
exits 1 "56: others were made from it" pot destroy -p uno
err_like "*pot uno: * was made from it*" "56: names one"
pot set-cmd -p two -c sleep
pot add-dep -p two -P uno --remove
pot start -d two
exits 1 "56: running" pot destroy -p two
exits 0 "56: running, -F" pot destroy -F -p two
nothing "56: -F" two
exits 0 "56: -r" pot destroy -r -p uno
is "$(pot ls -q | tr '\n' ' ')" "c1 c2 c3 c4 dns five off " "56: its copies too"
: >"$JAILS/c4/conf/pot.conf"
exits 1 "56: a broken pot" pot destroy -p c4
exits 0 "56: a broken pot, -F" pot destroy -F -p c4
nothing "56: broken" c4
runs "several" pot destroy c1 c2
exits 1 "several, one is missing" pot destroy c1 c3
is "$(pot ls -q | tr '\n' ' ')" "dns five off " "the others are gone"
runs "-q" pot destroy -q -p dns
is "$(out)$(err)" "" "is quiet"
exits 1 "-q of none" pot destroy -q -p dns
err_is "###>  pot dns: not found" "errors are told"
exits 1 "57: base in use" pot destroy -b multi-none
runs "a component" pot create-fscomp -f data
runs "again is fine" pot create-fscomp -f data
usage "create-fscomp" pot create-fscomp
for n in a/b "" ..; do
	exits 1 "a component named '$n'" pot create-fscomp "-f$n"
done
exits 1 "clone-fscomp without a snapshot" pot clone-fscomp -F data -f copy
runs "snapshot -f" pot snapshot -f data
runs "clone-fscomp" pot clone-fscomp -F data -f copy
exits 1 "clone-fscomp, it exists" pot clone-fscomp -F data -f copy
exits 1 "clone-fscomp of none" pot clone-fscomp -F none -f new
usage "clone-fscomp without -F" pot clone-fscomp -f new
usage "clone-fscomp without -f" pot clone-fscomp -F data
runs "57: a component" pot destroy -f copy
exits 1 "57: a component that is not there" pot destroy -f copy
is "$(pot ls -fq)" data "57: is gone"
echo net=10.192.0.8/29 >"$T/data/fs/bridges/br1"
echo net=10.192.0.16/29 >"$T/data/fs/bridges/br2"
echo bridge=br1 >>"$JAILS/five/conf/pot.conf"
exits 1 "57: a bridge in use" pot destroy -B br1
exits 0 "57: a bridge" pot destroy -B br2
exits 1 "57: a bridge that is not there" pot destroy -B br2
is "$(pot ls -Bq)" br1 "57: the other is left"
sed '/^bridge=/d' "$JAILS/five/conf/pot.conf" >"$T/conf"
cp "$T/conf" "$JAILS/five/conf/pot.conf"
exits 0 "57: not in use any more" pot destroy -B br1

# -- snapshots

for c in snapshot revert purge-snapshots; do
	usage "59: $c" pot $c
	usage "59: $c -p -f" pot $c -p five -f data
	exits 1 "59: $c of none" pot $c -p none
	exits 1 "59: $c of no component" pot $c -f none
done
usage "59: snapshot -n" pot snapshot -p five -n x
usage "59: snapshot -a" pot snapshot -p five -a
usage "59: revert -a" pot revert -p five -a
exits 1 "59: revert without a snapshot" pot revert -p five
pot set-cmd -p five -c sleep
pot start -d five
exits 1 "59: snapshot of a running pot" pot snapshot -p five
exits 1 "59: revert of a running pot" pot revert -p five
pot stop five
echo old >"$JAILS/five/m/etc/motd"
runs "59: snap" pot snap -p five
echo new >"$JAILS/five/m/etc/motd"
runs "two in one second do not collide" pot snapshot five
runs "in JSON" pot snapshot -p five --format json
is_json "is valid"
last=$(json_get "['name']")
is "$(pot info -sp five | tail -n 1)" "$last" "the newest"
is "$(pot info -sp five | wc -l | tr -d ' ')" 3 "three of them"
runs "info -s in JSON" pot info -sp five --format json
json_is "[2]['name']" "$last" "an array"
json_is "[2]['pot']" five "that names the pot"
first=$(pot info -sp five | head -n 1)
runs "60: -r replaces the oldest" pot snapshot -rp five
is "$(pot info -sp five | wc -l | tr -d ' ')" 3 "60: three"
is "$(pot info -sp five | grep -cx "$first")" 0 "60: the oldest is gone"
echo damaged >"$JAILS/five/m/etc/motd"
runs "60: revert" pot revert -p five
is "$(cat "$JAILS/five/m/etc/motd")" new "60: as it was"
echo damaged >"$JAILS/five/m/etc/motd"
runs "rollback to a name" pot rollback -p five -s "$last"
is "$(cat "$JAILS/five/m/etc/motd")" new "as it was"
exits 1 "revert to a name that is not there" pot revert -p five -s 12345
runs "60: purge" pot purge-snapshots -p five
is "$(pot info -sp five | wc -l | tr -d ' ')" 1 "60: the newest is left"
runs "60: purge -a" pot purge-snapshots -ap five
is "$(pot info -sp five)" "" "60: none is left"
runs "info -s in JSON" pot info -sp five --format json
out_is "[]" "an empty array"
for p in six seven; do
	fake_pot $p
done
runs "a snapshot of each" pot snapshot six seven --format json
is "$(json_get "[1]['name']" | tr -d 0-9)" "" "an array of both"
for p in six seven; do
	is "$(pot info -s $p | wc -l | tr -d ' ')" 1 "$p has one"
	echo damaged >"$JAILS/$p/m/etc/motd"
done
runs "revert of each" pot revert six seven
is "$(cat "$JAILS/six/m/etc/motd" "$JAILS/seven/m/etc/motd")" \
    "of tiny
of tiny" "both are as they were"
exits 1 "purge of each, and of one that is not there" \
    pot purge-snapshots -a six nosuch seven
err_like "*nosuch*" "it is named"
is "$(pot info -s six seven)" "" "the others are done"
runs "60: revert -f" pot revert -f data
runs "60: purge -f" pot purge-snapshots -af data

# -- the installation

exits 1 "57: a base in use is not destroyed" pot destroy -b nosuch
runs "57: a base, -r" pot destroy -rb tiny
is "$(pot ls -qb)" multi "57: is gone"
usage "create-base" pot create-base
usage "create-base --from without a name" pot create-base --from "$T"
usage "create-base with a release and --from" \
    pot create-base -r bookworm --from "$T" -b b
runs "init again changes nothing" pot init -m -s -p ''
is "$(pot ls -qb)" multi "it is as it was"
fake_init tiny
fake_pot last
pot set-cmd -p last -c sleep
pot start -d last
exits 1 "D26: de-init with a running pot" pot de-init
is "$(pot ps)" last "D26: it still runs"
runs "D26: de-init -f" pot de-init -f
is "$(ls -d "$JAILS" "$T/data/fs/bases" 2>/dev/null)" "" "it is gone"
exits 1 "and pot is not initialised" pot ls
done_testing
