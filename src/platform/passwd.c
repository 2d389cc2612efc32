/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users of a pot, from its own passwd and group, which the guest writes: as
 * text of bounded size, from regular files below its root, without NSS.
 * Whatever is not understood is an error and never a default.
 */
#include "platform/passwd.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"

#define DB_MAX	   ((size_t)4 << 20)
#define ID_MAX	   UINT64_C(0xfffffffe)
#define FIELDS_MAX 7

/* name:password:uid:gid:... and name:password:gid:members */
enum passwd_field { PW_NAME, PW_PASSWORD, PW_UID, PW_GID, PW_COUNT };
enum group_field { GR_NAME, GR_PASSWORD, GR_GID, GR_MEMBERS, GR_COUNT };

/* A missing file is an empty one. */
static int
db_read(const char *path, struct buf *b, struct err *e)
{
	auto_close int fd = -1;
	struct stat st;

	fd = inside_open(path);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "the pot's %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(
		    e, ERR_CORRUPT, "the pot's %s: not a file", path);
	return io_read_all(fd, b, path, e);
}

/* Cut the next line off *p into fields; false at the end. */
static bool
line_next(char **p, char *fields[FIELDS_MAX], size_t *n)
{
	char *line = *p, *end;

	if (line == NULL || *line == '\0')
		return false;
	end = strchr(line, '\n');
	if (end != NULL)
		*end++ = '\0';
	*p = end;
	*n = 0;
	while (line != NULL && *n < FIELDS_MAX) {
		char *colon = strchr(line, ':');

		if (colon != NULL)
			*colon++ = '\0';
		fields[(*n)++] = line;
		line = colon;
	}
	return true;
}

static bool
id_parse(const char *s, uint32_t *out)
{
	struct err ignored = ERR_INIT;
	uint64_t v;

	if (str_u64("id", s, 0, ID_MAX, &v, &ignored) < 0)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool
members_have(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, name, len) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static int
group_add(struct user_ids *u, gid_t gid, const char *name, struct err *e)
{
	for (size_t i = 0; i < u->ngroups; i++) {
		if (u->groups[i] == gid)
			return 0;
	}
	if (u->ngroups == INIT_GROUPS_MAX)
		return err_set(e, ERR_LIMIT, "user %s: more than %d groups",
		    name, INIT_GROUPS_MAX);
	u->groups[u->ngroups++] = gid;
	return 0;
}

/* The groups that name NAME as a member. */
static int
groups_find(const char *name, struct user_ids *u, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(DB_MAX);
	char *fields[FIELDS_MAX], *p;
	size_t n;

	if (db_read("/etc/group", &b, e) < 0)
		return -1;
	p = b.data;
	while (line_next(&p, fields, &n)) {
		uint32_t gid;

		if (n >= GR_COUNT && members_have(fields[GR_MEMBERS], name) &&
		    id_parse(fields[GR_GID], &gid) &&
		    group_add(u, gid, name, e) < 0)
			return -1;
	}
	return 0;
}

/* A group by number or name. */
static int
group_find(const char *group, gid_t *gid, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(DB_MAX);
	char *fields[FIELDS_MAX], *p;
	uint32_t found;
	size_t n;

	if (str_is_digits(group)) {
		if (!id_parse(group, gid))
			return err_set(
			    e, ERR_INVALID, "gid %s: out of range", group);
		return 0;
	}
	if (db_read("/etc/group", &b, e) < 0)
		return -1;
	p = b.data;
	while (line_next(&p, fields, &n)) {
		if (n < GR_MEMBERS || !str_eq(fields[GR_NAME], group))
			continue;
		if (!id_parse(fields[GR_GID], &found))
			return err_set(e, ERR_CORRUPT,
			    "the pot's /etc/group: group %s: gid '%.20s'",
			    group, fields[GR_GID]);
		*gid = found;
		return 0;
	}
	return err_set(
	    e, ERR_NOT_FOUND, "group %s: not in the pot's /etc/group", group);
}

/* By name, or by uid where USER is a number.  FOUND_NAME gets the name. */
static int
passwd_find(const char *user, struct user_ids *u, char *found_name, size_t size,
    bool *is_found, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(DB_MAX);
	bool is_number = str_is_digits(user);
	char *fields[FIELDS_MAX], *p;
	size_t n;

	*is_found = false;
	if (db_read("/etc/passwd", &b, e) < 0)
		return -1;
	p = b.data;
	while (line_next(&p, fields, &n)) {
		uint32_t uid, gid;

		if (n < PW_COUNT ||
		    (!is_number && !str_eq(fields[PW_NAME], user)))
			continue;
		if (!id_parse(fields[PW_UID], &uid) ||
		    !id_parse(fields[PW_GID], &gid)) {
			if (is_number)
				continue;
			return err_set(e, ERR_CORRUPT,
			    "the pot's /etc/passwd: user %s: uid '%.20s', gid "
			    "'%.20s'",
			    user, fields[PW_UID], fields[PW_GID]);
		}
		if (is_number && uid != u->uid)
			continue;
		u->uid = uid;
		u->gid = gid;
		(void)str_copy(found_name, fields[PW_NAME], size);
		*is_found = true;
		return 0;
	}
	return 0;
}

int
user_find(const char *text, struct user_ids *out, struct err *e)
{
	struct user_ids u = { .uid = 0 };
	char user[256], name[256];
	const char *colon = strchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);
	bool is_found;

	if (len == 0 || len >= sizeof(user) ||
	    (colon != NULL && colon[1] == '\0'))
		return err_set(e, ERR_INVALID,
		    "user '%.40s': expected NAME or UID, and :GROUP", text);
	memcpy(user, text, len);
	user[len] = '\0';
	if (str_is_digits(user) && !id_parse(user, &u.uid))
		return err_set(e, ERR_INVALID, "uid %s: out of range", user);
	if (passwd_find(user, &u, name, sizeof(name), &is_found, e) < 0)
		return -1;
	if (!is_found && !str_is_digits(user))
		return err_set(e, ERR_NOT_FOUND,
		    "user %s: not in the pot's /etc/passwd", user);
	/* An explicit group comes alone, as with docker and podman. */
	if (colon != NULL) {
		if (group_find(colon + 1, &u.gid, e) < 0)
			return -1;
	} else if (is_found && groups_find(name, &u, e) < 0) {
		return -1;
	}
	*out = u;
	return 0;
}
