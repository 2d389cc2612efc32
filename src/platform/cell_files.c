/* SPDX-License-Identifier: BSD-2-Clause */
/* See cell_files.h. */
#include "platform/cell_files.h"

#include <string.h>

#include "base/beneath.h"

int
cell_files_write(const struct cell_spec *s, int rootfd, struct err *e)
{
	for (size_t i = 0; i < s->nfiles; i++) {
		const struct cell_file *f = &s->files[i];

		if (beneath_write_file(rootfd, f->path, f->text,
			strlen(f->text), f->mode, e) == 0)
			continue;
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
	}
	return 0;
}
