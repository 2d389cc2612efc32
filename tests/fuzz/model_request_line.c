/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests as lines of text: written again they are the same request. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/request_line.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_buf struct buf b = BUF_INIT(8 * size + 64);
	struct request r, again;
	struct err e = ERR_INIT;

	if (request_line_parse(text, &r, &e) < 0) {
		assert(e.code == ERR_INVALID);
		request_fini(&r);
		return 0;
	}
	request_line_format(&r, &b);
	assert(!b.is_full);
	assert(request_line_parse(b.data, &again, &e) == 0);
	assert(str_eq(r.verb, again.verb) && r.names.n == again.names.n);
	for (size_t i = 0; i < r.names.n; i++) {
		assert(str_eq(r.names.v[i], again.names.v[i]));
		assert(str_eq(r.values.v[i], again.values.v[i]));
	}
	request_fini(&r);
	request_fini(&again);
	return 0;
}
