/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles of cells, as a run directory has them. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/linux/handle.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	struct cell_ref ref = { .name = "web" };
	struct handle h;
	struct err e = ERR_INIT;

	if (str_copy(ref.handle, text, sizeof(ref.handle)) >=
	    sizeof(ref.handle))
		return 0;
	if (handle_parse(&ref, &h, &e) < 0)
		assert(e.code == ERR_CORRUPT || e.code == ERR_STATE);
	else
		assert(h.pid > 0 && (h.start != 0 || h.inode != 0));
	return 0;
}
