/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking after the supervisors of many pots.  Asking for a lock takes three
 * system calls, a third of what a listing of a thousand pots costs: a child
 * asks for all of them while its parent finds out what runs.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/supervisor.h"
#include "supervise/supervise.h"

#define ROUND_MIN 64 /* of fewer, a process costs more than it saves */
#define ROUND_MAX ((size_t)16 << 20)

/* A lock that is not held, or can't be asked for, and a cell that may run:
 * that is for who looks more closely. */
static bool
is_alone(int run_pot, const char *name)
{
	auto_free char *lock = xasprintf("%s/" RUN_SUPERVISE, name);
	auto_free char *cell = NULL;
	struct err ignored = ERR_INIT;

	if (lock_is_held(run_pot, lock, &ignored) > 0)
		return false;
	cell = xasprintf("%s/" RUN_CELL, name);
	return file_exists(run_pot, cell);
}

/* In the child: a line for each that nobody supervises. */
static NO_RETURN void
look(int run_pot, const struct strv *names, int out)
{
	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i];

		if (is_alone(run_pot, name) &&
		    (io_write_all(out, name, strlen(name)) < 0 ||
			io_write_all(out, "\n", 1) < 0))
			_exit(1);
	}
	_exit(0);
}

void
supervisor_round_begin(
    struct engine *g, const struct strv *names, struct supervisor_round *r)
{
	struct err ignored = ERR_INIT;
	int run_pot, pipe[2];

	*r = (struct supervisor_round)SUPERVISOR_ROUND_INIT;
	if (names->n < ROUND_MIN ||
	    engine_dir(g, DIR_RUN_POT, &run_pot, &ignored) < 0 ||
	    io_pipe(pipe, &ignored) < 0)
		return;
	r->pid = fork();
	if (r->pid == 0)
		look(run_pot, names, pipe[1]);
	cleanup_close(&pipe[1]);
	if (r->pid < 0)
		cleanup_close(&pipe[0]);
	r->fd = pipe[0];
}

/* What the child has found; false if it has not said all. */
static bool
take_answer(struct supervisor_round *r, struct buf *b)
{
	struct err ignored = ERR_INIT;
	bool is_whole = false;
	int status;

	if (r->pid > 0) {
		is_whole = io_read_all(r->fd, b, "pots", &ignored) == 0;
		cleanup_close(&r->fd);
		err_clear(&ignored);
		is_whole = spawn_wait(r->pid, &status, &ignored) == 0 &&
		    status == 0 && is_whole;
	}
	r->pid = 0;
	return is_whole;
}

void
supervisor_round_end(struct engine *g, const struct strv *names,
    struct supervisor_round *r, const struct log *log)
{
	auto_buf struct buf b = BUF_INIT(ROUND_MAX);
	struct err ignored = ERR_INIT;
	int run_pot;

	if (take_answer(r, &b)) {
		char *rest = b.data, *name;

		while (rest != NULL && (name = strsep(&rest, "\n")) != NULL)
			if (name[0] != '\0')
				supervisor_ensure(g, name, log);
		return;
	}
	if (engine_dir(g, DIR_RUN_POT, &run_pot, &ignored) < 0)
		return;
	for (size_t i = 0; i < names->n; i++)
		if (is_alone(run_pot, names->v[i]))
			supervisor_ensure(g, names->v[i], log);
}
