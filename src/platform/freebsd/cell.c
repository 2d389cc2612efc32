/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cell is a jail.  Its first process makes the jail around itself and
 * waits at the gate, a socket whose other end is closed when its creator
 * dies, be it by kill -9: then it ends, and with its last process the jail.
 * What is mounted for it stays until purge(), as anything below the root.
 *
 * A cell is alive while its first process is.  Processes that outlive it
 * are killed by pot-init, or by whoever cleans up.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/event.h>
#include <sys/jail.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/cell_files.h"
#include "platform/freebsd/exec.h"
#include "platform/freebsd/freebsd.h"
#include "platform/report.h"
#include "platform/view_child.h"

/* What jail(8) waits for processes that were sent SIGTERM. */
#define TERM_TIMEOUT_MS 10000
/* A killed process that is still there after this is stuck in the kernel. */
#define KILL_TIMEOUT_MS 10000
#define YIELDS_MAX	100000

struct birth {
	struct cell_ref *ref;
	const struct cell_spec *spec;
	struct jail_exec exec;
	int starter; /* our end of the socket */
	int sock;    /* that of the new process */
};

/* What it says when it is ready. */
struct born {
	int jid;
	pid_t pid;
};

/* --- create --- */

/* In the tree as it is mounted now; a guest's link is replaced. */
static int
write_files(const struct cell_spec *s, struct err *e)
{
	auto_close int rootfd = -1;

	if (dir_open(AT_FDCWD, s->root, &rootfd, e) < 0)
		return -1;
	return cell_files_write(s, rootfd, e);
}

static NO_RETURN void
first_process(struct birth *b)
{
	const char *user = b->spec->command.user;
	struct user_ids ids = { .uid = 0 };
	struct err e = ERR_INIT;
	struct born born = { .pid = getpid() };

	if (jail_exec_arrange(&b->exec, &b->sock, &e) < 0 ||
	    jail_make(b->ref, b->spec, &born.jid, &e) < 0 ||
	    (user != NULL && user_find(user, &ids, &e) < 0) ||
	    report_ready(b->sock, -1, &born, sizeof(born), &e) < 0)
		report_fail(b->sock, &e);
	if (!report_wait_go(b->sock))
		_exit(0);
	if (jail_exec_run(&b->exec, b->spec->open_files, &ids, &e) < 0)
		report_fail(b->sock, &e);
	_exit(126);
}

/*
 * The first process is a grandchild: init(8) reaps it as soon as it ends.
 * As a child it would be a zombie until we end, and a jail with a zombie in
 * it is not gone.
 */
static int
fork_twice(struct birth *b, struct err *e)
{
	struct err failed = ERR_INIT;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return err_sys(e, "fork");
	if (pid == 0) {
		/* Or the gate would never close. */
		cleanup_close(&b->starter);
		pid = fork();
		if (pid == 0)
			first_process(b);
		if (pid < 0) {
			err_sys(&failed, "fork");
			report_fail(b->sock, &failed);
		}
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(e, "waitpid");
	}
	return 0;
}

static int
note_born(
    const struct born *born, bool is_own, struct cell_ref *ref, struct err *e)
{
	struct handle h = {
		.jid = born->jid, .pid = born->pid, .is_own = is_own
	};
	struct kinfo_proc k;

	if (!procs_find(born->pid, &k))
		return err_set(e, ERR_CHILD, "its process was killed");
	h.start = procs_start(&k);
	handle_format(&h, ref);
	return cpuset_apply_plan(ref, born->jid, e);
}

/* The jail as its first process made it, held at SOCK. */
static int
give_birth(struct birth *b, int *sock, struct err *e)
{
	struct born born = { .jid = 0 };
	struct err gone = ERR_INIT;
	int rc;

	if (report_open(&b->starter, &b->sock, e) < 0)
		return -1;
	rc = fork_twice(b, e);
	cleanup_close(&b->sock);
	if (rc == 0 &&
	    report_wait_ready(b->starter, &born, sizeof(born), NULL, e) == 0 &&
	    note_born(&born, b->spec->own_init, b->ref, e) == 0) {
		*sock = take_fd(&b->starter);
		return 0;
	}
	cleanup_close(&b->starter);
	if (born.jid != 0 &&
	    procs_wait_gone(&born.jid, 1, KILL_TIMEOUT_MS, &gone) < 0)
		err_clear(&gone); /* the first error says more */
	b->ref->handle[0] = '\0';
	return -1;
}

