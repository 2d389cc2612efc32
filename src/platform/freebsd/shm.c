/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX shared memory objects (shm_open(2)) are named by path, and those of
 * a jail by that of its root before it.  They outlive the jail, so they are
 * found in the kernel's list (posixshmcontrol(1)) and removed.  System V
 * objects of a jail go with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/mman.h>
#include <sys/sysctl.h>
#include <sys/user.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "platform/freebsd/freebsd.h"

#define LIST_SYSCTL "kern.ipc.posix_shm_list"

/* The list in new memory; empty where the kernel has none (12.0). */
static int
list_read(char **out, size_t *len, struct err *e)
{
	char *v = NULL;
	size_t size = 0;

	*len = 0;
	for (;;) {
		if (sysctlbyname(LIST_SYSCTL, NULL, &size, NULL, 0) < 0)
			break;
		size += size / 8 + sizeof(struct kinfo_file);
		v = xreallocarray(v, 1, size);
		if (sysctlbyname(LIST_SYSCTL, v, &size, NULL, 0) == 0) {
			*out = v;
			*len = size;
			return 0;
		}
		if (errno != ENOMEM)
			break;
	}
	free(v);
	*out = NULL;
	return errno == ENOENT ? 0 : err_sys(e, LIST_SYSCTL);
}

int
shm_purge(const char *root, struct err *e)
{
	auto_free char *list = NULL;
	char top[PATH_MAX];
	size_t len, at = 0;

	if (realpath(root, top) == NULL || list_read(&list, &len, e) < 0)
		return err_is_set(e) ? -1 : 0;
	/* Entries are as long as they say, the path is their last member. */
	while (at + offsetof(struct kinfo_file, kf_path) < len) {
		struct kinfo_file k;
		size_t size;

		memset(&k, 0, sizeof(k));
		memcpy(&k.kf_structsize, list + at, sizeof(k.kf_structsize));
		size = (size_t)k.kf_structsize;
		if (k.kf_structsize <= 0 || size > sizeof(k) || size > len - at)
			break;
		memcpy(&k, list + at, size);
		k.kf_path[sizeof(k.kf_path) - 1] = '\0';
		at += size;
		if (k.kf_type == KF_TYPE_SHM && strcmp(top, "/") != 0 &&
		    path_is_within(k.kf_path, top) &&
		    shm_unlink(k.kf_path) < 0 && errno != ENOENT)
			return err_sys(e, "shared memory %s", k.kf_path);
	}
	return 0;
}
