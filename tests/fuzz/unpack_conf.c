/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of conf/ in an image: the first byte says which, the others are
 * it.  What pot makes of it, it makes again of that. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "unpack/unpack.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_buf struct buf raw = BUF_INIT(IMAGE_CONF_MAX),
			    out = BUF_INIT(IMAGE_CONF_MAX),
			    again = BUF_INIT(IMAGE_CONF_MAX);
	struct err e = ERR_INIT;
	enum image_conf f;

	if (size == 0)
		return 0;
	f = (enum image_conf)(data[0] % IMAGE_CONF_COUNT);
	buf_add(&raw, data + 1, size - 1);
	if (unpack_canonical(f, &raw, &out, &e) < 0) {
		assert(err_is_set(&e));
		return 0;
	}
	assert(unpack_canonical(f, &out, &again, &e) == 0);
	assert(out.len == again.len);
	assert(memcmp(out.data, again.data, out.len) == 0);
	return 0;
}
