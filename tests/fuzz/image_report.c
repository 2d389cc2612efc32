/* SPDX-License-Identifier: BSD-2-Clause */
/* The report of a worker that was taken over. */
#include <assert.h>
#include <stdint.h>

#include "image/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_buf struct buf b = BUF_INIT(IMAGE_REPORT_MAX);
	struct image_report r;
	struct err e = ERR_INIT;

	buf_add(&b, data, size);
	if (image_report_parse(b.data, b.len, &r, &e) < 0) {
		assert(e.code == ERR_CORRUPT);
		return 0;
	}
	for (int f = 0; f < IMAGE_CONF_COUNT; f++)
		assert(r.file[f].data == NULL ||
		    (r.file[f].data > b.data && r.file[f].len < b.len &&
			r.file[f].data + r.file[f].len < b.data + b.len));
	return 0;
}
