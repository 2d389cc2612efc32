/* SPDX-License-Identifier: BSD-2-Clause */
/* Flavours over any bytes. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "model/flavour.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_flavour struct flavour f = FLAVOUR_INIT;
	struct err e = ERR_INIT;
	unsigned line = 0;

	if (flavour_parse("fuzz", (const char *)data, size, &f, &e) < 0) {
		assert(err_is_set(&e) && f.n == 0);
		return 0;
	}
	for (size_t i = 0; i < f.n; i++) {
		assert(f.v[i].line > line);
		line = f.v[i].line;
		if (strcmp(f.v[i].verb, "set-cmd") == 0 && f.v[i].is_known)
			assert(f.v[i].args.n >= 2);
		for (size_t k = 0; k < f.v[i].args.n; k++)
			assert(strchr(f.v[i].args.v[k], '\n') == NULL);
	}
	return 0;
}
