/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot-init: see init.h.  It allocates nothing, opens nothing and trusts
 * nobody in the pot: whatever a guest sends it can do no more than the
 * guest could have done by itself.
 *
 * System calls come from the platform's init_sys.h, as sys_*(): they
 * return -errno.  There is no libc on Linux, so no function of it is used.
 */
#include "init/init.h"

#include <stdbool.h>
#include <stddef.h>

#include "init_sys.h"

#define PATH_SIZE 4096
#define PATH_DEFAULT \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum args { ARG_MODE = 1, ARG_UID, ARG_GID, ARG_GROUPS, ARG_CWD, ARG_COMMAND };

struct init {
	char **argv;
	char **envp;
	unsigned uid, gid;
	unsigned groups[INIT_GROUPS_MAX];
	size_t ngroups;
	char mode;
	bool is_gated;
	bool is_stopping;
	bool is_last;	/* who lives in the pot is our child */
	bool has_ended; /* the command */
	int pid;	/* of the command, while it lives */
	int code;	/* to exit with */
	struct init_failure failure;
	char path[PATH_SIZE]; /* scratch; a page that is not used costs nothing
			       */
};

static size_t
text_len(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

static bool
text_has(const char *s, char c)
{
	for (; *s != '\0'; s++) {
		if (*s == c)
			return true;
	}
	return false;
}

/* A whole number up to END (a character or NUL); moves *p behind it. */
static bool
number_parse(const char **p, char end, unsigned *out)
{
	unsigned long v = 0;
	const char *s = *p;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (unsigned long)(*s - '0');
		if (v > 0xfffffffeUL)
			return false;
	}
	if (*s != '\0' && *s != end)
		return false;
	*p = *s == '\0' ? s : s + 1;
	*out = (unsigned)v;
	return true;
}

static bool
groups_parse(struct init *in, const char *s)
{
	if (s[0] == '-' && s[1] == '\0')
		return true;
	do {
		if (in->ngroups == INIT_GROUPS_MAX ||
		    !number_parse(&s, ',', &in->groups[in->ngroups++]))
			return false;
	} while (*s != '\0');
	return true;
}

static bool
args_parse(struct init *in, int argc, char **argv)
{
	const char *mode, *uid, *gid;

	if (argc <= ARG_COMMAND)
		return false;
	mode = argv[ARG_MODE];
	uid = argv[ARG_UID];
	gid = argv[ARG_GID];
	if (mode[0] == '\0' || !text_has("-pxd", mode[0]))
		return false;
	in->mode = mode[0];
	in->is_gated = mode[1] == 'g';
	if (mode[in->is_gated ? 2 : 1] != '\0')
		return false;
	in->argv = argv;
	return number_parse(&uid, '\0', &in->uid) &&
	    number_parse(&gid, '\0', &in->gid) &&
	    groups_parse(in, argv[ARG_GROUPS]);
}

/*
 * Two words and a newline into the status file.  It is ours alone until we
 * end, so it is written once and closed.
 */
