#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How often zfs(8) is run: the table of ARCHITECTURE.md is executed, row by
# row, and so with 500 more pots.
# pot-test: plain timeout=300
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/zfs.sh"

Z=$POT_TEST_ZPOOL/pot
F=$T/data/fs
set_conf POT_ZFS_ROOT "$Z"

# What is busy for a moment is so with FUSE alone, and a rename there is more
# than a call: that is not counted.
cat >"$T/zfs.counting" <<EOC
#!/bin/sh
echo "\$*" >>"$T/calls"
each() # VERB DATASET
{
	$ZFS_REAL list -H -r -t filesystem -o name "\$2" | sort \$3 |
	    while read -r d; do $ZFS_REAL "\$1" "\$d"; done >/dev/null 2>&1
}
is_fuse=
[ -e /dev/zfs ] || [ "\$(uname -s)" = FreeBSD ] || is_fuse=yes
case "\$is_fuse \$1 \$2" in
"yes rename "*@*) ;;
"yes rename "*) each unmount "\$2" -r ;;
esac
tries=0
while :; do
	{ said=\$($ZFS_REAL "\$@" 2>&1 >&3); } 3>&1
	status=\$?
	case "\$is_fuse \$status \$said" in
	"yes "[1-9]*busy*) [ \$tries -lt 100 ] || break ;;
	*) break ;;
	esac
	tries=\$((tries + 1))
	sleep 0.05
done
case "\$is_fuse \$status \$1 \$2" in
"yes 0 rename "*@*) ;;
"yes 0 rename "*) each mount "\$3" ;;
esac
[ -z "\$said" ] || echo "\$said" >&2
exit \$status
EOC
with_base tiny
pot create -p other -t single -b tiny >/dev/null || bail "create"
wrap_zfs "$T/zfs.counting"

# Rows: | `COMMAND` | CALLS | WHICH |
sed -n 's/^| `\(pot [^`]*\)` | \([0-9]*\) | .*/\2 \1/p' \
    "$POT_TEST_TOP/ARCHITECTURE.md" >"$T/table"
isnt "$(grep -c . "$T/table")" 0 "there is a table"
run_table() # DESC
{
	while read -r wanted command; do
		: >"$T/calls"
		# shellcheck disable=SC2086
		runs "$1: $command" $command
		is "$(grep -c . "$T/calls")" "$wanted" \
		    "$1: $command: $wanted calls"
		[ "$(grep -c . "$T/calls")" = "$wanted" ] ||
		    sed 's/^/#   /' "$T/calls"
	done <"$T/table"
}
run_table "one pot"

# Many: what is listed costs no more, and neither does a clone.
i=0
while [ $i -lt 500 ]; do
	i=$((i + 1))
	mkdir "$F/jails/many$i"
	cp -R "$F/jails/other/conf" "$F/jails/many$i/conf"
done
: >"$T/calls"
is "$(pot ls -q | grep -c .)" 501 "500 more"
runs "ls" pot ls
is "$(grep -c '^pot name' "$T/.out")" 501 "lists them"
is "$(cat "$T/calls")" "" "and does not run zfs(8)"
runs "ls with snapshots" pot ls -v
is "$(grep -c . "$T/calls")" 1 "does so once"
sed '/ pot create -p three/,$d' "$T/table" >"$T/first" # to the clone
mv "$T/first" "$T/table"
run_table "501 pots"
rm -rf "$F/jails"/many*
done_testing
