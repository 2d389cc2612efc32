#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Multi pots of levels 0, 1 and 2 on a base of each family: what they share,
# what is their own, what they can't write to; snapshot, revert, clone,
# rename and destroy of them, with each driver that works here.
# pot-test: plain timeout=600
. "$POT_TEST_TOP/tests/lib.sh"

# A base of Debian's kind: usr is the shared part, /bin a link into it.
make_debian() # DIR
{
	make_rootfs "$1"
	rm -rf "${1:?}/usr/bin"
	mv "$1/bin" "$1/usr/bin"
	ln -s usr/bin "$1/bin"
	mkdir -p "$1/var/lib/dpkg" "$1/etc/ssl" "$1/usr/share"
	echo "Package: tiny" >"$1/var/lib/dpkg/status"
	ln -s ../../usr/share "$1/etc/ssl/share"
	# What busybox made there is a link which leads to the host's.
	rm -f "$1/usr/bin/dpkg"
	echo '#!/bin/sh' >"$1/usr/bin/dpkg"
	chmod +x "$1/usr/bin/dpkg"
}

# One of FreeBSD's: usr/local is.
make_freebsd() # DIR
{
	make_rootfs "$1"
	mkdir -p "$1/libexec" "$1/usr/local/bin" "$1/var/db/pkg" "$1/home"
	[ -s "$1/libexec/ld-elf.so.1" ] || : >"$1/libexec/ld-elf.so.1"
	printf '#!/bin/sh\necho 14.1-RELEASE\n' >"$1/bin/freebsd-version"
	chmod +x "$1/bin/freebsd-version"
	echo "sqlite" >"$1/var/db/pkg/local.sqlite"
}

in_pot() # NAME COMMAND (of sh)
{
	pot exec -p "$1" sh -c "$2"
}

writes() # NAME FILE DESC
{
	runs "$3" pot exec -p "$1" sh -c "echo $1 >$2"
}

# The file is not what $1 is said to have written into it.
is_denied() # NAME FILE DESC
{
	refuses "$3" pot exec -p "$1" sh -c "echo $1 >$2"
	err_like "*[Rr]ead-only*" "$3: it is read-only"
}

sees() # NAME FILE WANTED DESC
{
	is "$(in_pot "$1" "cat $2 2>/dev/null")" "$3" "$4"
}

sleeps() # NAME...
{
	for p; do
		pot set-cmd -p "$p" -c "sleep 1000"
		runs "$p starts" pot start -d -p "$p"
	done
}

stops() # NAME...
{
	for p; do
		runs "$p stops" pot stop -p "$p"
	done
}

