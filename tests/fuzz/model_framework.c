/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The framework's configuration and its cache over any bytes.  Values that
 * were understood, written in single quotes, are understood as the same.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "model/framework.h"
#include "model/framework_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_quoted(struct buf *b, const char *name, const char *value)
{
	buf_add_fmt(b, "%s='", name);
	for (; *value != '\0'; value++) {
		if (*value == '\'')
			buf_add_str(b, "'\\''");
		else
			buf_add_char(b, *value);
	}
	buf_add_str(b, "'\n");
}

static void
fuzz_parser(const char *text, size_t size)
{
	auto_strv struct strv names = STRV_INIT, values = STRV_INIT;
	auto_strv struct strv names2 = STRV_INIT, values2 = STRV_INIT;
	auto_buf struct buf b = BUF_INIT(FRAMEWORK_FILE_MAX);
	struct err e = ERR_INIT;
	unsigned line = 0;
	int rc =
	    framework_parse("fuzz", text, size, &names, &values, &line, &e);

	assert(names.n == values.n);
	assert(rc != 1 || line >= 1);
	assert((rc < 0) == err_is_set(&e));
	if (rc != 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		write_quoted(&b, names.v[i], values.v[i]);
	if (b.is_full)
		return;
	rc = framework_parse(
	    "again", b.data, b.len, &names2, &values2, &line, &e);
	assert(rc == 0 && names2.n == names.n);
	for (size_t i = 0; i < names.n; i++) {
		assert(strcmp(names.v[i], names2.v[i]) == 0);
		assert(strcmp(values.v[i], values2.v[i]) == 0);
	}
}

static void
fuzz_cache(const void *data, size_t size)
{
	const struct framework_file f = { .what = (char[]){ "/f" } };
	auto_strv struct strv names = STRV_INIT, values = STRV_INIT;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	/* The right head, so that the rest is looked at. */
	framework_cache_encode(&f, 1, &names, &values, &b);
	buf_add(&b, data, size);
	(void)framework_cache_decode(b.data, b.len, &f, 1, &names, &values);
	assert(names.n == values.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_parser((const char *)data, size);
	fuzz_cache(data, size);
	return 0;
}