static void
status_write(const char *word, int value)
{
	char line[32], digits[12];
	size_t n = 0, d = 0;
	unsigned v = (unsigned)value;

	for (; *word != '\0'; word++)
		line[n++] = *word;
	line[n++] = ' ';
	do {
		digits[d++] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	while (d > 0)
		line[n++] = digits[--d];
	line[n++] = '\n';
	(void)sys_write(INIT_STATUS_FD, line, n);
	sys_close(INIT_STATUS_FD);
}

static int
failure_code(const struct init_failure *f)
{
	return f->step == INIT_STEP_EXEC &&
		(f->errnum == SYS_ENOENT || f->errnum == SYS_ENOTDIR) ?
	    127 :
	    126;
}

/* DIR (DIR_LEN bytes, empty is ".") / NAME into OUT. */
static bool
path_join(char *out, const char *dir, size_t dir_len, const char *name)
{
	size_t name_len = text_len(name), n = 0;

	if (dir_len + name_len + 3 > PATH_SIZE)
		return false;
	if (dir_len == 0)
		out[n++] = '.';
	for (size_t i = 0; i < dir_len; i++)
		out[n++] = dir[i];
	out[n++] = '/';
	for (size_t i = 0; i <= name_len; i++)
		out[n++] = name[i];
	return true;
}

static const char *
env_path(char **envp)
{
	for (; *envp != NULL; envp++) {
		const char *s = *envp;

		if (s[0] == 'P' && s[1] == 'A' && s[2] == 'T' && s[3] == 'H' &&
		    s[4] == '=')
			return s + 5;
	}
	return PATH_DEFAULT;
}

/* As execvp, without its fallback to a shell.  Returns the errno that says
 * most: that of a file which exists, before "not found". */
static int
exec_command(struct init *in)
{
	char **argv = in->argv + ARG_COMMAND;
	const char *path = env_path(in->envp);
	int worst = SYS_ENOENT;

	if (argv[0][0] == '\0')
		return SYS_ENOENT;
	if (text_has(argv[0], '/'))
		return (int)-sys_exec(argv[0], argv, in->envp);
	for (;;) {
		size_t n = 0;
		int errnum;

		while (path[n] != '\0' && path[n] != ':')
			n++;
		errnum = path_join(in->path, path, n, argv[0]) ?
		    (int)-sys_exec(in->path, argv, in->envp) :
		    SYS_ENAMETOOLONG;
		if (errnum != SYS_ENOENT && errnum != SYS_ENOTDIR)
			worst = errnum;
		if (errnum != SYS_ENOENT && errnum != SYS_ENOTDIR &&
		    errnum != SYS_EACCES)
			return errnum;
		if (path[n] == '\0')
			return worst;
		path += n + 1;
	}
}

/*
 * Become the command.  Returns only with in->failure set.  The working
 * directory is entered as the user, and has to be below the root: a
 * descriptor of a host's directory among 0 to 2 would lead out.
 */
static void
become(struct init *in)
{
	const char *cwd = in->argv[ARG_CWD];
	long rc;

	sys_set_cloexec(INIT_STATUS_FD, INIT_EXEC_FD);
	sys_session();
	in->failure.step = INIT_STEP_USER;
	rc = sys_credentials(in->uid, in->gid, in->groups, in->ngroups);
	if (rc == 0) {
		in->failure.step = INIT_STEP_CWD;
		rc = sys_chdir(cwd);
	}
	if (rc == 0 && !sys_cwd_is_inside(in->path, PATH_SIZE))
		rc = -SYS_EXDEV;
	if (rc == 0) {
		in->failure.step = INIT_STEP_EXEC;
		sys_signals_unblock();
		rc = -exec_command(in);
	}
	in->failure.errnum = (int)-rc;
	(void)sys_write(INIT_EXEC_FD, &in->failure, sizeof(in->failure));
}

static void
child_main(void *arg)
{
	struct init *in = arg;

	become(in);
	sys_exit(failure_code(&in->failure));
}

static int
spawn_command(struct init *in)
{
	long rc;

	in->failure.step = INIT_STEP_SPAWN;
	rc = sys_spawn(child_main, in);
	if (rc < 0) {
		in->failure.errnum = (int)-rc;
		(void)sys_write(
		    INIT_EXEC_FD, &in->failure, sizeof(in->failure));
	}
	sys_close(INIT_EXEC_FD);
	if (in->failure.errnum != 0) {
		status_write("exec", in->failure.errnum);
		in->code = failure_code(&in->failure);
		in->has_ended = true;
		return -1;
	}
	in->pid = (int)rc;
	return 0;
}

static void
command_ended(struct init *in, int status)
{
	int signo = status & 0x7f;

	in->pid = 0;
	in->has_ended = true;
	if (signo == 0) {
		in->code = (status >> 8) & 0xff;
		status_write("exited", in->code);
	} else {
		in->code = 128 + signo;
		status_write("signaled", signo);
	}
}

/* False if there are no children any more. */
static bool
reap(struct init *in)
{
	for (;;) {
		int status = 0;
		long pid = sys_wait(&status);

		if (pid == 0)
			return true;
		if (pid < 0)
			return pid != -SYS_ECHILD;
		if (pid == in->pid)
			command_ended(in, status);
	}
}

static void
engine_signal(struct init *in, int value)
{
	int signo = value & 0x7f;

	if ((value & INIT_VALUE_LAST) != 0)
		in->is_last = true;
	if ((value & INIT_VALUE_STOP) != 0)
		in->is_stopping = true;
	if ((value & (INIT_VALUE_STOP | INIT_VALUE_ALL)) != 0)
		(void)sys_kill_others(signo);
	else if (in->pid != 0)
		(void)sys_kill(in->pid, signo);
}

/* Is there output that would be lost with us? */
static bool
holds_output(void)
{
	return sys_held(1) > 0 || sys_held(2) > 0;
}

/*
 * Is it over?  Who may still write is killed first, so that output which is
 * not held now never will be.  In a stop all get the time they need.
 */
static bool
is_over(struct init *in, bool has_children)
{
	if (in->is_stopping)
		return !has_children &&
		    (in->is_last || sys_kill_others(0) == -SYS_ESRCH) &&
		    !holds_output();
	if (!in->has_ended || in->mode == 'p')
		return false;
	(void)sys_kill_others(SYS_SIGKILL);
	return !has_children && !holds_output();
}

/* Every event that counts comes as a signal: a child's end, output that was
 * taken (init.h), the engine's word. */
static int
serve(struct init *in)
{
	for (;;) {
		bool has_children = reap(in);
		int value = 0, signo;

		if (is_over(in, has_children))
			return in->code;
		signo = sys_signal_wait(&value);
		if (signo == SYS_INIT_SIGNAL)
			engine_signal(in, value);
		else if (signo > 0 && signo != SYS_SIGCHLD && in->pid != 0)
			(void)sys_kill(in->pid, signo);
	}
}

int
init_main(int argc, char **argv, char **envp)
{
	struct init in;

	in.envp = envp;
	in.ngroups = 0;
	in.is_stopping = in.is_last = in.has_ended = false;
	in.pid = in.code = 0;
	in.failure.step = INIT_STEP_ARGS;
	in.failure.errnum = 0;
	if (!args_parse(&in, argc, argv)) {
		in.failure.errnum = SYS_EINVAL;
		(void)sys_write(INIT_EXEC_FD, &in.failure, sizeof(in.failure));
		return 126;
	}
	sys_signals_block();
	if (in.mode != 'x')
		sys_hide();
	if (in.is_gated && sys_read(INIT_EXEC_FD, in.path, 1) != 1)
		return 126;
	if (in.mode == 'x') {
		become(&in);
		status_write("exec", in.failure.errnum);
		return failure_code(&in.failure);
	}
	sys_session();
	/* A persistent pot lives, whatever becomes of its command. */
	if ((spawn_command(&in) < 0 && in.mode != 'p') || in.mode == 'd')
		return in.code;
	return serve(&in);
}
