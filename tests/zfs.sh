# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# For scripts on ZFS, behind lib.sh: a zfs(8) of the script's own in the
# place of the host's, which counts calls, fails, or kills its caller.  pot
# looks for programs where it was built to, not along $PATH.

ZFS_REAL=$T/zfs.real
export ZFS_REAL

# From now on zfs(8) is SCRIPT (a file), until unwrap_zfs or the end.  It has
# an environment of nothing but a PATH.
wrap_zfs() # SCRIPT
{
	chmod 755 "$1"
	zfs_path=$(realpath "$(command -v zfs)")
	[ -f "$ZFS_REAL" ] || cp "$zfs_path" "$ZFS_REAL"
	if [ "$(uname -s)" = FreeBSD ]; then
		# Single files can't be mounted on, at least not before 13.2.
		rm -rf "$T/sbin"
		cp -R "${zfs_path%/*}" "$T/sbin"
		cp "$1" "$T/sbin/zfs"
		mount -t nullfs "$T/sbin" "${zfs_path%/*}" || bail "nullfs"
	else
		mount --bind "$1" "$zfs_path" || bail "mount --bind"
	fi
	zfs_wrapped=$zfs_path
}

unwrap_zfs()
{
	[ -n "$zfs_wrapped" ] || return 0
	if [ "$(uname -s)" = FreeBSD ]; then
		umount -f "${zfs_wrapped%/*}"
	else
		umount "$zfs_wrapped"
	fi
	zfs_wrapped=
}
zfs_wrapped=
at_exit unwrap_zfs
