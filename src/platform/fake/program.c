/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fake programs: what a command of a fake cell does is said by its words
 * (fake.h).  The main command only has a fate; what is entered into a cell
 * is a real child process that meets it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "platform/fake/fake_impl.h"

/* A forgotten process of a broken test ends by itself. */
#define PROGRAM_SECONDS_MAX 60

static const char *
base_name(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return slash == NULL ? argv0 : slash + 1;
}

static int
number_of(const char *s, int fallback)
{
	struct err ignored = ERR_INIT;
	uint64_t n;

	if (s == NULL || str_u64("number", s, 0, 255, &n, &ignored) < 0)
		return fallback;
	return (int)n;
}

/* The words of the command; of "sh -c" those of its script. */
static void
words_of(const struct cell_command *command, struct strv *words)
{
	char *const *argv = command->argv;

	if (str_eq(base_name(argv[0]), "sh") && argv[1] != NULL &&
	    str_eq(argv[1], "-c") && argv[2] != NULL) {
		strv_add_words(words, argv[2]);
		if (words->n > 1 && str_eq(words->v[0], "exec"))
			strv_remove(words, 0);
		if (words->n > 0)
			return;
		strv_add(words, "true");
		return;
	}
	for (size_t i = 0; argv[i] != NULL; i++)
		strv_add(words, argv[i]);
}

static void
do_exit(struct fake_program *p, const struct strv *words,
    const struct cell_command *command UNUSED)
{
	p->value = number_of(words->n > 1 ? words->v[1] : NULL, 0);
}

static void
do_false(struct fake_program *p, const struct strv *words UNUSED,
    const struct cell_command *command UNUSED)
{
	p->value = 1;
}

static void
do_signal(struct fake_program *p, const struct strv *words,
    const struct cell_command *command UNUSED)
{
	p->fate = FATE_SIGNALED;
	p->value = number_of(words->n > 1 ? words->v[1] : NULL, SIGKILL);
}

static void
do_sleep(struct fake_program *p, const struct strv *words,
    const struct cell_command *command UNUSED)
{
	p->fate = FATE_RUNS;
	p->value =
	    number_of(words->n > 1 ? words->v[1] : NULL, PROGRAM_SECONDS_MAX);
}

static void
do_stubborn(struct fake_program *p, const struct strv *words,
    const struct cell_command *command)
{
	do_sleep(p, words, command);
	p->is_stubborn = true;
}

static void
do_shm(struct fake_program *p, const struct strv *words,
    const struct cell_command *command)
{
	do_sleep(p, words, command);
	p->has_shm = true;
}

static void
do_oom(struct fake_program *p, const struct strv *words UNUSED,
    const struct cell_command *command UNUSED)
{
	p->fate = FATE_SIGNALED;
	p->value = SIGKILL;
	p->is_oom = true;
}

static void
do_missing(struct fake_program *p, const struct strv *words UNUSED,
    const struct cell_command *command UNUSED)
{
	p->fate = FATE_NO_EXEC;
	p->value = ENOENT;
}

static void
do_denied(struct fake_program *p, const struct strv *words UNUSED,
    const struct cell_command *command UNUSED)
{
	p->fate = FATE_NO_EXEC;
	p->value = EACCES;
}

static void
do_echo(struct fake_program *p, const struct strv *words,
    const struct cell_command *command UNUSED)
{
	for (size_t i = 1; i < words->n; i++) {
		if (i > 1)
			buf_add_char(&p->text, ' ');
		buf_add_str(&p->text, words->v[i]);
	}
	buf_add_char(&p->text, '\n');
}

static void
do_env(struct fake_program *p, const struct strv *words UNUSED,
    const struct cell_command *command)
{
	for (char *const *v = command->envp; v != NULL && *v != NULL; v++)
		buf_add_fmt(&p->text, "%s\n", *v);
}

static void
do_pwd(struct fake_program *p, const struct strv *words UNUSED,
    const struct cell_command *command)
{
	buf_add_fmt(&p->text, "%s\n", command->cwd ? command->cwd : "/");
}

static void
do_id(struct fake_program *p, const struct strv *words UNUSED,
    const struct cell_command *command)
{
	buf_add_fmt(&p->text, "%s\n", command->user ? command->user : "root");
}

static void
do_cat(struct fake_program *p, const struct strv *words UNUSED,
    const struct cell_command *command UNUSED)
{
	p->is_cat = true;
}

