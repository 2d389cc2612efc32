/* SPDX-License-Identifier: BSD-2-Clause */
/* What getent(1) or passwd says of a user, whatever that is. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "cli/host_user.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	static const char *const users[] = { "root", "w" };

	for (size_t i = 0; i < COUNT_OF(users); i++) {
		auto_free char *found = host_user_find(text, users[i]);

		assert(found == NULL ||
		    (found[strspn(found, "0123456789:")] == '\0' &&
			strchr(found, ':') == strrchr(found, ':')));
	}
	return 0;
}
