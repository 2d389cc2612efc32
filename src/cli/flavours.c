/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flavours: looked up and read here, each line parsed with the row of its
 * command, as if it had been typed.  The engine gets finished requests and
 * paths of scripts, in the order in which they were named, the command file
 * before the script (reference 5).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "cli/command.h"
#include "model/flavour.h"
#include "model/request_line.h"

extern char **environ;

/* copy-in-flv is copy-in from the directory of the command file. */
#define VERB_COPY_IN_FLV "copy-in-flv"

static void
add_step(struct cli *c, struct cli *line, const char *file, unsigned number)
{
	auto_buf struct buf origin = BUF_INIT(BUF_TEXT_MAX);
	auto_buf struct buf b = BUF_INIT(REQUEST_MAX);
	auto_request struct request r = { .verb = NULL };

	request_init(&r, line->req.verb);
	for (size_t i = 0; i < line->req.names.n; i++)
		if (!str_eq(line->req.names.v[i], "pot"))
			request_add(
			    &r, line->req.names.v[i], line->req.values.v[i]);
	buf_add_fmt(&origin, "%s:%u", file, number);
	request_add(&r, "origin", origin.data);
	buf_add_str(&b, "request:");
	request_line_format(&r, &b);
	request_add(&c->req, "flavour-step", b.data);
}

static int
read_line(struct cli *c, const struct flavour_step *s, const char *file,
    struct err *e)
{
	bool is_beside = str_eq(s->verb, VERB_COPY_IN_FLV);
	const struct command *cmd =
	    command_find(is_beside ? "copy-in" : s->verb);
	struct cli line;
	int r = -1;

	if (cmd == NULL || cmd->verb != NULL)
		return err_set(e, ERR_INVALID, "%s: unknown", s->verb);
	cli_init(&line, cmd);
	line.in_flavour = true;
	if (is_beside)
		str_copy(
		    line.cwd, file, (size_t)(strrchr(file, '/') - file) + 1);
	r = cli_prepare(&line, (int)s->args.n, s->args.v, e);
	if (r == 0 && line.wants_help)
		r = err_set(e, ERR_INVALID, "%s: no help here", s->verb);
	if (r == 0)
		add_step(c, &line, file, s->line);
	cli_fini(&line);
	return r;
}

static int
read_commands(struct cli *c, const char *file, struct err *e)
{
	auto_flavour struct flavour f = FLAVOUR_INIT;

	if (flavour_read(file, &f, e) < 0)
		return -1;
	for (size_t i = 0; i < f.n; i++) {
		const struct flavour_step *s = &f.v[i];

		/* Real flavours have such lines: shown and passed over. */
		if (!s->is_known) {
			log_error(&c->log,
			    "flavour %s:%u: %s: not a command of flavours, "
			    "ignored",
			    file, s->line, s->verb);
			continue;
		}
		if (read_line(c, s, file, e) < 0) {
			err_recode(e, ERR_INVALID); /* not our usage */
			return err_wrap(e, "flavour %s:%u", file, s->line);
		}
	}
	return 0;
}

static void
add_environment(struct cli *c)
{
	for (char **v = environ; *v != NULL; v++)
		if (strchr(*v, '=') != NULL)
			request_add(&c->req, "env", *v);
}

static int
read_flavour(struct cli *c, const char *name, bool *has_script, struct err *e)
{
	auto_flavour_files struct flavour_files f = { .commands = NULL };
	const struct framework *fw = cli_framework(c, e);
	auto_free char *here = NULL, *step = NULL;

	if (fw == NULL || (here = cli_path(c, ".", e)) == NULL)
		return -1;
	if (flavour_find(name, c->cwd, fw->flavour_dir, &f, e) < 0)
		return -1;
	if (f.commands != NULL && read_commands(c, f.commands, e) < 0)
		return -1;
	if (f.script == NULL)
		return 0;
	*has_script = true;
	step = xasprintf("script:%s", f.script);
	request_add(&c->req, "flavour-step", step);
	return 0;
}

int
cli_flavours(struct cli *c, struct err *e)
{
	bool has_script = false;

	for (size_t i = 0; i < c->own.n; i++)
		if (str_eq(c->own_names.v[i], "flavour") &&
		    read_flavour(c, c->own.v[i], &has_script, e) < 0)
			return -1;
	if (has_script)
		add_environment(c);
	c->req.fds[0] = STDOUT_FILENO;
	c->req.fds[1] = STDERR_FILENO;
	c->req.nfds = 2;
	return 0;
}
