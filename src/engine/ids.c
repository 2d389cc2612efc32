/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges of ids.  Which are taken is read from the pots themselves, under a
 * lock, when a pot needs one; there is no list that could be wrong.
 */
#include "engine/ids.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/str.h"

#define IDS_FILE ".userns"
#define IDS_LOCK ".userns" /* no pot's name begins with a dot */

int
ids_read(int potdir, struct id_range *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(ID_RANGE_TEXT);

	if (file_read(potdir, IDS_FILE, &b, e) < 0)
		return err_pardon(e, ERR_NOT_FOUND);
	b.data[strcspn(b.data, "\n")] = '\0';
	if (id_range_parse(IDS_FILE, b.data, out, e) < 0)
		return err_recode(e, ERR_CORRUPT);
	return 1;
}

/* A pot whose range can't be read might have any. */
static int
take_others(struct engine *g, struct id_ranges *taken, struct err *e)
{
	auto_strv struct strv names = STRV_INIT;
	int jails;

	if (engine_dir(g, DIR_JAILS, &jails, e) < 0 ||
	    pot_names(g, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		auto_close int dir = -1;
		struct id_range r = { 0 };
		int is;

		if (dir_open(jails, names.v[i], &dir, e) < 0) {
			if (e->code != ERR_NOT_FOUND)
				return -1;
			err_clear(e); /* destroyed meanwhile */
			continue;
		}
		is = ids_read(dir, &r, e);
		if (is < 0)
			return err_wrap(e, "pot %s", names.v[i]);
		if (is > 0)
			id_ranges_add(taken, r.first, r.count);
	}
	return 0;
}

static void
take_host(void *arg, uint64_t first, uint64_t count)
{
	id_ranges_add(arg, first, count);
}

static int
get_number(struct engine *g, enum framework_var var, const char *name,
    uint64_t min, uint32_t *out, struct err *e)
{
	uint64_t n;

	if (str_u64(name, framework_get(g->fw, var), min, ID_LAST, &n, e) < 0)
		return -1;
	*out = (uint32_t)n;
	return 0;
}

static int
choose(struct engine *g, struct id_range *out, struct err *e)
{
	auto_id_ranges struct id_ranges taken = ID_RANGES_INIT;
	uint32_t start, size;

	if (get_number(
		g, FW_USERNS_START, "POT_USERNS_START", 65536, &start, e) < 0 ||
	    get_number(g, FW_USERNS_SIZE, "POT_USERNS_SIZE", 1, &size, e) < 0 ||
	    g->platform->host->taken_ids(take_host, &taken, e) < 0 ||
	    take_others(g, &taken, e) < 0)
		return -1;
	return id_ranges_pick(&taken, start, size, out, e);
}

/* Synced, or a crash of the host could have it given to another pot while
 * files of this one bear it elsewhere. */
static int
assign_locked(struct pot *p, struct id_range *out, struct err *e)
{
	char text[ID_RANGE_TEXT];
	struct id_range r;

	if (choose(p->g, &r, e) < 0)
		return -1;
	(void)id_range_format(text, &r);
	if (file_write(
		p->dir, IDS_FILE, text, strlen(text), 0644, FILE_F_SYNC, e) < 0)
		return -1;
	*out = r;
	return 0;
}

int
ids_lock(struct engine *g, const char *what, const char *pot, struct lock *out,
    struct err *e)
{
	char who[300];
	int lockdir;

	str_fmt(who, sizeof(who), "%s %s, pid %ld", what, pot, (long)getpid());
	if (engine_dir(g, DIR_RUN_LOCK, &lockdir, e) < 0)
		return -1;
	return lock_take(
	    out, lockdir, IDS_LOCK, LOCK_EXCLUSIVE, LOCK_WAIT_MS, who, e);
}

int
ids_assign(struct pot *p, struct cell_attrs *a, struct err *e)
{
	struct lock lock = LOCK_INIT;
	struct id_range r = { 0 };
	int is;

	if (!a->userns || p->g->platform->host->taken_ids == NULL)
		return 0;
	is = ids_read(p->dir, &r, e);
	if (is < 0)
		return -1;
	if (is == 0) {
		if (ids_lock(p->g, "start", p->name.s, &lock, e) < 0)
			return -1;
		is = assign_locked(p, &r, e);
		lock_release(&lock);
		if (is < 0)
			return err_wrap(e, "user namespace");
	}
	a->userns_first_id = r.first;
	a->userns_id_count = r.count;
	return 0;
}