static const struct {
	const char *name;
	void (*prepare)(struct fake_program *p, const struct strv *words,
	    const struct cell_command *command);
} programs[] = {
	{ "exit", do_exit },
	{ "false", do_false },
	{ "signal", do_signal },
	{ "sleep", do_sleep },
	{ "stubborn", do_stubborn },
	{ "shm", do_shm },
	{ "oom", do_oom },
	{ "missing", do_missing },
	{ "denied", do_denied },
	{ "echo", do_echo },
	{ "env", do_env },
	{ "pwd", do_pwd },
	{ "id", do_id },
	{ "cat", do_cat },
};

void
fake_program_init(struct fake_program *p, const struct cell_command *command)
{
	auto_strv struct strv words = STRV_INIT;
	const char *name;

	*p = (struct fake_program){ .fate = FATE_EXITED };
	buf_init(&p->text, BUF_TEXT_MAX);
	words_of(command, &words);
	name = base_name(words.v[0]);
	(void)str_copy(p->name, name, sizeof(p->name));
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		if (str_eq(programs[i].name, name))
			programs[i].prepare(p, &words, command);
	}
}

void
fake_program_fini(struct fake_program *p)
{
	buf_fini(&p->text);
}

static void
run_for(int seconds)
{
	struct timespec t = { .tv_sec = seconds };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		continue;
}

static void
copy_stdin(void)
{
	char block[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, block, sizeof(block))) > 0) {
		if (io_write_all(STDOUT_FILENO, block, (size_t)n) < 0)
			_exit(1);
	}
}

#define CLOSE_MAX 1024

static NO_RETURN void
run(const struct fake_program *p)
{
	if (io_write_all(STDOUT_FILENO, p->text.data, p->text.len) < 0)
		_exit(1);
	if (p->is_cat)
		copy_stdin();
	if (p->fate == FATE_SIGNALED) {
		(void)raise(p->value);
		_exit(128 + p->value);
	}
	if (p->fate == FATE_RUNS) {
		for (int s = 1; p->is_stubborn && s < NSIG; s++)
			(void)signal(s, SIG_IGN);
		run_for(p->value);
		_exit(0);
	}
	_exit(p->value);
}

/* Descriptors 0 to 2 of the child. */
static void
set_stdio(const struct cell_command *command, const char *tty)
{
	int fds[3];

	if (tty != NULL) {
		setsid();
		fds[0] = fds[1] = fds[2] = open(tty, O_RDWR);
	} else {
		memcpy(fds, command->fds, sizeof(fds));
	}
	for (int i = 0; i < 3; i++) {
		if (fds[i] < 0)
			fds[i] = open("/dev/null", O_RDWR);
		/* Above those that are about to be replaced. */
		fds[i] = fcntl(fds[i], F_DUPFD, 3);
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(fds[i], i) < 0)
			_exit(1);
		close(fds[i]);
	}
}

static NO_RETURN void
be_program(const struct fake_program *p, const struct cell_command *command,
    const char *tty)
{
	set_stdio(command, tty);
	/* As exec would; one of them holds the state's lock. */
	for (int fd = 3; fd < CLOSE_MAX; fd++)
		close(fd);
	run(p);
}

/* A grandchild, which is not the caller's to wait for. */
static pid_t
fork_detached(const struct fake_program *p, const struct cell_command *command,
    struct err *e)
{
	pid_t child, grandchild = -1;
	int fds[2];

	if (io_pipe(fds, e) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		grandchild = fork();
		if (grandchild == 0)
			be_program(p, command, NULL);
		_exit(write(fds[1], &grandchild, sizeof(grandchild)) < 0);
	}
	close(fds[1]);
	if (io_read_full(fds[0], &grandchild, sizeof(grandchild)) < 0 ||
	    grandchild < 0)
		grandchild = err_sys(e, "fork");
	close(fds[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	return grandchild;
}

static int
open_terminal(char *slave, size_t size, int *masterp, struct err *e)
{
	auto_close int master = posix_openpt(O_RDWR | O_NOCTTY);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    fcntl(master, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(e, "terminal");
	(void)str_copy(slave, ptsname(master), size);
	*masterp = take_fd(&master);
	return 0;
}

int
fake_program_start(const struct fake_program *p,
    const struct cell_command *command, pid_t *pid, int *tty, struct err *e)
{
	auto_close int master = -1;
	char slave[128];
	pid_t child;

	if (command->is_detached) {
		*pid = fork_detached(p, command, e);
		return *pid < 0 ? -1 : 0;
	}
	if (command->tty && open_terminal(slave, sizeof(slave), &master, e) < 0)
		return -1;
	child = fork();
	if (child < 0)
		return err_sys(e, "fork");
	if (child == 0)
		be_program(p, command, command->tty ? slave : NULL);
	*pid = child;
	if (command->tty)
		*tty = take_fd(&master);
	return 0;
}
