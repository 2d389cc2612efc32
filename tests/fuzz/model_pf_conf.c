/* SPDX-License-Identifier: BSD-2-Clause */
/* pf.conf(5) of a host: the anchors are added once, and what is taken away
 * again is what was added. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/pf_conf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_buf struct buf added = BUF_INIT(BUF_TEXT_MAX),
			    twice = BUF_INIT(BUF_TEXT_MAX),
			    removed = BUF_INIT(BUF_TEXT_MAX),
			    again = BUF_INIT(BUF_TEXT_MAX),
			    diff = BUF_INIT(BUF_TEXT_MAX);
	bool has_changed;

	if (size > BUF_TEXT_MAX / 8)
		return 0;
	has_changed = pf_conf_add(text, &added);
	assert(has_changed || str_eq(added.data, text));
	assert(!pf_conf_add(added.data, &twice));
	assert(str_eq(twice.data, added.data));
	assert(strstr(added.data, "pot-nat") != NULL);
	assert(strstr(added.data, "pot-rdr") != NULL);
	assert(pf_conf_remove(added.data, &removed));
	assert(!pf_conf_remove(removed.data, &again));
	assert(str_eq(again.data, removed.data));
	text_diff("pf.conf", text, added.data, &diff);
	assert(has_changed == (diff.len > 0));
	return 0;
}