# FAMILY SHARED (its path in a pot) PART (its name below jails) DB (a file of
# the package database) DBTEXT
family()
{
	f=$1 shared=$2 part=$3 db=$4 dbtext=$5
	sys=/opt # of the base, neither shared nor a pot's own

	[ -d "$T/$f.tree" ] || "make_$f" "$T/$f.tree"
	runs "$f: create-base" pot create-base --from "$T/$f.tree" -b "$f"
	out_like "*family $f*" "$f: is recognised"

	# Level 0: the base itself.
	runs "$f: level 0" pot create -p zero -t multi -l 0 -b "$f"
	refuses "$f: level 0 with -P" pot create -p z -t multi -l 0 -b "$f" \
	    -P zero
	sleeps zero
	writes zero "$sys/system" "$f: level 0 writes to the base"
	writes zero "$shared/shared" "$f: level 0 writes to the shared part"
	writes zero /etc/own "$f: level 0 writes to etc"
	sees zero "$db" "$dbtext" "$f: the package database is where it was"
	is "$(cat "$fs/bases/$f$shared/shared")" zero \
	    "$f: and it is the base that has it"
	is "$(ls "$fs/jails/zero")" "$(printf 'conf\nm')" \
	    "$f: level 0 has nothing of its own"
	refuses "$f: level 0 can't be cloned" pot clone -p z -P zero
	refuses "$f: level 0 can't be renamed" pot rename -p zero -n z
	stops zero
	refuses "$f: level 0 goes with its base" pot destroy -p zero
	err_like "*destroy -b*" "$f: says so"

	# Level 1: own shared part, own etc, root, var.
	runs "$f: level 1" pot create -p one -t multi -b "$f"
	runs "$f: a second one" pot create -p uno -t multi -l 1 -b "$f"
	runs "$f: info" pot info -p one
	is "$(pot get-attribute -p one -A persistent >/dev/null; ls \
	    "$fs/jails/one")" "$(printf 'conf\ncustom\nm\n%s' "$part" | sort)" \
	    "$f: level 1 has a shared part and a custom one"
	sleeps one uno
	sees one "$sys/system" zero "$f: level 1 sees the base"
	sees one "$shared/shared" zero "$f: and its shared part"
	sees one /etc/own zero "$f: and its etc"
	sees one "$db" "$dbtext" "$f: and its package database"
	is_denied one "$sys/system" "$f: level 1 can't write to the base"
	is_denied one /new "$f: level 1 can't write to /"
	writes one "$shared/shared" "$f: level 1 writes to its shared part"
	writes one /etc/own "$f: level 1 writes to its etc"
	writes one /root/own "$f: level 1 writes to its root"
	writes one /var/own "$f: level 1 writes to its var"
	writes one "$db" "$f: level 1 writes to its package database"
	sees uno "$shared/shared" zero "$f: another one does not see that"
	sees uno /etc/own zero "$f: nor that"
	sees uno /var/own "" "$f: nor that"
	sees uno "$db" "$dbtext" "$f: nor that"
	is "$(cat "$fs/bases/$f/opt/custom/etc/own")" zero \
	    "$f: nor has the base it"
	refuses "$f: no pot without a snapshot is a pattern" \
	    pot create -p two -t multi -l 2 -P one
	err_like "*pot snapshot*" "$f: says what to do"
	refuses "$f: a running pot is not snapshotted" pot snapshot -p one
	stops one uno
	runs "$f: snapshot" pot snapshot -p one

	# A pot of level 1 from one of level 1.
	runs "$f: level 1 from level 1" pot create -p ein -t multi -l 1 -P one
	refuses "$f: which is not of another base" \
	    pot create -p zwei -t multi -l 1 -P one -b nosuch
	sleeps ein
	sees ein "$shared/shared" one "$f: has what that had"
	sees ein /var/own one "$f: has what that had"
	writes ein "$shared/shared" "$f: has it for itself"
	stops ein

	# Level 2: the shared part of the level 1 pot, own etc, root, var.
	refuses "$f: level 2 without -P" pot create -p two -t multi -l 2 -b "$f"
	refuses "$f: level 2 on level 0" pot create -p two -t multi -l 2 -P zero
	refuses "$f: level 3" pot create -p two -t multi -l 3 -P one
	runs "$f: level 2" pot create -p two -t multi -l 2 -P one
	is "$(ls "$fs/jails/two")" "$(printf 'conf\ncustom\nm')" \
	    "$f: level 2 has a custom part only"
	sleeps one two
	sees two "$shared/shared" one "$f: level 2 sees the shared part"
	sees two /etc/own one "$f: level 2 has a copy of etc"
	is_denied two "$shared/shared" "$f: level 2 can't write to it"
	is_denied two "$db" "$f: nor to the package database"
	is_denied two "$sys/system" "$f: nor to the base"
	writes two /etc/own "$f: level 2 writes to its etc"
	sees one /etc/own one "$f: that of level 1 is another one"
	stops one two
	runs "$f: snapshot of level 2" pot snapshot -p two
	runs "$f: level 2 from level 2" pot create -p deux -t multi -l 2 -P two
	runs "$f: and again" pot snapshot -p deux
	runs "$f: and again" pot create -p drei -t multi -l 2 -P deux
	sleeps drei
	sees drei "$shared/shared" one "$f: they share that of level 1"
	sees drei /etc/own two "$f: they have a copy of etc"
	is_denied drei "$shared/shared" "$f: they can't write to it"

	# What a running pot uses stays as it is.
	refuses "$f: level 1 isn't reverted below level 2" pot revert -p one
	err_like "*drei*" "$f: names the pot that runs"
	refuses "$f: nor destroyed" pot destroy -p one
	refuses "$f: nor recursively" pot destroy -r -p one
	err_like "*drei*" "$f: names the pot that runs"
	sees drei "$shared/shared" one "$f: nothing has changed"
	stops drei

	# Snapshots and going back: both parts together.
	sleeps one
	writes one "$shared/shared2" "$f: something is written"
	in_pot one "echo more >>/etc/own; rm /var/own"
	stops one
	runs "$f: revert" pot revert -p one
	sleeps one
	sees one "$shared/shared2" "" "$f: it is gone"
	sees one /etc/own one "$f: what was there is back"
	sees one /var/own one "$f: what was there is back"
	in_pot one "echo second >/etc/own"
	stops one
	runs "$f: a second snapshot" pot snapshot -p one
	runs "$f: one that replaces the oldest" pot snapshot -r -p one
	is "$(pot info -s -p one | grep -c .)" 2 \
	    "$f: there are two"
	runs "$f: purge-snapshots" pot purge-snapshots -p one
	is "$(pot info -s -p one | grep -c .)" 1 \
	    "$f: the newest stays"
	runs "$f: another" pot snapshot -p one
	older=$(pot info -s -p one | head -n 1)
	runs "$f: revert -s" pot revert -p one -s "$older"
	is "$(pot info -s -p one)" "$older" "$f: the newer one is gone"
	is "$(ls "$fs/jails/one/.conf" 2>/dev/null || echo "$older")" "$older" \
	    "$f: nothing of the newer one is left"
	runs "$f: revert" pot revert -p one
	sleeps one
	sees one /etc/own second "$f: to the newest"
	stops one

	# Clones.
	runs "$f: clone of level 1" pot clone -p copy -P one
	runs "$f: purge-snapshots -a" pot purge-snapshots -a -p one
	refuses "$f: then there is none" pot revert -p one
	refuses "$f: and no clone" pot clone -p copy2 -P one
	runs "$f: but with -F" pot clone -F -p copy2 -P one
	sleeps copy one
	sees copy "$shared/shared" one "$f: the clone has the shared part"
	writes copy "$shared/shared" "$f: for itself"
	writes copy /etc/own "$f: etc likewise"
	is_denied copy "$sys/system" "$f: the base is read-only there, too"
	sees one "$shared/shared" one "$f: the origin keeps its own"
	sees one /etc/own second "$f: the origin keeps its own"
	stops copy one
	runs "$f: clone of level 2" pot clone -p deux2 -P deux
	sleeps deux2
	sees deux2 "$shared/shared" one "$f: it shares what that shared"
	is_denied deux2 "$shared/shared" "$f: it can't write to it"
	writes deux2 /etc/own "$f: its etc is its own"
	stops deux2

	# Renamed, with those that refer to it.
	runs "$f: rename" pot rename -p one -n eins
	sleeps two
	sees two "$shared/shared" one "$f: level 2 goes on with it"
	stops two
	sleeps eins
	sees eins /etc/own second "$f: the renamed has its etc"
	stops eins
	runs "$f: info of level 2" pot info -p two --format json
	out_like '*"eins"*' "$f: it is said to stand on the new name"

	# Away with them.
	refuses "$f: level 1 with level 2 on it" pot destroy -p eins
	err_like "*-r*" "$f: says what would destroy it"
	refuses "$f: the base with pots on it" pot destroy -b "$f"
	runs "$f: destroy -r of level 1" pot destroy -r -p eins
	is "$(pot ls -q | sort | tr '\n' ' ')" "copy copy2 uno zero " \
	    "$f: all that stood on it went with it"
	sleeps copy uno
	sees copy "$shared/shared" copy "$f: its clone lives on"
	sees uno "$shared/shared" zero "$f: and so does the other"
	stops copy uno
	runs "$f: the base with all its pots" pot destroy -r -b "$f"
	is "$(pot ls -q)" "" "$f: no pot is left"
	is "$(pot ls -b -q)" "" "$f: no base is left"
	is "$(find "$fs" -mindepth 2 ! -name .lent | grep -v '/layers$')" "" \
	    "$f: nothing is left"
}

# Hundreds of operations that sync: in memory they don't wait for a disk.
if mount -t tmpfs tmpfs "$T/data" 2>/dev/null; then
	at_exit "unmount '$T/data'"
	mkdir -p "$T/data/cache" "$T/data/tmp"
fi
drivers="overlay dir"
[ -z "${POT_TEST_STORAGE:-}" ] || drivers=$POT_TEST_STORAGE
for driver in $drivers; do
	fs=$T/data/fs-$driver
	set_conf POT_FS_ROOT "$fs"
	set_conf POT_RUN_DIR "$fs.run"
	set_conf POT_STORAGE "$driver"
	runs "$driver: init" pot init -m
	[ "$(uname -s)" = FreeBSD ] || family debian /usr usr /var/lib/dpkg/status \
	    "Package: tiny"
	family freebsd /usr/local usr.local /var/db/pkg/local.sqlite sqlite
done

done_testing
