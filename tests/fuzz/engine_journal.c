/* SPDX-License-Identifier: BSD-2-Clause */
/* Journals as a crash, or somebody, may have left them. */
#include "fuzz.h"

#include "engine/journal.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_journal_record struct journal_record r;
	struct err e = ERR_INIT;

	fuzz_file("web", data, size);
	assert(journal_read(fuzz_dir(), "web", &r, &e) == 1);
	assert(memchr(r.op, '\0', sizeof(r.op)) != NULL);
	assert(r.is_torn || r.op[0] != '\0');
	assert(r.owner.pid >= 0 && r.hook.pid >= 0); /* kill() gets them */
	assert(r.hook.pid != 1);		     /* -1 */
	assert(r.keys.n == r.values.n);
	return 0;
}
