/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The digest of what comes on 0, as an image's file .skein has it: for
 * scripts that make images which pot would not make.
 */
#include <stdio.h>
#include <unistd.h>

#include "image/skein.h"

int
main(void)
{
	struct err e = ERR_INIT;
	uint8_t digest[SKEIN_SIZE];
	char hex[SKEIN_HEX_SIZE];

	if (skein_fd(STDIN_FILENO, digest, &e) < 0) {
		(void)fprintf(stderr, "skein: %s\n", e.text);
		return 1;
	}
	return puts(skein_hex(hex, digest)) < 0;
}
