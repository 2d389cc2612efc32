/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times in any notation.  What is accepted has an RFC 3339 form that means
 * the same; what is refused says so and leaves the output alone.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t now[] = { 0, UINT64_C(1800000000123456789),
		UINT64_MAX };
	char *s = malloc(size + 1), out[CLOCK_RFC3339_SIZE];

	assert(s != NULL);
	memcpy(s, data, size);
	s[size] = '\0';
	for (size_t i = 0; i < COUNT_OF(now); i++) {
		struct err e = ERR_INIT;
		uint64_t ns = 42, again;

		if (clock_parse(s, now[i], &ns, &e) < 0) {
			assert(e.code == ERR_INVALID && ns == 42);
			continue;
		}
		(void)clock_format_rfc3339(out, ns);
		assert(strlen(out) == CLOCK_RFC3339_SIZE - 1);
		/* 2554, which is formatted, is not read. */
		if (out[3] == '4' && out[2] == '5' && out[1] == '5')
			continue;
		assert(clock_parse(out, 0, &again, &e) == 0 && again == ns);
	}
	free(s);
	return 0;
}
