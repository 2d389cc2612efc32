#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs in the pot: installs the server and a page that says who serves it.
set -eu

port=${PORT:-8080}
die()
{
	echo "web: $*" >&2
	exit 1
}
command -v apt-get >/dev/null || die "wants a Debian base"

export DEBIAN_FRONTEND=noninteractive
# The package would start its server at once, on a port of the host.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
if ! apt-get -q -o APT::Update::Error-Mode=any update ||
    ! apt-get -q -y --no-install-recommends install lighttpd; then
	die "lighttpd can't be installed: does the pot reach its mirror?"
fi
rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/*
apt-get -q clean

cat >/etc/lighttpd/pot.conf <<'EOT'
server.modules = ("mod_accesslog")
server.document-root = "/srv/www"
server.bind = "127.0.0.1"
server.port = env.PORT
server.username = "www-data"
server.groupname = "www-data"
index-file.names = ("index.html")
mimetype.assign = (".html" => "text/html", ".css" => "text/css",
    ".js" => "text/javascript", ".png" => "image/png",
    ".svg" => "image/svg+xml", ".txt" => "text/plain")
# Where lighttpd writes each line at once.
accesslog.filename = "/dev/stderr"
EOT
cat >/usr/local/sbin/pot-web <<EOT
#!/bin/sh
# The command of the pot.
PORT=\${PORT:-$port}
export PORT
exec /usr/sbin/lighttpd -D -f /etc/lighttpd/pot.conf
EOT
chmod 755 /usr/local/sbin/pot-web

mkdir -p /srv/www
echo "<p>This is a pot, made as $1.</p>" >/srv/www/index.html
