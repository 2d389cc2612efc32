/* SPDX-License-Identifier: BSD-2-Clause */
/* NAME, newline, TAG of an image: what is taken is the name of a file, and
 * of a pot if pots may have it. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "image/quad.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	char *tag = strchr(text, '\n');
	struct image_ref r;
	struct pot_name pot;
	struct err e = ERR_INIT;

	if (tag == NULL)
		return 0;
	*tag++ = '\0';
	if (image_ref_parse(text, tag, &r, &e) < 0) {
		assert(e.code == ERR_INVALID && strchr(e.text, '\n') == NULL);
		return 0;
	}
	assert(str_eq(r.name, text) && str_eq(r.tag, tag));
	assert(strchr(text, '/') == NULL && strchr(tag, '/') == NULL);
	assert(text[0] != '.' && text[0] != '\0' && tag[0] != '\0');
	assert(strlen(text) + strlen(tag) <= IMAGE_BOTH_MAX);
	if (image_ref_local(&r, &pot, &e) == 0)
		assert(strchr(pot.s, '.') == NULL);
	return 0;
}
