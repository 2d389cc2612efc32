# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# For scripts of tests/cli: after lib.sh, makes of the script's installation
# one that runs on the kernel in memory (src/platform/fake), with the dir
# storage: every verb is the real one, nothing of the host is touched, and no
# supervisor watches.  What a pot's command does is said by its first word
# (fake.h): exit 3, signal 9, sleep, env, ...

cp "$POT_TEST_BUILD/src/cli/pot-fake" "$POT" ||
    bail "no pot-fake in $POT_TEST_BUILD"
mkdir -p "$PREFIX/libexec/pot" "$T/data/tmp"
for t_program in pot-supervise pot-init; do
	# It tells the foreground at once that the command has ended.
	printf '#!/bin/sh\nprintf . >&7\n' >"$PREFIX/libexec/pot/$t_program"
	chmod 755 "$PREFIX/libexec/pot/$t_program"
done
POT_FAKE_STATE=$T/kernel POT_FAKE_EXE=$POT
export POT_FAKE_STATE POT_FAKE_EXE
set_conf POT_STORAGE dir
JAILS=$T/data/fs/jails

# Initialised, with a base of three files.
fake_init() # [BASE...]
{
	pot init -m >"$T/.out" 2>&1 || bail "pot init: $(out)"
	for t_base in "${@:-tiny}"; do
		mkdir -p "$T/data/fs/bases/$t_base/bin" \
		    "$T/data/fs/bases/$t_base/etc" \
		    "$T/data/fs/bases/$t_base/tmp"
		printf '#!/bin/sh\n' >"$T/data/fs/bases/$t_base/bin/sh"
		echo "of $t_base" >"$T/data/fs/bases/$t_base/etc/motd"
	done
}

# A stopped pot on base tiny.
fake_pot() # NAME [OPTION...]
{
	t_name=$1
	shift
	pot create -p "$t_name" -t single -b tiny "$@" >"$T/.out" 2>&1 ||
	    bail "pot create -p $t_name: $(out)"
}

# Lines of the pot's pot.conf that begin with KEY=, without it.
conf_values() # POT KEY
{
	sed -n "s/^$2=//p" "$JAILS/$1/conf/pot.conf"
}

is_json() # DESC: the output
{
	if "$POT_TEST_BUILD/tests/guest/json" "$T/.out" 2>"$T/.err"; then
		pass "$1"
	else
		fail "$1" "$(out)" "$(err)"
	fi
}

# A value in the JSON of the output: json_is "['name']" web DESC
json_get() # PATH
{
	"$POT_TEST_BUILD/tests/guest/json" "$T/.out" "$1" 2>&1
}
json_is() # PATH WANTED DESC
{
	is "$(json_get "$1")" "$2" "$3"
}

# A refusal that shows the help of the command, and one that does not.
usage() # DESC COMMAND...
{
	t_desc=$1
	shift
	t_status=0
	t_run "$@"
	t_what=none
	! grep -q '^usage: pot ' "$T/.out" || t_what=help
	is "$t_status $t_what" "1 help" "$t_desc"
	[ -s "$T/.err" ] || fail "$t_desc: stderr says why"
}

no_usage() # DESC COMMAND...
{
	t_desc=$1
	shift
	t_run "$@"
	t_what=none
	! grep -q '^usage: pot ' "$T/.out" || t_what=help
	is "$t_status $t_what" "1 none" "$t_desc"
	[ -s "$T/.err" ] || fail "$t_desc: stderr says why"
}
