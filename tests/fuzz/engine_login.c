/* SPDX-License-Identifier: BSD-2-Clause */
/* Shell and home of users in a passwd that a guest wrote. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "engine/login.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	static const char *const users[] = { "root", "", "w" };

	for (size_t i = 0; i < COUNT_OF(users); i++) {
		struct login l = { .shell = "/bin/sh", .home = "/" };

		login_parse(text, users[i], &l);
		assert(l.shell[0] == '/' && l.home[0] == '/');
		assert(strpbrk(l.shell, ":\n") == NULL);
		assert(strpbrk(l.home, ":\n") == NULL);
	}
	return 0;
}
