/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault matrix: every verb is run with each of its platform calls
 * failing once.  Afterwards the installation is in the old or the new state,
 * file by file, the error names the call, nothing is left in the kernel or
 * the journals, and the same verb succeeds.  A verb without a row fails.
 */
#include "engine_rig.h"
#include "engine_state.h"

/* What most rows begin with. */
#define POT	"create pot=web type=single base=b1"
#define COMMAND "set-cmd pot=web cmd=sleep"
#define START	"start pot=web detach"
#define MULTI	"create pot=web type=multi level=1 base=deb"
#define LEVEL_2 "create pot=two type=multi level=2 base-pot=web"
#define EXPORT	"export pot=web tag=1 dir=%T/images"
#define IMPORT	"import image=web tag=1 url=file://%T/images"
#define FSCOMP	"create-fscomp fscomp=f"

/* %T: the test's directory. */
struct row {
	const char *name;
	unsigned flags;
	const char *before[6]; /* verbs that lead to the old state */
	const char *verb;
	/* A verb that is several, one after the other, may have done the
	 * first ones. */
	const char *first[3];
};

enum {
	/* All that it does is done with files. */
	ROW_QUIET = 1 << 0,
	/* It may be done again and again, and each time does something. */
	ROW_REPEATS = 1 << 1,
	/* Two descriptors of /dev/null go with it; or three, the last of which
	 * says at once that the caller wants no more. */
	ROW_FDS = 1 << 2,
	ROW_ENOUGH = 1 << 3,
	/* It gives a directory to root and the group. */
	ROW_ROOT = 1 << 4,
};

