/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals to fake cells, and their end. */
#include <inttypes.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>

#include "platform/fake/fake_impl.h"

static bool
is_deadly(int signo)
{
	static const int harmless[] = { 0, SIGCHLD, SIGCONT, SIGURG, SIGWINCH,
		SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

	for (size_t i = 0; i < COUNT_OF(harmless); i++) {
		if (signo == harmless[i])
			return false;
	}
	return true;
}

static void
send_main(struct fake_cell *c, int signo)
{
	if (is_deadly(signo) && (!c->is_stubborn || signo == SIGKILL))
		fake_cell_end_command(c, 128 + signo);
}

int
fake_cell_signal(const struct cell_ref *ref, enum cell_signal_scope scope,
    int signo, struct err *e)
{
	static const char *const word[] = { "main", "all", "stop", "last" };
	struct fake_cell *c = NULL;

	if (fake_begin(e, "cell.signal", "%s.%" PRIu64 " %s %d", ref->name,
		ref->generation, word[scope], signo) < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	if (signo < 0 || signo > FAKE_SIGNAL_MAX)
		return fake_end(
		    err_set(e, ERR_INVALID, "signal %d: unknown", signo));
	send_main(c, signo);
	if (scope == CELL_SIGNAL_MAIN || scope == CELL_SIGNAL_LAST)
		return fake_end(0);
	for (size_t i = 0; i < c->entered.n; i++)
		kill((pid_t)strtol(c->entered.v[i], NULL, 10), signo);
	if (scope == CELL_SIGNAL_STOP && !c->is_running)
		fake_cell_die(c);
	return fake_end(0);
}

int
fake_cell_signal_some(const struct cell_ref *ref, pid_t pid,
    const char *pattern, int signo, bool is_dry, struct strv *out,
    struct err *e)
{
	struct fake_cell *c = NULL;
	regex_t re;
	bool hit;

	if (fake_begin(e, "cell.signal_some", "%s.%" PRIu64 " %s %d", ref->name,
		ref->generation, pid != 0 ? "pid" : pattern, signo) < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	hit = c->is_running && pid == fake_cell_pid(c);
	if (pid == 0) {
		if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
			return fake_end(err_set(e, ERR_INVALID,
			    "pattern '%s': no regular expression", pattern));
		hit = c->is_running && regexec(&re, c->comm, 0, NULL, 0) == 0;
		regfree(&re);
	}
	if (hit) {
		strv_add_fmt(out, "%d", (int)fake_cell_pid(c));
		if (!is_dry)
			send_main(c, signo);
	}
	return fake_end(0);
}

int
fake_cell_kill(const struct cell_ref *ref, struct err *e)
{
	struct fake_cell *c = NULL;

	if (fake_begin_cell(e, "cell.kill", ref) < 0)
		return -1;
	c = fake_cell_find(ref);
	if (c != NULL)
		fake_cell_die(c);
	return fake_end(0);
}

int
fake_cell_freeze(const struct cell_ref *ref, bool on, struct err *e)
{
	struct fake_cell *c = NULL;

	if (fake_begin(e, "cell.freeze", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, on ? "on" : "off") < 0)
		return -1;
	if (fake_cell_need(ref, &c, e) < 0)
		return fake_end(-1);
	c->is_frozen = on;
	return fake_end(0);
}

int
fake_cell_purge(const struct cell_ref *ref, const char *root, struct err *e)
{
	struct fake_cell *c = NULL;

	if (fake_begin(e, "cell.purge", "%s.%" PRIu64 " %s", ref->name,
		ref->generation, root) < 0)
		return -1;
	c = fake_cell_find(ref);
	if (c != NULL && c->is_alive)
		return fake_end(err_set(e, ERR_STATE, "is alive"));
	if (c != NULL)
		c->has_shm = false;
	return fake_end(0);
}
