#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every file below POT_FS_ROOT, POT_RUN_DIR and POT_LOG_DIR which pot reads
# becomes empty, noise, huge, half of itself, a directory, a FIFO or a link:
# no command hangs, crashes or does harm elsewhere; errors name a file or the
# pot; other pots go on; what is broken can be destroyed.
# pot-test: timeout=240
# What lies below POT_FS_ROOT is no file system of ours on ZFS.
[ "${POT_TEST_STORAGE:-}" != zfs ] || POT_TEST_STORAGE=dir
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
F=$T/data
echo "keep me" >"$T/outside"
mkdir "$T/dir"
for p in web db; do
	pot create -p $p -t single -b tiny >/dev/null || bail "create"
	pot set-cmd -p $p -c "sleep 1000"
	pot set-attribute -p $p -A stop_timeout -V 1
done
pot mount-in -p web -m /mnt -d "$T/dir" >/dev/null
pot set-hosts -p web -H a:10.0.0.1
printf '#!/bin/sh\n' >"$T/hook"
chmod 755 "$T/hook"
pot set-hook -p web -s "$T/hook"
pot start -d -p web >/dev/null && pot stop -p web
pot snapshot -p web >/dev/null
pot clone -p two -P web >/dev/null
# What a killed command leaves.
mkdir -p "$F/run/journal" "$F/run/lock"
printf 'pot-journal 1\nop create\nowner 99999 1\nstep directory\n' \
    >"$T/create"
printf 'pot-journal 1\nop stop\nowner 99999 1\narg generation 1\nstep end\n' \
    >"$T/stop"
mkdir "$T/saved"
(cd "$F" && tar -cf "$T/saved/fs.tar" fs log && tar -cf "$T/saved/run.tar" run)

# fs itself stays: the installation is known by its inode.
unpack()
{
	(
		cd "$F" || exit 1
		find fs run log -mindepth 1 -delete &&
			tar -xf "$T/saved/fs.tar" && tar -xf "$T/saved/run.tar"
	)
}

# A supervisor whose pot was destroyed may still be at its end.
restore()
{
	eventually unpack || bail "restore"
}

# Works, or refuses by a message of ours.
sane() # COMMAND...
{
	t_run timeout --foreground -s KILL 20 "$POT" "$@"
	[ "$t_status" -ne 0 ] || return 0
	if [ "$t_status" -lt 125 ] && grep -q '^###>  ..' "$T/.err" &&
	    ! grep -q 'ssertion' "$T/.err"; then
		return 0
	fi
	why="$why
$* -> $t_status: $(head -c 400 "$T/.err")"
}

works() # COMMAND...
{
	t_run timeout --foreground -s KILL 20 "$POT" "$@"
	[ "$t_status" -eq 0 ] || why="$why
$* -> $t_status, wanted 0: $(head -c 400 "$T/.err")"
}

# The file F has become what KIND is: everything which reads it is tried.
tried() # DESC
{
	why=
	for c in "ls" "ls -a" "ps" "show -a" "info -p web" "info -E -p web" \
	    "get-attr -p web -A persistent" "last-run-stats -p web" \
	    "logs -p web -n 3" "get-rss -p web" "start -d -p web" \
	    "exec -p web true" "info -p web --format json" \
	    "ps --format json" "set-cmd -p web -c true" "signal -s INFO -p web" \
	    "stop -p web" "clone -p new -P web" "clone -F -p new2 -P web" \
	    "snapshot -p web" "revert -p web" "purge-snapshots -a -p web" \
	    "rename -p web -n old" "rename -p old -n web" "recover" "create -p ghost -t single -b tiny" \
	    "destroy -F -p ghost"; do
		# shellcheck disable=SC2086
		sane $c
	done
	$finally
	is "$why" "" "$1"
	is "$(cat "$T/outside")$(ls "$T/dir")" "keep me" "$1: nothing outside"
}

# In the end it can be destroyed, others are as they were, nothing runs.
destroyed()
{
	works start -d -p db
	works exec -p db true
	works stop -p db
	works create -p more -t single -b tiny
	works destroy -p more
	works destroy -F -r -p web
	[ ! -e "$F/fs/jails/web" ] || why="$why
it is still there: $(find "$F/fs/jails/web")"
	[ -z "$(pot ps -q 2>/dev/null)" ] || why="$why
it still runs"
	sane destroy -F -r -p two
}

