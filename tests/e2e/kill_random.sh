#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Commands are killed with -9 at random moments.  When the next command has
# run nothing is leaked (mounts, control groups, processes, files, what is in
# the run directory), the pot is in the old or the new state, and usable.
# 20 rounds; POT_TEST_LONG: 500.  POT_TEST_SEED repeats a run.
# pot-test: timeout=600
. "$POT_TEST_TOP/tests/lib.sh"

command -v timeout >/dev/null || bail "timeout is missing"
with_base tiny
F=$T/data
rounds=20
# In an emulated machine everything takes as many times as long.
slow=1
[ "$(uname -s)" != FreeBSD ] || [ -z "${POT_TEST_VM:-}" ] || slow=20
[ -z "${POT_TEST_LONG:-}" ] || rounds=500
seed=${POT_TEST_SEED:-$(($(date +%s) * 31 % 1000003 + $$))}
diag "POT_TEST_SEED=$seed"

rand() # N: 0 to N - 1, into r
{
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	r=$((seed / 2048 % $1))
}

# -- what there is

# Everything on the disk, by name and kind, and conf files by their content.
# Locks and temporary files of readers are no state.
files()
{
	(cd "$F" && find fs run log tmp -path run/lock -prune -o -print |
	    grep -Ev 'work/work|\.lock$' | sort &&
		find fs/jails -name '*.conf' -exec cksum {} + | sort)
}

# Control groups of this installation, whose name is in $tag; jails and rules.
groups()
{
	if [ "$(uname -s)" = FreeBSD ]; then
		jls name
		rctl 2>/dev/null
		return
	fi
	find /sys/fs/cgroup -type d -path "*/$tag/*" 2>/dev/null
}

# Pot's processes, and those of the pots (which all sleep so long).
processes()
{
	if [ "$(uname -s)" = FreeBSD ]; then
		ps -axww -o comm= -o args= |
		    awk '$1 ~ /^pot(-.*)?$/ || /^sleep .*123456/ { print $1 }'
		return
	fi
	for p in /proc/[0-9]*; do
		name=
		read -r name 2>/dev/null <"$p/comm"
		case $name in
		pot | pot-*) echo "$name" ;;
		sleep) tr '\0' ' ' 2>/dev/null <"$p/cmdline" | grep 123456 ;;
		esac
	done
}

mounts()
{
	if [ "$(uname -s)" = FreeBSD ]; then
		mount -p | awk -v t="$F/" 'index($2, t) { print $2 }'
		return
	fi
	awk -v t="$F/" 'index($5, t) && !/ - (fuse.)?zfs /' \
	    /proc/self/mountinfo 2>/dev/null
}

is_clean()
{
	[ -z "$(groups)$(processes)$(mounts)" ] &&
	    [ "$(files)" = "$(cat "$T/files")" ]
}

# -- rounds

make_pot() # NAME
{
	pot create -p "$1" -t single -b tiny &&
	    pot set-cmd -p "$1" -c "sleep 123456" &&
	    pot set-attribute -p "$1" -A stop_timeout -V 1 &&
	    pot set-rss -p "$1" --processes 50
}

# name, what has to be there before, the longest time that makes sense (us)
VERBS="create:none:12000 clone:snapshot:12000 start:stopped:15000
stop:running:30000 destroy:snapshot:12000 destroy_F:running:40000
snapshot:stopped:8000 revert:snapshot:8000 rename:stopped:8000
exec:running:6000 restart:running:40000 clone_F:running:15000
purge:snapshot:8000 setcmd:stopped:4000 setrss:running:5000
mountin:running:8000 copyin:running:12000"
nverbs=$(echo "$VERBS" | wc -w)
mkdir "$T/dir"

prepare() # STATE
{
	[ "$1" != none ] || return 0
	make_pot web || return 1
	case $1 in
	running) pot start -d -p web ;;
	snapshot) pot snapshot -p web ;;
	esac
}

arguments() # VERB: into args
{
	case $1 in
	create) args="create -p web -t single -b tiny" ;;
	clone) args="clone -p two -P web" ;;
	clone_F) args="clone -F -p two -P web" ;;
	start) args="start -d -p web" ;;
	stop) args="stop -p web" ;;
	destroy) args="destroy -p web" ;;
	destroy_F) args="destroy -F -p web" ;;
	snapshot) args="snapshot -p web" ;;
	revert) args="revert -p web" ;;
	rename) args="rename -p web -n two" ;;
	exec) args="exec -p web sleep 0.001" ;;
	restart) args="stop -p web" ;;
	purge) args="purge-snapshots -a -p web" ;;
	setcmd) args="set-cmd -p web -c true" ;;
	setrss) args="set-rss -p web --processes 40" ;;
	mountin) args="mount-in -p web -m /mnt -d $T/dir" ;;
	copyin) args="copy-in -F -p web -s $T/rootfs/bin -d /root/bin" ;;
	esac
}

