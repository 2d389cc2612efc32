/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of mounts: names in them are a guest's. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "platform/linux/mountinfo.h"

static int
look(const struct mountinfo *m, void *arg, struct err *e UNUSED)
{
	size_t *total = arg;

	*total += strlen(m->path) + strlen(m->type);
	return path_is_below(m->path, "/stop");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	struct err e = ERR_INIT;
	size_t total = 0;

	if (mountinfo_parse(text, look, &total, &e) < 0)
		assert(e.code == ERR_CORRUPT);
	assert(total <= size);
	return 0;
}
