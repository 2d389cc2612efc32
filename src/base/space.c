/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeping a part of a disk free, by asking for what is left while it is
 * written to.  What others write meanwhile counts, too.
 */
#include "base/space.h"

#include <sys/statvfs.h>

#include "base/str.h"

#define ASK_EVERY  ((uint64_t)16 << 20)
#define KEPT_PART  50
#define KEPT_BYTES ((uint64_t)512 << 20)

static int
ask(struct space *s, uint64_t bytes, struct err *e)
{
	char have[STR_SIZE_TEXT], want[STR_SIZE_TEXT];
	uint64_t kept, left;
	struct statvfs fs;

	if (fstatvfs(s->fd, &fs) < 0)
		return err_sys(e, "free space");
	kept = (uint64_t)fs.f_blocks / KEPT_PART * fs.f_frsize;
	if (kept > KEPT_BYTES)
		kept = KEPT_BYTES;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left < kept || left - kept < bytes)
		return err_set(e, ERR_NO_SPACE,
		    "no space left: %s are free, and %s of this disk stay so",
		    str_format_size(have, left), str_format_size(want, kept));
	/* Not every file system counts files. */
	if (fs.f_files > 0 && fs.f_favail < fs.f_files / KEPT_PART)
		return err_set(e, ERR_NO_SPACE,
		    "no space left: of the files that this disk can have, a "
		    "fiftieth stays free");
	s->asked = left - kept < ASK_EVERY ? left - kept : ASK_EVERY;
	return 0;
}

int
space_take(struct space *s, uint64_t bytes, struct err *e)
{
	if (s->fd < 0)
		return 0;
	if (bytes > s->asked && ask(s, bytes, e) < 0)
		return -1;
	s->asked -= bytes < s->asked ? bytes : s->asked;
	return 0;
}
