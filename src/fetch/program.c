/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transfers by fetch(1) of FreeBSD's base system, where libcurl is not: it
 * writes to our stdout, always from the beginning, and says of a failure
 * what can only be read by people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/spawn.h"
#include "base/xmalloc.h"
#include "fetch/transfer.h"

extern char **environ;

void
transfer_init(void)
{
}

/* What fetch(1) says when there is no such file. */
static bool
is_not_found(const char *text)
{
	static const char *const words[] = { "Not Found", "File unavailable",
		"Gone" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strstr(text, words[i]) != NULL)
			return true;
	return false;
}

enum fetch_status
transfer(const char *url, uint64_t offset UNUSED, uint64_t max UNUSED)
{
	static const char header[] = "0 -\n";
	char *argv[] = { (char[]){ "fetch" }, (char[]){ "-q" },
		(char[]){ "-o" }, (char[]){ "-" }, xstrdup(url), NULL };
	struct spawn_opts o = { .path = "fetch",
		.argv = argv,
		.envp = environ,
		.dirfd = -1,
		.nfds = 3 };
	auto_buf struct buf said = BUF_INIT(BUF_TEXT_MAX);
	struct err e = ERR_INIT;
	int fds[2], status = 0;
	pid_t pid;

	if (io_write_all(STDOUT_FILENO, header, sizeof(header) - 1) < 0)
		return FETCH_FAILED;
	if (io_pipe(fds, &e) == 0) {
		o.fds[0] = -1;
		o.fds[1] = STDOUT_FILENO;
		o.fds[2] = fds[1];
		if (spawn_start(&o, &pid, &e) == 0) {
			cleanup_close(&fds[1]);
			if (io_read_all(fds[0], &said, "fetch", &e) < 0)
				err_clear(&e);
			(void)spawn_wait(pid, &status, &e);
		}
	}
	free(argv[4]);
	if (err_is_set(&e)) {
		(void)fprintf(stderr, "%s\n", e.text);
		return FETCH_FAILED;
	}
	if (status == 0)
		return FETCH_DONE;
	(void)fprintf(stderr, "%s", said.data);
	return is_not_found(said.data) ? FETCH_NOT_FOUND : FETCH_CUT;
}
