/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a pot's last run.  The classic file is written last: where
 * the two do not agree, a crash came between or the sh version ran the pot
 * since, and the classic one is right.
 */
#include "model/lastrun.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "model/conf.h"

#define CLASSIC_FILE   ".last_run_stats"
#define OUR_FILE       ".last_run"
#define FORMAT_VERSION "1"
#define CLASSIC_MAX    4096
#define STATUS_MAX     255
#define QUOTE_SIZE     80

static const char *const reasons[] = {
	[LASTRUN_EXITED] = "exited",
	[LASTRUN_SIGNALED] = "signaled",
	[LASTRUN_OOM] = "oom",
	[LASTRUN_START_FAILED] = "start-failed",
};

const char *
lastrun_reason_word(enum lastrun_reason r)
{
	return reasons[r];
}

static void
set_time(struct conf *c, const char *key, uint64_t ns)
{
	char text[CLOCK_RFC3339_SIZE];

	if (ns != 0)
		conf_set(c, key, clock_format_rfc3339(text, ns));
}

static void
set_number(struct conf *c, const char *key, uint64_t v)
{
	char text[24];

	str_fmt(text, sizeof(text), "%" PRIu64, v);
	conf_set(c, key, text);
}

void
lastrun_format(const struct lastrun *l, struct buf *out)
{
	auto_conf struct conf *c = conf_new();

	assert(l->status >= 0 && l->status <= STATUS_MAX);
	conf_set(c, "version", FORMAT_VERSION);
	conf_set(c, "reason", reasons[l->reason]);
	set_number(c, "status", (uint64_t)l->status);
	set_time(c, "started", l->started_ns);
	set_time(c, "ended", l->ended_ns);
	set_number(c, "oom-kills", l->oom_kills);
	conf_set(c, "persistent", l->is_persistent ? "YES" : "NO");
	conf_set(c, "stopped", l->was_stopped ? "YES" : "NO");
	conf_format(c, out);
}

/* The value of KEY; NULL if it is missing.  The caller frees. */
static char *
need(const struct conf *c, const char *key, struct err *e)
{
	char *value = conf_get(c, key);

	if (value == NULL)
		(void)err_set(e, ERR_CORRUPT, "%s is missing", key);
	return value;
}

static int
get_number(const struct conf *c, const char *key, uint64_t max, uint64_t *out,
    struct err *e)
{
	auto_free char *value = need(c, key, e);

	if (value == NULL)
		return -1;
	return str_u64(key, value, 0, max, out, e);
}

static int
get_bool(const struct conf *c, const char *key, bool *out, struct err *e)
{
	auto_free char *value = need(c, key, e);

	return value == NULL ? -1 : str_bool(key, value, out, e);
}

/* Missing: 0. */
static int
get_time(const struct conf *c, const char *key, uint64_t *out, struct err *e)
{
	auto_free char *value = conf_get(c, key);

	*out = 0;
	if (value == NULL)
		return 0;
	if (strlen(value) != CLOCK_RFC3339_SIZE - 1 ||
	    clock_parse(value, 0, out, e) < 0) {
		char quoted[QUOTE_SIZE];

		err_clear(e);
		return err_set(e, ERR_CORRUPT, "%s '%s': not a time", key,
		    str_quote(quoted, sizeof(quoted), value));
	}
	return 0;
}

static int
get_reason(const struct conf *c, enum lastrun_reason *out, struct err *e)
{
	auto_free char *value = need(c, "reason", e);
	char quoted[QUOTE_SIZE];

	if (value == NULL)
		return -1;
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		if (strcmp(value, reasons[i]) == 0) {
			*out = (enum lastrun_reason)i;
			return 0;
		}
	}
	return err_set(e, ERR_CORRUPT, "reason '%s': not known",
	    str_quote(quoted, sizeof(quoted), value));
}

