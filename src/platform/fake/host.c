/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake host: a machine of fixed size, processes, watches, output.
 * Real pids are real processes; fake ones are the cells' commands.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/fake/fake_impl.h"

/* --- processes --- */

static bool
pid_is_alive(pid_t pid)
{
	if (pid <= 0)
		return false;
	for (size_t i = 0; i < fake_state.ncells; i++) {
		if (fake_cell_pid(&fake_state.cells[i]) == pid)
			return fake_state.cells[i].is_alive;
	}
	return kill(pid, 0) == 0 || errno == EPERM;
}

static int
proc_identify(pid_t pid, struct proc_id *out, struct err *e)
{
	if (fake_begin(e, "proc.identify", "%d", (int)pid) < 0)
		return -1;
	if (!pid_is_alive(pid))
		return fake_end(err_set(
		    e, ERR_NOT_FOUND, "process %d: does not live", (int)pid));
	*out = (struct proc_id){ .pid = pid, .start = fake_state.boot };
	return fake_end(0);
}

static bool
proc_is_alive(const struct proc_id *id)
{
	bool yes;

	fake_begin_sure("proc.is_alive", "%d", (int)id->pid);
	yes = id->start == fake_state.boot && pid_is_alive(id->pid);
	fake_end(0);
	return yes;
}

static bool
proc_is_ending(const struct proc_id *id)
{
	return !pid_is_alive(id->pid);
}

static int
proc_wait_open(const struct proc_id *id, int *fdp UNUSED, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "process %d: not watched on fake",
	    (int)id->pid);
}

static int
proc_boot_id(char out[64], struct err *e)
{
	if (fake_begin(e, "proc.boot_id", "%s", "") < 0)
		return -1;
	str_fmt(out, 64, "fake-boot-%" PRIu64, fake_state.boot);
	return fake_end(0);
}

static int
proc_set_title(
    int argc UNUSED, char **argv UNUSED, const char *title, struct err *e)
{
	if (fake_begin(e, "proc.set_title", "%s", title) < 0)
		return -1;
	return fake_end(0);
}

/* --- watches: sockets, fired by tests --- */

struct watch {
	int reader, writer;
};

static struct watch *watches;
static size_t nwatches;

