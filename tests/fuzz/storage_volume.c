/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of volumes and snapshots: whatever the text, what comes of it stays
 * below POT_FS_ROOT. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "storage/volume.h"

/* Relative, and made of names alone. */
static void
stays_below(const char *path)
{
	const char *p = path, *end;

	for (;; p = end + 1) {
		end = p + strcspn(p, "/");
		assert(end != p);
		assert(!(end - p == 1 && p[0] == '.'));
		assert(!(end - p == 2 && p[0] == '.' && p[1] == '.'));
		if (*end == '\0')
			return;
	}
}

static void
check(const struct volume *v, const char *text)
{
	assert(str_eq(v->path, text));
	stays_below(v->path);
	stays_below(v->dir);
	stays_below(v->snaps);
	assert(v->name[0] != '\0' && strchr(v->name, '/') == NULL);
	assert(v->name[0] != '.');
	if (v->kind == VOLUME_BASE_PART) {
		assert(v->base[0] != '\0' && strchr(v->base, '/') == NULL);
		stays_below(v->part);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	struct volume v;
	struct err e = ERR_INIT;

	if (volume_parse(text, &v, &e) == 0)
		check(&v, text);
	else
		assert(e.code == ERR_INVALID && strchr(e.text, '\n') == NULL);
	err_clear(&e);
	if (volume_parse_pot(text, &v, &e) == 0)
		check(&v, text);
	err_clear(&e);
	if (volume_check_snap(text, &e) == 0)
		stays_below(text);
	return 0;
}
