/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User namespaces: a pot's ids 0 to N - 1 are a range of the host's.  The
 * pot's files keep the ids they have on disk; its mounts map them.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "platform/linux/cell.h"
#include "platform/linux/kernel.h"

void
idmap_fini(struct idmap *map)
{
	cleanup_close(&map->userns);
}

static int
map_write(int procfd, const char *name, const char *line, struct err *e)
{
	auto_close int fd = openat(procfd, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		return err_sys(e, "user namespace: %s", name);
	return 0;
}

static int
proc_open(pid_t pid, int *fdp, struct err *e)
{
	char path[32];
	int fd;

	str_fmt(path, sizeof(path), "/proc/%d", (int)pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "%s", path);
	*fdp = fd;
	return 0;
}

static int
maps_write(int procfd, const struct cell_attrs *a, struct err *e)
{
	char line[40];

	if (a->userns_id_count == 0 ||
	    a->userns_first_id > UINT32_MAX - a->userns_id_count)
		return err_set(e, ERR_INVALID,
		    "user namespace: %u ids from %u: out of range",
		    (unsigned)a->userns_id_count, (unsigned)a->userns_first_id);
	str_fmt(line, sizeof(line), "0 %u %u", (unsigned)a->userns_first_id,
	    (unsigned)a->userns_id_count);
	if (map_write(procfd, "uid_map", line, e) < 0)
		return -1;
	return map_write(procfd, "gid_map", line, e);
}

/* Holds a user namespace while its creator opens it. */
static NO_RETURN void
hold(pid_t creator)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != creator)
		_exit(1);
	for (;;)
		(void)pause();
}

static int
ns_open(int procfd, int *fdp, struct err *e)
{
	int fd = openat(procfd, "ns/user", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "user namespace: open");
	*fdp = fd;
	return 0;
}

int
userns_open(const struct cell_attrs *a, struct idmap *out, struct err *e)
{
	auto_close int pidfd = -1, procfd = -1;
	pid_t self = getpid(), pid = cell_clone(CLONE_NEWUSER, -1, &pidfd);
	int fd = -1;
	bool ok;

	if (pid < 0)
		return err_sys(e, "user namespace: clone");
	if (pid == 0)
		hold(self);
	ok = proc_open(pid, &procfd, e) == 0 && maps_write(procfd, a, e) == 0 &&
	    ns_open(procfd, &fd, e) == 0;
	child_end(pidfd);
	if (!ok)
		return -1;
	*out = (struct idmap){ .userns = fd,
		.first = a->userns_first_id,
		.count = a->userns_id_count };
	return 0;
}

int
userns_of(pid_t pid, struct idmap *out, struct err *e)
{
	auto_close int procfd = -1, fd = -1, map = -1;
	uint64_t number[3]; /* inside, outside, how many */
	char line[64];
	const char *p = line;
	size_t i;
	ssize_t n;

	if (proc_open(pid, &procfd, e) < 0 || ns_open(procfd, &fd, e) < 0)
		return -1;
	map = openat(procfd, "uid_map", O_RDONLY | O_CLOEXEC);
	n = map < 0 ? -1 : io_read_full(map, line, sizeof(line) - 1);
	if (n < 0)
		return err_sys(e, "user namespace: uid_map");
	line[n] = '\0';
	for (i = 0; i < COUNT_OF(number); i++) {
		p += strspn(p, " ");
		if (!str_take_u64(&p, UINT32_MAX, &number[i]))
			break;
	}
	if (i < COUNT_OF(number) || number[0] != 0)
		return err_set(
		    e, ERR_SYSTEM, "user namespace: uid_map '%s'", line);
	*out = (struct idmap){ .userns = take_fd(&fd),
		.first = (uint32_t)number[1],
		.count = (uint32_t)number[2] };
	return 0;
}

/* The kernel takes the rights over files away with the id, which are still
 * permitted, and forgets that we want to end with our parent. */
int
userns_take_fsids(uid_t id, struct err *e)
{
	int death = 0;

	(void)prctl(PR_GET_PDEATHSIG, &death);
	(void)setfsgid(id);
	(void)setfsuid(id);
	if (setfsuid((uid_t)-1) != (int)id || setfsgid((gid_t)-1) != (int)id)
		return err_set(e, ERR_DENIED, "file system ids: can't be %u",
		    (unsigned)id);
	if (prctl(PR_SET_PDEATHSIG, death) < 0)
		return err_sys(e, "signal of the parent's death");
	return caps_raise(e);
}

int
userns_map(pid_t pid, int sock, const struct cell_attrs *a, struct err *e)
{
	auto_close int procfd = -1;

	if (proc_open(pid, &procfd, e) < 0 || maps_write(procfd, a, e) < 0)
		return -1;
	if (send(sock, "", 1, MSG_NOSIGNAL) < 0)
		return err_sys(e, "user namespace: process");
	return 0;
}

int
userns_become_root(struct err *e)
{
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 ||
	    setresuid(0, 0, 0) < 0)
		return err_sys(e, "user namespace: become its root");
	return 0;
}
