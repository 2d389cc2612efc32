/* SPDX-License-Identifier: BSD-2-Clause */
/* pot-fetch: see fetch.h. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "fetch/transfer.h"
#include "platform/confine.h"

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	uint64_t offset, max;

	(void)signal(SIGPIPE, SIG_IGN);
	if (argc != 4) {
		(void)fprintf(stderr, "usage: pot-fetch URL OFFSET MAX\n");
		return FETCH_FAILED;
	}
	if (str_u64("offset", argv[2], 0, INT64_MAX, &offset, &e) < 0 ||
	    str_u64("max", argv[3], 0, INT64_MAX, &max, &e) < 0) {
		(void)fprintf(stderr, "%s\n", e.text);
		return FETCH_FAILED;
	}
	transfer_init();
	if (confine_network(&e) < 0) {
		(void)fprintf(stderr, "%s\n", e.text);
		return FETCH_FAILED;
	}
	/* At once: what libraries and sanitizers do at exit takes rights that
	 * are given up. */
	_exit((int)transfer(argv[1], offset, max));
}
