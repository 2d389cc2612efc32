/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of base families.  A base can be changed from inside (by its
 * level-0 pot), so marks are looked up below its root.
 */
#include "model/family.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/cleanup.h"

/* In the order in which they are tried; the last one has no marks. */
static const struct family families[] = {
	{
	    .name = "freebsd",
	    .os = "FreeBSD",
	    .marks = (const char *const[]){ "bin/freebsd-version",
		"libexec/ld-elf.so.1", NULL },
	    .shared = "usr/local",
	    .shared_name = "usr.local",
	    .moved = (const char *const[]){ "etc", "root", "var", NULL },
	    .package_db = "var/db/pkg",
	    .package_db_to = "usr/local/var.db.pkg",
	    .default_command = "sh /etc/rc",
	    .update_flavour = "fbsd-update",
	},
	{
	    .name = "debian",
	    .os = "Linux",
	    .marks =
		(const char *const[]){ "usr/bin/dpkg", "var/lib/dpkg", NULL },
	    .shared = "usr",
	    .shared_name = "usr",
	    .moved = (const char *const[]){ "etc", "root", "var", NULL },
	    .package_db = "var/lib/dpkg",
	    .package_db_to = "usr/var.lib.dpkg",
	    /* What /etc/rc does on FreeBSD: start what is enabled. */
	    .default_command = "sh -c 'for s in /etc/rc2.d/S*; do "
			       "[ ! -x \"$s\" ] || \"$s\" start; done'",
	    .update_flavour = "debian-update",
	},
	{
	    .name = "other",
	    .os = "",
	    .marks = (const char *const[]){ NULL },
	    .moved = (const char *const[]){ "etc", "root", "var", NULL },
	    .default_command = "true",
	},
};

/* Only whether the last component is there, without opening it: it may be
 * anything.  Errors count as "not there". */
static bool
has(int dirfd, const char *path)
{
	auto_close int parent = -1;
	struct err e = ERR_INIT;
	char name[NAME_MAX + 1];
	struct stat st;

	if (beneath_parent(dirfd, path, &parent, name, &e) < 0)
		return false;
	return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

const struct family *
family_detect(int dirfd)
{
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		const char *const *mark = families[i].marks;

		while (*mark != NULL && has(dirfd, *mark))
			mark++;
		if (*mark == NULL)
			return &families[i];
	}
	return NULL; /* not reached: the last row has no marks */
}

const struct family *
family_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		if (strcmp(families[i].name, name) == 0)
			return &families[i];
	}
	return NULL;
}

bool
family_is_default(const char *cmd)
{
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		if (strcmp(families[i].default_command, cmd) == 0)
			return true;
	}
	return false;
}
