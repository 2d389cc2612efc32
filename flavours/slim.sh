#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs in the pot: takes away what a server does not need at run time.
set -eu

# Those that are there, of a list with patterns.
away()
{
	for path; do
		[ -e "$path" ] || [ -L "$path" ] || continue
		chflags -R 0 "$path" 2>/dev/null || :
		rm -rf -- "$path"
	done
}

slim_debian()
{
	# Also of the packages that come later; licences stay.
	cat >/etc/dpkg/dpkg.cfg.d/pot-slim <<-'EOT'
	path-exclude=/usr/share/doc/*
	path-include=/usr/share/doc/*/copyright
	path-exclude=/usr/share/info/*
	path-exclude=/usr/share/lintian/*
	path-exclude=/usr/share/locale/*
	path-exclude=/usr/share/man/*
	EOT
	find /usr/share/doc ! -type d ! -name copyright -delete
	away /usr/share/info/* /usr/share/lintian /usr/share/locale/* \
	    /usr/share/man/* /var/cache/debconf/*-old /var/lib/dpkg/*-old \
	    /var/lib/apt/lists/* /var/log/apt /var/log/*.log
	apt-get -q clean
}

slim_freebsd()
{
	away /boot /rescue /usr/include /usr/lib/debug /usr/lib/*.a \
	    /usr/libdata/lint /usr/ports /usr/src /usr/obj /usr/tests \
	    /usr/share/dict /usr/share/doc /usr/share/examples \
	    /usr/share/games /usr/share/info /usr/share/man \
	    /usr/share/openssl/man /usr/share/sendmail
	for name in cc c++ c89 c99 cpp clang clang++ clang-cpp clang-tblgen \
	    gdb kgdb ld.lld lldb lldb-tblgen llvm-ar llvm-cov llvm-profdata \
	    llvm-symbolizer llvm-tblgen svnlite svnliteadmin yacc; do
		away "/usr/bin/$name"
	done
	away /usr/local/sbin/pkg /usr/local/sbin/pkg-static \
	    /usr/local/lib/libpkg.* /usr/local/share/man /usr/local/man \
	    /usr/local/share/doc /usr/local/include /var/cache/pkg/* \
	    /var/db/freebsd-update/* /var/db/pkg/repo-*
}

case "$(uname -s)" in
FreeBSD) slim_freebsd ;;
*)
	if [ -f /etc/debian_version ]; then
		slim_debian
	else
		echo "slim: neither FreeBSD nor Debian" >&2
		exit 1
	fi
	;;
esac
