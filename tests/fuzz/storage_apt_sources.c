/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of package sources, in both styles, and what a suite gets of them. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "storage/apt_sources.h"

static void
check(const struct apt_sources *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct apt_source *s = &l->v[i];

		assert(s->uri != NULL && s->suite != NULL);
		assert(s->uri[0] != '\0' && s->suite[0] != '\0');
		assert(strpbrk(s->uri, " \t\n") == NULL);
		assert(strpbrk(s->suite, " \t\n") == NULL);
		assert(s->components != NULL);
		assert(strchr(s->components, '\n') == NULL);
		assert(s->keyring == NULL || s->keyring[0] == '/');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_apt_sources struct apt_sources host = APT_SOURCES_INIT,
					    out = APT_SOURCES_INIT,
					    other = APT_SOURCES_INIT;

	apt_sources_parse_list(text, &host);
	check(&host);
	apt_sources_parse_deb822(text, &host);
	check(&host);
	apt_sources_for(&host, "trixie", "bookworm", &out);
	check(&out);
	assert(out.n > 0);
	apt_sources_for(&host, "bookworm", NULL, &other);
	check(&other);
	assert(other.n > 0);
	return 0;
}
