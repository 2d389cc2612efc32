/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/self/mountinfo, one line at a time:
 *	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
 * Blanks, tabs, newlines and backslashes in paths are octal.
 */
#include "platform/linux/mountinfo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"

#define MOUNTINFO_MAX ((size_t)64 << 20)

static bool
is_octal(const char *s)
{
	for (int i = 0; i < 3; i++) {
		if (s[i] < '0' || s[i] > '7')
			return false;
	}
	return true;
}

static void
path_unquote(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && is_octal(s + 1)) {
			*out++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 +
			    (s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* Cut off the next field; NULL at the end of the line. */
static char *
field_next(char **p)
{
	char *field = *p, *end;

	if (field == NULL)
		return NULL;
	end = strchr(field, ' ');
	if (end != NULL)
		*end++ = '\0';
	*p = end;
	return field;
}

static bool
line_parse(char *line, struct mountinfo *m)
{
	char *field = field_next(&line), *path;
	const char *id = field;

	if (field == NULL || !str_take_u64(&id, UINT64_MAX, &m->id))
		return false;
	for (int i = 0; i < 3; i++)
		(void)field_next(&line);
	path = field_next(&line);
	do
		field = field_next(&line);
	while (field != NULL && strcmp(field, "-") != 0);
	m->type = field_next(&line);
	if (path == NULL || m->type == NULL)
		return false;
	path_unquote(path);
	m->path = path;
	return true;
}

int
mountinfo_parse(char *text, mountinfo_fn *fn, void *arg, struct err *e)
{
	for (char *p = text; *p != '\0';) {
		char *line = p, *end = strchr(p, '\n');
		struct mountinfo m;
		int rc;

		if (end == NULL)
			break;
		*end = '\0';
		p = end + 1;
		if (!line_parse(line, &m))
			return err_set(e, ERR_CORRUPT,
			    "/proc/self/mountinfo: unknown format");
		rc = fn(&m, arg, e);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return 0;
}

int
mountinfo_each(mountinfo_fn *fn, void *arg, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(MOUNTINFO_MAX);
	auto_close int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "/proc/self/mountinfo");
	if (io_read_all(fd, &b, "/proc/self/mountinfo", e) < 0)
		return -1;
	return mountinfo_parse(b.data, fn, arg, e);
}

bool
path_is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	if (n == 1 && top[0] == '/')
		return true;
	return strncmp(path, top, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/');
}