static int
parse_conf(const struct conf *c, struct lastrun *out, struct err *e)
{
	struct lastrun l = { .reason = LASTRUN_EXITED };
	uint64_t version, status;

	if (get_number(c, "version", UINT64_MAX, &version, e) < 0)
		return -1;
	if (version != 1)
		return err_set(e, ERR_UNSUPPORTED,
		    "version %" PRIu64 ", expected " FORMAT_VERSION, version);
	if (get_reason(c, &l.reason, e) < 0 ||
	    get_number(c, "status", STATUS_MAX, &status, e) < 0 ||
	    get_time(c, "started", &l.started_ns, e) < 0 ||
	    get_time(c, "ended", &l.ended_ns, e) < 0 ||
	    get_number(c, "oom-kills", UINT64_MAX, &l.oom_kills, e) < 0 ||
	    get_bool(c, "persistent", &l.is_persistent, e) < 0 ||
	    get_bool(c, "stopped", &l.was_stopped, e) < 0)
		return -1;
	l.status = (int)status;
	*out = l;
	return 0;
}

int
lastrun_parse(const char *text, size_t len, struct lastrun *out, struct err *e)
{
	auto_conf struct conf *c = NULL;

	if (conf_parse(OUR_FILE, text, len, &c, e) < 0)
		return -1;
	if (parse_conf(c, out, e) < 0) {
		err_wrap(e, OUR_FILE);
		return e->code == ERR_INVALID ? err_recode(e, ERR_CORRUPT) : -1;
	}
	return 0;
}

void
lastrun_format_classic(int status, struct buf *out)
{
	buf_add_fmt(out, "{ \"ExitCode\": %d }\n", status);
}

/* Skip blanks and then TOKEN. */
static bool
skip(const char **s, const char *token)
{
	while (chr_is_space(**s))
		(*s)++;
	if (!str_has_prefix(*s, token))
		return false;
	*s += strlen(token);
	return true;
}

int
lastrun_parse_classic(const char *text, int *status, struct err *e)
{
	const char *s = text;
	char quoted[QUOTE_SIZE];
	uint64_t v;

	if (!skip(&s, "{") || !skip(&s, "\"ExitCode\"") || !skip(&s, ":") ||
	    !skip(&s, "") || !str_take_u64(&s, STATUS_MAX, &v) ||
	    !skip(&s, "}") || !skip(&s, "") || *s != '\0')
		return err_set(e, ERR_CORRUPT,
		    CLASSIC_FILE ": '%s': expected { \"ExitCode\": N }",
		    str_quote(quoted, sizeof(quoted), text));
	*status = (int)v;
	return 0;
}

int
lastrun_write(const struct lastrun *l, int confdir, struct err *e)
{
	auto_buf struct buf ours = BUF_INIT(BUF_TEXT_MAX);
	auto_buf struct buf classic = BUF_INIT(BUF_TEXT_MAX);

	lastrun_format(l, &ours);
	lastrun_format_classic(l->status, &classic);
	if (file_write(confdir, OUR_FILE, ours.data, ours.len, 0644, 0, e) < 0)
		return -1;
	return file_write(
	    confdir, CLASSIC_FILE, classic.data, classic.len, 0644, 0, e);
}

/* Both readers: 1 read, 0 there is none, -1. */
static int
read_file(int confdir, const char *name, struct buf *b, struct err *e)
{
	if (file_read(confdir, name, b, e) == 0)
		return 1;
	return err_pardon(e, ERR_NOT_FOUND);
}

static int
read_classic(int confdir, int *status, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(CLASSIC_MAX);
	int rc = read_file(confdir, CLASSIC_FILE, &b, e);

	if (rc <= 0)
		return rc;
	return lastrun_parse_classic(b.data, status, e) < 0 ? -1 : 1;
}

static int
read_ours(int confdir, struct lastrun *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);
	int rc = read_file(confdir, OUR_FILE, &b, e);

	if (rc <= 0)
		return rc;
	return lastrun_parse(b.data, b.len, out, e) < 0 ? -1 : 1;
}

int
lastrun_read(int confdir, struct lastrun *out, struct err *e)
{
	struct lastrun l = { .reason = LASTRUN_EXITED };
	int status = 0, classic, ours;

	classic = read_classic(confdir, &status, e);
	if (classic < 0)
		return -1;
	ours = read_ours(confdir, &l, e);
	if (ours < 0)
		return -1;
	if (classic == 0)
		return 0;
	if (ours == 0 || l.status != status)
		l = (struct lastrun){
			.reason = LASTRUN_EXITED,
			.status = status,
		};
	*out = l;
	return 1;
}
