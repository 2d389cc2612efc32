/* SPDX-License-Identifier: BSD-2-Clause */
/* MANIFESTs and names of releases: any text gives a digest or an error. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "image/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	char digest[RELEASE_DIGEST_SIZE];
	struct err e = ERR_INIT;
	struct release r;

	if (release_manifest_digest(text, "base.txz", digest, &e) == 0)
		assert(strlen(digest) == RELEASE_DIGEST_SIZE - 1);
	else
		err_clear(&e);
	if (release_parse(text, NULL, "amd64", &r, &e) == 0)
		assert(strchr(r.name, '/') == NULL && r.short_name[0] != '\0');
	else
		err_clear(&e);
	if (release_parse("14.1", text, "amd64", &r, &e) == 0)
		assert(strchr(r.arch, '/') == NULL && r.machine[0] != '\0');
	return 0;
}
