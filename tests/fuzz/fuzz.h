/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fuzz targets share: their function, and a directory of the process's
 * own, which is removed at the end.
 */
#ifndef POT_TEST_FUZZ_H
#define POT_TEST_FUZZ_H

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/file.h"
#include "base/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char fuzz_path[PATH_MAX];

static inline void
fuzz_clean(void)
{
	struct err e = ERR_INIT;

	if (tree_remove(AT_FDCWD, fuzz_path, &e) < 0)
		abort();
}

/* The directory, made when first asked for; it stays open. */
static UNUSED int
fuzz_dir(void)
{
	static int fd = -1;
	const char *top = getenv("TMPDIR"); /* memory is faster */

	if (fd >= 0)
		return fd;
	assert(snprintf(fuzz_path, sizeof(fuzz_path), "%s/pot-fuzz.XXXXXX",
		   top != NULL ? top : "/tmp") < (int)sizeof(fuzz_path));
	assert(mkdtemp(fuzz_path) != NULL);
	fd = open(fuzz_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(fd >= 0 && atexit(fuzz_clean) == 0);
	return fd;
}

/* NAME in that directory, with that content. */
static UNUSED void
fuzz_file(const char *name, const void *data, size_t size)
{
	struct err e = ERR_INIT;

	assert(file_write(fuzz_dir(), name, data, size, 0600, 0, &e) == 0);
}

#endif
