/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands in a running pot.
 */
#include "engine/enter.h"

#include <fcntl.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "model/attributes.h"
#include "model/limits.h"

int
enter_open_init(struct engine *g, int *fd, struct err *e)
{
	auto_free char *path = xasprintf("%s/pot-init", g->fw->libexec_dir);

	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0) {
		err_sys(e, "%s: open", path);
		/* Our program, not the pot's command, is missing. */
		return err_recode(e, ERR_SYSTEM);
	}
	return 0;
}

int
enter_pot(struct pot *p, const struct cell_ref *ref,
    const struct cell_command *cmd, pid_t *pid, int *tty, struct err *e)
{
	auto_close int init = -1;
	struct cell_spec spec = { .status_fd = -1 };
	struct limit_set l;

	if (limits_load(p->conf, &l, e) < 0)
		return -1;
	if (limit_is_set(&l, LIMIT_OPEN_FILES))
		spec.open_files = l.value[LIMIT_OPEN_FILES];
	if (attr_to_cell(p->conf, &spec.attrs, e) < 0 ||
	    enter_open_init(p->g, &init, e) < 0)
		return -1;
	spec.init_fd = init;
	return p->g->platform->cell->enter(ref, &spec, cmd, pid, tty, e);
}

int
enter_explain(const char *argv0, struct err *e)
{
	if (e->code == ERR_NO_COMMAND || e->code == ERR_NOT_EXECUTABLE)
		err_wrap(e, "%s", argv0);
	return -1;
}
