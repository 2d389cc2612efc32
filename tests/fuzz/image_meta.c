/* SPDX-License-Identifier: BSD-2-Clause */
/* The meta file of an image over any bytes; a rewrite is read the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "image/quad.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_buf struct buf b = BUF_INIT(2 * IMAGE_SMALL_MAX);
	struct image_meta m, again;
	struct err e = ERR_INIT;

	if (image_meta_parse((const char *)data, size, &m, &e) < 0) {
		assert(e.code == ERR_CORRUPT);
		return 0;
	}
	image_meta_format(&m, &b);
	assert(image_meta_parse(b.data, b.len, &again, &e) == 0);
	assert(m.has_origin == again.has_origin);
	assert(strchr(m.origin.name, '/') == NULL &&
	    strchr(m.snapshot, '/') == NULL);
	return 0;
}
