/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a command again and again and tells how long it took from its start
 * to its end: one line "MEDIAN P99 MIN MAX FAILED FLOOR" in microseconds.  Each
 * start comes GAP after what was done before, so that what that left to the
 * kernel (namespaces and groups that are taken down) does not disturb.
 *
 * usage: rounds [-n ROUNDS] [-g GAP_MS] [-a AFTER] COMMAND [ARG...]
 *	[-- FLOOR [ARG...]]
 *	AFTER	a shell command that undoes the round; not measured
 *	FLOOR	another command, run once before each round, so that both are
 *		measured on an equally busy machine; its median is the line's
 *		last figure
 * "{}" in an argument, and $N in AFTER, is the number of the round.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void
die(const char *what)
{
	(void)fprintf(stderr, "rounds: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
sleep_until(uint64_t us)
{
	uint64_t now = now_us();

	if (now >= us)
		return;
	struct timespec t = {
		.tv_sec = (time_t)((us - now) / 1000000),
		.tv_nsec = (long)((us - now) % 1000000) * 1000,
	};
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* Run it to its end; the exit status, 128 for a signal. */
static int
run(char **argv)
{
	posix_spawn_file_actions_t quiet;
	pid_t pid;
	int status, rc;

	if (posix_spawn_file_actions_init(&quiet) != 0 ||
	    posix_spawn_file_actions_addopen(
		&quiet, 0, "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(
		&quiet, 1, "/dev/null", O_WRONLY, 0) != 0)
		die("file actions");
	rc = posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&quiet);
	if (rc != 0) {
		errno = rc;
		die(argv[0]);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static unsigned
number_of(const char *s, unsigned max)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*s == '\0' || *end != '\0' || n > max) {
		errno = EINVAL;
		die(s);
	}
	return (unsigned)n;
}

/* A copy of ARGV with NUMBER for the first "{}" of each argument. */
static char **
numbered(char **argv, const char *number)
{
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	char **args = calloc(n + 1, sizeof(*args));
	if (args == NULL)
		die("memory");
	for (size_t i = 0; i < n; i++) {
		const char *mark = strstr(argv[i], "{}");
		size_t size = strlen(argv[i]) + strlen(number) + 1;
		size_t before = mark == NULL ? 0 : (size_t)(mark - argv[i]);

		args[i] = malloc(size);
		if (args[i] == NULL)
			die("memory");
		if (mark == NULL)
			(void)snprintf(args[i], size, "%s", argv[i]);
		else
			(void)snprintf(args[i], size, "%.*s%s%s", (int)before,
			    argv[i], number, mark + 2);
	}
	return args;
}

static void
free_args(char **args)
{
	for (char **a = args; *a != NULL; a++)
		free(*a);
	free(args);
}

/* Run it as round N, and wait GAP; how long it took. */
static uint64_t
measure(char **argv, unsigned n, char **undo, unsigned gap_ms, unsigned *failed)
{
	char text[16];
	uint64_t start, end;

	(void)snprintf(text, sizeof(text), "%u", n);
	(void)setenv("N", text, 1);
	char **args = numbered(argv, text);
	start = now_us();
	*failed += run(args) != 0;
	end = now_us();
	free_args(args);
	if (undo != NULL)
		(void)run(undo);
	sleep_until(now_us() + (uint64_t)gap_ms * 1000);
	return end - start;
}

/* The command behind "--", which ends ARGV, or NULL. */
static char **
cut_floor(char **argv)
{
	for (; *argv != NULL; argv++) {
		if (strcmp(*argv, "--") == 0) {
			*argv = NULL;
			return argv + 1;
		}
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	unsigned rounds = 100, gap_ms = 50, failed = 0;
	char *after = NULL;
	int c;

	while ((c = getopt(argc, argv, "+n:g:a:")) != -1) {
		if (c == 'n')
			rounds = number_of(optarg, 100000);
		else if (c == 'g')
			gap_ms = number_of(optarg, 60000);
		else if (c == 'a')
			after = optarg;
		else
			return 2;
	}
	argv += optind;
	char **floor = cut_floor(argv);
	if (argv[0] == NULL || rounds == 0) {
		(void)fprintf(stderr,
		    "usage: rounds [-n rounds] [-g gap] "
		    "[-a after] command [-- floor]\n");
		return 2;
	}
	uint64_t *took = calloc(rounds, sizeof(*took));
	uint64_t *least = calloc(rounds, sizeof(*least));
	if (took == NULL || least == NULL)
		die("memory");
	char shell[] = "sh", flag[] = "-c";
	char *undo[] = { shell, flag, after, NULL };
	for (unsigned i = 0; i < rounds; i++) {
		if (floor != NULL)
			least[i] = measure(floor, i, NULL, gap_ms, &failed);
		took[i] = measure(
		    argv, i, after == NULL ? NULL : undo, gap_ms, &failed);
	}
	qsort(took, rounds, sizeof(*took), compare);
	qsort(least, rounds, sizeof(*least), compare);
	unsigned p99 = (rounds * 99 + 99) / 100 - 1;
	printf("%llu %llu %llu %llu %u %llu\n",
	    (unsigned long long)took[rounds / 2], (unsigned long long)took[p99],
	    (unsigned long long)took[0], (unsigned long long)took[rounds - 1],
	    failed, (unsigned long long)least[rounds / 2]);
	free(took);
	free(least);
	return 0;
}
