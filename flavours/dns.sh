#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs in the pot: installs dnsmasq, and on FreeBSD consul.  The base's
# start-up script starts them.  CONSUL says where else an agent is.
set -eu

consul=${CONSUL:-127.0.0.1#8600}
die()
{
	echo "dns: $*" >&2
	exit 1
}

configure() # FILE
{
	mkdir -p "${1%/*}"
	cat >"$1" <<-EOT
	# Written by the flavour dns.
	domain-needed
	bogus-priv
	server=/consul/$consul
	EOT
}

dns_freebsd()
{
	ASSUME_ALWAYS_YES=yes pkg install -y dnsmasq consul ||
	    die "packages can't be installed: does the pot reach a mirror?"
	pkg clean -a -y >/dev/null
	configure /usr/local/etc/dnsmasq.conf
	sysrc dnsmasq_enable=YES consul_enable=YES >/dev/null
	sysrc consul_args="-server -bootstrap-expect=1" >/dev/null
}

dns_debian()
{
	export DEBIAN_FRONTEND=noninteractive
	# The package would start its server at once, on the host's port.
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
	chmod 755 /usr/sbin/policy-rc.d
	if ! apt-get -q -o APT::Update::Error-Mode=any update ||
	    ! apt-get -q -y --no-install-recommends install dnsmasq; then
		die "dnsmasq can't be installed: does the pot reach its mirror?"
	fi
	rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/*
	apt-get -q clean
	configure /etc/dnsmasq.d/pot
}

case "$(uname -s)" in
FreeBSD) dns_freebsd ;;
*)
	command -v apt-get >/dev/null || die "wants FreeBSD or Debian"
	dns_debian
	;;
esac
