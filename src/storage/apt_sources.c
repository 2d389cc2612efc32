/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading sources.list(5). */
#include "storage/apt_sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

void
apt_sources_fini(struct apt_sources *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->v[i].uri);
		free(l->v[i].suite);
		free(l->v[i].components);
		free(l->v[i].keyring);
	}
	free(l->v);
	*l = (struct apt_sources)APT_SOURCES_INIT;
}

static void
add(struct apt_sources *l, const char *uri, const char *suite,
    const char *components, const char *keyring)
{
	struct apt_source *s;

	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 8 : 2 * l->cap;
		l->v = xreallocarray(l->v, l->cap, sizeof(l->v[0]));
	}
	s = &l->v[l->n++];
	s->uri = xstrdup(uri);
	s->suite = xstrdup(suite);
	s->components = xstrdup(components);
	s->keyring =
	    keyring != NULL && keyring[0] == '/' ? xstrdup(keyring) : NULL;
}

/* A mirror that a program without a terminal can fetch from. */
static bool
is_mirror(const char *uri)
{
	return strstr(uri, ":/") != NULL && !str_has_prefix(uri, "cdrom:");
}

static char *
join(const struct strv *words, size_t first)
{
	struct buf b = BUF_INIT(BUF_TEXT_MAX);
	char *text;
	size_t i;

	for (i = first; i < words->n; i++)
		buf_add_fmt(&b, "%s%s", i > first ? " " : "", words->v[i]);
	text = buf_take(&b);
	buf_fini(&b);
	return text;
}

/* Cut the "[ a=b c=d ]" out of LINE; the value of signed-by, or NULL. */
static char *
take_options(char *line)
{
	auto_strv struct strv words = STRV_INIT;
	char *open = strchr(line, '['), *close, *keyring = NULL;
	size_t i;

	if (open == NULL || (close = strchr(open, ']')) == NULL)
		return NULL;
	*close = '\0';
	strv_add_words(&words, open + 1);
	memset(open, ' ', (size_t)(close - open) + 1);
	for (i = 0; i < words.n; i++)
		if (str_has_prefix(words.v[i], "signed-by=")) {
			free(keyring);
			keyring = xstrdup(strchr(words.v[i], '=') + 1);
		}
	return keyring;
}

static void
parse_list_line(char *line, struct apt_sources *out)
{
	auto_strv struct strv words = STRV_INIT;
	auto_free char *keyring = NULL, *components = NULL;

	line[strcspn(line, "#")] = '\0';
	keyring = take_options(line);
	strv_add_words(&words, line);
	if (words.n < 4 || !str_eq(words.v[0], "deb") || !is_mirror(words.v[1]))
		return;
	components = join(&words, 3);
	add(out, words.v[1], words.v[2], components, keyring);
}

/* Call FN for each line of TEXT. */
static void
each_line(const char *text, void (*fn)(char *, void *), void *arg)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		auto_free char *line = xstrndup(text, len);
		size_t end = strlen(line);

		while (end > 0 && chr_is_space(line[end - 1]))
			line[--end] = '\0';
		fn(line, arg);
		text += len + (text[len] == '\n');
	}
}

static void
list_line(char *line, void *arg)
{
	parse_list_line(line, arg);
}

void
apt_sources_parse_list(const char *text, struct apt_sources *out)
{
	each_line(text, list_line, out);
}

enum field { TYPES, URIS, SUITES, COMPONENTS, SIGNED_BY, ENABLED, FIELDS };

static const char *const field_names[FIELDS] = {
	[TYPES] = "Types",
	[URIS] = "URIs",
	[SUITES] = "Suites",
	[COMPONENTS] = "Components",
	[SIGNED_BY] = "Signed-By",
	[ENABLED] = "Enabled",
};

struct stanza {
	struct apt_sources *out;
	struct strv value[FIELDS];
	struct strv *at; /* the field that may be continued */
};

/* The stanza is complete: each of its mirrors has each of its suites. */
static void
end_stanza(struct stanza *st)
{
	bool is_enabled = st->value[ENABLED].n == 0 ||
	    !str_ieq(st->value[ENABLED].v[0], "no");
	auto_free char *components = join(&st->value[COMPONENTS], 0);
	const struct strv *uris = &st->value[URIS], *suites;
	const char *keyring =
	    st->value[SIGNED_BY].n == 1 ? st->value[SIGNED_BY].v[0] : NULL;
	size_t i, k;

	suites = &st->value[SUITES];
	if (is_enabled && strv_has(&st->value[TYPES], "deb") &&
	    components[0] != '\0')
		for (i = 0; i < uris->n; i++)
			for (k = 0; k < suites->n && is_mirror(uris->v[i]); k++)
				add(st->out, uris->v[i], suites->v[k],
				    components, keyring);
	for (i = 0; i < FIELDS; i++)
		strv_fini(&st->value[i]);
	st->at = NULL;
}

