/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users in files that a guest wrote.  The first line of the input is who is
 * asked for, then comes passwd, and behind a line "--" group.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/passwd.h"

/* In the place of the platform's. */
int
inside_open(const char *path)
{
	return openat(fuzz_dir(), strrchr(path, '/') + 1, O_RDONLY | O_CLOEXEC);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n--\n";
	auto_free char *who = xstrndup((const char *)data, size);
	const uint8_t *passwd, *group, *end = data + size;
	struct user_ids u;
	struct err e = ERR_INIT;

	who[strcspn(who, "\n")] = '\0';
	passwd = memchr(data, '\n', size);
	passwd = passwd != NULL ? passwd + 1 : end;
	group = memmem(passwd, (size_t)(end - passwd), mark, strlen(mark));
	fuzz_file("passwd", passwd,
	    (size_t)((group != NULL ? group + 1 : end) - passwd));
	group = group != NULL ? group + strlen(mark) : end;
	fuzz_file("group", group, (size_t)(end - group));

	if (user_find(who, &u, &e) < 0) {
		assert(err_is_set(&e));
		return 0;
	}
	assert(u.uid != (uid_t)-1 && u.gid != (gid_t)-1);
	assert(u.ngroups <= INIT_GROUPS_MAX);
	for (size_t i = 0; i < u.ngroups; i++)
		assert(u.groups[i] != (gid_t)-1);
	return 0;
}
