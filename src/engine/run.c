/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run directory of a pot: which cell it has, how its command ended.
 * These are hints; whether the cell lives is asked of the kernel.
 */
#include "engine/pot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "supervise/supervise.h"

#define STATUS_MAX   64
#define REMOVE_TRIES 5

void
run_ref(struct engine *g, const char *name, uint64_t generation,
    struct cell_ref *out)
{
	memset(out, 0, sizeof(*out));
	str_copy(out->name, name, sizeof(out->name));
	str_copy(out->instance, g->instance, sizeof(out->instance));
	out->generation = generation;
}

bool
run_parse_cell(const char *text, struct cell_ref *ref)
{
	uint64_t generation;

	if (!str_take_u64(&text, UINT64_MAX, &generation) || generation == 0 ||
	    text[0] != ' ' || text[1] == '\0' ||
	    strlen(text + 1) >= sizeof(ref->handle))
		return false;
	ref->generation = generation;
	str_copy(ref->handle, text + 1, sizeof(ref->handle));
	return true;
}

int
run_foreign(struct engine *g, const char *name, struct cell_ref *ref,
    enum cell_foreign *out, struct err *e)
{
	auto_free char *root = NULL;

	*out = CELL_FOREIGN_NONE;
	if (g->platform->cell->find_foreign == NULL)
		return 0;
	run_ref(g, name, 0, ref);
	root = engine_path(g, FW_FS_ROOT, "jails/%s/m", name);
	return g->platform->cell->find_foreign(ref, root, out, e);
}

/* One that pot 0.16 started runs without anything of ours. */
static void
find_classic(struct engine *g, const char *name, struct run_state *out)
{
	struct err ignored = ERR_INIT;
	enum cell_foreign kind;
	struct cell_ref ref;

	if (run_foreign(g, name, &ref, &kind, &ignored) < 0 ||
	    kind != CELL_FOREIGN_SH)
		return;
	out->ref = ref;
	out->has_run = out->is_alive = true;
}

/* The link's text, not a file's: one system call reads it, and it is there
 * whole or not at all. */
static void
find_at(struct engine *g, int run_pot, const char *name, struct run_state *out)
{
	char path[POT_NAME_SIZE + sizeof("/" RUN_CELL)];
	char text[CELL_HANDLE_SIZE + 32];
	ssize_t n;

	memset(out, 0, sizeof(*out));
	run_ref(g, name, 0, &out->ref);
	if (snprintf(path, sizeof(path), "%s/%s", name, RUN_CELL) >=
	    (int)sizeof(path))
		return;
	n = readlinkat(run_pot, path, text, sizeof(text) - 1);
	if (n < 0) {
		find_classic(g, name, out);
		return;
	}
	text[n] = '\0';
	if (!run_parse_cell(text, &out->ref))
		return;
	out->has_run = true;
	out->is_alive = g->platform->cell->is_alive(&out->ref);
}

int
run_find(
    struct engine *g, const char *name, struct run_state *out, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct pot_name checked;
	int run_pot;

	/* What can't be a pot's name is no path either. */
	if (name_parse_existing("pot", name, &checked, &ignored) < 0) {
		memset(out, 0, sizeof(*out));
		return 0;
	}
	if (engine_dir(g, DIR_RUN_POT, &run_pot, e) < 0)
		return -1;
	find_at(g, run_pot, name, out);
	return 0;
}

/* Pots without a run directory may be pot 0.16's. */
static void
add_classic(struct engine *g, struct strv *names)
{
	auto_strv struct strv pots = STRV_INIT;
	struct err ignored = ERR_INIT;

	if (pot_names(g, &pots, &ignored) < 0)
		return;
	for (size_t i = 0; i < pots.n; i++)
		if (!strv_has(names, pots.v[i]))
			strv_add(names, pots.v[i]);
	strv_sort(names);
}

int
run_candidates(struct engine *g, struct strv *out, struct err *e)
{
	int run_pot;

	if (engine_dir(g, DIR_RUN_POT, &run_pot, e) < 0 ||
	    dir_list(run_pot, out, e) < 0)
		return -1;
	if (g->platform->cell->find_foreign != NULL)
		add_classic(g, out);
	return 0;
}