# Which pots there may be: the old state or the new one, nothing between.
state_is_sane() # VERB
{
	have=$(pot ls -q | sort | tr '\n' ' ')
	case "$1 $have" in
	"create " | "create web " | "destroy "* | "destroy_F "*) ;;
	"clone web " | "clone two web " | "clone_F web " | \
	    "clone_F two web ") ;;
	"rename web " | "rename two ") ;;
	"create "* | "clone"* | "rename "*)
		echo "there is: $have"
		return 1
		;;
	*" web ") ;;
	*)
		echo "there is: $have"
		return 1
		;;
	esac
}

# What no command comes across, since it has no name yet, is recover's.
# Another one finds nothing to do.
is_swept()
{
	pot recover || return 1
	[ -z "$(ls "$F/fs/journal" "$F/run/journal" | grep -v :)" ] || return 1
	swept=$(pot recover 2>&1)
	[ -z "$swept" ] || {
		echo "a second recovery: $swept"
		return 1
	}
}

is_usable() # NAME
{
	# It may be that this finishes a stop that was killed, and says that
	# there is nothing left to stop.
	[ "$(pot ps -q | grep -cx "$1")" = 0 ] || pot stop -p "$1"
	pot set-cmd -p "$1" -c "sleep 123456" && pot start -d -p "$1" &&
	    pot exec -p "$1" true && pot snapshot -p "$1" 2>/dev/null
	[ "$(pot ps -q | grep -cx "$1")" = 1 ] || return 1
	pot stop -p "$1" && [ "$(pot ps -q | grep -cx "$1")" = 0 ]
}

round() # VERB STATE US
{
	verb=$1
	prepare "$2" || return 1
	[ "$verb" != restart ] || pot exec -p web touch /root/mark || return 1
	rand $(($3 * slow))
	arguments "$verb"
	# Only the command itself, and not what it started.
	# shellcheck disable=SC2086
	timeout --foreground -s KILL \
	    "$(printf '%d.%06d' $((r / 1000000)) $((r % 1000000 + 1)))" \
	    "$POT" $args
	status=$?
	echo "$verb: after $r us: status $status"
	# GNU's timeout says 137 then, FreeBSD's 124.
	case $status in
	124 | 137) kills=$((kills + 1)) ;;
	esac
	# The next command: one that changes this pot (which it may find to be
	# none), or recover.
	rand 2
	if [ $r -eq 0 ]; then
		for p in $(pot ls -q); do
			pot set-attribute -p "$p" -A prunable -V NO
		done
	fi
	is_swept || return 1
	[ "$verb" != restart ] || pot start -d -p web || return 1
	for p in $(pot ls -q); do
		is_usable "$p" || return 1
	done
	state_is_sane "$verb" || return 1
	for p in $(pot ls -q); do
		pot destroy -F -r -p "$p" || return 1
	done
	pot recover || return 1
	eventually is_clean
}

make_pot web >/dev/null && pot destroy -p web || bail "a pot"
files >"$T/files"
is "$(processes)$(mounts)" "" "before: there is nothing"
prepare running >/dev/null
# On a system without control groups nothing can be found, or be left.
pid=$(pot info -E -p web | sed -n 's/.*_POT_JID=\([0-9]*\).*/\1/p')
tag=$(sed -n 's,^0::/\(pot[^/]*\)/.*,\1,p' "/proc/$pid/cgroup" 2>/dev/null)
isnt "$(processes)" "" "a running pot's processes are seen"
[ ! -d /sys/fs/cgroup ] ||
    isnt "$(groups)" "" "its control group is seen ($tag)"
isnt "$(files)" "$(cat "$T/files")" "its files are seen"
pot destroy -F -p web
becomes "a pot leaves nothing" is_clean

kills=0
bad=0
n=0
while [ $n -lt $rounds ]; do
	n=$((n + 1))
	from=$seed
	# Each verb in its turn.
	# shellcheck disable=SC2046,SC2086
	set -- $(echo $VERBS | cut -d ' ' -f $((n % nverbs + 1)) | tr : ' ')
	round "$@" >"$T/round.log" 2>&1 && continue
	bad=$((bad + 1))
	diag "round $n, $1, seed $from: $(cat "$T/round.log")"
	diag "left: $(groups) $(processes) $(mounts)"
	files | diff "$T/files" - | sed 's/^/# /'
	# The next rounds start from nothing.
	for p in $(pot ls -q); do
		pot destroy -F -r -p "$p" >/dev/null 2>&1
	done
	files >"$T/files"
done
is $bad 0 "$rounds rounds: nothing leaked, all usable"
isnt $kills 0 "commands were killed ($kills)"

done_testing