static const struct row rows[] = {
	{ "create", 0, { NULL }, POT, { NULL } },
	{ "create by a flavour", 0, { NULL },
	    POT " flavour-step=request:set-cmd~cmd=sleep "
		"flavour-step=request:copy-in~source=%T/file~target=/etc/f "
		"flavour-step=request:mount-in~dir=%T/dir~target=/mnt "
		"flavour-step=script:%T/script",
	    { NULL } },
	{ "create from a pot", 0, { POT, "snapshot pot=web" },
	    "create pot=two type=single base-pot=web", { NULL } },
	{ "create of type multi", 0, { NULL }, MULTI, { NULL } },
	{ "create of level 0", 0, { NULL },
	    "create pot=web type=multi level=0 base=deb", { NULL } },
	{ "create of level 1 from a pot", 0, { MULTI, "snapshot pot=web" },
	    "create pot=two type=multi level=1 base-pot=web", { NULL } },
	{ "create of level 2", 0, { MULTI, "snapshot pot=web" }, LEVEL_2,
	    { NULL } },
	{ "destroy of type multi", 0, { MULTI, "snapshot pot=web" },
	    "destroy pot=web", { NULL } },
	{ "destroy with one of level 2", 0,
	    { MULTI, "snapshot pot=web", LEVEL_2 }, "destroy pot=web recursive",
	    { "destroy pot=two" } },
	{ "destroy", 0, { POT }, "destroy pot=web", { NULL } },
	{ "destroy running", 0, { POT, COMMAND, START },
	    "destroy pot=web force", { "stop pot=web" } },
	{ "destroy with clones", 0,
	    { POT, "snapshot pot=web", "clone pot=two from=web" },
	    "destroy pot=web recursive", { NULL } },
	{ "destroy base", 0, { NULL }, "destroy base=b2", { NULL } },
	{ "destroy fscomp", 0, { FSCOMP }, "destroy fscomp=f", { NULL } },
	{ "start", 0, { POT, COMMAND }, START, { NULL } },
	{ "start of type multi", 0, { MULTI, COMMAND }, START, { NULL } },
	{ "start of level 2", 0,
	    { MULTI, "snapshot pot=web", LEVEL_2, "set-cmd pot=two cmd=sleep" },
	    "start pot=two detach", { NULL } },
	{ "stop of type multi", 0, { MULTI, COMMAND, START }, "stop pot=web",
	    { NULL } },
	{ "start with a dependency", 0,
	    { POT, COMMAND, "create pot=two type=single base=b1",
		"set-cmd pot=two cmd=sleep", "add-dep pot=web dependency=two" },
	    START, { "start pot=two detach" } },
	{ "start in the foreground", ROW_FDS | ROW_REPEATS,
	    { POT, "set-cmd pot=web cmd=true",
		"set-attribute pot=web attribute=persistent value=no" },
	    "start pot=web", { NULL } },
	{ "start in the foreground until stopped", ROW_ENOUGH | ROW_REPEATS,
	    { POT, COMMAND }, "start pot=web", { START } },
	{ "start with a snapshot first", 0, { POT, COMMAND }, START " snapshot",
	    { "snapshot pot=web" } },
	{ "start with hooks", 0,
	    { POT, COMMAND,
		"set-hook pot=web prestart=%T/hook poststart=%T/hook" },
	    START, { NULL } },
	{ "start with a component", 0,
	    { POT, COMMAND, FSCOMP, "mount-in pot=web fscomp=f target=/mnt" },
	    START, { NULL } },
	{ "stop", 0, { POT, COMMAND, START }, "stop pot=web", { NULL } },
	{ "stop with hooks", 0,
	    { POT, COMMAND, "set-hook pot=web prestop=%T/hook poststop=%T/hook",
		START },
	    "stop pot=web", { NULL } },
	{ "internal-after", 0, { POT, COMMAND, START },
	    "internal-after pot=web generation=1", { NULL } },
	{ "recover", ROW_REPEATS, { POT, COMMAND, START }, "recover",
	    { NULL } },
	{ "exec", ROW_FDS | ROW_REPEATS, { POT, COMMAND, START },
	    "exec pot=web arg=true", { NULL } },
	{ "exec detached", 0, { POT, COMMAND, START },
	    "exec pot=web arg=sleep detach", { NULL } },
	{ "exec that starts", ROW_FDS | ROW_REPEATS, { POT, COMMAND },
	    "exec pot=web arg=true start", { START } },
	{ "exec as at a login", ROW_FDS | ROW_REPEATS, { POT, COMMAND, START },
	    "exec pot=web login", { NULL } },
	{ "signal", 0, { POT, COMMAND, START },
	    "signal pot=web signal=USR1 pattern=sleep", { NULL } },
	{ "signal to the command", 0,
	    { POT, COMMAND,
		"set-attribute pot=web attribute=persistent value=no", START },
	    "signal pot=web signal=USR1", { NULL } },
	{ "clone", 0, { POT, "snapshot pot=web" }, "clone pot=two from=web",
	    { NULL } },
	{ "clone with a snapshot", 0, { POT }, "clone pot=two from=web force",
	    { NULL } },
	{ "clone of a running pot", 0, { POT, COMMAND, START },
	    "clone pot=two from=web force", { NULL } },
	{ "clone of type multi", 0, { MULTI, "snapshot pot=web" },
	    "clone pot=two from=web", { NULL } },
	{ "clone of level 2", 0, { MULTI, "snapshot pot=web", LEVEL_2 },
	    "clone pot=dep from=two force", { "snapshot pot=two" } },
	{ "rename", 0, { POT }, "rename pot=web to=two", { NULL } },
	{ "rename of type multi", 0, { MULTI, "snapshot pot=web" },
	    "rename pot=web to=two", { NULL } },
	{ "rename of one that another stands on", 0,
	    { MULTI, "snapshot pot=web", LEVEL_2 }, "rename pot=web to=dep",
	    { NULL } },
	{ "rename with a dependent", 0,
	    { POT, "create pot=dep type=single base=b1",
		"add-dep pot=dep dependency=web" },
	    "rename pot=web to=two", { NULL } },
	{ "prune", 0,
	    { POT, COMMAND,
		"set-attribute pot=web attribute=prunable value=yes", START,
		"stop pot=web" },
	    "prune", { NULL } },
	{ "snapshot", 0, { POT }, "snapshot pot=web", { NULL } },
	{ "snapshot of type multi", 0, { MULTI }, "snapshot pot=web",
	    { NULL } },
	{ "snapshot in place of the oldest", ROW_REPEATS,
	    { POT, "snapshot pot=web" }, "snapshot pot=web replace",
	    { "snapshot pot=web" } },
	{ "snapshot of a component in place of the oldest", ROW_REPEATS,
	    { FSCOMP, "snapshot fscomp=f" }, "snapshot fscomp=f replace",
	    { "snapshot fscomp=f" } },
	{ "snapshot of a component", 0, { FSCOMP }, "snapshot fscomp=f",
	    { NULL } },
	{ "revert", 0, { POT, "snapshot pot=web", COMMAND }, "revert pot=web",
	    { NULL } },
	{ "revert of type multi", 0, { MULTI, "snapshot pot=web", COMMAND },
	    "revert pot=web", { NULL } },
	{ "revert of a component", 0, { FSCOMP, "snapshot fscomp=f" },
	    "revert fscomp=f", { NULL } },
	{ "purge-snapshots", 0, { POT, "snapshot pot=web", "snapshot pot=web" },
	    "purge-snapshots pot=web all", { NULL } },
	{ "purge-snapshots of a component", 0,
	    { FSCOMP, "snapshot fscomp=f", "snapshot fscomp=f" },
	    "purge-snapshots fscomp=f all", { NULL } },
	{ "create-base", 0, { NULL }, "create-base from=%T/dir name=new",
	    { NULL } },
	{ "update-base", ROW_REPEATS,
	    { "create pot=web type=single base=deb",
		"create pot=two type=multi base=deb" },
	    "update-base base=deb", { NULL } },
	{ "update-base that goes back", 0, { "update-base base=deb" },
	    "update-base base=deb rollback", { NULL } },
	{ "create-fscomp", 0, { NULL }, FSCOMP, { NULL } },
	{ "clone-fscomp", 0, { FSCOMP, "snapshot fscomp=f" },
	    "clone-fscomp from=f fscomp=g", { NULL } },
	{ "init", ROW_REPEATS | ROW_ROOT, { NULL }, "init no-pf no-syslog",
	    { NULL } },
	{ "add-dep", 0, { POT, "create pot=two type=single base=b1" },
	    "add-dep pot=web dependency=two", { NULL } },
	{ "set-cmd", 0, { POT }, COMMAND, { NULL } },
	{ "set-env", 0, { POT }, "set-env pot=web variable=A=1", { NULL } },
	{ "set-hosts", 0, { POT }, "set-hosts pot=web host=a:10.0.0.1",
	    { NULL } },
	{ "set-rss", 0, { POT }, "set-rss pot=web memory=64M cpus=1",
	    { NULL } },
	{ "set-rss running", 0, { POT, COMMAND, START },
	    "set-rss pot=web memory=64M", { NULL } },
	{ "set-rss that takes away", 0,
	    { POT, COMMAND, "set-rss pot=web memory=64M", START },
	    "set-rss pot=web memory=none", { NULL } },
	{ "export-ports", 0, { POT }, "export-ports pot=web port=80",
	    { NULL } },
	{ "set-hook", 0, { POT }, "set-hook pot=web prestart=%T/hook",
	    { NULL } },
	{ "update-config", ROW_REPEATS, { POT }, "update-config pot=web",
	    { NULL } },
	{ "set-attribute", 0, { POT },
	    "set-attribute pot=web attribute=prunable value=yes", { NULL } },
	{ "copy-in", 0, { POT }, "copy-in pot=web source=%T/file target=/etc/f",
	    { NULL } },
	{ "copy-in of a directory with parents", 0, { POT },
	    "copy-in pot=web source=%T/dir target=/x/y/z parents", { NULL } },
	{ "copy-in running", 0, { POT, COMMAND, START },
	    "copy-in pot=web source=%T/file target=/etc/f force", { NULL } },
	{ "copy-out", 0, { POT },
	    "copy-out pot=web source=/bin/sh target=%T/root/fscomp", { NULL } },
	{ "copy-out running", 0, { POT, COMMAND, START },
	    "copy-out pot=web source=/bin/sh target=%T/root/fscomp force",
	    { NULL } },
	{ "mount-in", 0, { POT }, "mount-in pot=web dir=%T/dir target=/x/y",
	    { NULL } },
	{ "mount-in of a file", 0, { POT },
	    "mount-in pot=web dir=%T/file target=/x/y", { NULL } },
	{ "mount-in of a component", 0, { POT, FSCOMP },
	    "mount-in pot=web fscomp=f target=/mnt readonly", { NULL } },
	{ "mount-in running", 0, { POT, COMMAND, START },
	    "mount-in pot=web dir=%T/dir target=/x/y", { NULL } },
	{ "mount-out", 0, { POT, "mount-in pot=web dir=%T/dir target=/x/y" },
	    "mount-out pot=web target=/x/y", { NULL } },
	{ "mount-out running", 0,
	    { POT, COMMAND, START, "mount-in pot=web dir=%T/dir target=/x/y" },
	    "mount-out pot=web target=/x/y", { NULL } },
	{ "export", ROW_REPEATS, { POT, "snapshot pot=web" }, EXPORT,
	    { NULL } },
	{ "export with a snapshot first", ROW_REPEATS, { POT }, EXPORT " purge",
	    { "snapshot pot=web" } },
	{ "import", 0, { POT, "snapshot pot=web", EXPORT }, IMPORT, { NULL } },
	{ "prepare", 0, { POT, "snapshot pot=web", EXPORT },
	    "prepare image=web tag=1 url=file://%T/images alloc=a cmd=sleep "
	    "port=80",
	    { IMPORT } },
	{ "trust", 0, { POT, "snapshot pot=web", EXPORT, IMPORT },
	    "trust pot=web_1", { NULL } },
	/* Those that ask leave everything as it is. */
	{ "config", ROW_QUIET | ROW_REPEATS, { NULL }, "config", { NULL } },
	{ "list", ROW_REPEATS, { POT, COMMAND, START }, "list", { NULL } },
	{ "info", ROW_REPEATS, { POT, COMMAND, START }, "info pot=web",
	    { NULL } },
	{ "snapshots", ROW_QUIET | ROW_REPEATS, { POT, "snapshot pot=web" },
	    "snapshots pot=web", { NULL } },
	{ "show", ROW_REPEATS, { POT, COMMAND, START }, "show pot=web",
	    { NULL } },
	{ "ps", ROW_REPEATS, { POT, COMMAND, START }, "ps", { NULL } },
	{ "cpus", ROW_REPEATS, { POT, COMMAND, START }, "cpus", { NULL } },
	{ "get-rss", ROW_REPEATS, { POT, COMMAND, START }, "get-rss pot=web",
	    { NULL } },
	{ "last-run-stats", ROW_QUIET | ROW_REPEATS,
	    { POT, COMMAND, START, "stop pot=web" }, "last-run-stats pot=web",
	    { NULL } },
	{ "get-attribute", ROW_QUIET | ROW_REPEATS, { POT },
	    "get-attribute pot=web attribute=prunable", { NULL } },
	{ "logs", ROW_FDS | ROW_REPEATS, { POT, COMMAND, START },
	    "logs pot=web", { NULL } },
	{ "wait", ROW_REPEATS, { POT, COMMAND, START, "stop pot=web" },
	    "wait pot=web", { NULL } },
	{ "attach", ROW_ENOUGH | ROW_REPEATS, { POT, COMMAND, START },
	    "attach pot=web", { NULL } },
	{ "set-status", ROW_REPEATS, { POT, COMMAND, START },
	    "set-status pot=web status=started", { NULL } },
	{ "de-init", 0, { POT, COMMAND, START }, "de-init force no-pf",
	    { "stop pot=web" } },
};

