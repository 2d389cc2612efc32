/* SPDX-License-Identifier: BSD-2-Clause */
/* Any packet where a process reports on its way into a pot. */
#include "fuzz.h"

#include <sys/socket.h>

#include "platform/report.h"

static void
ask(const uint8_t *data, size_t size, bool is_exec)
{
	struct err e = ERR_INIT;
	int starter, child, r;
	char ready[4];

	assert(report_open(&starter, &child, &e) == 0);
	assert(send(child, data, size, 0) == (ssize_t)size);
	(void)close(child);
	r = is_exec ?
	    report_wait_exec(starter, NULL, &e) :
	    report_wait_ready(starter, ready, sizeof(ready), NULL, &e);
	(void)close(starter);
	assert((r == 0) == !err_is_set(&e));
	assert(err_code_word(e.code) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	ask(data, size, false);
	ask(data, size, true);
	return 0;
}
