/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bases that are brought up to date, as others see them.
 */
#include "engine/bases.h"

#include <unistd.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/uses.h"

/* A recovery is given up after so many, each of which some other command
 * was faster to spoil. */
#define HOLD_TRIES 5

void
base_object(const char *base, char out[256])
{
	str_fmt(out, 256, "@base-%s", base);
}

enum work { WORK_NONE, WORK_OURS, WORK_ANOTHERS, WORK_DEAD };

/* Who is at work on BASE, by its journal; *PID gets the owner. */
static int
find_work(struct engine *g, const char *base, enum work *out, char op[32],
    long *pid, struct err *e)
{
	auto_journal_record struct journal_record r = { .op = "" };
	char object[256];
	int dir, is;

	base_object(base, object);
	if (engine_dir(g, DIR_JOURNAL, &dir, e) < 0 ||
	    (is = journal_read(dir, object, &r, e)) < 0)
		return -1;
	*pid = (long)r.owner.pid;
	str_copy(op, r.op, 32);
	if (is == 0)
		*out = WORK_NONE;
	else if (r.is_torn || r.is_left ||
	    !g->platform->proc->is_alive(&r.owner))
		*out = WORK_DEAD;
	else
		*out = r.owner.pid == getpid() ? WORK_OURS : WORK_ANOTHERS;
	return 0;
}

static int
is_busy(const char *base, const char *op, long pid, struct err *e)
{
	return err_set(
	    e, ERR_STATE, "base %s: %s is under way, pid %ld", base, op, pid);
}

int
base_check_idle(struct engine *g, const char *base, struct err *e)
{
	enum work work;
	char op[32];
	long pid;

	if (find_work(g, base, &work, op, &pid, e) < 0)
		return -1;
	return work == WORK_ANOTHERS ? is_busy(base, op, pid, e) : 0;
}

/* What a dead owner left is undone or finished by who takes the lock. */
static int
settle(struct engine *g, const char *base, const struct log *log, struct err *e)
{
	auto_op struct op op = { .type = NULL };
	char object[256];

	base_object(base, object);
	op_init(&op, g, &op_update_base, object, log);
	if (op_lock(&op, false, e) < 0)
		return err_wrap(e, "base %s", base);
	return 0;
}

int
base_hold(struct engine *g, const char *base, struct lock *l,
    const struct log *log, struct err *e)
{
	enum work work;
	char op[32];
	long pid;

	for (int i = 0; i < HOLD_TRIES; i++) {
		if (uses_share(g, "bases", base, l, e) < 0)
			return -1;
		if (find_work(g, base, &work, op, &pid, e) < 0) {
			lock_release(l);
			return -1;
		}
		if (work == WORK_NONE || work == WORK_OURS)
			return 0;
		lock_release(l);
		if (work == WORK_ANOTHERS)
			return is_busy(base, op, pid, e);
		if (settle(g, base, log, e) < 0)
			return -1;
	}
	return err_set(
	    e, ERR_BUSY, "base %s: others are always at work on it", base);
}

/* "14.1" is "base-14_1"; pot 0.16 left further dots as they are, and then had
 * no pot. */
char *
base_companion(const char *base)
{
	char *name = xasprintf("base-%s", base);

	for (char *p = name; *p != '\0'; p++)
		if (*p == '.')
			*p = '_';
	return name;
}

const char *
base_newest(const struct strv *snaps)
{
	for (size_t i = snaps->n; i-- > 0;)
		if (!str_has_prefix(snaps->v[i], BASE_BEFORE))
			return snaps->v[i];
	return NULL;
}
