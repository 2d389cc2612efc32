/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making fake cells.  A cell and its main command are rows of the state,
 * checked as strictly as a real kernel would check them.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/cell_files.h"
#include "platform/fake/fake_impl.h"

#define CELL_SPEC_MAX ((size_t)256 << 10)

/* --- create and release --- */

static int
check_spec(const struct cell_ref *ref, const struct cell_spec *s, struct err *e)
{
	const struct fake_cell *old = fake_cell_find_name(ref->name);

	if (old != NULL && old->is_alive &&
	    (old->is_foreign || str_eq(old->instance, ref->instance)))
		return err_set(e, ERR_EXISTS, "exists");
	if (fake_group_find(ref) == NULL)
		return err_set(e, ERR_STATE, "its limits were not prepared");
	if (s->command.argv == NULL || s->command.argv[0] == NULL)
		return err_set(e, ERR_INVALID, "no command");
	if (!s->own_init &&
	    (fcntl(s->init_fd, F_GETFD) < 0 ||
		fcntl(s->status_fd, F_GETFD) < 0))
		return err_sys(e, "init or status file");
	for (size_t i = 0; i < s->plan->n; i++) {
		const char *target = s->plan->v[i].target;

		if (fake_state_find_mount(&fake_state, s->root, target) < 0)
			return err_set(
			    e, ERR_STATE, "%s: is not mounted", target);
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
	return cell_files_write(s, rootfd, e);
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
	buf_add_fmt(b, "net=%s%s%s\n",
	    s->net == CELL_NET_OWN ? "own" : "inherit",
	    s->no_ipv4 ? "" : " ipv4", s->no_ipv6 ? "" : " ipv6");
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

/* The holder's end to *GATE; the other one stays with the cell. */
static int
make_gate(struct fake_cell *c, int *gate, struct err *e)
{
	char path[4096];
	int fds[2];

	if (fake_state_path() == NULL) {
		if (io_pipe(fds, e) < 0)
			return -1;
		fake_local_make(c->id)->gate = fds[0];
		*gate = fds[1];
		return io_set_nonblock(fds[0], e);
	}
	fake_fifo_path(c, "gate", path, sizeof(path));
	if (mkfifo(path, 0600) < 0 && errno != EEXIST)
		return err_sys(e, "%s", path);
	*gate = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return *gate < 0 ? err_sys(e, "%s", path) : 0;
}

/* Where a descriptor leads, for other processes of a state file's world;
 * NULL where the system does not tell. */
static char *
path_of(int fd)
{
	char link[32], path[4096];
	ssize_t n;

	str_fmt(link, sizeof(link), "/dev/fd/%d", fd);
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
		struct fake_local *l = fake_local_make(c->id);

		l->status = fcntl(s->status_fd, F_DUPFD_CLOEXEC, 0);
		c->status_path = path_of(s->status_fd);
	}
	if (s->command.fds[1] >= 0)
		fake_local_make(c->id)->out =
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

	if (fake_begin_cell(e, "cell.create", ref) < 0)
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
	str_fmt(ref->handle, sizeof(ref->handle), "FAKE:%" PRIu64, c->id);
	*gate = fd;
	return fake_end(0);
}

static int
no_exec(struct fake_cell *c, int error, struct err *e)
{
	enum err_code code =
	    error == ENOENT ? ERR_NO_COMMAND : ERR_NOT_EXECUTABLE;

	fake_write_status(c, "exec", error);
	if (!c->is_persistent || c->own_init) {
		c->status = error == ENOENT ? 127 : 126;
		fake_cell_die(c);
	}
	return err_set(e, code, "%s", strerror(error));
}

/* Nobody may read it: that is the command's affair and does not end us. */
static void
write_output(int fd, const struct buf *text)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;

	(void)sigaction(SIGPIPE, &ignore, &old);
	if (io_write_all(fd, text->data, text->len) < 0) {
		/* A full disk, a closed pipe. */
	}
	(void)sigaction(SIGPIPE, &old, NULL);
}

static void
run_command(struct fake_cell *c, const struct fake_program *p)
{
	struct cell_ref ref = { .generation = c->generation };
	struct fake_local *l = fake_local_of(c->id);
	struct fake_group *g;

	c->is_running = true;
	c->comm = xstrdup(p->name);
	c->is_stubborn = p->is_stubborn;
	c->has_shm = p->has_shm;
	if (l != NULL && l->out >= 0)
		write_output(l->out, &p->text);
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

	if (fake_begin_cell(e, "cell.release", ref) < 0) {
		close(gate);
		return -1;
	}
	if (fake_cell_need(ref, &c, e) < 0) {
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

/* --- what tests ask --- */

const char *
fake_cell_spec(const char *name)
{
	static char *copy;
	const struct fake_cell *c;

	fake_enter("fake.cell_spec");
	c = fake_cell_find_name(name);
	free(copy);
	copy = c != NULL && c->spec != NULL ? xstrdup(c->spec) : NULL;
	fake_end(0);
	return copy;
}

void
fake_add_foreign(const char *name, const char *root)
{
	struct fake_cell *c = NULL;

	fake_enter("fake.add_foreign");
	c = fake_state_add_cell(&fake_state);
	str_copy(c->name, name, sizeof(c->name));
	c->root = xstrdup(root);
	c->is_foreign = c->is_alive = c->is_persistent = c->own_init = true;
	fake_end(0);
}

void
fake_end_command(const char *name, int status)
{
	struct fake_cell *c = NULL;

	fake_enter("fake.end_command");
	c = fake_cell_find_name(name);
	assert(c != NULL && c->is_running);
	fake_cell_end_command(c, status);
	fake_end(0);
}

const struct platform_cell_ops fake_cell_ops = {
	.create = cell_create,
	.release = cell_release,
	.is_alive = fake_cell_is_alive,
	.find_foreign = fake_cell_find_foreign,
	.signal = fake_cell_signal,
	.signal_some = fake_cell_signal_some,
	.kill = fake_cell_kill,
	.wait_open = fake_cell_wait_open,
	.exit_status = fake_cell_exit_status,
	.enter = fake_cell_enter,
	.view = fake_cell_view,
	.mount = fake_cell_mount,
	.unmount = fake_cell_unmount,
	.freeze = fake_cell_freeze,
	.purge = fake_cell_purge,
	.processes = fake_cell_processes,
	.explain_attrs = fake_cell_explain_attrs,
};
