/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kills for want of memory.  The kernel tells devd(8) when the devctl rule
 * of a jail's memory matches (rctl.c), once until usage falls below it:
 *
 *	!system=RCTL subsystem=rule type=matched
 *	    rule=jail:NAME:memoryuse:devctl=N pid=P ruid=U jail=NAME
 *
 * and devd passes that on to whoever is connected to its socket.  It keeps
 * no count, so the process that opened the descriptor counts: the
 * supervisor.  It has two connections, one for the caller to wait on and
 * drain, one to count by.
 */
#include <errno.h>
#include <signal.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "platform/freebsd/freebsd.h"

#define DEVD_SOCKET "/var/run/devd.seqpacket.pipe"

static struct {
	int fd; /* 0: none, as descriptor 0 never is */
	char name[CELL_NAME_SIZE];
	uint64_t generation;
	uint64_t count;
} counter;

static int
devd_connect(int *fdp, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	auto_close int fd = -1;

	(void)str_copy(sun.sun_path, DEVD_SOCKET, sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0) {
		err_sys(e, "devd: %s", DEVD_SOCKET);
		return err_recode(e, ERR_UNSUPPORTED);
	}
	if (io_set_nonblock(fd, e) < 0)
		return -1;
	*fdp = take_fd(&fd);
	return 0;
}

int
oom_open(const struct cell_ref *ref, struct oom_watch *out, struct err *e)
{
	auto_close int wait_fd = -1;
	auto_close int count_fd = -1;

	if (devd_connect(&wait_fd, e) < 0 || devd_connect(&count_fd, e) < 0)
		return -1;
	if (counter.fd > 0)
		(void)close(counter.fd);
	(void)str_copy(counter.name, ref->name, sizeof(counter.name));
	counter.generation = ref->generation;
	counter.count = 0;
	counter.fd = take_fd(&count_fd);
	out->fd = take_fd(&wait_fd);
	out->events = POLLIN;
	out->is_early = false;
	return 0;
}

static bool
is_kill_of(const char *line, const char *name)
{
	char want[CELL_NAME_SIZE + 64];

	str_fmt(want, sizeof(want), " rule=jail:%s:memoryuse:devctl=", name);
	return str_has_prefix(line, "!system=RCTL ") &&
	    strstr(line, want) != NULL;
}

int
oom_count(const struct cell_ref *ref, uint64_t *n, struct err *e)
{
	char line[4096];
	ssize_t got;

	if (counter.fd <= 0 || !str_eq(counter.name, ref->name) ||
	    counter.generation != ref->generation)
		return err_set(e, ERR_UNSUPPORTED,
		    "out-of-memory kills: only its supervisor counts them");
	while ((got = recv(counter.fd, line, sizeof(line) - 1, 0)) > 0) {
		line[got] = '\0';
		if (is_kill_of(line, ref->name))
			counter.count++;
	}
	*n = counter.count;
	return 0;
}

/* The rule killed one process. */
int
oom_end(const struct cell_ref *ref, struct err *e)
{
	return procs_signal(ref->name, 0, SIGKILL, e);
}
