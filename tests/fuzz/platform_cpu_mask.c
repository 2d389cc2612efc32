/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of processors: what was understood is written the short way. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "platform/limit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	char out[LIMIT_CPU_LIST_SIZE], again[LIMIT_CPU_LIST_SIZE];
	struct cpu_mask m, same;
	struct err e = ERR_INIT;

	if (cpu_mask_parse(text, &m, &e) < 0) {
		assert(e.code == ERR_INVALID);
		return 0;
	}
	cpu_mask_format(&m, out);
	assert(cpu_mask_parse(out, &same, &e) == 0);
	assert(memcmp(&m, &same, sizeof(m)) == 0);
	cpu_mask_format(&same, again);
	assert(strcmp(out, again) == 0);
	return 0;
}
