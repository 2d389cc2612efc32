/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key=value files over any bytes.  What was accepted is written so that it
 * is read the same again, and every line is found by its key.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(const struct conf *a, const struct conf *b)
{
	const char *key, *value, *key2, *value2;
	size_t i = 0;

	for (; conf_line(a, i, &key, &value); i++) {
		assert(conf_line(b, i, &key2, &value2));
		assert(strcmp(key, key2) == 0);
		assert(strcmp(value, value2) == 0);
	}
	assert(!conf_line(b, i, &key2, &value2));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_conf struct conf *c = NULL, *again = NULL;
	auto_buf struct buf b = BUF_INIT(2 * CONF_FILE_MAX);
	struct err e = ERR_INIT;
	const char *key, *value;

	if (conf_parse("fuzz", (const char *)data, size, &c, &e) < 0) {
		assert(err_is_set(&e) && c == NULL);
		return 0;
	}
	conf_format(c, &b);
	/* Only a missing last newline can take it over the bound. */
	if (b.len <= CONF_FILE_MAX) {
		assert(conf_parse("again", b.data, b.len, &again, &e) == 0);
		same(c, again);
	}
	for (size_t i = 0; i < 50 && conf_line(c, i, &key, &value); i++) {
		auto_free char *trimmed = NULL;

		if (key[0] == '\0')
			continue;
		assert(conf_raw(c, key) != NULL);
		trimmed = conf_get(c, key);
		assert(trimmed != NULL);
	}
	return 0;
}
