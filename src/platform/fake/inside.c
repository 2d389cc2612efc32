/* SPDX-License-Identifier: BSD-2-Clause */
/* What runs in fake cells beside their command, and their trees. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "platform/fake/fake_impl.h"
#include "platform/view_child.h"

/* A directory of the host would be a way out of a real pot. */
static int
check_fds(const struct cell_command *c, struct err *e)
{
	struct stat st;

	for (int i = 0; i < 3 && !c->tty; i++) {
		if (c->fds[i] >= 0 && fstat(c->fds[i], &st) == 0 &&
		    S_ISDIR(st.st_mode))
			return err_set(
			    e, ERR_INVALID, "descriptor %d: is a directory", i);
	}
	return 0;
}

int
fake_cell_enter(const struct cell_ref *ref, const struct cell_spec *spec UNUSED,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e)
{
	struct fake_program p;
	struct fake_cell *c = NULL;
	int result = -1;
	pid_t got;

	if (fake_begin(e, "cell.enter", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, command->argv[0]) < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	if (check_fds(command, e) < 0)
		return fake_end(-1);
	fake_program_init(&p, command);
	if (p.fate == FATE_NO_EXEC)
		err_set(e,
		    p.value == ENOENT ? ERR_NO_COMMAND : ERR_NOT_EXECUTABLE,
		    "%s", strerror(p.value));
	else
		result = fake_program_start(&p, command, &got, tty, e);
	if (result == 0) {
		strv_add_fmt(&c->entered, "%d", (int)got);
		*pid = command->is_detached ? 0 : got;
	}
	fake_program_fini(&p);
	return fake_end(result);
}

int
fake_cell_view(
    const struct cell_ref *ref, mount_view_fn *fn, void *arg, struct err *e)
{
	struct fake_cell *c = NULL;
	auto_free char *root = NULL;
	int result;

	if (fake_begin_cell(e, "cell.view", ref) < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	root = fake_attached_root(c->root);
	fake_pause();
	result = view_child(root, fn, arg, e);
	fake_resume();
	return fake_end(result);
}

int
fake_cell_mount(const struct cell_ref *ref, const char *root,
    const struct mount_entry *m, struct err *e)
{
	struct fake_cell *c = NULL;

	if (fake_begin(e, "cell.mount", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, m->target) < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	fake_mount_add(root, m);
	return fake_end(0);
}

int
fake_cell_unmount(const struct cell_ref *ref, const char *root,
    const char *target, struct err *e)
{
	struct fake_cell *c = NULL;
	ptrdiff_t i;

	if (fake_begin(e, "cell.unmount", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, target) < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	i = fake_state_find_mount(&fake_state, root, target);
	if (i < 0)
		return fake_end(
		    err_set(e, ERR_NOT_FOUND, "%s: is not mounted", target));
	fake_state_remove_mount(&fake_state, (size_t)i);
	return fake_end(0);
}
