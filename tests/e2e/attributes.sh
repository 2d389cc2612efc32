#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Attributes seen from inside the pot, and those that mean nothing here.
. "$POT_TEST_TOP/tests/lib.sh"
with_base tiny
runs "a pot is created" pot create -p web -t single -b tiny
pot set-attribute -p web -A persistent -V no

# What the pot's command prints.
inside() # COMMAND
{
	pot set-cmd -p web -c "sh -c '$1'"
	pot start web 2>&1 | grep -v '^===>'
}

pot set-cmd -p web -c true
runs "with defaults" pot start web
out_is "===>  Starting the pot web" "there is nothing to explain"

if [ "$(uname -s)" = Linux ]; then
	pot set-attribute -p web -A zfs -V yes
	pot set-attribute -p web -A devfs_ruleset -V 77
	runs "with attributes that Linux has not" pot start web
	out_like "*attribute devfs_ruleset: *" \
	    "one is explained"
	is "$(grep -c 'attribute zfs:' "$T/.out")" 1 "the other once"
	pot set-attribute -p web -A zfs -V no

	pot set-attribute -p web -A devfs_ruleset -V 4
	like "$(inside 'ls /dev')" "*null*" "ruleset 4 has /dev/null"
	pot set-attribute -p web -A devfs_ruleset -V 1
	unlike "$(inside 'ls /dev')" "*null*" "ruleset 1 has no devices"
	pot set-attribute -p web -A devfs_ruleset -V 4

	caps="grep CapBnd /proc/self/status"
	before=$(inside "$caps")
	pot set-attribute -p web -A raw_sockets -V yes
	isnt "$(inside "$caps")" "$before" "raw_sockets adds a capability"
	pot set-attribute -p web -A raw_sockets -V no
	is "$(inside "$caps")" "$before" "and takes it away (D15)"

	pot set-attribute -p web -A read-only-root -V yes
	like "$(inside 'touch /x 2>&1')" "*Read-only*" "read-only-root"
	is "$(inside 'touch /tmp/x && echo yes')" yes "but for /tmp"
	pot set-attribute -p web -A read-only-root -V no
fi

is "$(inside 'touch /tmp/seen && ls /tmp')" seen "/tmp is the pot's own"
is "$(inside 'ls /tmp')" "" "and new at each start"
pot set-attribute -p web -A no-tmpfs -V yes
inside 'touch /tmp/stays' >/dev/null
is "$(inside 'ls /tmp')" stays "but with no-tmpfs"

cp "$T/data/fs/jails/web/conf/pot.conf" "$T/conf"
for a in mlock=perhaps own-init=maybe prunable=2 no-tmpfs=ja stop-signal=SIGX \
    log-size=big stop_timeout=soon sysvshm=shared; do
	echo "pot.attr.$a" >>"$T/data/fs/jails/web/conf/pot.conf"
	exits 1 "a stored value that makes no sense: no start" pot start web
	err_like "*pot web: *${a%=*}*${a#*=}*" "it says which"
	cp "$T/conf" "$T/data/fs/jails/web/conf/pot.conf"
done
done_testing
