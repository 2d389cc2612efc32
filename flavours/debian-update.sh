#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs in the pot: Debian's updates, without questions.  No service starts,
# and files of configuration that were changed stay as they are.
set -eu

command -v apt-get >/dev/null || {
	echo "debian-update: this base has no apt-get" >&2
	exit 1
}
policy=/usr/sbin/policy-rc.d
restore()
{
	rm -f "$policy"
	[ ! -e "$policy.pot" ] || mv "$policy.pot" "$policy"
}
[ ! -e "$policy" ] || mv "$policy" "$policy.pot"
trap restore EXIT
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
# What an earlier, unfinished installation left.
/usr/bin/dpkg --configure -a
apt-get -q -o APT::Update::Error-Mode=any update
apt-get -q -y -o Dpkg::Options::=--force-confdef \
    -o Dpkg::Options::=--force-confold dist-upgrade
apt-get -q clean
rm -rf /var/lib/apt/lists/*
