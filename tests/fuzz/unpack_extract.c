/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an image: nothing outside of its directory is touched. */
#include "fuzz.h"

#include <sys/stat.h>

#include "base/cleanup.h"
#include "image/report.h"
#include "unpack/unpack.h"

static void
extract(int fd, int dir)
{
	auto_buf struct buf report = BUF_INIT(IMAGE_REPORT_MAX);
	struct image_report r;
	struct err e = ERR_INIT;
	struct unpack_bound b = { .max = 16 << 20, .space = { .fd = dir } };
	struct archive *a = unpack_reader(fd, false, &e);

	if (a == NULL) {
		assert(err_is_set(&e));
		return;
	}
	if (unpack_extract(a, dir, &b, &report, &e) < 0)
		assert(err_is_set(&e));
	else
		assert(
		    image_report_parse(report.data, report.len, &r, &e) == 0);
	(void)archive_read_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_close int fd = -1, dir = -1;
	auto_strv struct strv names = STRV_INIT;
	struct err e = ERR_INIT;

	fuzz_file("image", data, size);
	assert(mkdirat(fuzz_dir(), "out", 0700) == 0);
	fd = openat(fuzz_dir(), "image", O_RDONLY | O_CLOEXEC);
	dir = openat(fuzz_dir(), "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(fd >= 0 && dir >= 0);
	extract(fd, dir);
	/* It got no further than it may. */
	assert(dir_list(fuzz_dir(), &names, &e) == 0 && names.n == 2);
	assert(tree_remove(fuzz_dir(), "out", &e) == 0);
	return 0;
}
