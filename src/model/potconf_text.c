/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of pot.conf: how they are escaped, and the checks of set-*. */
#include "model/potconf_text.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/ip.h"
#include "model/ports.h"
#include "model/potconf.h"
#include "model/words.h"

#define QUOTE_SIZE 80

char *
potconf_env_encode(const char *text)
{
	char *out = xmalloc(2 * strlen(text) + 3), *p = out;

	*p++ = '"';
	for (; *text != '\0'; text++) {
		if (*text == '"')
			*p++ = '\\';
		*p++ = *text;
	}
	*p++ = '"';
	*p = '\0';
	return out;
}

char *
potconf_env_decode(const char *raw)
{
	const char *start = raw, *end = raw + strlen(raw);
	char *out, *p;

	while (chr_is_blank(*start))
		start++;
	while (end > start && chr_is_blank(end[-1]))
		end--;
	if (end - start < 2 || *start != '"' || end[-1] != '"')
		return xstrdup(raw); /* written by hand */
	end--;
	out = p = xmalloc((size_t)(end - start));
	while (++start < end) {
		if (*start == '\\' && start + 1 < end && start[1] == '"')
			start++;
		*p++ = *start;
	}
	*p = '\0';
	return out;
}

/* Letters of pot.arg after a backslash, and what they stand for. */
static const char arg_letters[] = "\\nr";
static const char arg_bytes[] = "\\\n\r";

char *
potconf_arg_encode(const char *text)
{
	char *out = xmalloc(2 * strlen(text) + 1), *p = out;

	for (; *text != '\0'; text++) {
		const char *special = strchr(arg_bytes, *text);

		if (special != NULL) {
			*p++ = '\\';
			*p++ = arg_letters[special - arg_bytes];
		} else
			*p++ = *text;
	}
	*p = '\0';
	return out;
}

char *
potconf_arg_decode(const char *raw)
{
	char *out = xmalloc(strlen(raw) + 1), *p = out;

	for (; *raw != '\0'; raw++) {
		const char *letter = raw[0] == '\\' && raw[1] != '\0' ?
		    strchr(arg_letters, raw[1]) :
		    NULL;

		if (letter != NULL) {
			*p++ = arg_bytes[letter - arg_letters];
			raw++;
		} else
			*p++ = *raw;
	}
	*p = '\0';
	return out;
}

/* Replace the lines of KEY by those of L. */
static void
replace(struct conf *c, const char *key, const struct strv *l)
{
	conf_remove(c, key);
	for (size_t i = 0; i < l->n; i++)
		conf_add(c, key, l->v[i]);
}

static int
check_env(const char *text, struct err *e)
{
	const char *eq = strchr(text, '=');
	char quoted[QUOTE_SIZE];

	/* Only the name: the value may be a secret. */
	if (eq == NULL || eq == text) {
		return err_set(e, ERR_INVALID,
		    "environment '%s': expected NAME=VALUE",
		    eq == NULL ? str_quote(quoted, sizeof(quoted), text) :
				 "=...");
	}
	if (strchr(text, '\n') != NULL) {
		auto_free char *name = xstrndup(text, (size_t)(eq - text));

		return err_set(e, ERR_INVALID,
		    "environment '%s': a newline can't be stored",
		    str_quote(quoted, sizeof(quoted), name));
	}
	return 0;
}

int
pot_conf_set_env(struct conf *c, const struct strv *env, struct err *e)
{
	auto_strv struct strv lines = STRV_INIT;

	for (size_t i = 0; i < env->n; i++) {
		if (check_env(env->v[i], e) < 0)
			return -1;
		strv_add_take(&lines, potconf_env_encode(env->v[i]));
	}
	replace(c, "pot.env", &lines);
	return 0;
}

static bool
is_closed(const char *cmd, struct err *e)
{
	auto_strv struct strv words = STRV_INIT;
	enum words_need need;

	return words_split_command(cmd, &words, &need, e) == 0;
}

/*
 * What would take one quote of a pair away is no pair around the whole: that
 * line stays as it is, though the sh version spoils it.
 */
int
pot_conf_set_cmd(struct conf *c, const char *cmd, struct err *e)
{
	const char *given = cmd;
	size_t len = strlen(cmd);
	auto_free char *stripped = NULL;
	struct err why = ERR_INIT, ignored = ERR_INIT;

	if (!conf_value_is_ok(cmd))
		return err_set(
		    e, ERR_INVALID, "command: a newline can't be stored");
	if (len > 0 && cmd[0] == '"') {
		cmd++;
		len--;
		if (len > 0 && cmd[len - 1] == '"')
			len--;
	}
	stripped = xstrndup(cmd, len);
	if (stripped[strspn(stripped, " \t")] == '\0')
		return err_set(e, ERR_INVALID, "command: empty");
	if (is_closed(stripped, &why))
		conf_set(c, "pot.cmd", stripped);
	else if (is_closed(given, &ignored))
		conf_set(c, "pot.cmd", given);
	else
		return err_set(
		    e, ERR_INVALID, "command %s: %s", given, why.text);
	return 0;
}

int
pot_conf_set_hosts(struct conf *c, const struct strv *hosts, struct err *e)
{
	auto_strv struct strv lines = STRV_INIT;

	for (size_t i = 0; i < hosts->n; i++) {
		char *stored;

		if (ip_host_parse(hosts->v[i], &stored, e) < 0)
			return -1;
		strv_add_take(&lines, stored);
	}
	replace(c, "pot.hosts", &lines);
	return 0;
}

int
pot_conf_set_ports(struct conf *c, const struct strv *ports, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);
	struct port p;

	for (size_t i = 0; i < ports->n; i++) {
		if (port_parse(ports->v[i], &p, e) < 0)
			return -1;
		if (i > 0)
			buf_add_char(&b, ' ');
		buf_add_str(&b, ports->v[i]);
	}
	if (buf_check(&b, "exported ports", e) < 0)
		return -1;
	conf_remove(c, "pot.export.ports");
	if (ports->n > 0)
		conf_add(c, "pot.export.ports", b.data);
	return 0;
}
