/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame around every operation of the fake platform: load and lock the
 * state, record the call, let a fault happen, save.  And what tests ask.
 */
#include "platform/fake/fake.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "platform/fake/fake_impl.h"

#define STATE_FILE_MAX ((size_t)16 << 20)

enum fault_kind { FAULT_FAIL, FAULT_DIE, FAULT_DIE_AFTER, FAULT_COUNT };

/* The COUNTth call from now of OP ("any") meets its fate. */
struct fault {
	char op[64];
	unsigned count; /* 0: none is due */
	enum err_code code;
};

static const char *const fault_variable[FAULT_COUNT] = {
	[FAULT_FAIL] = "POT_FAKE_FAIL",
	[FAULT_DIE] = "POT_FAKE_DIE",
	[FAULT_DIE_AFTER] = "POT_FAKE_DIE_AFTER",
};

struct fake_state fake_state = { .boot = 1, .next_id = 1 };

static struct strv calls = STRV_INIT;
static struct fault faults[FAULT_COUNT];
static bool has_failed;
static bool dies_at_end;
static bool is_set_up;
static bool is_inside;
static int state_fd = -1;
static char *loaded; /* the text that the state was read from */

static NO_RETURN void
broken(const char *what, const char *why)
{
	(void)fprintf(stderr, "fake platform: %s: %s\n", what, why);
	abort();
}

const char *
fake_state_path(void)
{
	const char *path = getenv("POT_FAKE_STATE");

	return path != NULL && *path != '\0' ? path : NULL;
}

/* Faults that the environment asks for: "OP:N". */
static void
set_up(void)
{
	if (is_set_up)
		return;
	is_set_up = true;
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		const char *text = getenv(fault_variable[i]), *colon;
		struct fault *f = &faults[i];
		struct err e = ERR_INIT;
		uint64_t n;

		if (text == NULL)
			continue;
		colon = strchr(text, ':');
		if (colon == NULL || (size_t)(colon - text) >= sizeof(f->op) ||
		    str_u64("call", colon + 1, 1, UINT32_MAX, &n, &e) < 0)
			broken(fault_variable[i], "expected OP:N");
		memcpy(f->op, text, (size_t)(colon - text));
		f->op[colon - text] = '\0';
		f->count = (unsigned)n;
		f->code = ERR_SYSTEM;
	}
}

/* Each process reads and writes the whole file under its lock. */
static void
load(void)
{
	const char *path = fake_state_path();
	struct buf text = BUF_INIT(STATE_FILE_MAX);
	struct err e = ERR_INIT;

	if (path == NULL)
		return;
	state_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (state_fd < 0 || flock(state_fd, LOCK_EX) < 0)
		broken(path, strerror(errno));
	if (io_read_all(state_fd, &text, path, &e) < 0 ||
	    fake_state_parse(&fake_state, text.data, &e) < 0)
		broken(path, e.text);
	free(loaded);
	loaded = buf_take(&text);
}

static void
save(void)
{
	struct buf text = BUF_INIT(STATE_FILE_MAX);

	if (state_fd < 0)
		return;
	fake_state_format(&fake_state, &text);
	if (!str_eq(text.data, loaded) &&
	    (lseek(state_fd, 0, SEEK_SET) < 0 || ftruncate(state_fd, 0) < 0 ||
		io_write_all(state_fd, text.data, text.len) < 0))
		broken("state file", strerror(errno));
	buf_fini(&text);
	close(state_fd); /* and the lock is gone */
	state_fd = -1;
}

static bool
is_due(enum fault_kind kind, const char *op)
{
	struct fault *f = &faults[kind];

	if (f->count == 0 || (!str_eq(f->op, "any") && !str_eq(f->op, op)))
		return false;
	return --f->count == 0;
}

static void PRINTF_LIKE(2, 0)
    record(const char *op, const char *fmt, va_list ap)
{
	struct buf line = BUF_INIT(BUF_TEXT_MAX);

	buf_add_str(&line, op);
	if (*fmt != '\0') {
		buf_add_char(&line, ' ');
		buf_add_vfmt(&line, fmt, ap);
	}
	strv_add_take(&calls, buf_take(&line));
}

void
fake_enter(const char *op)
{
	set_up();
	if (is_inside)
		broken(op, "called from within another operation");
	is_inside = true;
	load();
	fake_cells_sweep();
}

int
fake_begin(struct err *e, const char *op, const char *fmt, ...)
{
	va_list ap;
	enum err_code code;

	fake_enter(op);
	va_start(ap, fmt);
	record(op, fmt, ap);
	va_end(ap);
	if (is_due(FAULT_DIE, op))
		kill(getpid(), SIGKILL);
	dies_at_end = is_due(FAULT_DIE_AFTER, op);
	code = faults[FAULT_FAIL].code;
	if (!is_due(FAULT_FAIL, op))
		return 0;
	has_failed = true;
	err_set(e, code, "%s: injected fault", op);
	return fake_end(-1);
}