static int
cell_create(struct cell_ref *ref, const struct cell_spec *spec, int *gate,
    struct err *e)
{
	struct birth b = { .ref = ref,
		.spec = spec,
		.exec = JAIL_EXEC_INIT,
		.starter = -1,
		.sock = -1 };
	struct err undo = ERR_INIT;
	int rc = -1;

	if (jail_exec_open(&b.exec, spec, &spec->command, e) == 0 &&
	    mount_system(spec, e) == 0) {
		b.exec.mode = spec->own_init ? 'x' :
		    spec->is_persistent	     ? 'p' :
					       '-';
		b.exec.statusfd = spec->status_fd;
		if (write_files(spec, e) == 0)
			rc = give_birth(&b, gate, e);
		if (rc < 0 && unmount_system(spec->root, &undo) < 0)
			err_wrap(e, "%s", undo.text);
	}
	jail_exec_fini(&b.exec);
	return rc;
}

static int
cell_release(const struct cell_ref *ref UNUSED, int gate, struct err *e)
{
	auto_close int sock = gate;

	if (report_go(sock, e) < 0)
		return -1;
	return report_wait_exec(sock, NULL, e);
}

/* --- is it alive, and its end --- */

static bool
cell_is_alive(const struct cell_ref *ref)
{
	struct err ignored = ERR_INIT;
	struct jail_facts j;
	struct handle h;
	bool found;

	if (handle_parse(ref, &h, &ignored) < 0 ||
	    jail_find(ref, &j, &found, &ignored) < 0 || !found)
		return false;
	return h.pid == 0 || procs_is_alive(h.pid, h.start);
}

/*
 * A jail of that name at the pot's root was made by pot 0.16, which gave it
 * no uuid.  Any other may be an admin's, or a pot of another installation.
 */
static int
cell_find_foreign(struct cell_ref *ref, const char *root,
    enum cell_foreign *out, struct err *e)
{
	struct handle h = { .is_foreign = true };
	char path[PATH_MAX];
	uint64_t generation;
	struct jail_facts j;
	bool found;

	if (jail_find_name(ref->name, &j, &found, e) < 0)
		return -1;
	*out = CELL_FOREIGN_NONE;
	if (!found || jail_uuid_is_of(j.uuid, ref->instance, &generation))
		return 0;
	*out = CELL_FOREIGN_OTHER;
	if (jail_uuid_is_pot(j.uuid) || realpath(root, path) == NULL ||
	    !str_eq(j.path, path))
		return 0;
	*out = CELL_FOREIGN_SH;
	h.jid = j.jid;
	handle_format(&h, ref);
	return 0;
}

/*
 * A process leaves its jail a few instructions after it said that it ended,
 * and until the last one has, the name is taken.
 */
static int
wait_name(const struct cell_ref *ref, struct err *e)
{
	struct jail_facts j;
	bool found = true;

	for (unsigned i = 0; found && i < YIELDS_MAX; i++) {
		if (jail_find(ref, &j, &found, e) < 0)
			return -1;
		if (found)
			(void)sched_yield();
	}
	if (found)
		return err_set(e, ERR_TIMEOUT,
		    "jail %d has no process and does not end", j.jid);
	return 0;
}

/* There was nothing to wait on for its end, so it is asked here: as jail(8)
 * does. */
static void
end_foreign(const char *name, const int *jids, size_t njids)
{
	struct err ignored = ERR_INIT;

	if (procs_signal(name, 0, SIGTERM, &ignored) < 0 ||
	    procs_wait_gone(jids, njids, TERM_TIMEOUT_MS, &ignored) < 0)
		err_clear(&ignored);
}

static int
cell_kill(const struct cell_ref *ref, struct err *e)
{
	auto_free int *jids = NULL;
	size_t njids = 0;
	struct jail_facts j;
	struct handle h;
	bool found;

	if (handle_parse(ref, &h, e) < 0 || jail_find(ref, &j, &found, e) < 0)
		return -1;
	if (!found) /* but its processes may be on their way out */
		return h.jid == 0 ?
		    0 :
		    procs_wait_gone(&h.jid, 1, KILL_TIMEOUT_MS, e);
	if (procs_jids(ref->name, &jids, &njids, e) < 0)
		return -1;
	if (h.is_foreign)
		end_foreign(ref->name, jids, njids);
	if (jail_remove(j.jid) < 0 && errno != EINVAL)
		return err_sys(e, "jail %d: remove", j.jid);
	if (procs_wait_gone(jids, njids, KILL_TIMEOUT_MS, e) < 0)
		return -1;
	return wait_name(ref, e);
}