# What is root's alone and in memory: its error is enough.
nothing_runs()
{
	sane destroy -F -r -p web
	[ -z "$(pot ps -q 2>/dev/null)" ] || why="$why
something runs"
}

corrupt() # FILE KIND
{
	case $2 in
	empty) : >"$1" ;;
	binary) head -c 3000 /dev/urandom >"$1" ;;
	half) head -c $(($(wc -c <"$1") / 2)) "$1" >"$T/half" &&
		cat "$T/half" >"$1" ;;
	huge) yes "pot.cmd=x $1" | head -c 9000000 >"$1" ;;
	line) head -c 300000 /dev/zero | tr '\0' / >"$1" ;;
	up) printf '../../../../../../../../../..%s\n' "$T/outside" >"$1" ;;
	nul) printf 'a\0b\n\0' >"$1" ;;
	gone) rm "$1" ;;
	dir) rm "$1" && mkdir "$1" && : >"$1/x" ;;
	fifo) rm "$1" && mkfifo "$1" ;;
	link) rm "$1" && ln -s "$T/outside" "$1" ;;
	dangling) rm "$1" && ln -s "$T/outside.new" "$1" ;;
	loop) rm "$1" && ln -s "${1##*/}" "$1" ;;
	esac
}

# All files of the pot, of its layers, and the installation's.
list()
{
	(
		cd "$F" || exit 1
		find fs/jails/web -type f ! -path '*/m/*'
		find fs/layers -mindepth 2 -maxdepth 2 -type f
		find fs/bases/.lent -type f 2>/dev/null
		find run log/web -type f ! -path 'run/lock/*'
		echo run/lock/web
		echo run/journal/web
		echo fs/journal/ghost
	) | sort -u
}

pot start -d -p web >/dev/null && pot stop -p web
restore
list >"$T/list"
# CI takes each eighth, other ones for each file; an emulated machine fewer.
every=8
[ "$(uname -s)" != FreeBSD ] || [ -z "${POT_TEST_VM:-}" ] || every=48
[ -z "${POT_TEST_LONG:-}" ] || every=1
kinds="empty binary half huge line up nul gone dir fifo link dangling loop"
n=0
while read -r f; do
	for kind in $kinds; do
		n=$((n + 1))
		[ $((n % every)) -eq 0 ] || continue
		[ -e "$F/$f" ] || case $f in
		fs/journal*) cp "$T/create" "$F/$f" ;;
		run/journal*) cp "$T/stop" "$F/$f" ;;
		*) : >"$F/$f" ;;
		esac
		finally=destroyed
		case $f in
		run/boot* | run/lock/*) finally=nothing_runs ;;
		esac
		corrupt "$F/$f" "$kind" || bail "$f: $kind"
		tried "$f: $kind" </dev/null
		restore
	done
done <"$T/list"

# -- the hints of a pot that runs.  What says which process it is (cell) is
# not among them: who changes that as root has hidden the pot.

for f in status supervise.lock io/out io/err io/stage.out io/stage.err \
    io/stage.state; do
	for kind in $kinds; do
		n=$((n + 1))
		[ $((n % every)) -eq 0 ] || continue
		why=
		works start -d -p web
		# The supervisor makes its files while the pot runs already.
		eventually test -e "$F/run/pot/web/$f" || bail "$f: is missing"
		[ ! -p "$F/run/pot/web/$f" ] || case $kind in
		# It is a FIFO, which has nothing in it.
		gone | dir | link | dangling | loop) ;;
		*)
			works destroy -F -r -p web
			restore
			continue
			;;
		esac
		corrupt "$F/run/pot/web/$f" "$kind" || bail "$f: $kind"
		for c in "ps" "ls" "info -p web" "logs -p web" \
		    "last-run-stats -p web" "exec -p web true" \
		    "start -d -p web" "set-rss -p web --processes 100" \
		    "signal -s INFO -p web" "recover" "ps -v"; do
			# shellcheck disable=SC2086
			sane $c
		done
		works destroy -F -r -p web
		[ -z "$(pot ps -q)" ] || why="$why
it still runs"
		is "$why" "" "running, $f: $kind"
		is "$(cat "$T/outside")$(ls "$T/dir")" "keep me" \
		    "running, $f: $kind: nothing outside"
		restore
	done
done

done_testing
