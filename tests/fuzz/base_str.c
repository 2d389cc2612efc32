/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes, numbers and quoting of any text.  What is accepted means the same
 * when it is written as a plain number; a quoted text is printable and fits.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_size(const char *s)
{
	struct err e = ERR_INIT;
	uint64_t bytes = 0, again;
	char out[32];

	if (str_size("size", s, &bytes, &e) < 0) {
		assert(e.code == ERR_INVALID && bytes == 0);
		return;
	}
	assert(bytes > 0 && chr_is_digit(s[0]));
	(void)snprintf(out, sizeof(out), "%" PRIu64, bytes);
	assert(str_size("size", out, &again, &e) == 0 && again == bytes);
	assert(strlen(str_format_size(out, bytes)) <= 7);
}

static void
check_number(const char *s)
{
	struct err e = ERR_INIT;
	uint64_t v = 42;

	if (str_u64("number", s, 10, 1000, &v, &e) < 0)
		assert(e.code == ERR_INVALID && v == 42);
	else
		assert(v >= 10 && v <= 1000 && str_is_digits(s));
}

static void
check_quote(const char *s)
{
	for (size_t size = 4; size < 40; size++) {
		char out[40];

		memset(out, 'x', sizeof(out));
		(void)str_quote(out, size, s);
		assert(memchr(out, '\0', size) != NULL);
		for (const char *p = out; *p != '\0'; p++)
			assert(chr_is_print(*p));
	}
}

static void
check_words(const char *s)
{
	auto_strv struct strv words = STRV_INIT;

	strv_add_words(&words, s);
	for (size_t i = 0; i < words.n; i++) {
		assert(words.v[i][0] != '\0' && strstr(s, words.v[i]) != NULL);
		for (const char *p = words.v[i]; *p != '\0'; p++)
			assert(!chr_is_space(*p));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	assert(s != NULL);
	memcpy(s, data, size);
	s[size] = '\0';
	check_size(s);
	check_number(s);
	check_quote(s);
	check_words(s);
	free(s);
	return 0;
}
