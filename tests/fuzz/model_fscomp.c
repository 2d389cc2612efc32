/* SPDX-License-Identifier: BSD-2-Clause */
/* fscomp.conf over any bytes; a rewrite is read the same again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "model/fscomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_fscomp struct fscomp f = FSCOMP_INIT, again = FSCOMP_INIT;
	auto_buf struct buf b = BUF_INIT((size_t)1 << 20);
	struct err e = ERR_INIT;

	if (fscomp_parse(
		"fuzz", (const char *)data, size, "/jails/p/m", &f, &e) < 0) {
		assert(err_is_set(&e));
		return 0;
	}
	fscomp_format(&f, &b);
	if (b.is_full) /* escapes are longer */
		return 0;
	/* Converted lines are converted: no root any more. */
	assert(fscomp_parse("again", b.data, b.len, "", &again, &e) == 0);
	assert(again.n == f.n && !again.was_old);
	for (size_t i = 0; i < f.n; i++) {
		const struct fscomp_entry *x = &f.v[i], *y = &again.v[i];

		assert(x->target[0] == '/');
		assert(strcmp(x->source, y->source) == 0);
		assert(strcmp(x->target, y->target) == 0);
		assert((x->option == NULL) == (y->option == NULL));
		assert(x->option == NULL || str_eq(x->option, y->option));
		assert(fscomp_find_target(&f, x->target) <= (int)i);
	}
	return 0;
}
