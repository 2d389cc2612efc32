/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's run directory: the text of the cell link, and the status file,
 * which the pot's first process has open for writing.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "engine/pot.h"
#include "supervise/supervise.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	struct cell_ref ref = { .name = "web" };
	struct run_status status;
	struct err e = ERR_INIT;

	if (run_parse_cell(text, &ref))
		assert(ref.generation > 0 && ref.handle[0] != '\0');
	fuzz_file(RUN_STATUS, data, size);
	fuzz_file(RUN_OOM, data, size);
	assert(run_read_status(fuzz_dir(), &status, &e) == 0);
	assert(run_status_code(&status) >= 0);
	assert(run_status_code(&status) <= 255);
	(void)run_read_oom(fuzz_dir());
	return 0;
}
