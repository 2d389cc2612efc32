/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that fetch(1) and libcurl know; no others leave the caller's
 * environment. */
#include "cli/proxies.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

void
cli_proxies(struct cli *c)
{
	static const char *const names[] = { "http_proxy", "https_proxy",
		"ftp_proxy", "all_proxy", "no_proxy", "HTTP_PROXY",
		"HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *value = getenv(names[i]);
		auto_free char *text = NULL;

		if (value == NULL)
			continue;
		text = xasprintf("%s=%s", names[i], value);
		request_add(&c->req, "env", text);
	}
}