static int
cell_wait_open(const struct cell_ref *ref, int *fdp, struct err *e)
{
	auto_close int kq = -1;
	struct kevent ev;
	struct handle h;

	if (handle_parse(ref, &h, e) < 0)
		return -1;
	if (h.is_foreign)
		return err_set(e, ERR_UNSUPPORTED,
		    "nothing tells of the end of a foreign jail");
	kq = kqueue();
	if (kq < 0 || fcntl(kq, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(e, "kqueue");
	EV_SET(&ev, (uintptr_t)h.pid, EVFILT_PROC, EV_ADD | EV_ONESHOT,
	    NOTE_EXIT, 0, NULL);
	if (h.pid == 0 || kevent(kq, &ev, 1, NULL, 0, NULL) < 0 ||
	    !procs_is_alive(h.pid, h.start)) /* the number was given again */
		return err_set(e, ERR_STATE, "not running");
	*fdp = take_fd(&kq);
	return 0;
}

/* The event carries the status as of wait(2), for any process. */
static int
cell_exit_status(
    const struct cell_ref *ref UNUSED, int waitfd, int *status, struct err *e)
{
	static const struct timespec now = { .tv_sec = 0 };
	struct kevent ev;
	int code;

	if (waitfd < 0 || kevent(waitfd, NULL, 0, &ev, 1, &now) != 1 ||
	    ev.filter != EVFILT_PROC)
		return err_set(e, ERR_UNSUPPORTED, "exit status is not known");
	code = (int)ev.data;
	*status = WIFSIGNALED(code) ? 128 + WTERMSIG(code) : WEXITSTATUS(code);
	return 0;
}

static int
cell_purge(const struct cell_ref *ref, const char *root, struct err *e)
{
	if (cell_is_alive(ref))
		return err_set(e, ERR_STATE, "is alive");
	/* Processes that outlived the first one. */
	if (cell_kill(ref, e) < 0 || unmount_system(root, e) < 0 ||
	    shm_purge(root, e) < 0)
		return -1;
	return 0;
}

/* --- its tree --- */

static int
cell_view(
    const struct cell_ref *ref, mount_view_fn *fn, void *arg, struct err *e)
{
	struct jail_facts j;

	if (jail_need(ref, &j, e) < 0)
		return -1;
	return view_child(j.path, fn, arg, e);
}

static int
cell_mount(const struct cell_ref *ref, const char *root,
    const struct mount_entry *m, struct err *e)
{
	struct jail_facts j;
	struct stat st;

	if (jail_need(ref, &j, e) < 0)
		return -1;
	/* See mount.c: its name could become a link under our hands. */
	if (m->kind == MOUNT_BIND && stat(m->source, &st) == 0 &&
	    !S_ISDIR(st.st_mode))
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: a single file can be mounted while the pot is "
		    "stopped",
		    m->target);
	if (mount_one(root, m, e) < 0)
		return -1;
	return 0;
}

static int
cell_unmount(const struct cell_ref *ref, const char *root, const char *target,
    struct err *e)
{
	struct jail_facts j;

	if (jail_need(ref, &j, e) < 0)
		return -1;
	if (unmount_at(root, target, e) < 0)
		return -1;
	return 0;
}

static void
cell_explain_attrs(const struct cell_attrs *a,
    void (*say)(void *arg, const char *attr, const char *why), void *arg)
{
	if (a->userns)
		say(arg, "userns", "a jail has no ids of its own");
	if (a->is_readonly_root)
		say(arg, "read-only-root",
		    "nullfs can't be made read-only afterwards");
}

const struct platform_cell_ops freebsd_cell_ops = {
	.create = cell_create,
	.release = cell_release,
	.is_alive = cell_is_alive,
	.find_foreign = cell_find_foreign,
	.signal = cell_signal,
	.signal_some = cell_signal_some,
	.kill = cell_kill,
	.wait_open = cell_wait_open,
	.outsider_open = cell_outsider_open,
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
