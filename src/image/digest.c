/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256sum(1) of Linux, sha256(1) of FreeBSD: "DIGEST ..." of stdin. */
#include "image/digest.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/strv.h"

int
digest_sha256(int fd, char out[DIGEST_SHA256_SIZE], struct err *e)
{
	static const char *const programs[] = { "sha256sum", "sha256" };
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	auto_strv struct strv argv = STRV_INIT;
	struct spawn_opts o = { .dirfd = -1, .nfds = 1, .fds = { fd } };
	char path[PATH_MAX];
	size_t i = 0;

	while (spawn_find(programs[i], path, sizeof(path), e) < 0) {
		if (++i == COUNT_OF(programs))
			return -1;
		err_clear(e);
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, "seek");
	strv_add(&argv, programs[i]);
	o.path = path;
	o.argv = strv_argv(&argv);
	if (spawn_run(&o, &b, e) < 0)
		return -1;
	if (strspn(b.data, "0123456789abcdef") != DIGEST_SHA256_SIZE - 1)
		return err_set(e, ERR_CHILD, "%s: said no digest", programs[i]);
	(void)str_copy(out, b.data, DIGEST_SHA256_SIZE);
	return 0;
}
