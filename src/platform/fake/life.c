/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life and death of fake cells, and what a process keeps for those it made
 * or waits for.  A gate is one end of a pipe, so that its holder's death
 * closes it, as on a real system.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/fake/fake_impl.h"

static struct fake_local *locals;
static size_t nlocals;

struct fake_local *
fake_local_of(uint64_t id)
{
	for (size_t i = 0; i < nlocals; i++) {
		if (locals[i].id == id)
			return &locals[i];
	}
	return NULL;
}

struct fake_local *
fake_local_make(uint64_t id)
{
	struct fake_local *l = fake_local_of(id);

	if (l != NULL)
		return l;
	locals = xreallocarray(locals, nlocals + 1, sizeof(*l));
	l = &locals[nlocals++];
	*l = (struct fake_local){
		.id = id, .gate = -1, .status = -1, .out = -1
	};
	return l;
}

static void
local_close(struct fake_local *l)
{
	cleanup_close(&l->gate);
	cleanup_close(&l->status);
	cleanup_close(&l->out);
	for (unsigned i = 0; i < l->nwaiters; i++)
		close(l->waiters[i]);
	l->nwaiters = 0;
}

void
fake_fifo_path(
    const struct fake_cell *c, const char *what, char *out, size_t size)
{
	int n = snprintf(
	    out, size, "%s.%s.%" PRIu64, fake_state_path(), what, c->id);

	assert(n > 0 && (size_t)n < size);
}

pid_t
fake_cell_pid(const struct fake_cell *c)
{
	return FAKE_PID_BASE + (pid_t)c->id;
}

/* Lines of pot-init (init/init.h). */
void
fake_write_status(const struct fake_cell *c, const char *word, int value)
{
	const struct fake_local *l = fake_local_of(c->id);
	auto_close int fd = -1;
	char line[32];
	int n = snprintf(line, sizeof(line), "%s %d\n", word, value);

	if (c->own_init)
		return;
	if (l != NULL && l->status >= 0)
		fd = fcntl(l->status, F_DUPFD_CLOEXEC, 0);
	else if (c->status_path != NULL)
		fd = open(c->status_path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd >= 0 && io_write_all(fd, line, (size_t)n) < 0)
		return; /* as pot-init, which can tell nobody either */
}

void
fake_cell_die(struct fake_cell *c)
{
	struct fake_local *l = fake_local_of(c->id);
	auto_close int waker = -1;
	char path[4096];

	if (!c->is_alive)
		return;
	if (c->is_running) {
		/* pot-init dies with its command and can't write. */
		c->is_running = false;
		c->status = 128 + SIGKILL;
	}
	c->is_alive = c->is_held = c->is_frozen = false;
	for (size_t i = 0; i < c->entered.n; i++)
		kill((pid_t)strtol(c->entered.v[i], NULL, 10), SIGKILL);
	strv_fini(&c->entered);
	if (l != NULL)
		local_close(l);
	if (fake_state_path() == NULL)
		return;
	fake_fifo_path(c, "gate", path, sizeof(path));
	unlink(path);
	/* Who waits has it open for reading: a writer that comes and goes
	 * makes it readable for all of them. */
	fake_fifo_path(c, "wait", path, sizeof(path));
	waker = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	unlink(path);
}

void
fake_cell_end_command(struct fake_cell *c, int status)
{
	if (!c->is_running)
		return;
	c->is_running = false;
	c->status = status;
	if (status >= 128)
		fake_write_status(c, "signaled", status - 128);
	else
		fake_write_status(c, "exited", status);
	if (!c->is_persistent || c->own_init)
		fake_cell_die(c);
}

/*
 * Is the holder's end still open somewhere?  The holder of a FIFO has it
 * open for reading: whether there is a reader, every system tells who wants
 * to write; whether there is a writer, FreeBSD doesn't tell a new reader.
 */
static bool
gate_is_open(const struct fake_cell *c)
{
	const struct fake_local *l = fake_local_of(c->id);
	auto_close int fd = -1;
	char byte, path[4096];

	if (fake_state_path() != NULL) {
		fake_fifo_path(c, "gate", path, sizeof(path));
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		return fd >= 0;
	}
	if (l != NULL && l->gate >= 0)
		fd = fcntl(l->gate, F_DUPFD_CLOEXEC, 0);
	return fd >= 0 && read(fd, &byte, 1) < 0 && errno == EAGAIN;
}

void
fake_cells_sweep(void)
{
	for (size_t i = 0; i < fake_state.ncells; i++) {
		struct fake_cell *c = &fake_state.cells[i];

		if (c->is_held && !gate_is_open(c))
			fake_cell_die(c);
	}
}

