/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cells of the fake platform.  A cell and its main command are rows of the
 * state; a gate is the write end of a pipe, so that its holder's death
 * closes it, as on a real system; what is entered is a real child.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/view_child.h"
#include "platform/fake/fake_impl.h"

#define CELL_SPEC_MAX ((size_t)256 << 10)

/* What a cell needs of the process that made it or waits for it. */
struct local {
	uint64_t id;
	int gate;	 /* read end, -1 in a state file's world */
	int status;	 /* duplicate of status_fd */
	int out;	 /* duplicate of the command's stdout */
	int waiters[16]; /* write ends of wait_open() */
	unsigned nwaiters;
};

static struct local *locals;
static size_t nlocals;

static struct local *
local_of(uint64_t id)
{
	for (size_t i = 0; i < nlocals; i++) {
		if (locals[i].id == id)
			return &locals[i];
	}
	return NULL;
}

static struct local *
local_make(uint64_t id)
{
	struct local *l = local_of(id);

	if (l != NULL)
		return l;
	locals = xreallocarray(locals, nlocals + 1, sizeof(*l));
	l = &locals[nlocals++];
	*l = (struct local){ .id = id, .gate = -1, .status = -1, .out = -1 };
	return l;
}

static void
local_close(struct local *l)
{
	cleanup_close(&l->gate);
	cleanup_close(&l->status);
	cleanup_close(&l->out);
	for (unsigned i = 0; i < l->nwaiters; i++)
		close(l->waiters[i]);
	l->nwaiters = 0;
}

static void
fifo_path(const struct fake_cell *c, const char *what, char *out, size_t size)
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
static void
write_status(const struct fake_cell *c, const char *word, int value)
{
	const struct local *l = local_of(c->id);
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
	struct local *l = local_of(c->id);
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
	fifo_path(c, "gate", path, sizeof(path));
	unlink(path);
	/* Who waits has it open for reading: a writer that comes and goes
	 * makes it readable for all of them. */
	fifo_path(c, "wait", path, sizeof(path));
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
		write_status(c, "signaled", status - 128);
	else
		write_status(c, "exited", status);
	if (!c->is_persistent || c->own_init)
		fake_cell_die(c);
}

