/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor's state file with any content: it is read within bounds,
 * and what was read is read again after it was written.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/stat.h>

#include "supervise/state.h"
#include "supervise/supervise.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state_file f = STATE_FILE_INIT, g = STATE_FILE_INIT;
	struct err e = ERR_INIT;
	int rundir = fuzz_dir();

	assert(mkdirat(rundir, RUN_IO, 0700) == 0 || errno == EEXIST);
	fuzz_file(RUN_STAGE, data, size);

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
