/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests from any bytes; what was accepted is encoded to the same bytes. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "model/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request r;
	auto_buf struct buf b = BUF_INIT(REQUEST_MAX);
	struct err e = ERR_INIT;

	if (request_decode(data, size, &r, &e) < 0) {
		assert(e.code == ERR_CORRUPT);
		return 0;
	}
	assert(request_encode(&r, &b, &e) == 0);
	assert(b.len == size && memcmp(b.data, data, size) == 0);
	request_fini(&r);
	return 0;
}