void
fake_cells_forget(void)
{
	for (size_t i = 0; i < fake_state.ncells; i++)
		fake_cell_die(&fake_state.cells[i]);
	for (size_t i = 0; i < nlocals; i++)
		local_close(&locals[i]);
	free(locals);
	locals = NULL;
	nlocals = 0;
}

struct fake_cell *
fake_cell_find(const struct cell_ref *ref)
{
	for (size_t i = fake_state.ncells; i-- > 0;) {
		struct fake_cell *c = &fake_state.cells[i];

		if (str_eq(c->name, ref->name) &&
		    str_eq(c->instance, ref->instance) &&
		    c->generation == ref->generation)
			return c;
	}
	return NULL;
}

struct fake_cell *
fake_cell_find_name(const char *name)
{
	for (size_t i = fake_state.ncells; i-- > 0;) {
		if (str_eq(fake_state.cells[i].name, name))
			return &fake_state.cells[i];
	}
	return NULL;
}

int
fake_cell_need(
    const struct cell_ref *ref, struct fake_cell **out, struct err *e)
{
	struct fake_cell *c = fake_cell_find(ref);

	if (c == NULL || !c->is_alive)
		return err_set(e, ERR_STATE, "not running");
	*out = c;
	return 0;
}

/* --- looking at a cell --- */

bool
fake_cell_is_alive(const struct cell_ref *ref)
{
	const struct fake_cell *c;
	bool yes;

	fake_begin_sure(
	    "cell.is_alive", "%s.%" PRIu64, ref->name, ref->generation);
	c = fake_cell_find(ref);
	yes = c != NULL && c->is_alive;
	fake_end(0);
	return yes;
}

int
fake_cell_find_foreign(struct cell_ref *ref, const char *root,
    enum cell_foreign *out, struct err *e)
{
	const struct fake_cell *c;

	if (fake_begin(e, "cell.find_foreign", "%s", ref->name) < 0)
		return -1;
	c = fake_cell_find_name(ref->name);
	*out = CELL_FOREIGN_NONE;
	if (c != NULL && c->is_foreign && c->is_alive) {
		*out = CELL_FOREIGN_OTHER;
		if (str_eq(c->root, root)) {
			*out = CELL_FOREIGN_SH;
			str_fmt(ref->handle, sizeof(ref->handle),
			    "FAKE:%" PRIu64, c->id);
		}
	}
	return fake_end(0);
}

int
fake_cell_wait_open(const struct cell_ref *ref, int *fdp, struct err *e)
{
	struct fake_cell *c = NULL;
	struct fake_local *l;
	char path[4096];
	int fds[2];

	if (fake_begin_cell(e, "cell.wait_open", ref) < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	if (fake_state_path() != NULL) {
		fake_fifo_path(c, "wait", path, sizeof(path));
		if (mkfifo(path, 0600) < 0 && errno != EEXIST)
			return fake_end(err_sys(e, "%s", path));
		*fdp = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		return fake_end(*fdp < 0 ? err_sys(e, "%s", path) : 0);
	}
	if (io_pipe(fds, e) < 0)
		return fake_end(-1);
	*fdp = fds[0];
	l = fake_local_make(c->id);
	assert(l->nwaiters < COUNT_OF(l->waiters));
	l->waiters[l->nwaiters++] = fds[1];
	return fake_end(0);
}

int
fake_cell_exit_status(
    const struct cell_ref *ref, int waitfd, int *status, struct err *e)
{
	const struct fake_cell *c;

	if (fake_begin_cell(e, "cell.exit_status", ref) < 0)
		return -1;
	if (waitfd < 0)
		return fake_end(
		    err_set(e, ERR_UNSUPPORTED, "nobody waited for it"));
	c = fake_cell_find(ref);
	if (c == NULL || c->is_alive || c->status < 0)
		return fake_end(
		    err_set(e, ERR_UNSUPPORTED, "exit status is not known"));
	*status = c->status;
	return fake_end(0);
}

int
fake_cell_processes(const struct cell_ref *ref, pid_t *pids, size_t max,
    size_t *n, struct err *e)
{
	struct fake_cell *c = NULL;
	size_t count = 0;

	if (fake_begin_cell(e, "cell.processes", ref) < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	if ((c->is_running || !c->own_init) && count < max)
		pids[count++] = fake_cell_pid(c);
	for (size_t i = 0; i < c->entered.n && count < max; i++)
		pids[count++] = (pid_t)strtol(c->entered.v[i], NULL, 10);
	*n = count;
	return fake_end(0);
}

void
fake_cell_explain_attrs(const struct cell_attrs *a,
    void (*say)(void *arg, const char *attr, const char *why), void *arg)
{
	if (a->allow_linprocfs)
		say(arg, "linprocfs", "there is none on the fake platform");
}
