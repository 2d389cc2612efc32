/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's pot.conf over any bytes, with its attributes and limits.  What
 * was understood is stored so that it is understood the same.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "model/attributes.h"
#include "model/limits.h"
#include "model/potconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same_list(const struct strv *a, const struct strv *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		assert(strcmp(a->v[i], b->v[i]) == 0);
}

static void
same_str(const char *a, const char *b)
{
	assert((a == NULL) == (b == NULL));
	assert(a == NULL || strcmp(a, b) == 0);
}

static void
same(const struct pot_config *a, const struct pot_config *b)
{
	assert(a->type == b->type && a->level == b->level);
	assert(a->dns == b->dns && a->network == b->network);
	same_str(a->base, b->base);
	same_str(a->potbase, b->potbase);
	same_str(a->cmd, b->cmd);
	same_str(a->stack, b->stack);
	same_str(a->bridge, b->bridge);
	same_list(&a->ip, &b->ip);
	same_list(&a->depends, &b->depends);
	same_list(&a->env, &b->env);
	same_list(&a->hosts, &b->hosts);
	same_list(&a->ports, &b->ports);
	same_list(&a->args, &b->args);
}

/* Attributes and limits of anything: an error or sound values. */
static void
fuzz_values(const struct conf *c)
{
	struct cell_attrs cell;
	struct limit_set limits;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < attr_count(); i++) {
		const struct attr *a = attr_at(i);
		auto_free char *value = attr_value(c, a, NULL);

		assert(value != NULL);
		if (a->type == ATTR_BOOL)
			(void)attr_bool(c, a->name);
		if (a->type == ATTR_UINT)
			assert(attr_uint(c, a->name) <= a->max);
	}
	if (attr_to_cell(c, &cell, &e) == 0)
		assert(cell.sysvshm <= SYSV_DISABLE);
	err_clear(&e);
	if (limits_load(c, &limits, &e) == 0)
		assert(limits.set < 1U << LIMIT_COUNT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_conf struct conf *c = NULL, *stored = NULL;
	struct pot_config *cfg = NULL, *again = NULL;
	struct err e = ERR_INIT;

	if (conf_parse("fuzz", (const char *)data, size, &c, &e) < 0)
		return 0;
	fuzz_values(c);
	if (pot_config_load("fuzz", c, &cfg, &e) < 0) {
		assert(e.code == ERR_CORRUPT && cfg == NULL);
		return 0;
	}
	stored = pot_config_store(cfg);
	assert(pot_config_load("again", stored, &again, &e) == 0);
	same(cfg, again);
	pot_config_free(cfg);
	pot_config_free(again);
	return 0;
}
