/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains of layers: what was read is written and read again. */
#include "fuzz.h"

#include "base/str.h"
#include "storage/chain.h"

static void
same(const struct chain *a, const struct chain *b)
{
	assert(a->n == b->n && layer_id_is_same(&a->owner, &b->owner));
	assert(a->born.tv_sec == b->born.tv_sec);
	assert(a->born.tv_nsec == b->born.tv_nsec);
	for (size_t i = 0; i < a->n; i++) {
		const struct chain_entry *x = &a->v[i], *y = &b->v[i];

		assert(layer_id_is_same(&x->id, &y->id));
		assert(x->is_lent == y->is_lent);
		assert((x->part == NULL) == (y->part == NULL));
		assert(x->part == NULL || str_eq(x->part, y->part));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_chain struct chain c = CHAIN_INIT, again = CHAIN_INIT;
	struct err e = ERR_INIT;

	if (chain_parse("c", (const char *)data, size, &c, &e) < 0) {
		assert(e.code == ERR_CORRUPT && c.n == 0);
		return 0;
	}
	assert(c.n > 0 && c.n <= CHAIN_MAX);
	for (size_t i = 0; i < c.n; i++)
		assert(c.v[i].part == NULL ||
		    (c.v[i].part[0] != '/' && !str_eq(c.v[i].part, "..")));
	(void)unlinkat(fuzz_dir(), "chain", 0);
	assert(chain_write(&c, fuzz_dir(), "chain", &e) == 0);
	assert(chain_read(fuzz_dir(), "chain", &again, &e) == 0);
	same(&c, &again);
	return 0;
}
