/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines: the first byte says which command, the words end with a
 * NUL.  All checks that need no engine run, and what syslog would be told is
 * one line.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/strv.h"
#include "base/xmalloc.h"
#include "cli/command.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = NULL;
	auto_strv struct strv words = STRV_INIT;
	struct err e = ERR_INIT;
	struct cli c;

	if (size == 0)
		return 0;
	text = xmalloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	for (size_t at = 0; at < size; at += strlen(text + at) + 1)
		strv_add(&words, text + at);
	cli_init(&c, command_at(data[0] % command_count()));
	if (cli_parse(&c, (int)words.n, strv_argv(&words), &e) < 0)
		assert(err_is_set(&e) && strchr(e.text, '\n') == NULL);
	cli_fini(&c);
	return 0;
}