static void
run_all(struct rig *r, const char *const *verbs, size_t max)
{
	for (size_t i = 0; i < max && verbs[i] != NULL; i++)
		rig_do(r, verbs[i]);
}

/* The verb of the row, with no memory of what was before.  One that goes on
 * behind a failure says so by its status. */
static int
run_verb(struct rig *r, const struct row *row, struct err *e)
{
	int rc, status = 0;

	rig_reopen(r);
	r->nfds = (row->flags & ROW_ENOUGH) != 0 ? 3 :
	    (row->flags & ROW_FDS) != 0		 ? 2 :
						   0;
	strv_fini(&r->messages);
	rc = rig_call(r, row->verb, &status, e);
	r->nfds = 0;
	if (rc == 0 && status == 1)
		rc = err_set(e, ERR_CHILD, "%s",
		    r->messages.n > 0 ? r->messages.v[r->messages.n - 1] : "");
	/* Its caller's, whether it was given or not. */
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	return rc;
}

/* Whatever the rows make.  Which of it there is depends on the state. */
static void
clean_up(struct rig *r)
{
	static const char *const verbs[] = { "destroy pot=dep force",
		"destroy pot=two force", "destroy pot=web force recursive",
		"destroy pot=two force", "destroy pot=web_1_a force",
		"destroy pot=web_1 force", "destroy fscomp=g",
		"destroy fscomp=f recursive", "destroy base=new",
		"destroy base=deb recursive force" };

	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		struct err ignored = ERR_INIT;

		if (rig_call(r, verbs[i], NULL, &ignored) < 0)
			err_clear(&ignored);
	}
	(void)unlinkat(r->s->fd, "root/fscomp/sh", 0); /* copied out */
	rig_install(r);
	rig_reopen(r);
	rig_do(r, "recover"); /* makes what is made when it is needed */
}