static void
deb822_line(char *line, void *arg)
{
	struct stanza *st = arg;
	char *colon;
	size_t i;

	if (line[0] == '#')
		return;
	if (line[0] == '\0') {
		end_stanza(st);
		return;
	}
	if (chr_is_blank(line[0])) {
		if (st->at != NULL)
			strv_add_words(st->at, line);
		return;
	}
	st->at = NULL;
	if ((colon = strchr(line, ':')) == NULL)
		return;
	*colon = '\0';
	for (i = 0; i < FIELDS; i++)
		if (str_ieq(line, field_names[i])) {
			st->at = &st->value[i];
			strv_add_words(st->at, colon + 1);
		}
}

void
apt_sources_parse_deb822(const char *text, struct apt_sources *out)
{
	struct stanza st = { .out = out };

	each_line(text, deb822_line, &st);
	end_stanza(&st);
}

static int
read_file(int dirfd, const char *name, struct apt_sources *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	/* A link is as good as a file here: the directory is the host's. */
	auto_close int fd =
	    openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s: open", name);
	if (io_read_all(fd, &b, name, e) < 0)
		return -1;
	if (str_has_suffix(name, ".sources"))
		apt_sources_parse_deb822(b.data, out);
	else
		apt_sources_parse_list(b.data, out);
	return 0;
}

int
apt_sources_read(const char *apt_dir, struct apt_sources *out, struct err *e)
{
	auto_close int dirfd = open(apt_dir, DIR_FLAGS), parts = -1;
	auto_strv struct strv names = STRV_INIT;
	size_t i;

	if (dirfd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s: open", apt_dir);
	if (read_file(dirfd, "sources.list", out, e) < 0)
		return err_wrap(e, "%s", apt_dir);
	parts = openat(dirfd, "sources.list.d", DIR_FLAGS);
	if (parts < 0)
		return errno == ENOENT ?
		    0 :
		    err_sys(e, "%s/sources.list.d: open", apt_dir);
	if (dir_list(parts, &names, e) < 0)
		return -1;
	for (i = 0; i < names.n; i++)
		if ((str_has_suffix(names.v[i], ".list") ||
			str_has_suffix(names.v[i], ".sources")) &&
		    read_file(parts, names.v[i], out, e) < 0)
			return err_wrap(e, "%s/sources.list.d", apt_dir);
	return 0;
}

static bool
has_main(const struct apt_source *s)
{
	auto_strv struct strv words = STRV_INIT;

	strv_add_words(&words, s->components);
	return strv_has(&words, "main");
}

static const char *const suffixes[] = { "", "-updates", "-security" };

/* These have no updates or security fixes beside them. */
static bool
is_rolling(const char *suite)
{
	static const char *const names[] = { "sid", "unstable", "experimental",
		"rc-buggy" };
	size_t i;

	for (i = 0; i < COUNT_OF(names); i++)
		if (str_eq(suite, names[i]))
			return true;
	return false;
}

/* What HOST has for FROM is taken for SUITE.  Its archive has to be there;
 * other repositories that use a suite's name have no "main". */
static bool
take_suite(const struct apt_sources *host, const char *from, const char *suite,
    struct apt_sources *out)
{
	bool is_same = str_eq(from, suite);
	size_t i, k;

	for (k = 0; k < COUNT_OF(suffixes); k++) {
		auto_free char *wanted = xasprintf("%s%s", from, suffixes[k]);
		auto_free char *name = xasprintf("%s%s", suite, suffixes[k]);

		if (k > 0 && (out->n == 0 || is_rolling(suite)))
			break;
		for (i = 0; i < host->n; i++)
			if (str_eq(host->v[i].suite, wanted) &&
			    has_main(&host->v[i]))
				add(out, host->v[i].uri, name,
				    is_same ? host->v[i].components : "main",
				    host->v[i].keyring);
	}
	return out->n > 0;
}

/* As Debian's installer would write it. */
static void
add_default(struct apt_sources *out, const char *suite)
{
	static const char *const mirrors[COUNT_OF(suffixes)] = {
		APT_DEFAULT_MIRROR,
		APT_DEFAULT_MIRROR,
		APT_DEFAULT_MIRROR "-security",
	};
	size_t i;

	for (i = 0; i < COUNT_OF(suffixes); i++) {
		auto_free char *name = xasprintf("%s%s", suite, suffixes[i]);

		if (i == 0 || !is_rolling(suite))
			add(out, mirrors[i], name, "main", APT_DEFAULT_KEYRING);
	}
}

void
apt_sources_for(const struct apt_sources *host, const char *suite,
    const char *host_suite, struct apt_sources *out)
{
	if (take_suite(host, suite, suite, out) ||
	    (host_suite != NULL && take_suite(host, host_suite, suite, out)))
		return;
	add_default(out, suite);
}
