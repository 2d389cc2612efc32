#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What must be on the disk, and in which order, so that a power failure
# leaves the old or the new state: the journal before anything is made, a
# file's content before its name, and all of it before the command returns.
# pot-test: plain
. "$POT_TEST_TOP/tests/lib.sh"

needs_strace
fs=$T/data/fs

make_rootfs "$T/root"
runs "init" pot init -m
runs "a base" pot create-base --from "$T/root" -b small
runs "a pot" pot create -p one -t single -b small
runs "its component" pot create-fscomp -f data
runs "which is mounted" pot mount-in -p one -f data -m /data
printf '#!/bin/sh\n' >"$T/hook"
chmod 755 "$T/hook"
runs "a hook" pot set-hook -p one -s "$T/hook"
runs "a snapshot" pot snapshot -p one

# The calls of a command that concern the storage, with the paths of what
# they are about.
trace() # ARG...
{
	strace -f -qq -y -o "$T/trace" -e trace=fsync,fdatasync,mkdirat,\
linkat,symlinkat,renameat,unlinkat "$POT" "$@" >/dev/null 2>&1 </dev/null
}

# Does one that matches FIRST come before each that matches SECOND?
comes_before() # FIRST SECOND
{
	awk -v first="$1" -v second="$2" '
	$0 ~ first { seen = 1 }
	$0 ~ second { found = 1; if (!seen) bad = $0 }
	END { if (bad != "") print bad; exit bad != "" || !found || !seen }
	' "$T/trace"
}

# After the last change of the storage the directory of the journals, which
# is one of them, is synced.
is_synced_at_end()
{
	awk -v fs="$fs/" -v journal="<$fs/journal>)" '
	/(mkdirat|linkat|symlinkat|renameat|unlinkat)\(/ &&
	    index($0, fs) && !/\.log|@use|\.lock/ { change = NR; what = $0 }
	/fsync\(/ && index($0, journal) { sync = NR }
	END { if (sync <= change) print what; exit !change || sync <= change }
	' "$T/trace"
}

# Of a file of conf/ that has content: synced, then renamed.
content_first() # FILE
{
	comes_before "fsync[(].*/$1[.]tmp[.]" "renameat[(].*\"$1[.]tmp[.]"
}

for verb in create clone; do
	case "$verb" in
	create) set -- create -p new -t single -b small ;;
	clone) set -- clone -p new -P one ;;
	esac
	runs "$verb" trace "$@"
	runs "$verb: the journal is synced before anything is made" \
	    comes_before "fsync[(].*/journal/new" "mkdirat[(].*\"new\""
	runs "$verb: pot.conf has its content before its name" \
	    content_first 'pot[.]conf'
	runs "$verb: all is on the disk at the end" is_synced_at_end
	[ "$verb" = create ] || {
		runs "$verb: fscomp.conf, too" content_first 'fscomp[.]conf'
		runs "$verb: a hook, too" content_first 'prestart[.]sh'
	}
	runs "destroy after $verb" trace destroy -p new
	runs "destroy: the journal is synced before anything goes" \
	    comes_before "fsync[(].*/journal/new" "renameat[(]"
	runs "destroy: all is on the disk at the end" is_synced_at_end
done
runs "snapshot" trace snapshot -p one
runs "snapshot: all is on the disk at the end" is_synced_at_end
runs "revert" trace revert -p one
runs "revert: all is on the disk at the end" is_synced_at_end
runs "rename" trace rename -p one -n two
runs "rename: all is on the disk at the end" is_synced_at_end

done_testing
