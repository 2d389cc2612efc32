/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor's state file with any content: it is read within bounds,
 * and what was read is read again after it was written.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "supervise/state.h"
#include "supervise/supervise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/pot-fuzz.XXXXXX";
static int rundir = -1;

static void
clean(void)
{
	(void)unlinkat(rundir, RUN_STAGE, 0);
	(void)unlinkat(rundir, RUN_IO, AT_REMOVEDIR);
	(void)rmdir(dir);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state_file f = STATE_FILE_INIT, g = STATE_FILE_INIT;
	struct err e = ERR_INIT;
	int fd;

	if (rundir < 0) {
		assert(mkdtemp(dir) != NULL);
		rundir = open(dir, O_RDONLY | O_DIRECTORY);
		assert(rundir >= 0 && atexit(clean) == 0);
		assert(mkdirat(rundir, RUN_IO, 0700) == 0);
	}
	fd = openat(rundir, RUN_STAGE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert(fd >= 0 && io_write_all(fd, data, size) == 0);
	(void)close(fd);

	assert(state_open(&f, rundir, &e) == 0);
	assert(f.s.pending <= STATE_NONE);
	assert(memchr(f.s.text, '\0', sizeof(f.s.text)) != NULL);
	assert(state_write(&f, &e) == 0);
	assert(state_open(&g, rundir, &e) == 0);
	/* The last sequence of all has none behind it. */
	assert(memcmp(&f.s, &g.s, sizeof(f.s)) == 0 || f.sequence == 0);
	state_close(&f);
	state_close(&g);
	return 0;
}