/* The states of a row. */
#define FIRST_MAX 3

struct states {
	struct strv empty; /* before everything */
	struct strv old;
	struct strv next; /* where the verb leads when nothing fails */
	struct strv between[FIRST_MAX];
	size_t nbetween;
};

static void
states_fini(struct states *s)
{
	strv_fini(&s->empty);
	strv_fini(&s->old);
	strv_fini(&s->next);
	for (size_t i = 0; i < s->nbetween; i++)
		strv_fini(&s->between[i]);
}

/* Another process finds what was left, a supervisor's work included: in
 * these tests nobody does that. */
static void
settled(struct rig *r, struct strv *lines)
{
	rig_reopen(r);
	if (file_exists(r->s->fd, "root")) /* de-init has removed it */
		rig_do(r, "recover");
	state_get(r, lines);
}

static void
check_empty(struct rig *r, const struct row *row, const struct states *s,
    const char *what)
{
	auto_strv struct strv now = STRV_INIT;
	const char *left;

	rig_assert_clean(r, row->name);
	settled(r, &now);
	if ((left = state_difference(&s->empty, &now)) != NULL)
		fail_msg("%s: %s: left behind: %s", row->name, what, left);
}

static void
find_states(struct rig *r, const struct row *row, struct states *s)
{
	struct err e = ERR_INIT;

	*s = (struct states){ .nbetween = 0 };
	settled(r, &s->empty);
	run_all(r, row->before, COUNT_OF(row->before));
	settled(r, &s->old);
	if (run_verb(r, row, &e) < 0)
		fail_msg("%s: %s", row->name, e.text);
	settled(r, &s->next);
	clean_up(r);
	check_empty(r, row, s, "nothing failed");
	if (row->first[0] == NULL)
		return;
	run_all(r, row->before, COUNT_OF(row->before));
	for (size_t i = 0; i < FIRST_MAX && row->first[i] != NULL; i++) {
		rig_do(r, row->first[i]);
		settled(r, &s->between[s->nbetween++]);
	}
	clean_up(r);
	check_empty(r, row, s, "the first ones alone");
}

