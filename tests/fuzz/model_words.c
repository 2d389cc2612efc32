/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines over any text.  Words that were split, written in single
 * quotes, are split into the same; a command that needs no shell is split
 * as plain words are, but for comments, which are no plain command.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "model/command.h"
#include "model/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(const struct strv *a, const struct strv *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		assert(strcmp(a->v[i], b->v[i]) == 0);
}

static void
write_quoted(struct buf *b, const struct strv *l)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_add_str(b, " '");
		for (const char *p = l->v[i]; *p != '\0'; p++) {
			if (*p == '\'')
				buf_add_str(b, "'\\''");
			else
				buf_add_char(b, *p);
		}
		buf_add_char(b, '\'');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_strv struct strv plain = STRV_INIT, again = STRV_INIT;
	auto_strv struct strv command = STRV_INIT, argv = STRV_INIT;
	auto_buf struct buf b = BUF_INIT(16 * size + 64);
	struct err e = ERR_INIT;
	enum words_need need = WORDS_PLAIN;

	if (words_split_plain(text, &plain, &e) == 0) {
		write_quoted(&b, &plain);
		assert(!b.is_full);
		assert(words_split_plain(b.data, &again, &e) == 0);
		same(&plain, &again);
	}
	err_clear(&e);
	if (words_split_command(text, &command, &need, &e) < 0) {
		assert(e.code == ERR_INVALID && command.n == 0);
		return 0;
	}
	assert(need == WORDS_PLAIN || command.n == 0);
	if (need == WORDS_PLAIN)
		same(&command, &plain);
	if (command_argv(text, &argv, &e) == 0)
		assert(argv.n > 0);
	else
		assert(need == WORDS_PLAIN && command.n == 0);
	return 0;
}
