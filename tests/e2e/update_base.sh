#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# update-base: a base is brought up to date by its own tools (here: stubs),
# goes back, stays as it was when that fails or is killed; and which pots see
# what.  With each driver that works here.
# pot-test: plain timeout=300
. "$POT_TEST_TOP/tests/lib.sh"
# apt-get's own; freebsd-update has but one.
failure=100
[ "$(uname -s)" != FreeBSD ] || failure=1

# In the base: what the system's tools do is said by /etc/mode.
put_stub() # FILE VERB
{
	mkdir -p "${1%/*}"
	rm -f "$1"
	cat >"$1" <<-EOC
	#!/bin/sh
	for last; do :; done
	[ "\$last" = $2 ] || exit 0
	for f in /usr/version /etc/version /opt/version; do
		echo new >\$f
	done
	case \$(cat /etc/mode) in
	fail) exit 100 ;;
	hang) : >/etc/hangs; sleep 1000 ;;
	esac
	EOC
	chmod 755 "$1"
}

make_linux() # DIR
{
	make_rootfs "$1"
	rm -rf "${1:?}/usr/bin"
	mv "$1/bin" "$1/usr/bin"
	ln -s usr/bin "$1/bin"
	mkdir -p "$1/var/lib/dpkg" "$1/var/lib/apt/lists" "$1/usr/sbin"
	put_stub "$1/usr/bin/apt-get" dist-upgrade
	put_stub "$1/usr/bin/dpkg" none
}

make_freebsd() # DIR
{
	make_rootfs "$1"
	mkdir -p "$1/usr/local/bin" "$1/var/db/pkg"
	printf '#!/bin/sh\necho 14.1-RELEASE\n' >"$1/bin/freebsd-version"
	chmod 755 "$1/bin/freebsd-version"
	cp "$(command -v uname)" "$1/bin/uname"
	put_stub "$1/bin/freebsd-update" install
}

mode() # WORD
{
	echo "$1" >"$fs/bases/sys/opt/custom/etc/mode"
}

# The version that the base has, and the one that a pot sees on a path.
base_is() # WANTED DESC
{
	is "$(cat "$fs/bases/sys/usr/version" "$fs/bases/sys/etc/version" \
	    "$fs/bases/sys/opt/version" | tr '\n' ' ')" "$1 $1 $1 " "$2"
}

sees() # POT WANTED (of /usr, /etc, /opt) DESC
{
	is "$(pot exec -p "$1" cat /usr/version /etc/version /opt/version |
	    tr '\n' ' ')" "$2 " "$3"
}

starts() # POT...
{
	for p; do
		runs "$p starts" pot start -d -p "$p"
	done
}

# Debian's /usr is no dataset, so there is no multi pot of it on ZFS: this one
# has etc, root and var of its own, as on FreeBSD.
by_hand() # NAME
{
	z=$POT_TEST_ZPOOL/pot
	runs "$1: its datasets" zfs create "$z/jails/$1"
	runs "$1: its datasets" zfs create "$z/jails/$1/custom"
	cp -a "$fs/bases/sys/opt/custom/." "$fs/jails/$1/custom/"
	mkdir "$fs/jails/$1/m" "$fs/jails/$1/conf"
	cat >"$fs/jails/$1/conf/pot.conf" <<-EOC
	pot.level=1
	pot.type=multi
	pot.base=sys
	pot.cmd=sleep 1000
	host.hostname="$1"
	network_type=inherit
	EOC
	printf '%s\n' "$z/bases/sys / ro" \
	    "$z/jails/$1/custom /opt/custom zfs-remount" \
	    >"$fs/jails/$1/conf/fscomp.conf"
}

new_pot() # NAME TYPE
{
	if [ "$driver,$2,$(uname -s)" = zfs,multi,Linux ]; then
		by_hand "$1"
		return
	fi
	runs "$1: a $2 pot" pot create -p "$1" -t "$2" -b sys
	pot set-cmd -p "$1" -c "sleep 1000"
}

nothing_left() # DESC
{
	refuses "$1: no pot is left" pot info -q -p base-update-sys
	is "$(ls "$fs/journal")" "" "$1: no journal is left"
	is "$(cd "$fs/bases/sys" && ls usr/sbin/policy-rc.d* 2>/dev/null)" "" \
	    "$1: services may start again"
}

# Nobody else comes near while it is at work; whatever kills it, it was never
# there.
killed()
{
	mode hang
	"$POT" update-base -b sys >"$T/hang" 2>&1 &
	pid=$!
	becomes "$driver: the tools are at work" test -e \
	    "$fs/bases/sys/opt/custom/etc/hangs"
	exits 1 "$driver: a multi pot does not start" pot start -d -p many
	err_like "*update-base is under way, pid $pid*" "$driver: says why"
	exits 1 "$driver: no single one is made" pot create -p no -t single \
	    -b sys
	exits 1 "$driver: a second update waits for nothing" \
	    pot update-base -b sys
	err_like "*under way, pid $pid*" "$driver: says why"
	exits 1 "$driver: nor is the base destroyed" pot destroy -r -b sys
	exits 1 "$driver: nor is the pot of the update" pot destroy \
	    -p base-update-sys
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	starts many
	sees many "old old old" "$driver: killed: who comes next sees the old"
	base_is old "$driver: killed: the base is the old one"
	nothing_left "$driver: killed"
	runs "$driver: stop" pot stop -p many
}

