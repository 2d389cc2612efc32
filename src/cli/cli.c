/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run of a command: from its words to requests, and from records to
 * text.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "cli/audit.h"
#include "cli/cli_platform.h"
#include "cli/command.h"
#include "engine/engine.h"

#define OUT_MAX	    ((size_t)256 << 20)
#define FLUSH_BYTES 32768

static const struct {
	const char *prefix;
	int fd;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "###>  ", STDERR_FILENO },
	[LOG_LEVEL_WARN] = { "###>  ", STDERR_FILENO },
	[LOG_LEVEL_INFO] = { "===>  ", STDOUT_FILENO },
	[LOG_LEVEL_DEBUG] = { "=====>  ", STDERR_FILENO },
};

static void
put(struct cli *c, int fd, const struct buf *b)
{
	if (fd == STDOUT_FILENO) {
		buf_add(&c->out, b->data, b->len);
		cli_flush(c);
		return;
	}
	if (io_write_all(fd, b->data, b->len) < 0)
		return; /* nobody reads: the status still tells */
}

/* Where stdout is an answer, messages are talk and go to stderr. */
static void
on_message(void *arg, enum log_level level, const char *text)
{
	struct cli *c = arg;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	bool is_answer = c->json ||
	    (c->cmd->flags & (COMMAND_F_ASKS | COMMAND_F_STDOUT)) != 0;

	buf_add_fmt(&b, "%s%s\n", levels[level].prefix, text);
	if (level == LOG_LEVEL_ERROR &&
	    (c->cmd->flags & COMMAND_F_ERROR_TWICE) != 0 && !c->json)
		put(c, STDOUT_FILENO, &b);
	put(c, is_answer ? STDERR_FILENO : levels[level].fd, &b);
}

void
cli_flush(struct cli *c)
{
	int saved = 0;

	if (io_write_all(STDOUT_FILENO, c->out.data, c->out.len) < 0)
		saved = errno;
	buf_clear(&c->out);
	if (saved == 0 || c->is_stdout_lost)
		return;
	c->is_stdout_lost = true;
	if (saved != EPIPE)
		log_error(&c->log, "stdout: %s", strerror(saved));
}

void
cli_init(struct cli *c, const struct command *cmd)
{
	*c = (struct cli){ .cmd = cmd,
		.verbosity = 1,
		.audit = BUF_INIT(AUDIT_MAX),
		.out = BUF_INIT(OUT_MAX),
		.log = { .fn = on_message, .max = LOG_LEVEL_INFO } };
	c->log.arg = c;
	if ((cmd->flags & COMMAND_F_LOCAL) == 0)
		request_init(
		    &c->req, cmd->verb != NULL ? cmd->verb : cmd->name);
}

void
cli_fini(struct cli *c)
{
	engine_close(c->engine);
	c->engine = NULL;
	request_fini(&c->req);
	strv_fini(&c->own);
	strv_fini(&c->own_names);
	strv_fini(&c->words);
	strv_fini(&c->pots);
	buf_fini(&c->audit);
	buf_fini(&c->out);
}

const char *
cli_own(const struct cli *c, const char *long_name)
{
	for (size_t i = c->own_names.n; i-- > 0;)
		if (str_eq(c->own_names.v[i], long_name))
			return c->own.v[i];
	return NULL;
}

int
cli_usage(struct cli *c, struct err *e, const char *fmt, ...)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	va_list ap;

	va_start(ap, fmt);
	buf_add_vfmt(&b, fmt, ap);
	va_end(ap);
	return err_set(e, ERR_USAGE, "%s: %s", c->cmd->name, b.data);
}

int
cli_tell(struct cli *c, const struct err *e)
{
	log_error(&c->log, "%s", e->text);
	if (e->code == ERR_USAGE) {
		cli_help(c->cmd, &c->out);
		cli_flush(c);
	}
	return err_code_status(e->code);
}

