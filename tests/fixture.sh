# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What tests and benchmarks stand on: an installation of pot of their own, a
# small root file system.  POSIX sh, Debian or FreeBSD.

# Copy what a build installs (TREE is its prefix) to PREFIX, with a pot.conf
# that keeps everything below DATA.
install_pot() # TREE PREFIX DATA
{
	mkdir -p "$2" "$3/cache" "$3/tmp"
	cp -R "$1/." "$2/"
	mkdir -p "$2/etc/pot"
	cat >"$2/etc/pot/pot.conf" <<-EOF
	POT_FS_ROOT="$3/fs"
	POT_CACHE="$3/cache"
	POT_TMP="$3/tmp"
	POT_RUN_DIR="$3/run"
	POT_LOG_DIR="$3/log"
	POT_GROUP=daemon
	EOF
	[ -z "${POT_TEST_STORAGE:-}" ] ||
	    echo "POT_STORAGE=$POT_TEST_STORAGE" >>"$2/etc/pot/pot.conf"
	[ -z "${POT_TEST_ZPOOL:-}" ] ||
	    echo "POT_ZFS_ROOT=$POT_TEST_ZPOOL/pot" >>"$2/etc/pot/pot.conf"
}

# What a root file system has of FreeBSD's base.
: "${ROOTFS_PROGRAMS:=awk basename cat chmod chown cmp cp cpuset cut date dd df
dirname echo env expr false find grep head hostname id ifconfig kill ln ls mkdir
mkfifo mktemp mount mv nc nohup pgrep ping printenv printf ps pwd realpath rm
rmdir sed seq sh sleep sort stat stty sync sysctl tail tee test timeout touch tr
true truncate tty umount uname wc xargs}"

# A program of FreeBSD's base into DIR/bin, with its libraries.
rootfs_program() # DIR NAME
{
	for file in "/bin/$2" "/usr/bin/$2" "/sbin/$2" "/usr/sbin/$2" ''; do
		[ ! -x "$file" ] || break
	done
	[ -n "$file" ] || return 0
	cp "$file" "$1/bin/$2"
	ldd -f '%p\n' "$file" 2>/dev/null | while read -r library; do
		[ -f "$1/$library" ] || {
			mkdir -p "$1/${library%/*}"
			cp "$library" "$1/$library"
		}
	done
}

# $ROOTFS_PROGRAMS into DIR/bin, with what they are linked to.
rootfs_base() # DIR
{
	mkdir -p "$1/bin" "$1/libexec"
	cp /libexec/ld-elf.so.1 "$1/libexec"
	for program in $ROOTFS_PROGRAMS; do
		rootfs_program "$1" "$program"
	done
}

# A small root file system: busybox on Linux, some of the base on FreeBSD.
make_rootfs() # DIR
{
	mkdir -p "$1/bin" "$1/dev" "$1/etc" "$1/proc" "$1/root" "$1/sys" \
	    "$1/tmp" "$1/usr/bin" "$1/var/log"
	chmod 1777 "$1/tmp"
	echo root:x:0:0:root:/root:/bin/sh >"$1/etc/passwd"
	echo daemon:x:1:1:daemon:/:/bin/sh >>"$1/etc/passwd"
	echo root:x:0: >"$1/etc/group"
	echo daemon:x:1: >>"$1/etc/group"
	if [ "$(uname -s)" = FreeBSD ]; then
		rootfs_base "$1"
	else
		cp "$(command -v busybox)" "$1/bin/busybox"
		chroot "$1" /bin/busybox --install -s /bin
	fi
}