enum where { AT_OLD, AT_BETWEEN, AT_NEXT };

static enum where
find_where(struct rig *r, const struct row *row, const struct states *s,
    unsigned n, const char *why)
{
	auto_strv struct strv now = STRV_INIT;

	settled(r, &now);
	if (state_difference(&s->next, &now) == NULL)
		return AT_NEXT;
	if (state_difference(&s->old, &now) == NULL)
		return AT_OLD;
	for (size_t i = 0; i < s->nbetween; i++)
		if (state_difference(&s->between[i], &now) == NULL)
			return AT_BETWEEN;
	fail_msg("%s: call %u (%s): neither the old state (%s) nor the new "
		 "one (%s)",
	    row->name, n, why, state_difference(&s->old, &now),
	    state_difference(&s->next, &now));
	return AT_OLD;
}

/* From the old state the verb leads to the new one; in the new one it may
 * say that it is there. */
static void
check_usable(struct rig *r, const struct row *row, const struct states *s,
    unsigned n, enum where where)
{
	struct err e = ERR_INIT;
	int rc = run_verb(r, row, &e);
	bool is_there = e.code == ERR_EXISTS || e.code == ERR_NOT_FOUND ||
	    e.code == ERR_STATE;

	if (rc < 0 &&
	    (where != AT_NEXT || (row->flags & ROW_REPEATS) != 0 || !is_there))
		fail_msg("%s: call %u: not usable afterwards: %s", row->name, n,
		    e.text);
	/* From between, what was done is done again. */
	if (where == AT_OLD && find_where(r, row, s, n, "again") != AT_NEXT)
		fail_msg("%s: call %u: does nothing afterwards", row->name, n);
}

