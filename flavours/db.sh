#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs in the pot: installs the server.
set -eu

port=${PORT:-0}
die()
{
	echo "db: $*" >&2
	exit 1
}
command -v apt-get >/dev/null || die "wants a Debian base"

export DEBIAN_FRONTEND=noninteractive
# The package would start its server at once, on a port of the host.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
if ! apt-get -q -o APT::Update::Error-Mode=any update ||
    ! apt-get -q -y --no-install-recommends install redis-server; then
	die "redis can't be installed: does the pot reach its mirror?"
fi
rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/*
apt-get -q clean

mkdir -p /srv/db
chown redis:redis /srv/db
chmod 750 /srv/db
cat >/etc/redis/pot.conf <<'EOT'
bind 127.0.0.1
unixsocket /srv/db/socket
unixsocketperm 770
dir /srv/db
appendonly yes
daemonize no
logfile ""
EOT
cat >/usr/local/sbin/pot-db <<EOT
#!/bin/sh
# The command of the pot; without a port there is the socket alone.
exec setpriv --reuid redis --regid redis --init-groups \\
    /usr/bin/redis-server /etc/redis/pot.conf --port "\${PORT:-$port}"
EOT
chmod 755 /usr/local/sbin/pot-db