/* Is the write end still open somewhere? */
static bool
gate_is_open(const struct fake_cell *c)
{
	const struct local *l = local_of(c->id);
	auto_close int fd = -1;
	char byte, path[4096];

	if (fake_state_path() != NULL) {
		fifo_path(c, "gate", path, sizeof(path));
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	} else if (l != NULL && l->gate >= 0) {
		fd = fcntl(l->gate, F_DUPFD_CLOEXEC, 0);
	}
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

static struct fake_cell *
find(const struct cell_ref *ref)
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

static struct fake_cell *
find_name(const char *name)
{
	for (size_t i = fake_state.ncells; i-- > 0;) {
		if (str_eq(fake_state.cells[i].name, name))
			return &fake_state.cells[i];
	}
	return NULL;
}

static int
need_alive(const struct cell_ref *ref, struct fake_cell **out, struct err *e)
{
	struct fake_cell *c = find(ref);

	if (c == NULL || !c->is_alive)
		return err_set(
		    e, ERR_NOT_FOUND, "cell %s: is not alive", ref->name);
	*out = c;
	return 0;
}

#define begin(e, op, ref) \
	fake_begin(e, op, "%s.%" PRIu64, (ref)->name, (ref)->generation)

/* --- create and release --- */

static int
check_spec(const struct cell_ref *ref, const struct cell_spec *s, struct err *e)
{
	const struct fake_cell *old = find_name(ref->name);

	if (old != NULL && old->is_alive &&
	    (old->is_foreign || str_eq(old->instance, ref->instance)))
		return err_set(e, ERR_EXISTS, "cell %s: exists", ref->name);
	if (fake_group_find(ref) == NULL)
		return err_set(e, ERR_STATE,
		    "cell %s: its limits were not prepared", ref->name);
	if (s->command.argv == NULL || s->command.argv[0] == NULL)
		return err_set(
		    e, ERR_INVALID, "cell %s: no command", ref->name);
	if (!s->own_init &&
	    (fcntl(s->init_fd, F_GETFD) < 0 ||
		fcntl(s->status_fd, F_GETFD) < 0))
		return err_sys(e, "cell %s: init or status file", ref->name);
	for (size_t i = 0; i < s->plan->n; i++) {
		const char *target = s->plan->v[i].target;

		if (fake_state_find_mount(&fake_state, s->root, target) < 0)
			return err_set(e, ERR_STATE,
			    "cell %s: %s: is not mounted", ref->name, target);
	}
	return 0;
}

/* As the real ones: replaced, not written through, and left out where the
 * directory is missing. */
static int
write_files(const struct cell_spec *s, struct err *e)
{
	auto_close int rootfd = -1;

	if (dir_open(AT_FDCWD, fake_plan_root(s->plan, s->root), &rootfd, e) <
	    0)
		return -1;
	for (size_t i = 0; i < s->nfiles; i++) {
		const struct cell_file *f = &s->files[i];

		if (beneath_write_file(rootfd, f->path, f->text,
			strlen(f->text), f->mode, e) == 0)
			continue;
		if (e->code != ERR_NOT_FOUND)
			return err_wrap(e, "%s", f->path);
		err_clear(e);
	}
	return 0;
}

static void
describe_attrs(const struct cell_attrs *a, struct buf *b)
{
	buf_add_fmt(b, "enforce_statfs=%u\nchildren=%u\ndevfs_ruleset=%u\n",
	    a->enforce_statfs, a->children, a->devfs_ruleset);
	buf_add_fmt(b, "mount=%d\nnullfs=%d\ntmpfs=%d\nzfs=%d\nlinprocfs=%d\n",
	    a->allow_mount, a->allow_nullfs, a->allow_tmpfs, a->allow_zfs,
	    a->allow_linprocfs);
	buf_add_fmt(b, "fdescfs=%d\nprocfs=%d\nraw_sockets=%d\nmlock=%d\n",
	    a->mount_fdescfs, a->mount_procfs, a->raw_sockets, a->mlock);
	buf_add_fmt(b, "sysvshm=%d\nsysvsem=%d\nsysvmsg=%d\n", (int)a->sysvshm,
	    (int)a->sysvsem, (int)a->sysvmsg);
	buf_add_fmt(b, "userns=%d\nuserns_first_id=%u\nuserns_id_count=%u\n",
	    a->userns, a->userns_first_id, a->userns_id_count);
	buf_add_fmt(b, "readonly_root=%d\n", a->is_readonly_root);
}

static void
describe(const struct cell_spec *s, struct buf *b)
{
	buf_add_fmt(b, "hostname=%s\n", s->hostname ? s->hostname : "");
	buf_add_fmt(b, "osrelease=%s\n", s->osrelease ? s->osrelease : "");
	buf_add_fmt(b, "root=%s\n", s->root);
	for (size_t i = 0; i < s->plan->n; i++) {
		auto_buf struct buf what = BUF_INIT(BUF_TEXT_MAX);

		fake_mount_describe(&s->plan->v[i], &what);
		buf_add_fmt(
		    b, "mount=%s %s\n", s->plan->v[i].target, what.data);
	}
	for (size_t i = 0; i < s->nfiles; i++)
		buf_add_fmt(b, "file=%s %03o\n", s->files[i].path,
		    (unsigned)s->files[i].mode);
	describe_attrs(&s->attrs, b);
	buf_add_fmt(b, "net=%s\n", s->net == CELL_NET_OWN ? "own" : "inherit");
	buf_add_fmt(b, "open_files=%" PRIu64 "\n", s->open_files);
	for (char *const *v = s->command.argv; *v != NULL; v++)
		buf_add_fmt(b, "arg=%s\n", *v);
	for (char *const *v = s->command.envp; v != NULL && *v != NULL; v++)
		buf_add_fmt(b, "env=%s\n", *v);
	buf_add_fmt(b, "cwd=%s\nuser=%s\n",
	    s->command.cwd ? s->command.cwd : "/",
	    s->command.user ? s->command.user : "root");
	buf_add_fmt(
	    b, "own_init=%d\npersistent=%d\n", s->own_init, s->is_persistent);
}

/* The write end to *GATE; the read end stays with the cell. */
static int
make_gate(struct fake_cell *c, int *gate, struct err *e)
{
	auto_close int reader = -1;
	char path[4096];
	int fds[2];

	if (fake_state_path() == NULL) {
		if (io_pipe(fds, e) < 0)
			return -1;
		local_make(c->id)->gate = fds[0];
		*gate = fds[1];
		return io_set_nonblock(fds[0], e);
	}
	fifo_path(c, "gate", path, sizeof(path));
	if (mkfifo(path, 0600) < 0 && errno != EEXIST)
		return err_sys(e, "%s", path);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	*gate = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return *gate < 0 ? err_sys(e, "%s", path) : 0;
}

/* Where a descriptor leads, for other processes of a state file's world;
 * NULL where the system does not tell. */
static char *
path_of(int fd)
{
	char link[32], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/dev/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	return n > 0 && path[0] == '/' ? xstrndup(path, (size_t)n) : NULL;
}

static void
fill(struct fake_cell *c, const struct cell_ref *ref, const struct cell_spec *s)
{
	struct buf spec = BUF_INIT(CELL_SPEC_MAX);

	str_copy(c->name, ref->name, sizeof(c->name));
	str_copy(c->instance, ref->instance, sizeof(c->instance));
	c->generation = ref->generation;
	c->is_held = c->is_alive = true;
	c->is_persistent = s->is_persistent;
	c->own_init = s->own_init;
	c->root = xstrdup(s->root);
	for (char *const *v = s->command.argv; *v != NULL; v++)
		strv_add(&c->argv, *v);
	describe(s, &spec);
	c->spec = buf_take(&spec);
	if (!s->own_init) {
		struct local *l = local_make(c->id);

		l->status = fcntl(s->status_fd, F_DUPFD_CLOEXEC, 0);
		c->status_path = path_of(s->status_fd);
	}
	if (s->command.fds[1] >= 0)
		local_make(c->id)->out =
		    fcntl(s->command.fds[1], F_DUPFD_CLOEXEC, 0);
}

/* What release() has to know of the command, by the cell's id. */
static struct fake_program *
program_of(const struct fake_cell *c)
{
	struct fake_program *p = xcalloc(1, sizeof(*p));
	auto_strv struct strv argv = STRV_INIT;
	auto_strv struct strv env = STRV_INIT;
	struct cell_command command = { .fds = { -1, -1, -1 } };

	strv_add_all(&argv, &c->argv);
	for (const char *line = c->spec; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (str_has_prefix(line, "env="))
			strv_add_take(&env, xstrndup(line + 4, len - 4));
		line += len + (line[len] == '\n');
	}
	command.argv = strv_argv(&argv);
	command.envp = strv_argv(&env);
	fake_program_init(p, &command);
	return p;
}

/* Rows of dead cells are kept for exit_status() until the next start. */
static void
drop_dead(const struct cell_ref *ref)
{
	for (size_t i = fake_state.ncells; i-- > 0;) {
		const struct fake_cell *c = &fake_state.cells[i];

		if (!c->is_alive && !c->has_shm && str_eq(c->name, ref->name) &&
		    str_eq(c->instance, ref->instance))
			fake_state_remove_cell(&fake_state, i);
	}
}

static int
cell_create(struct cell_ref *ref, const struct cell_spec *spec, int *gate,
    struct err *e)
{
	struct fake_cell *c = NULL;
	int fd = -1;

	if (begin(e, "cell.create", ref) < 0)
		return -1;
	if (check_spec(ref, spec, e) < 0 || write_files(spec, e) < 0)
		return fake_end(-1);
	drop_dead(ref);
	c = fake_state_add_cell(&fake_state);
	fill(c, ref, spec);
	if (make_gate(c, &fd, e) < 0) {
		fake_cell_die(c);
		return fake_end(-1);
	}
	snprintf(ref->handle, sizeof(ref->handle), "FAKE:%" PRIu64, c->id);
	*gate = fd;
	return fake_end(0);
}

static int
no_exec(struct fake_cell *c, int error, struct err *e)
{
	enum err_code code =
	    error == ENOENT ? ERR_NO_COMMAND : ERR_NOT_EXECUTABLE;

	write_status(c, "exec", error);
	c->status = error == ENOENT ? 127 : 126;
	fake_cell_die(c);
	return err_set(e, code, "%s: %s", c->argv.v[0], strerror(error));
}

static void
run_command(struct fake_cell *c, const struct fake_program *p)
{
	struct cell_ref ref = { .generation = c->generation };
	struct local *l = local_of(c->id);
	struct fake_group *g;

	c->is_running = true;
	c->is_stubborn = p->is_stubborn;
	c->has_shm = p->has_shm;
	if (l != NULL && l->out >= 0 && p->text.len > 0 &&
	    io_write_all(l->out, p->text.data, p->text.len) < 0)
		return; /* nobody reads it: as a real command would end */
	if (p->is_oom) {
		str_copy(ref.name, c->name, sizeof(ref.name));
		str_copy(ref.instance, c->instance, sizeof(ref.instance));
		g = fake_group_find(&ref);
		if (g != NULL)
			g->oom_kills++;
	}
	if (p->fate == FATE_EXITED)
		fake_cell_end_command(c, p->value);
	else if (p->fate == FATE_SIGNALED)
		fake_cell_end_command(c, 128 + p->value);
}

static int
cell_release(const struct cell_ref *ref, int gate, struct err *e)
{
	struct fake_program *p;
	struct fake_cell *c = NULL;
	int result = 0;

	if (begin(e, "cell.release", ref) < 0) {
		close(gate);
		return -1;
	}
	if (need_alive(ref, &c, e) < 0) {
		close(gate);
		return fake_end(-1);
	}
	assert(c->is_held);
	c->is_held = false;
	close(gate);
	p = program_of(c);
	if (p->fate == FATE_NO_EXEC)
		result = no_exec(c, p->value, e);
	else
		run_command(c, p);
	fake_program_fini(p);
	free(p);
	return fake_end(result);
}

/* --- looking at a cell --- */

static bool
cell_is_alive(const struct cell_ref *ref)
{
	const struct fake_cell *c;
	bool yes;

	fake_begin_sure(
	    "cell.is_alive", "%s.%" PRIu64, ref->name, ref->generation);
	c = find(ref);
	yes = c != NULL && c->is_alive;
	fake_end(0);
	return yes;
}

static int
cell_find_foreign(
    const char *name, struct cell_ref *out, bool *found, struct err *e)
{
	const struct fake_cell *c;

	if (fake_begin(e, "cell.find_foreign", "%s", name) < 0)
		return -1;
	c = find_name(name);
	*found = c != NULL && c->is_foreign && c->is_alive;
	if (*found) {
		*out = (struct cell_ref){ .generation = c->generation };
		str_copy(out->name, name, sizeof(out->name));
		snprintf(
		    out->handle, sizeof(out->handle), "FAKE:%" PRIu64, c->id);
	}
	return fake_end(0);
}

static int
cell_wait_open(const struct cell_ref *ref, int *fdp, struct err *e)
{
	struct fake_cell *c = NULL;
	struct local *l;
	char path[4096];
	int fds[2];

	if (begin(e, "cell.wait_open", ref) < 0)
		return -1;
	c = find(ref);
	if (c != NULL && c->is_alive && fake_state_path() != NULL) {
		fifo_path(c, "wait", path, sizeof(path));
		if (mkfifo(path, 0600) < 0 && errno != EEXIST)
			return fake_end(err_sys(e, "%s", path));
		*fdp = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		return fake_end(*fdp < 0 ? err_sys(e, "%s", path) : 0);
	}
	if (io_pipe(fds, e) < 0)
		return fake_end(-1);
	*fdp = fds[0];
	if (c == NULL || !c->is_alive) {
		close(fds[1]);
		return fake_end(0);
	}
	l = local_make(c->id);
	assert(l->nwaiters < COUNT_OF(l->waiters));
	l->waiters[l->nwaiters++] = fds[1];
	return fake_end(0);
}

static int
cell_exit_status(
    const struct cell_ref *ref, int waitfd, int *status, struct err *e)
{
	const struct fake_cell *c;

	if (begin(e, "cell.exit_status", ref) < 0)
		return -1;
	if (waitfd < 0)
		return fake_end(err_set(e, ERR_UNSUPPORTED,
		    "cell %s: nobody waited for it", ref->name));
	c = find(ref);
	if (c == NULL || c->is_alive || c->status < 0)
		return fake_end(err_set(e, ERR_NOT_FOUND,
		    "cell %s: exit status is not known", ref->name));
	*status = c->status;
	return fake_end(0);
}

static int
cell_processes(const struct cell_ref *ref, pid_t *pids, size_t max, size_t *n,
    struct err *e)
{
	struct fake_cell *c = NULL;
	size_t count = 0;

	if (begin(e, "cell.processes", ref) < 0)
		return -1;
	if (need_alive(ref, &c, e) < 0)
		return fake_end(-1);
	if ((c->is_running || !c->own_init) && count < max)
		pids[count++] = fake_cell_pid(c);
	for (size_t i = 0; i < c->entered.n && count < max; i++)
		pids[count++] = (pid_t)strtol(c->entered.v[i], NULL, 10);
	*n = count;
	return fake_end(0);
}

static void
cell_explain_attrs(const struct cell_attrs *a,
    void (*say)(void *arg, const char *attr, const char *why), void *arg)
{
	if (a->allow_linprocfs)
		say(arg, "linprocfs", "there is none on the fake platform");
}

/* --- signals and death --- */

static bool
is_deadly(int signo)
{
	static const int harmless[] = { 0, SIGCHLD, SIGCONT, SIGURG, SIGWINCH,
		SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

	for (size_t i = 0; i < COUNT_OF(harmless); i++) {
		if (signo == harmless[i])
			return false;
	}
	return true;
}

static void
send_main(struct fake_cell *c, int signo)
{
	if (is_deadly(signo) && (!c->is_stubborn || signo == SIGKILL))
		fake_cell_end_command(c, 128 + signo);
}

static int
cell_signal(const struct cell_ref *ref, enum cell_signal_scope scope, int signo,
    struct err *e)
{
	static const char *const word[] = { "main", "all", "stop" };
	struct fake_cell *c = NULL;

	if (fake_begin(e, "cell.signal", "%s.%" PRIu64 " %s %d", ref->name,
		ref->generation, word[scope], signo) < 0)
		return -1;
	if (need_alive(ref, &c, e) < 0)
		return fake_end(-1);
	if (scope == CELL_SIGNAL_MAIN && !c->is_running)
		return fake_end(err_set(
		    e, ERR_STATE, "cell %s: its command has ended", ref->name));
	send_main(c, signo);
	if (scope == CELL_SIGNAL_MAIN)
		return fake_end(0);
	for (size_t i = 0; i < c->entered.n; i++)
		kill((pid_t)strtol(c->entered.v[i], NULL, 10), signo);
	if (scope == CELL_SIGNAL_STOP && !c->is_running)
		fake_cell_die(c);
	return fake_end(0);
}

static int
cell_signal_some(const struct cell_ref *ref, pid_t pid, const char *pattern,
    int signo, bool is_dry, struct strv *out, struct err *e)
{
	struct fake_cell *c = NULL;
	regex_t re;
	bool hit;

	if (fake_begin(e, "cell.signal_some", "%s.%" PRIu64 " %s %d", ref->name,
		ref->generation, pid != 0 ? "pid" : pattern, signo) < 0)
		return -1;
	if (need_alive(ref, &c, e) < 0)
		return fake_end(-1);
	hit = c->is_running && pid == fake_cell_pid(c);
	if (pid == 0) {
		if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
			return fake_end(err_set(e, ERR_INVALID,
			    "pattern '%s': no regular expression", pattern));
		hit = c->is_running &&
		    regexec(&re, fake_program_name(c->argv.v[0]), 0, NULL, 0) ==
			0;
		regfree(&re);
	}
	if (hit) {
		strv_add_fmt(out, "%d", (int)fake_cell_pid(c));
		if (!is_dry)
			send_main(c, signo);
	}
	return fake_end(0);
}

static int
cell_kill(const struct cell_ref *ref, struct err *e)
{
	struct fake_cell *c = NULL;

	if (begin(e, "cell.kill", ref) < 0)
		return -1;
	c = find(ref);
	if (c != NULL)
		fake_cell_die(c);
	return fake_end(0);
}

static int
cell_freeze(const struct cell_ref *ref, bool on, struct err *e)
{
	struct fake_cell *c = NULL;

	if (fake_begin(e, "cell.freeze", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, on ? "on" : "off") < 0)
		return -1;
	if (need_alive(ref, &c, e) < 0)
		return fake_end(-1);
	c->is_frozen = on;
	return fake_end(0);
}

static int
cell_purge(const struct cell_ref *ref, const char *root, struct err *e)
{
	struct fake_cell *c = NULL;

	if (fake_begin(e, "cell.purge", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, root) < 0)
		return -1;
	c = find(ref);
	if (c != NULL && c->is_alive)
		return fake_end(
		    err_set(e, ERR_STATE, "cell %s: is alive", ref->name));
	if (c != NULL)
		c->has_shm = false;
	return fake_end(0);
}

/* --- what runs inside --- */

static int
cell_enter(const struct cell_ref *ref, const struct cell_spec *spec UNUSED,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e)
{
	struct fake_program p;
	struct fake_cell *c = NULL;
	int result = -1;

	if (fake_begin(e, "cell.enter", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, command->argv[0]) < 0)
		return -1;
	if (need_alive(ref, &c, e) < 0)
		return fake_end(-1);
	fake_program_init(&p, command);
	if (p.fate == FATE_NO_EXEC)
		err_set(e,
		    p.value == ENOENT ? ERR_NO_COMMAND : ERR_NOT_EXECUTABLE,
		    "%s: %s", command->argv[0], strerror(p.value));
	else
		result = fake_program_start(&p, command, pid, tty, e);
	if (result == 0)
		strv_add_fmt(&c->entered, "%d", (int)*pid);
	fake_program_fini(&p);
	return fake_end(result);
}

static int
cell_view(
    const struct cell_ref *ref, mount_view_fn *fn, void *arg, struct err *e)
{
	struct fake_cell *c = NULL;
	auto_free char *root = NULL;
	int result;

	if (begin(e, "cell.view", ref) < 0)
		return -1;
	if (need_alive(ref, &c, e) < 0)
		return fake_end(-1);
	root = fake_attached_root(c->root);
	fake_pause();
	result = view_child(root, fn, arg, e);
	fake_resume();
	return fake_end(result);
}

static int
cell_mount(const struct cell_ref *ref, const char *root,
    const struct mount_entry *m, struct err *e)
{
	struct fake_cell *c = NULL;

	if (fake_begin(e, "cell.mount", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, m->target) < 0)
		return -1;
	if (need_alive(ref, &c, e) < 0)
		return fake_end(-1);
	fake_mount_add(root, m);
	return fake_end(0);
}

static int
cell_unmount(const struct cell_ref *ref, const char *root, const char *target,
    struct err *e)
{
	struct fake_cell *c = NULL;
	ptrdiff_t i;

	if (fake_begin(e, "cell.unmount", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, target) < 0)
		return -1;
	if (need_alive(ref, &c, e) < 0)
		return fake_end(-1);
	i = fake_state_find_mount(&fake_state, root, target);
	if (i < 0)
		return fake_end(err_set(e, ERR_NOT_FOUND,
		    "cell %s: %s: is not mounted", ref->name, target));
	fake_state_remove_mount(&fake_state, (size_t)i);
	return fake_end(0);
}

/* --- what tests ask --- */

const char *
fake_cell_spec(const char *name)
{
	static char *copy;
	const struct fake_cell *c;

	fake_enter("fake.cell_spec");
	c = find_name(name);
	free(copy);
	copy = c != NULL && c->spec != NULL ? xstrdup(c->spec) : NULL;
	fake_end(0);
	return copy;
}

void
fake_add_foreign(const char *name)
{
	struct fake_cell *c = NULL;

	fake_enter("fake.add_foreign");
	c = fake_state_add_cell(&fake_state);
	str_copy(c->name, name, sizeof(c->name));
	c->is_foreign = c->is_alive = c->is_persistent = c->own_init = true;
	fake_end(0);
}

void
fake_end_command(const char *name, int status)
{
	struct fake_cell *c = NULL;

	fake_enter("fake.end_command");
	c = find_name(name);
	assert(c != NULL && c->is_running);
	fake_cell_end_command(c, status);
	fake_end(0);
}

const struct platform_cell_ops fake_cell_ops = {
	.create = cell_create,
	.release = cell_release,
	.is_alive = cell_is_alive,
	.find_foreign = cell_find_foreign,
	.signal = cell_signal,
	.signal_some = cell_signal_some,
	.kill = cell_kill,
	.wait_open = cell_wait_open,
	.exit_status = cell_exit_status,
	.enter = cell_enter,
	.view = cell_view,
	.mount = cell_mount,
	.unmount = cell_unmount,
	.freeze = cell_freeze,
	.purge = cell_purge,
	.processes = cell_processes,
	.explain_attrs = cell_explain_attrs,
};