static int
watch_open(const char *dir, const char *name, int *fdp, struct err *e)
{
	int fds[2];

	if (fake_begin(e, "watch.open", "%s/%s", dir, name) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return fake_end(err_sys(e, "watch"));
	if (io_set_nonblock(fds[0], e) < 0 || io_set_nonblock(fds[1], e) < 0)
		return fake_end(-1);
	watches = xreallocarray(watches, nwatches + 1, sizeof(watches[0]));
	watches[nwatches++] =
	    (struct watch){ .reader = fds[0], .writer = fds[1] };
	*fdp = fds[0];
	return fake_end(0);
}

static int
watch_drain(int fd, struct err *e)
{
	char block[64];

	if (fake_begin(e, "watch.drain", "%s", "") < 0)
		return -1;
	while (read(fd, block, sizeof(block)) > 0)
		continue;
	return fake_end(0);
}

void
fake_watch_fire(void)
{
	/* One that is full is readable already, one without a reader was
	 * closed. */
	for (size_t i = 0; i < nwatches; i++)
		(void)send(watches[i].writer, "w", 1, MSG_NOSIGNAL);
}

void
fake_watch_forget(void)
{
	for (size_t i = 0; i < nwatches; i++)
		close(watches[i].writer);
	free(watches);
	watches = NULL;
	nwatches = 0;
}

/* --- the machine --- */

static int
host_exe_path(char *out, size_t size, struct err *e)
{
	const char *path = getenv("POT_FAKE_EXE");

	if (fake_begin(e, "host.exe_path", "%s", "") < 0)
		return -1;
	if (path == NULL)
		path = FAKE_EXE;
	if (str_copy(out, path, size) >= size)
		return fake_end(
		    err_set(e, ERR_LIMIT, "%s: path too long", path));
	return fake_end(0);
}

static int
host_facts(struct host_facts *out, struct err *e)
{
	if (fake_begin(e, "host.facts", "%s", "") < 0)
		return -1;
	*out = (struct host_facts){
		.ncpu = FAKE_NCPU,
		.memory_bytes = FAKE_MEMORY_BYTES,
		.swap_bytes = FAKE_SWAP_BYTES,
		.os = "fake",
		.release = "1.0",
		.machine = "amd64",
		.extif = FAKE_INTERFACE,
	};
	return fake_end(0);
}

static int
host_make_group(const char *name, struct err *e)
{
	if (fake_begin(e, "host.make_group", "%s", name) < 0)
		return -1;
	if (!strv_has(&fake_state.user_groups, name))
		strv_add(&fake_state.user_groups, name);
	return fake_end(0);
}

static bool
host_has_interface(const char *name)
{
	fake_begin_sure("host.has_interface", "%s", name);
	fake_end(0);
	return str_eq(name, "lo0") || str_eq(name, FAKE_INTERFACE);
}

static int
host_mounts_below(
    const char *path, char *at, size_t size, bool *found, struct err *e)
{
	size_t len = strlen(path);

	if (fake_begin(e, "host.mounts_below", "%s", path) < 0)
		return -1;
	*found = false;
	for (size_t i = 0; i < fake_state.nmounts && !*found; i++) {
		const struct fake_mount *m = &fake_state.mounts[i];
		char where[8192];

		str_fmt(where, sizeof(where), "%s%s", m->root,
		    str_eq(m->target, "/") ? "" : m->target);
		if (strncmp(where, path, len) != 0 ||
		    (where[len] != '\0' && where[len] != '/'))
			continue;
		*found = true;
		if (at != NULL)
			str_copy(at, where, size);
	}
	return fake_end(0);
}

static int
host_fs_type(int fd UNUSED, char out[32], struct err *e)
{
	if (fake_begin(e, "host.fs_type", "%s", "") < 0)
		return -1;
	str_copy(out, "fakefs", 32);
	return fake_end(0);
}

static int
host_reflink(int fromfd UNUSED, int tofd UNUSED, struct err *e)
{
	if (fake_begin(e, "host.reflink", "%s", "") < 0)
		return -1;
	return fake_end(
	    err_set(e, ERR_UNSUPPORTED, "host.reflink: not available on fake"));
}

/* --- output --- */

static ssize_t
output_move(int fifo, int file, off_t offset, size_t max, struct err *e)
{
	char block[4096];
	ssize_t n, done = 0;

	if (fake_begin(e, "output.move", "%s", "") < 0)
		return -1;
	n = read(fifo, block, max < sizeof(block) ? max : sizeof(block));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return fake_end(0);
	if (n < 0)
		return fake_end(err_sys(e, "output"));
	while (done < n) {
		ssize_t w = pwrite(file, block + done, (size_t)(n - done),
		    offset + (off_t)done);

		if (w < 0)
			return fake_end(err_sys(e, "log"));
		done += w;
	}
	fake_end(0);
	return n;
}

/* Somebody has the ids that the first pot would be given. */
static int
host_taken_ids(host_ids_fn *fn, void *arg, struct err *e)
{
	if (fake_begin(e, "host.taken_ids", "%s", "") < 0)
		return -1;
	fn(arg, 100000, 65536);
	fn(arg, FAKE_TAKEN_ID, 1);
	return fake_end(0);
}

void
fake_reboot(void)
{
	uint64_t boot;

	fake_enter("fake.reboot");
	boot = fake_state.boot;
	fake_cells_forget();
	fake_state_clear(&fake_state);
	fake_state.boot = boot + 1;
	fake_end(0);
}

const struct platform_proc_ops fake_proc_ops = {
	.identify = proc_identify,
	.is_alive = proc_is_alive,
	.is_ending = proc_is_ending,
	.wait_open = proc_wait_open,
	.boot_id = proc_boot_id,
	.set_title = proc_set_title,
};

const struct platform_watch_ops fake_watch_ops = {
	.open = watch_open,
	.drain = watch_drain,
};

static unsigned
host_clock_mhz(void)
{
	return 1000;
}

const struct platform_host_ops fake_host_ops = {
	.exe_path = host_exe_path,
	.clock_mhz = host_clock_mhz,
	.facts = host_facts,
	.make_group = host_make_group,
	.has_interface = host_has_interface,
	.mounts_below = host_mounts_below,
	.fs_type = host_fs_type,
	.reflink = host_reflink,
	.taken_ids = host_taken_ids,
};

const struct platform_output_ops fake_output_ops = {
	.move = output_move,
	.is_atomic = false,
};
