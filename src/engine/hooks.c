/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hooks of a pot.
 */
#include "engine/hooks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/spawn.h"
#include "base/xmalloc.h"
#include "base/cleanup.h"
#include "engine/environment.h"

static const char *const files[HOOK_COUNT] = {
	[HOOK_PRESTART] = "prestart.sh",
	[HOOK_POSTSTART] = "poststart.sh",
	[HOOK_PRESTOP] = "prestop.sh",
	[HOOK_POSTSTOP] = "poststop.sh",
};

const char *
hook_file(enum hook h)
{
	return files[h];
}

int
hook_run(struct op *op, struct pot *p, enum hook h, const struct cell_ref *ref,
    struct err *e)
{
	auto_strv struct strv env = STRV_INIT;
	auto_free char *path = xasprintf("%s/conf/%s", p->path, files[h]);
	char *argv[] = { path, NULL };
	struct spawn_opts o = {
		.path = path, .argv = argv, .dirfd = p->dir, .new_session = true
	};
	struct err why = ERR_INIT;
	struct stat st;
	int status;
	pid_t pid;

	if (fstatat(p->confdir, files[h], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return 0;
	environment_host(p, ref, &env);
	o.envp = strv_argv(&env);
	log_debug(op->log, "%s: running %s", p->name.s, files[h]);
	if (spawn_start(&o, &pid, &why) < 0) {
		log_warn(op->log, "%s: %s", p->name.s, why.text);
		return 0;
	}
	if (op_user_wait(op, pid, &status, e) < 0)
		return -1;
	if (status != 0)
		log_debug(
		    op->log, "%s: %s: exit %d", p->name.s, files[h], status);
	return 0;
}
