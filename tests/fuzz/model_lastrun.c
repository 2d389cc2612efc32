/* SPDX-License-Identifier: BSD-2-Clause */
/* Both files of a last run over any bytes. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "model/lastrun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct lastrun l, again;
	struct err e = ERR_INIT;
	int status = -1;

	if (lastrun_parse((const char *)data, size, &l, &e) == 0) {
		lastrun_format(&l, &b);
		assert(lastrun_parse(b.data, b.len, &again, &e) == 0);
		assert(l.reason == again.reason && l.status == again.status);
		assert(l.started_ns == again.started_ns);
		assert(l.ended_ns == again.ended_ns);
		assert(l.oom_kills == again.oom_kills);
	}
	err_clear(&e);
	if (lastrun_parse_classic(text, &status, &e) == 0)
		assert(status >= 0 && status <= 255);
	return 0;
}
