/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Journals: one append-only text file per operation.  Each line is one
 * write(2) to a file opened O_APPEND, so that a cancel line of another
 * process can't be mixed into ours.
 */
#include "engine/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"

#define JOURNAL_HEAD "pot-journal 1"

void
journal_record_fini(struct journal_record *r)
{
	strv_fini(&r->keys);
	strv_fini(&r->values);
	strv_fini(&r->steps);
}

static int
sync_head(const struct journal *j, enum journal_sync sync, struct err *e)
{
	if (fsync(j->fd) < 0)
		return err_sys(e, "journal %s: sync", j->name);
	return sync == JOURNAL_ONE_LOG ? 0 : dir_sync(j->dirfd, e);
}

int
journal_begin(struct journal *j, int dirfd, const char *name, const char *op,
    const struct platform *p, const struct strv *keys,
    const struct strv *values, enum journal_sync sync, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct proc_id self;

	if (p->proc->identify(getpid(), &self, e) < 0)
		return -1;
	buf_add_fmt(&b, "%s\nop %s\nowner %ld %" PRIu64 "\n", JOURNAL_HEAD, op,
	    (long)self.pid, self.start);
	for (size_t i = 0; i < keys->n; i++)
		buf_add_fmt(&b, "arg %s %s\n", keys->v[i], values->v[i]);
	if (buf_check(&b, "journal", e) < 0)
		return -1;
	/* Whole or not there: what recovery reads has its arguments.  A
	 * power failure may leave the name alone, of an operation that had
	 * not begun. */
	if (file_create(dirfd, name, b.data, b.len, &j->fd, e) < 0)
		return err_wrap(e, "journal");
	j->dirfd = dirfd;
	str_copy(j->name, name, sizeof(j->name));
	if (sync == JOURNAL_UNSYNCED || sync_head(j, sync, e) == 0)
		return 0;
	journal_close(j);
	(void)unlinkat(dirfd, name, 0);
	return -1;
}

int
journal_reopen(struct journal *j, int dirfd, const char *name, struct err *e)
{
	j->dirfd = dirfd;
	str_copy(j->name, name, sizeof(j->name));
	j->fd =
	    openat(dirfd, name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (j->fd < 0)
		return err_sys(e, "journal %s: open", name);
	return 0;
}

int
journal_add(
    struct journal *j, const char *word, const char *text, struct err *e)
{
	char line[512];
	int n;

	if (j->fd < 0)
		return 0;
	n = snprintf(line, sizeof(line), "%s%s%s\n", word,
	    text == NULL ? "" : " ", text == NULL ? "" : text);
	if (n < 0 || n >= (int)sizeof(line))
		return err_set(
		    e, ERR_INVALID, "journal %s: line too long", j->name);
	if (io_write_all(j->fd, line, (size_t)n) < 0)
		return err_sys(e, "journal %s: write", j->name);
	return 0;
}

void
journal_close(struct journal *j)
{
	cleanup_close(&j->fd);
}

int
journal_end(struct journal *j, bool is_synced, struct err *e)
{
	if (j->fd < 0)
		return 0;
	journal_close(j);
	if (file_remove(j->dirfd, j->name, e) < 0)
		return err_wrap(e, "journal");
	/* One that comes back after a power failure is of a finished
	 * operation: its undo must not run. */
	if (is_synced && dir_sync(j->dirfd, e) < 0)
		return err_wrap(e, "journal");
	return 0;
}

static int
parse_proc(const char *text, struct proc_id *out)
{
	uint64_t pid, start;

	if (!str_take_u64(&text, INT32_MAX, &pid) || pid == 0 ||
	    *text++ != ' ' || !str_take_u64(&text, UINT64_MAX, &start) ||
	    *text != '\0')
		return -1;
	*out = (struct proc_id){ .pid = (pid_t)pid, .start = start };
	return 0;
}

/* One line of an existing journal; unknown words are of a later version
 * and mean nothing to this one. */
static void
parse_line(char *line, struct journal_record *out)
{
	char *rest = strchr(line, ' ');

	if (rest != NULL)
		*rest++ = '\0';
	if (str_eq(line, "op") && rest != NULL) {
		str_copy(out->op, rest, sizeof(out->op));
	} else if (str_eq(line, "owner") && rest != NULL) {
		(void)parse_proc(rest, &out->owner);
	} else if (str_eq(line, "arg") && rest != NULL) {
		char *value = strchr(rest, ' ');

		if (value == NULL)
			return;
		*value++ = '\0';
		strv_add(&out->keys, rest);
		strv_add(&out->values, value);
	} else if (str_eq(line, "step") && rest != NULL) {
		strv_add(&out->steps, rest);
	} else if (str_eq(line, "hook") && rest != NULL) {
		(void)parse_proc(rest, &out->hook);
		/* Its session is signalled as -pid, and -1 is everybody. */
		if (out->hook.pid == 1)
			out->hook.pid = 0;
	} else if (str_eq(line, "work")) {
		out->hook.pid = 0;
	} else if (str_eq(line, "cancel")) {
		out->is_cancelled = true;
	} else if (str_eq(line, "left")) {
		out->is_left = true;
	}
}

int
journal_read(
    int dirfd, const char *name, struct journal_record *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	memset(out, 0, sizeof(*out));
	if (file_read(dirfd, name, &b, e) < 0) {
		bool is_there = e->code != ERR_NOT_FOUND;

		/* No journal of ours is so large, or no file. */
		out->is_torn = e->code == ERR_CORRUPT || e->code == ERR_LIMIT;
		if (is_there && !out->is_torn)
			return err_wrap(e, "journal");
		err_clear(e);
		return is_there;
	}
	out->is_torn = !str_has_prefix(b.data, JOURNAL_HEAD "\n");
	for (char *line = b.data; *line != '\0';) {
		char *end = strchr(line, '\n');

		if (end == NULL)
			break; /* torn last line: that step did not begin */
		*end = '\0';
		parse_line(line, out);
		line = end + 1;
	}
	/* Its head is written at once. */
	if (out->op[0] == '\0' || out->owner.pid == 0)
		out->is_torn = true;
	return 1;
}

int
journal_cancel(int dirfd, const char *name, struct err *e)
{
	struct journal j = JOURNAL_INIT;
	int r;

	if (journal_reopen(&j, dirfd, name, e) < 0)
		return -1;
	r = journal_add(&j, "cancel", NULL, e);
	journal_close(&j);
	return r;
}
