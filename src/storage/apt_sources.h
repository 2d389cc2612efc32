/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From where the host's apt gets its packages (sources.list(5)), both in
 * one-line and in deb822 style, and from where another suite would come.
 * Lines and stanzas that apt would not take are left out.
 */
#ifndef POT_STORAGE_APT_SOURCES_H
#define POT_STORAGE_APT_SOURCES_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

/* What apt would take if the host said nothing. */
#define APT_DEFAULT_MIRROR  "http://deb.debian.org/debian"
#define APT_DEFAULT_KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

struct apt_source {
	char *uri;
	char *suite;
	char *components; /* separated by blanks */
	char *keyring;	  /* absolute path, or NULL: apt's own */
};

struct apt_sources {
	struct apt_source *v;
	size_t n, cap;
};

#define APT_SOURCES_INIT  \
	{                 \
		.v = NULL \
	}

void apt_sources_fini(struct apt_sources *l);
#define auto_apt_sources __attribute__((cleanup(apt_sources_fini), unused))

/* Append what a file of either style says ("x.list", "x.sources"). */
void apt_sources_parse_list(const char *text, struct apt_sources *out);
void apt_sources_parse_deb822(const char *text, struct apt_sources *out);

/* All files of the directory APT_DIR ("/etc/apt"); none is no error. */
int apt_sources_read(
    const char *apt_dir, struct apt_sources *out, struct err *e) MUST_CHECK;

/*
 * Where SUITE comes from, its archive first, then its updates and security
 * fixes: what HOST names for it; else what it names for the host's own
 * suite HOST_SUITE (may be NULL), with the suite replaced; else Debian.
 */
void apt_sources_for(const struct apt_sources *host, const char *suite,
    const char *host_suite, struct apt_sources *out);

#endif