int
run_each(struct engine *g, const struct strv *names, run_fn *fn, void *arg,
    struct err *e)
{
	struct run_state st;
	int run_pot;

	if (engine_dir(g, DIR_RUN_POT, &run_pot, e) < 0)
		return -1;
	for (size_t i = 0; i < names->n; i++) {
		find_at(g, run_pot, names->v[i], &st);
		if (st.is_alive && fn(arg, &st.ref, e) < 0)
			return -1;
	}
	return 0;
}

static int
add_name(void *arg, const struct cell_ref *ref, struct err *e UNUSED)
{
	struct strv *names = arg;

	strv_add(names, ref->name);
	return 0;
}

int
run_names(struct engine *g, struct strv *out, struct err *e)
{
	auto_strv struct strv all = STRV_INIT;

	return run_candidates(g, &all, e) < 0 ?
	    -1 :
	    run_each(g, &all, add_name, out, e);
}

int
run_open(struct engine *g, const char *name, int *fd, struct err *e)
{
	int run_pot;

	if (engine_dir(g, DIR_RUN_POT, &run_pot, e) < 0)
		return -1;
	return dir_open(run_pot, name, fd, e);
}

/* Who looks after the supervisor may make a lock file meanwhile. */
int
run_remove(struct engine *g, const char *name, struct err *e)
{
	int run_pot, r = -1;

	if (engine_dir(g, DIR_RUN_POT, &run_pot, e) < 0)
		return -1;
	for (int i = 0; i < REMOVE_TRIES && r < 0; i++) {
		err_clear(e);
		r = tree_remove(run_pot, name, e);
	}
	return r;
}

int
run_set_cell(int rundir, const struct cell_ref *ref, struct err *e)
{
	char text[CELL_HANDLE_SIZE + 32];

	str_fmt(
	    text, sizeof(text), "%" PRIu64 " %s", ref->generation, ref->handle);
	if (symlinkat(text, rundir, RUN_CELL) < 0)
		return err_sys(e, "pot %s: record the cell", ref->name);
	return 0;
}

/* The file is open for writing in the guest's first process: bounded, and
 * anything but our line means unknown. */
int
run_read_status(int rundir, struct run_status *out, struct err *e)
{
	static const struct {
		const char *word;
		enum run_end how;
		unsigned max;
	} words[] = {
		{ "exited ", RUN_EXITED, 255 },
		{ "signaled ", RUN_SIGNALED, 127 },
		{ "exec ", RUN_EXEC_FAILED, 4095 },
	};
	auto_buf struct buf b = BUF_INIT(STATUS_MAX);
	char *end;
	uint64_t n;

	memset(out, 0, sizeof(*out));
	if (file_read(rundir, RUN_STATUS, &b, e) < 0) {
		if (e->code != ERR_NOT_FOUND && e->code != ERR_LIMIT)
			return -1;
		err_clear(e);
		return 0;
	}
	if ((end = strchr(b.data, '\n')) == NULL)
		return 0;
	*end = '\0';
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		struct err ignored = ERR_INIT;

		if (!str_has_prefix(b.data, words[i].word) ||
		    str_u64("status", b.data + strlen(words[i].word), 0,
			words[i].max, &n, &ignored) < 0)
			continue;
		out->is_known = true;
		out->how = words[i].how;
		out->number = (int)n;
	}
	return 0;
}

uint64_t
run_read_oom(int rundir)
{
	auto_buf struct buf b = BUF_INIT(STATUS_MAX);
	struct err ignored = ERR_INIT;
	uint64_t n = 0;

	if (file_read(rundir, RUN_OOM, &b, &ignored) < 0)
		return 0;
	b.data[strcspn(b.data, "\n")] = '\0';
	if (str_u64("oom", b.data, 0, UINT64_MAX, &n, &ignored) < 0)
		return 0;
	return n;
}

int
run_status_code(const struct run_status *s)
{
	if (!s->is_known)
		return 128 + 9;
	switch (s->how) {
	case RUN_EXITED:
		return s->number;
	case RUN_SIGNALED:
		return 128 + s->number;
	case RUN_EXEC_FAILED:
		break;
	}
	return s->number == ENOENT ? 127 : 126;
}