/* A file that we open must not become our stdout. */
static int
check_stdio(struct err *e)
{
	struct pollfd fds[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	if (poll(fds, COUNT_OF(fds), 0) < 0)
		return err_sys(e, "poll");
	for (int i = 0; i < 3; i++)
		if ((fds[i].revents & POLLNVAL) != 0 &&
		    open("/dev/null", O_RDWR) != i)
			return err_sys(e, "/dev/null");
	return 0;
}

static int
engine_get(struct cli *c, struct err *e)
{
	const struct engine_options o = {
		.platform = &cli_platform, .prefix = c->prefix, .log = &c->log
	};

	if (c->engine != NULL)
		return 0;
	(void)signal(SIGPIPE, SIG_IGN);
	if (check_stdio(e) < 0 ||
	    framework_find_prefix(
		&cli_platform, c->prefix, sizeof(c->prefix), e) < 0)
		return -1;
	return engine_open(&o, &c->engine, e);
}

const struct framework *
cli_framework(struct cli *c, struct err *e)
{
	return engine_get(c, e) < 0 ? NULL : engine_framework(c->engine);
}

/* Is the answer an array of records? */
static bool
is_array(const struct cli *c)
{
	return (c->cmd->flags & COMMAND_F_ARRAY) != 0 || c->has_many ||
	    c->pots.n > 1;
}

void
cli_json(struct cli *c, const struct record *r)
{
	struct json j;

	if (is_array(c))
		buf_add_str(&c->out, c->nrecords == 0 ? "[\n" : ",\n");
	json_init(&j, &c->out);
	record_to_json(r, &j, NULL);
	if (!is_array(c))
		buf_add_char(&c->out, '\n');
	c->nrecords++;
}

/* Close the array; an empty one is an answer too, unless there was none. */
static void
json_end(struct cli *c, int status)
{
	if (!is_array(c))
		return;
	if (c->nrecords > 0)
		buf_add_str(&c->out, "\n]\n");
	else if (status == 0)
		buf_add_str(&c->out, "[]\n");
}

struct receiver {
	struct cli *c;
	cli_record_fn *fn;
	void *arg;
};

static void
on_record(void *arg, const struct record *r)
{
	const struct receiver *to = arg;
	struct cli *c = to->c;

	if (to->fn != NULL)
		to->fn(c, r, to->arg);
	else if (c->json)
		cli_json(c, r);
	else if (c->cmd->print != NULL)
		c->cmd->print(c, r);
	if (c->out.len > FLUSH_BYTES)
		cli_flush(c);
}

/* The process's own view of who asks; potd will have the socket's. */
int
cli_ask(struct cli *c, const struct request *r, cli_record_fn *fn, void *arg,
    int *status, struct err *e)
{
	struct receiver to = { .c = c, .fn = fn, .arg = arg };
	const struct sink sink = {
		.record = on_record, .arg = &to, .log = c->log
	};
	auto_buf struct buf wire = BUF_INIT(REQUEST_MAX);
	auto_request struct request got = { .verb = NULL };

	*status = 0;
	if (engine_get(c, e) < 0 || request_encode(r, &wire, e) < 0 ||
	    request_decode(wire.data, wire.len, &got, e) < 0)
		return -1;
	memcpy(got.fds, r->fds, sizeof(got.fds));
	got.nfds = r->nfds;
	got.uid = geteuid();
	got.gid = getegid();
	return engine_request(c->engine, &got, &sink, status, e);
}

int
cli_request(struct cli *c, const struct request *r)
{
	struct err e = ERR_INIT;
	int status;

	if (cli_ask(c, r, NULL, NULL, &status, &e) == 0)
		return status;
	return c->cmd->tell != NULL ? c->cmd->tell(c, &e) : cli_tell(c, &e);
}

/* A new request of c's verb with all its fields and descriptors, and POT
 * unless it is NULL. */
static void
request_copy(const struct cli *c, const char *pot, struct request *r)
{
	request_init(r, c->req.verb);
	for (size_t i = 0; i < c->req.names.n; i++)
		if (pot == NULL || !str_eq(c->req.names.v[i], "pot"))
			request_add(r, c->req.names.v[i], c->req.values.v[i]);
	if (pot != NULL)
		request_add(r, "pot", pot);
	memcpy(r->fds, c->req.fds, sizeof(r->fds));
	r->nfds = c->req.nfds;
}

int
cli_each(struct cli *c, int (*fn)(struct cli *c, const struct request *r))
{
	int status = 0;

	if (c->pots.n <= 1)
		return fn(c, &c->req);
	for (size_t i = 0; i < c->pots.n && !c->is_cancelled; i++) {
		auto_request struct request r = { .verb = NULL };
		int one;

		request_copy(c, c->pots.v[i], &r);
		one = fn(c, &r);
		if (one > status)
			status = one;
	}
	return status;
}

/* Which pots it is about: -p, then words. */
static int
take_pots(struct cli *c, struct err *e)
{
	unsigned flags = c->cmd->flags;
	const char *p;

	if ((flags & COMMAND_F_LOCAL) != 0)
		return 0;
	p = request_get(&c->req, "pot");
	c->is_pot_option = p != NULL;
	if (p != NULL)
		strv_add(&c->pots, p);
	if ((flags & COMMAND_F_MANY) != 0) {
		strv_add_all(&c->pots, &c->words);
		strv_fini(&c->words);
	} else if ((flags & COMMAND_F_POT_WORD) != 0 && p == NULL &&
	    c->words.n > 0) {
		strv_add(&c->pots, c->words.v[0]);
		strv_remove(&c->words, 0);
	}
	if (c->pots.n > 0 && p == NULL)
		request_add(&c->req, "pot", c->pots.v[0]);
	if (c->in_flavour || (flags & COMMAND_F_POT) == 0)
		return 0;
	if (c->pots.n == 0 || c->pots.v[0][0] == '\0')
		return cli_usage(c, e, "a pot name is mandatory%s",
		    (flags & COMMAND_F_POT_WORD) != 0 ? "" : " (-p)");
	return 0;
}

/* A field of the command's "needs" that was not given. */
static int
check_needs(struct cli *c, struct err *e)
{
	auto_strv struct strv needs = STRV_INIT;

	if (c->cmd->needs != NULL)
		strv_add_words(&needs, c->cmd->needs);
	for (size_t i = 0; i < needs.n; i++) {
		if (request_has(&c->req, needs.v[i]))
			continue;
		for (size_t k = 0; k < c->cmd->noptions; k++) {
			const struct option_row *o = &c->cmd->options[k];

			if (o->field != NULL && str_eq(o->field, needs.v[i]))
				return cli_usage(
				    c, e, "option -%c is mandatory", o->letter);
		}
	}
	return 0;
}

/* Words that nobody will look at; term has always passed over them. */
static int
check_words(struct cli *c, struct err *e)
{
	unsigned flags = c->cmd->flags;
	bool is_taken = c->cmd->words != NULL &&
	    ((flags & COMMAND_F_POT_WORD) == 0 ||
		(flags & (COMMAND_F_REST | COMMAND_F_LENIENT)) != 0);
	char quoted[80];

	if (!is_taken && c->words.n > 0)
		return cli_usage(c, e, "%s: not expected here",
		    str_quote(quoted, sizeof(quoted), c->words.v[0]));
	return 0;
}

int
cli_prepare(struct cli *c, int argc, char *const *argv, struct err *e)
{
	if (cli_parse(c, argc, argv, e) < 0)
		return -1;
	if (c->wants_help)
		return 0;
	if (take_pots(c, e) < 0)
		return -1;
	/* The word that names the pot was taken. */
	if (check_words(c, e) < 0 || check_needs(c, e) < 0)
		return -1;
	return c->cmd->prepare != NULL ? c->cmd->prepare(c, e) : 0;
}

int
cli_main(struct cli *c, int argc, char **argv)
{
	struct err e = ERR_INIT;
	int status, r = cli_prepare(c, argc, argv, &e);

	if (c->quiet)
		c->verbosity = 0;
	c->log.max = c->verbosity > 1 ? LOG_LEVEL_DEBUG :
	    c->verbosity < 1	      ? LOG_LEVEL_ERROR :
					LOG_LEVEL_INFO;
	if (c->wants_help) {
		cli_help(c->cmd, &c->out);
		status = 0;
	} else if (r < 0) {
		status = cli_tell(c, &e);
	} else {
		if ((c->cmd->flags & COMMAND_F_ASKS) == 0)
			audit(c);
		status = c->cmd->run != NULL ? c->cmd->run(c) :
					       cli_each(c, cli_request);
		if (c->json)
			json_end(c, status);
	}
	cli_flush(c);
	return status == 0 && c->is_stdout_lost ? 1 : status;
}

char *
cli_path(struct cli *c, const char *path, struct err *e)
{
	if (path[0] == '/')
		return xstrdup(path);
	if (c->cwd[0] == '\0' && getcwd(c->cwd, sizeof(c->cwd)) == NULL) {
		(void)err_sys(e, "working directory");
		return NULL;
	}
	return xasprintf("%s/%s", str_eq(c->cwd, "/") ? "" : c->cwd, path);
}

int
cli_path_field(struct cli *c, const char *field, struct err *e)
{
	for (size_t i = 0; i < c->req.names.n; i++) {
		char *path;

		if (!str_eq(c->req.names.v[i], field) ||
		    c->req.values.v[i][0] == '\0')
			continue;
		if ((path = cli_path(c, c->req.values.v[i], e)) == NULL)
			return -1;
		free(c->req.values.v[i]);
		c->req.values.v[i] = path;
	}
	return 0;
}