# While a pot runs with it, the tree can't be taken away below it.
forced()
{
	starts many
	mode fail
	exits 1 "$driver: forced, and fails" pot update-base -F -b sys
	err_like "*exit $failure" "$driver: says why"
	exits 0 "$driver: what runs goes on" pot exec -p many cat /opt/version
	exits 1 "$driver: nobody else starts with it" pot create -p no \
	    -t single -b sys
	runs "$driver: until it is stopped" pot stop -p many
	runs "$driver: recover" pot recover
	base_is old "$driver: then it is the old one"
	nothing_left "$driver: forced"
	starts many
	mode ok
	runs "$driver: forced" pot update-base -F -b sys
	base_is new "$driver: it is new"
	runs "$driver: stop" pot stop -p many
	starts many
	is "$(pot exec -p many cat /opt/version)" new \
	    "$driver: at its next start the pot has it in any case"
	exits 1 "$driver: no way back below it" pot update-base --rollback -b sys
	err_like "*running pot many*" "$driver: says why"
	exits 1 "$driver: nor by force" pot update-base --rollback -F -b sys
	runs "$driver: stop" pot stop -p many
	runs "$driver: rollback" pot update-base --rollback -b sys
	base_is old "$driver: it is old again"
}

with_driver()
{
	runs "$driver: create-base" pot create-base --from "$T/tree" -b sys
	for p in one live; do
		new_pot "$p" single
	done
	new_pot many multi
	starts live many

	runs "$driver: what would be done" pot update-base -n -b sys
	out_like "*would be updated*script: *-update.sh*pot many (running): \
sees it at once on /, not on *pot one: has its own /: to be created anew*" \
	    "$driver: who would see it is said"
	base_is old "$driver: it was only said"
	runs "$driver: the same" pot update-base --explain -b sys --format json
	out_like '*"dry":true*' "$driver: in JSON, too"
	exits 1 "$driver: not while a pot that mounts it runs" \
	    pot update-base -b sys
	err_is "###>  base sys: is mounted in the running pot many" \
	    "$driver: names it"
	base_is old "$driver: nothing was done"
	nothing_left "$driver: refused"
	runs "$driver: stop" pot stop -p many

	runs "$driver: update" pot update-base -b sys --format json
	out_like '{"name":"sys",*"snapshot":"update-*' "$driver: its snapshot"
	base_is new "$driver: the base is new"
	nothing_left "$driver: updated"
	sees live "old old old" "$driver: a running single pot keeps what it has"
	starts one many
	sees one "old old old" "$driver: so does one that was stopped"
	is "$(pot exec -p many cat /opt/version)" new \
	    "$driver: a multi pot sees the base"
	is "$(pot exec -p many cat /etc/version)" old \
	    "$driver: but for what is its own"
	new_pot fresh single
	new_pot more multi
	starts fresh more
	sees fresh "new new new" "$driver: a new single pot has it"
	sees more "new new new" "$driver: a new multi pot has it"
	runs "$driver: stop" pot stop one many fresh more

	runs "$driver: it may be done again" pot update-base -b sys
	runs "$driver: rollback" pot update-base --rollback -b sys
	out_like "*base sys: taken back*" "$driver: says so"
	base_is new "$driver: to what the last one found"
	exits 1 "$driver: not further" pot update-base --rollback -b sys
	err_like "*no update to take back*" "$driver: says why"
	runs "$driver: away with it" pot destroy -r -b sys
	for p in one live fresh; do
		runs "$driver: $p" pot destroy -F -p "$p"
	done

	runs "$driver: create-base" pot create-base --from "$T/tree" -b sys
	new_pot many multi
	new_pot one single
	runs "$driver: update" pot update-base -b sys
	starts one
	sees one "old old old" "$driver: a single pot keeps what it has"
	runs "$driver: rollback" pot update-base --rollback -b sys
	base_is old "$driver: it is as it was"
	sees one "old old old" "$driver: no matter to the pot"
	starts many
	sees many "old old old" "$driver: a multi pot sees the old"
	runs "$driver: stop" pot stop one many
	mode fail
	exits 1 "$driver: the tools fail" pot update-base -b sys
	err_like "*base sys: *-update.sh: exit $failure" "$driver: says why"
	base_is old "$driver: it is as it was"
	nothing_left "$driver: failed"
	killed
	forced
	runs "$driver: all away" pot destroy -r -b sys
	runs "$driver: the single one, too" pot destroy -p one
	is "$(find "$fs" -mindepth 2 ! -name .lent | grep -v "/layers$" |
	    head -n 5)" "" \
	    "$driver: nothing is left"
}

if [ -z "${POT_TEST_ZPOOL:-}" ] && mount -t tmpfs tmpfs "$T/data" 2>/dev/null
then
	at_exit "umount -l '$T/data'"
	mkdir -p "$T/data/cache" "$T/data/tmp"
fi
if [ "$(uname -s)" = FreeBSD ]; then
	make_freebsd "$T/tree"
else
	make_linux "$T/tree"
fi
mkdir -p "$T/tree/opt" "$T/tree/usr"
for f in usr etc opt; do
	echo old >"$T/tree/$f/version"
done
echo ok >"$T/tree/etc/mode"

drivers="overlay dir"
[ "$(uname -s)" != FreeBSD ] || drivers=dir
[ -z "${POT_TEST_STORAGE:-}" ] || drivers=$POT_TEST_STORAGE
for driver in $drivers; do
	fs=$T/data/fs-$driver
	set_conf POT_FS_ROOT "$fs"
	set_conf POT_RUN_DIR "$fs.run"
	set_conf POT_STORAGE "$driver"
	runs "$driver: init" pot init -m
	with_driver
done
pot create-base --from "$T/tree/usr" -b other >"$T/.out" 2>&1 || fail other
exits 1 "what is no system that is known is not updated" \
    pot update-base -b other
err_like "*of no family that pot can update*" "says why"
exits 1 "nor what is not there" pot update-base -b nosuch
exits 1 "nor nothing" pot update-base
done_testing