/* The n-th call fails; false when the verb makes fewer. */
static bool
fault(struct rig *r, const struct row *row, const struct states *s, unsigned n)
{
	struct err e = ERR_INIT;
	enum where where;
	bool has_failed;
	int rc;

	run_all(r, row->before, COUNT_OF(row->before));
	fake_fail_at(n);
	rc = run_verb(r, row, &e);
	has_failed = fake_has_failed();
	fake_fail_at(0);
	if (rc < 0 && !has_failed)
		fail_msg("%s: %s", row->name, e.text);
	if (rc < 0 && strstr(e.text, "injected fault") == NULL)
		fail_msg("%s: call %u: the error does not name it: %s",
		    row->name, n, e.text);
	where = find_where(r, row, s, n, rc < 0 ? e.text : "succeeded");
	if (rc == 0 && where != AT_NEXT)
		fail_msg("%s: call %u: success, but not done", row->name, n);
	check_usable(r, row, s, n, where);
	clean_up(r);
	check_empty(r, row, s, rc < 0 ? e.text : "succeeded");
	return has_failed;
}

static void
run_row(struct rig *r, const struct row *row)
{
	struct states s;
	unsigned n = 1;

	find_states(r, row, &s);
	while (fault(r, row, &s, n))
		n++;
	/* A row whose verb never calls the platform says so, since it proves
	 * nothing. */
	if ((n == 1) != ((row->flags & ROW_QUIET) != 0))
		fail_msg("%s: %u calls", row->name, n - 1);
	print_message("# %s: %u calls\n", row->name, n - 1);
	states_fini(&s);
}

/* POT_TEST_ROW: that row alone. */
static void
run_rows(void **state, bool of_root)
{
	const char *only = getenv("POT_TEST_ROW");
	struct rig r;

	rig_init(&r, state);
	rig_do(&r, "recover");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (((rows[i].flags & ROW_ROOT) != 0) == of_root &&
		    (only == NULL || strcmp(only, rows[i].name) == 0))
			run_row(&r, &rows[i]);
	rig_fini(&r);
}

static void
test_faults(void **state)
{
	run_rows(state, false);
}

static void
test_faults_of_root(void **state)
{
	if (geteuid() != 0)
		skip();
	run_rows(state, true);
}

/* A name is free when the pot that had it is half gone: VERB takes it. */
static void
take_half_gone(struct rig *r, const char *verb)
{
	rig_do(r, POT);
	rig_do(r, "create pot=two type=single base=b1");
	/* The first thing that destroy does for good; a reboot took the
	 * journal. */
	assert_int_equal(renameat(r->s->fd, "root/jails/web/conf/pot.conf",
			     r->s->fd, "root/jails/web/conf/.destroyed"),
	    0);
	rig_reopen(r);
	rig_do(r, verb);
	clean_up(r);
	rig_assert_clean(r, verb);
}

static void
test_half_gone(void **state)
{
	struct rig r;

	rig_init(&r, state);
	take_half_gone(&r, "create pot=web type=single base=b1");
	take_half_gone(&r, "clone pot=web from=two force");
	take_half_gone(&r, "rename pot=two to=web");
	rig_fini(&r);
}

/* Does one of the rows run VERB? */
static bool
has_row(const char *verb)
{
	size_t len = strlen(verb);

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strncmp(rows[i].verb, verb, len) == 0 &&
		    (rows[i].verb[len] == ' ' || rows[i].verb[len] == '\0'))
			return true;
	return false;
}

static void
test_rows(void **state UNUSED)
{
	static const char *const verbs[] = {
#define VERB(name, fn, flags, fields) name,
#include "engine/verbs.def"
#undef VERB
	};

	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (!has_row(verbs[i]))
			fail_msg("%s: wants a row", verbs[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		scratch_test_fast(test_faults),
		scratch_test_fast(test_faults_of_root),
		scratch_test_fast(test_half_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
