# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# For the scripts of tests/cli and tests/e2e: TAP, and an installation of pot
# of the script's own.  POSIX sh, and nothing but pot and the base system of
# Debian or FreeBSD: the same scripts run in a FreeBSD guest.
#
# A script is started by tests/run, which gives it an empty directory and
# (on Linux) namespaces of its own:
#
#	#!/bin/sh
#	# SPDX-License-Identifier: BSD-2-Clause
#	# What this script proves, in one to three lines.
#	# pot-test: timeout=60
#	. "$POT_TEST_TOP/tests/lib.sh"
#	with_base tiny
#	runs "a pot is created" pot create -p web -b tiny
#	runs "it is listed" pot list -q
#	out_is web "only it is listed"
#	exits 1 "a second one of the same name is refused" pot create -p web
#	err_like "*web*" "the error names the pot"
#	done_testing
#
# Each assertion is one TAP point.  A script which does not get to
# done_testing fails.  At the end, whatever happened, the pots of the
# installation are destroyed; what is left then was leaked by pot, and
# tests/run finds it.

set -u
: "${POT_TEST_TOP:?run it by tests/run}" "${POT_TEST_DIR:?}"
# On ZFS a script of e2e gets a pool of its own.
case "${POT_TEST_STORAGE:-},${POT_TEST_ZPOOL:-},$0" in
zfs,,*/e2e/*) exec "$POT_TEST_TOP/tests/with-zpool" sh "$0" ;;
esac
. "$POT_TEST_TOP/tests/fixture.sh"
T=$POT_TEST_DIR
t_count=0
t_failed=0
t_is_done=
t_at_exit=

# -- TAP

pass() # DESC
{
	t_count=$((t_count + 1))
	echo "ok $t_count - $1"
}

fail() # DESC [WHY...]
{
	t_count=$((t_count + 1))
	t_failed=$((t_failed + 1))
	echo "not ok $t_count - $1"
	shift
	for why; do
		echo "$why" | sed 's/^/#   /'
	done
}

# The test can't run here.  Must be listed in tests/allowed-skips.
skip() # DESC REASON
{
	t_count=$((t_count + 1))
	echo "ok $t_count - $1 # SKIP $2"
}

# The whole script can't run here.
skip_all() # REASON
{
	t_is_done=yes
	echo "1..0 # SKIP $1"
	exit 0
}

diag() # TEXT...
{
	echo "$*" | sed 's/^/# /'
}

bail() # WHY
{
	echo "Bail out! $1"
	t_is_done=yes
	exit 1
}

done_testing()
{
	t_is_done=yes
	echo "1..$t_count"
	[ "$t_failed" -eq 0 ]
	exit
}

# -- assertions

is() # GOT WANTED DESC
{
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" "got:    $1" "wanted: $2"
	fi
}

isnt() # GOT UNWANTED DESC
{
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		fail "$3" "got: $1"
	fi
}

like() # GOT PATTERN DESC (a pattern of case)
{
	# shellcheck disable=SC2254
	case "$1" in
	$2) pass "$3" ;;
	*) fail "$3" "got:    $1" "wanted: $2" ;;
	esac
}

unlike() # GOT PATTERN DESC
{
	# shellcheck disable=SC2254
	case "$1" in
	$2) fail "$3" "got:      $1" "unwanted: $2" ;;
	*) pass "$3" ;;
	esac
}

# Run a command: its output is in $T/.out and $T/.err, see out and err.
t_run()
{
	t_status=0
	"$@" >"$T/.out" 2>"$T/.err" </dev/null || t_status=$?
}

exits() # STATUS DESC COMMAND...
{
	t_want=$1 t_desc=$2
	shift 2
	t_run "$@"
	if [ "$t_status" -eq "$t_want" ]; then
		pass "$t_desc"
	else
		fail "$t_desc" "command: $*" \
		    "exit status $t_status, wanted $t_want" \
		    "stdout: $(head -c 4000 "$T/.out")" \
		    "stderr: $(head -c 4000 "$T/.err")"
	fi
}

runs() # DESC COMMAND...
{
	exits 0 "$@"
}

# Any exit status but 0 and those of signals.
refuses() # DESC COMMAND...
{
	t_desc=$1
	shift
	t_run "$@"
	if [ "$t_status" -gt 0 ] && [ "$t_status" -lt 128 ]; then
		pass "$t_desc"
	else
		fail "$t_desc" "command: $*" "exit status $t_status" \
		    "stdout: $(head -c 4000 "$T/.out")" \
		    "stderr: $(head -c 4000 "$T/.err")"
	fi
}

out() { cat "$T/.out"; }
err() { cat "$T/.err"; }
out_is() { is "$(out)" "$1" "$2"; }	      # WANTED DESC
out_like() { like "$(out)" "$1" "$2"; }	      # PATTERN DESC
out_unlike() { unlike "$(out)" "$1" "$2"; }   # PATTERN DESC
err_is() { is "$(err)" "$1" "$2"; }	      # WANTED DESC
err_like() { like "$(err)" "$1" "$2"; }	      # PATTERN DESC

# How many names in the directories match, hidden ones too.
entries() # PATTERN DIR...
{
	t_pattern=$1
	shift
	find "$@" -mindepth 1 -maxdepth 1 -name "$t_pattern" 2>/dev/null |
	    grep -c .
}

# Wait until a command succeeds, at most ten seconds.  No test asserts that
# something took a time: this is only a bound.
eventually() # COMMAND...
{
	t_tries=0
	until "$@" >/dev/null 2>&1; do
		t_tries=$((t_tries + 1))
		[ "$t_tries" -lt 200 ] || return 1
		sleep 0.05
	done
}

becomes() # DESC COMMAND...
{
	t_desc=$1
	shift
	if eventually "$@"; then
		pass "$t_desc"
	else
		fail "$t_desc" "never true: $*"
	fi
}

# Like becomes, for a command whose output must become WANTED.
becomes_out() # WANTED DESC COMMAND...
{
	t_want=$1 t_desc=$2
	shift 2
	# shellcheck disable=SC2016
	if eventually sh -c 'w=$1; shift; [ "$("$@" 2>/dev/null)" = "$w" ]' \
	    sh "$t_want" "$@"; then
		pass "$t_desc"
	else
		fail "$t_desc" "got:    $("$@" 2>&1)" "wanted: $t_want"
	fi
}

# -- what storage there is

# Of files below POT_FS_ROOT the kernel can say that they belong to others.
can_map_ids() # DESC of the part that is skipped without
{
	[ "${POT_TEST_STORAGE:-}" = zfs ] && [ ! -e /dev/zfs ] || return 0
	skip "$1" "zfs-fuse can't map ids"
	return 1
}

# -- strace(1), which FreeBSD has not

needs_strace() # the whole script
{
	! command -v strace >/dev/null || return 0
	[ "$(uname -s)" != FreeBSD ] || skip_all "no strace on FreeBSD"
	bail "strace is missing"
}

has_strace() # DESC of the part that is skipped without
{
	! command -v strace >/dev/null || return 0
	[ "$(uname -s)" = FreeBSD ] || bail "strace is missing"
	skip "$1" "no strace on FreeBSD"
	return 1
}

# -- file systems that the script mounts

# A small disk: in memory, and unmounted at the end.
mount_disk() # DIR MEGABYTES
{
	mkdir -p "$1"
	if [ "$(uname -s)" = FreeBSD ]; then
		t_disk=$(mdconfig -a -t swap -s "$2m") || return
		at_exit "umount -f '$1'; mdconfig -d -u $t_disk"
		newfs -n -m 0 "/dev/$t_disk" >"$T/.out" 2>&1 &&
		    mount "/dev/$t_disk" "$1"
	else
		mount -t tmpfs -o "size=$2m,mode=755" pot-disk "$1" || return
		at_exit "umount -l '$1'"
	fi
}

# Read-only (ro), or not (rw).
remount() # ro|rw DIR
{
	if [ "$(uname -s)" = FreeBSD ]; then
		mount -u -o "$1" "$2"
	else
		mount -o "remount,$1" "$2"
	fi
}

# Unmount it, whoever uses it.
unmount() # DIR
{
	if [ "$(uname -s)" = FreeBSD ]; then
		umount -f "$1"
	else
		umount -l "$1"
	fi
}

# -- an installation: $PREFIX (pot, pot-init, etc/pot, ...), its data in
# $T/data

# Set a variable of the script's installation.
set_conf() # NAME VALUE
{
	echo "$1=\"$2\"" >>"$PREFIX/etc/pot/pot.conf"
}

pot()
{
	"$POT" "$@"
}

# Initialise the installation, once, and make a base from make_rootfs.
with_base() # NAME
{
	if [ ! -d "$T/data/fs/bases" ]; then
		pot init -m >"$T/.out" 2>&1 || bail "pot init: $(out)"
	fi
	[ -d "$T/rootfs" ] || make_rootfs "$T/rootfs"
	pot create-base --from "$T/rootfs" -b "$1" >"$T/.out" 2>&1 ||
	    bail "pot create-base: $(out)"
}

# -- the end

at_exit() # COMMAND, run before the pots are destroyed
{
	t_at_exit="$1; $t_at_exit"
}

t_finish()
{
	t_status=$?
	trap - EXIT
	eval "$t_at_exit"
	if [ -d "$T/data/fs/jails" ]; then
		for t_pot in "$T/data/fs/jails"/*; do
			[ -d "$t_pot" ] || continue
			"$POT" destroy -F -r -p "${t_pot##*/}" \
			    >"$T/.out" 2>&1 ||
			    diag "destroy ${t_pot##*/}: $(out)"
		done
	fi
	if [ -z "$t_is_done" ]; then
		echo "Bail out! the script ended at test $t_count"
		[ "$t_status" -ne 0 ] || t_status=1
	fi
	exit "$t_status"
}
trap t_finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

PREFIX=$T/inst
POT=$PREFIX/bin/pot
if [ -n "${POT_TEST_TREE:-}" ]; then
	install_pot "$POT_TEST_TREE" "$PREFIX" "$T/data"
fi
