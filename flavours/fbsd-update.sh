#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs in the pot: FreeBSD's security updates, without questions.
set -eu

if [ "$(uname -s)" != FreeBSD ]; then
	echo "fbsd-update: this base is not FreeBSD" >&2
	exit 1
fi
# A base that consists of packages (pkgbase) is updated as such.
if command -v pkg >/dev/null && pkg -N info -e FreeBSD-runtime 2>/dev/null
then
	export ASSUME_ALWAYS_YES=yes
	pkg update -q -r FreeBSD-base
	pkg upgrade -y -r FreeBSD-base
	pkg clean -a -y >/dev/null
	exit 0
fi
for program in freebsd-version freebsd-update; do
	command -v "$program" >/dev/null || {
		echo "fbsd-update: this base has no $program" >&2
		exit 1
	}
done
export PAGER=cat
# The release is the pot's, not that of the kernel it runs on.
update()
{
	freebsd-update --not-running-from-cron \
	    --currently-running "$(freebsd-version -u)" "$@"
}
update fetch
# Without anything to install it ends with 2, which is fine.
status=0
update install || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 2 ]
rm -rf /var/db/freebsd-update/*
