/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users of the host: from its passwd file, and what is not there from
 * getent(1), which asks whom the host asks (LDAP and the like); a static
 * program has no such modules of its own.
 */
#include "cli/host_user.h"

#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"

char *
host_user_find(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (*text != '\0') {
		if (strncmp(text, name, len) == 0 && text[len] == ':') {
			/* name:password:UID:GID:... */
			const char *p = strchr(text + len + 1, ':');
			size_t n;

			if (p == NULL)
				return NULL;
			n = strspn(++p, "0123456789:");
			for (size_t i = 0, colons = 0; i < n; i++)
				if (p[i] == ':' && ++colons == 2)
					return xstrndup(p, i);
			return NULL;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}

static bool
is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '-' &&
	    strpbrk(name, ": \t\n") == NULL;
}

char *
host_user(const char *name, struct err *e)
{
	const char *argv[] = { "getent", "passwd", name, NULL };
	struct spawn_opts o = { .path = "getent",
		.argv = (char *const *)(uintptr_t)argv,
		.dirfd = -1 };
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct err ignored = ERR_INIT;
	auto_close int etc = -1;
	char *found = NULL, quoted[80];

	if (name[0] != '\0' && name[strspn(name, "0123456789:")] == '\0')
		return xstrdup(name);
	if (is_name(name)) {
		if (dir_open(AT_FDCWD, "/etc", &etc, &ignored) == 0 &&
		    file_read(etc, "passwd", &b, &ignored) == 0)
			found = host_user_find(b.data, name);
		err_clear(&ignored);
		buf_clear(&b);
		if (found == NULL && spawn_run(&o, &b, &ignored) == 0)
			found = host_user_find(b.data, name);
	}
	if (found == NULL)
		(void)err_set(e, ERR_NOT_FOUND,
		    "user %s: not known on this host",
		    str_quote(quoted, sizeof(quoted), name));
	return found;
}
