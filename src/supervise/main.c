/* SPDX-License-Identifier: BSD-2-Clause */
/* pot-supervise: its arguments and descriptors are in supervise.h. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/logfile.h"
#include "base/str.h"
#include "platform/platform.h"
#include "supervise/core.h"
#include "supervise/supervise.h"

enum {
	ARG_NAME = 1,
	ARG_GENERATION,
	ARG_INSTANCE,
	ARG_LOG_SIZE,
	ARG_LOG_COUNT,
	ARG_POT,
	ARG_FLAGS,
	ARG_COUNT
};

/* An inherited descriptor, from now on closed by execve; -1 if it is not
 * there. */
static int
inherited(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : fd;
}

static int
parse(int argc, char **argv, struct supervise_config *c, struct err *e)
{
	uint64_t count;

	if (argc != ARG_COUNT)
		return err_set(e, ERR_USAGE,
		    "usage: pot-supervise NAME GENERATION INSTANCE LOG_SIZE "
		    "LOG_COUNT POT FLAGS");
	c->name = argv[ARG_NAME];
	c->instance = argv[ARG_INSTANCE];
	c->pot = argv[ARG_POT];
	c->is_persistent = str_eq(argv[ARG_FLAGS], "p");
	c->is_drain = str_eq(argv[ARG_FLAGS], "d");
	if (!c->is_persistent && !c->is_drain && !str_eq(argv[ARG_FLAGS], "-"))
		return err_set(e, ERR_USAGE, "flags: expected p, d or -");
	if (str_u64("generation", argv[ARG_GENERATION], 0, UINT64_MAX,
		&c->generation, e) < 0 ||
	    str_u64("log size", argv[ARG_LOG_SIZE], 0, INT64_MAX, &c->log_size,
		e) < 0 ||
	    str_u64("log count", argv[ARG_LOG_COUNT], 0, LOGFILE_COUNT_MAX,
		&count, e) < 0)
		return -1;
	c->log_count = (unsigned)count;
	c->run_fd = inherited(SUPERVISE_RUN_FD);
	c->log_fd = inherited(SUPERVISE_LOG_FD);
	c->echo_fds[0] = inherited(SUPERVISE_OUT_FD);
	c->echo_fds[1] = inherited(SUPERVISE_ERR_FD);
	c->notify_fd = inherited(SUPERVISE_NOTIFY_FD);
	c->gate_fd = inherited(SUPERVISE_GATE_FD);
	for (int i = 0; i < STREAMS; i++)
		c->held_fds[i] = inherited(SUPERVISE_HELD_FD + i);
	if (c->run_fd < 0 || c->log_fd < 0)
		return err_set(e, ERR_USAGE, "descriptors 3 and 4: not open");
	return 0;
}

int
main(int argc, char **argv)
{
	struct supervise_config c = { .run_fd = -1 };
	struct err e = ERR_INIT;
	char line[ERR_TEXT_SIZE + 32];
	int len;

	if (parse(argc, argv, &c, &e) == 0 &&
	    supervise_run(&platform_host, &c, &e) == 0)
		return 0;
	len = snprintf(line, sizeof(line), "###>  pot-supervise: %s\n", e.text);
	return io_write_all(STDERR_FILENO, line, (size_t)len) < 0 ? 2 : 1;
}
