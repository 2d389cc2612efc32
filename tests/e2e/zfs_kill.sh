#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pot is killed with -9 before and behind each zfs(8) that a verb runs, which
# goes on to its end.  The next command finds the old or the new state, the
# pots are usable, and when they are destroyed no dataset is left.
# (e2e/kill, with POT_TEST_STORAGE=zfs, kills at each write instead.)
# pot-test: plain timeout=600
if [ "$(uname -s)" = Linux ] && [ -z "${POT_TEST_LONG:-}" ]; then
	echo "1..0 # SKIP zfs-fuse hangs at times: in check-all, and on FreeBSD"
	exit 0
fi
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/zfs.sh"

Z=$POT_TEST_ZPOOL/pot
F=$T/data/fs
set_conf POT_ZFS_ROOT "$Z"

# The N-th call since `calls` was emptied kills who called.
cat >"$T/zfs.killing" <<EOC
#!/bin/sh
read -r n when <"$T/kill" || exec $ZFS_REAL "\$@"
echo "\$*" >>"$T/calls"
[ "\$(grep -c . "$T/calls")" = "\$n" ] || exec $ZFS_REAL "\$@"
echo >"$T/killed"
[ "\$when" = behind ] || kill -KILL \$PPID
$ZFS_REAL "\$@"
status=\$?
[ "\$when" = before ] || kill -KILL \$PPID
exit \$status
EOC
: >"$T/kill"
with_base tiny
wrap_zfs "$T/zfs.killing"

datasets()
{
	$ZFS_REAL list -H -r -t filesystem,snapshot -o name "$Z" | sort
}
empty=$(datasets)

is_usable() # NAME
{
	pot start -d -p "$1" && pot exec -p "$1" test -e /etc/passwd &&
	    pot stop -p "$1"
}

# Each pot there is can be used, none has a part of another's, and all can be
# destroyed.
check() # ALLOWED... (sets of pots, sorted)
{
	pot recover || return 1
	[ -z "$(ls "$F/journal" 2>/dev/null)" ] || return 1
	now=$(pot ls -q | tr '\n' ' ')
	is_allowed=
	for set; do
		[ "$now" != "$set" ] || is_allowed=yes
	done
	[ -n "$is_allowed" ] || {
		echo "found: $now"
		return 1
	}
	for p in $now; do
		is_usable "$p" || return 1
	done
	for p in $now; do
		pot destroy -r -p "$p" || ! pot info -q -p "$p" || return 1
	done
	pot recover || return 1
	left=$(datasets)
	[ "$left" = "$empty" ] || {
		echo "left: $left"
		return 1
	}
}

none() { :; }
one() { pot create -p web -t single -b tiny; }
snapped() { one && pot snapshot -p web; }
cloned() { snapped && pot clone -p two -P web; }

matrix() # PREPARE ALLOWED... -- ARG...
{
	prepare=$1
	shift
	allowed=
	while [ "$1" != -- ]; do
		allowed="$allowed '$1'"
		shift
	done
	shift
	kills=0
	for when in before behind; do
		n=0
		rm -f "$T/killed"
		while [ $n -eq 0 ] || [ -f "$T/killed" ]; do
			n=$((n + 1))
			rm -f "$T/killed"
			$prepare >"$T/log" 2>&1 || break
			: >"$T/calls"
			echo "$n $when" >"$T/kill"
			"$POT" "$@" >>"$T/log" 2>&1
			: >"$T/kill"
			sleep 0.1 # what goes on to its end gets there
			eval "check $allowed" >>"$T/log" 2>&1 || {
				fail "$*: killed $when call $n" \
				    "$(cat "$T/calls")" "$(cat "$T/log")"
				for p in $(pot ls -q); do
					pot destroy -F -r -p "$p" >/dev/null
				done
				return
			}
			[ ! -f "$T/killed" ] || kills=$((kills + 1))
		done
	done
	if [ $kills -gt 2 ]; then
		pass "$* ($kills kills)"
	else
		fail "$*" "killed $kills times" "$(cat "$T/log")"
	fi
}

matrix none "" "web " -- create -p web -t single -b tiny
matrix snapped "web " "two web " -- clone -p two -P web
matrix cloned "two web " "two " -- destroy -p web
if [ -n "${POT_TEST_LONG:-}" ]; then
	matrix one "web " "" -- destroy -p web
	matrix one "web " -- snapshot -p web
	matrix cloned "two web " -- revert -p web
	matrix cloned "two web " -- purge-snapshots -a -p web
	matrix snapped "web " "two " -- rename -p web -n two
fi
done_testing
