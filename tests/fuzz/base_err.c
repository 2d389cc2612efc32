/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes where an error of another process is read. */
#include "fuzz.h"

#include "base/err.h"
#include "base/io.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	int fds[2], r;

	if (size > PIPE_BUF)
		return 0;
	assert(pipe(fds) == 0);
	assert(io_write_all(fds[1], data, size) == 0);
	(void)close(fds[1]);
	r = err_recv(fds[0], &e);
	(void)close(fds[0]);
	assert((r == 0) == !err_is_set(&e));
	assert(memchr(e.text, '\0', sizeof(e.text)) != NULL);
	assert(err_code_word(e.code) != NULL && err_code_status(e.code) >= 0);
	return 0;
}
