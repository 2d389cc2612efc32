#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Pots with user namespaces of their own: ids of the host for each, files that
# keep their owners, and a root that is nobody outside.
# pot-test: plain timeout=240
. "$POT_TEST_TOP/tests/lib.sh"
[ "$(uname -s)" = Linux ] || skip_all "user namespaces are Linux's"

start=2013265920
with_base tiny
mkdir "$T/rootfs/home"
runs "a pot is created" pot create -p web -t single -b tiny
runs "with a user namespace" pot set-attribute -p web -A userns -V yes
pot set-cmd -p web -c "sh -c 'echo ready; exec sleep 1000'"
fs=$T/data/fs

# The pot's process on the host.
first_pid() # POT
{
	pot ps --format json -p "$1" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p'
}
id_of() # POT: the first of its ids
{
	pot info -v --format json -p "$1" |
	    sed -n 's/.*"userns": *{ *"first": *\([0-9]*\).*/\1/p'
}

is "$(id_of web)" "" "it has no ids before its first start"
runs "it starts" pot start -d web
becomes_out ready "its output is in the log" "$POT" logs -p web -n 1
is "$(id_of web)" "$start" "it has its ids"
pot ps --format json -p web; pot info -v -p web | tail
pot exec web id -u
pot exec web cat /proc/self/uid_map
done_testing
