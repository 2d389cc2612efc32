#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs in the pot: install the server, and a page that says who serves it.
set -e

export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y --no-install-recommends install lighttpd
apt-get -q clean

cat >/etc/lighttpd/lighttpd.conf <<'EOF'
server.document-root = "/srv/www"
server.bind = "127.0.0.1"
server.port = env.PORT
server.username = "www-data"
server.groupname = "www-data"
index-file.names = ("index.html")
mimetype.assign = (".html" => "text/html", ".txt" => "text/plain")
EOF
mkdir -p /srv/www
echo "<p>This is a pot, made as $1.</p>" >/srv/www/index.html