void
fake_begin_sure(const char *op, const char *fmt, ...)
{
	va_list ap;

	fake_enter(op);
	va_start(ap, fmt);
	record(op, fmt, ap);
	va_end(ap);
}

void
fake_pause(void)
{
	save();
	is_inside = false;
}

void
fake_resume(void)
{
	is_inside = true;
	load();
}

int
fake_end(int result)
{
	fake_pause();
	if (dies_at_end)
		kill(getpid(), SIGKILL);
	return result;
}

/* --- what tests ask --- */

void
fake_reset(void)
{
	/* With a state file: what other processes made, too. */
	fake_enter("fake.reset");
	fake_cells_forget();
	fake_watch_forget();
	fake_state_clear(&fake_state);
	fake_end(0);
	strv_fini(&calls);
	for (size_t i = 0; i < FAULT_COUNT; i++)
		faults[i] = (struct fault){ .count = 0 };
	has_failed = false;
	dies_at_end = false;
}

static void
fault_set(enum fault_kind kind, const char *op, unsigned n, enum err_code code)
{
	struct fault *f = &faults[kind];

	set_up();
	if (str_copy(f->op, op, sizeof(f->op)) >= sizeof(f->op))
		broken(op, "no operation has such a long name");
	f->count = n;
	f->code = code;
	has_failed = false;
}

void
fake_fail_at(unsigned n)
{
	fault_set(FAULT_FAIL, "any", n, ERR_SYSTEM);
}

void
fake_fail_op(const char *op, unsigned n, enum err_code code)
{
	fault_set(FAULT_FAIL, op, n, code);
}

void
fake_die_at(const char *op, unsigned n, bool after)
{
	fault_set(after ? FAULT_DIE_AFTER : FAULT_DIE, op, n, ERR_SYSTEM);
}

bool
fake_has_failed(void)
{
	return has_failed;
}

const struct strv *
fake_calls(void)
{
	return &calls;
}

unsigned
fake_count(const char *op)
{
	size_t len = strlen(op);
	unsigned n = 0;

	for (size_t i = 0; i < calls.n; i++)
		n += strncmp(calls.v[i], op, len) == 0 &&
		    (calls.v[i][len] == ' ' || calls.v[i][len] == '\0');
	return n;
}

static void
census_cell(const struct fake_cell *c, struct strv *lines)
{
	if (c->is_alive)
		strv_add_fmt(lines, "cell %s.%" PRIu64 "%s%s%s", c->name,
		    c->generation, c->is_held ? " held" : "",
		    c->is_frozen ? " frozen" : "",
		    c->is_foreign ? " foreign" : "");
	if (c->has_shm)
		strv_add_fmt(lines, "shm %s.%" PRIu64, c->name, c->generation);
	for (size_t i = 0; i < c->entered.n; i++) {
		pid_t pid = (pid_t)strtol(c->entered.v[i], NULL, 10);

		if (kill(pid, 0) == 0)
			strv_add_fmt(
			    lines, "process %d in %s", (int)pid, c->name);
	}
}

void
fake_census(struct buf *out)
{
	auto_strv struct strv lines = STRV_INIT;

	fake_enter("fake.census");
	for (size_t i = 0; i < fake_state.ncells; i++)
		census_cell(&fake_state.cells[i], &lines);
	for (size_t i = 0; i < fake_state.nmounts; i++)
		strv_add_fmt(&lines, "mount %s %s", fake_state.mounts[i].root,
		    fake_state.mounts[i].target);
	for (size_t i = 0; i < fake_state.ngroups; i++)
		strv_add_fmt(&lines, "limit %s.%" PRIu64,
		    fake_state.groups[i].name, fake_state.groups[i].generation);
	fake_end(0);
	strv_sort(&lines);
	for (size_t i = 0; i < lines.n; i++) {
		buf_add_str(out, lines.v[i]);
		buf_add_char(out, '\n');
	}
}

const struct platform platform_fake = {
	.name = "fake",
	.default_storage = "dir",
	.default_pot_type = "multi",
	.default_fs_root = "/var/lib/pot",
	.default_run_dir = "/run/pot",
	.cell = &fake_cell_ops,
	.mount = &fake_mount_ops,
	.limit = &fake_limit_ops,
	.proc = &fake_proc_ops,
	.watch = &fake_watch_ops,
	.host = &fake_host_ops,
	.output = &fake_output_ops,
};
