/* SPDX-License-Identifier: BSD-2-Clause */
/* Flavours: their files and what is in them. */
#include "model/flavour.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/words.h"

#define FLAVOUR_MAX  ((size_t)1 << 20)
#define SUFFIX	     ".sh"
#define SET_CMD	     "set-cmd"
#define SET_CMD_FORM SET_CMD " -c COMMAND"
#define QUOTE_SIZE   80

static const char *const verbs[] = { "add-dep", "set-attribute", "copy-in",
	"copy-in-flv", "mount-in", "set-rss", "export-ports", SET_CMD,
	"set-env" };

const char *
flavour_verb_at(size_t i)
{
	return i < COUNT_OF(verbs) ? verbs[i] : NULL;
}

static bool
is_verb(const char *s)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		if (strcmp(verbs[i], s) == 0)
			return true;
	}
	return false;
}

void
flavour_fini(struct flavour *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].verb);
		strv_fini(&f->v[i].args);
	}
	free(f->v);
	*f = (struct flavour)FLAVOUR_INIT;
}

static struct flavour_step *
step_add(struct flavour *f, unsigned line, const char *verb)
{
	if (f->n == f->cap) {
		f->cap = f->cap == 0 ? 16 : 2 * f->cap;
		f->v = xreallocarray(f->v, f->cap, sizeof(*f->v));
	}
	f->v[f->n] = (struct flavour_step){
		.line = line,
		.is_known = is_verb(verb),
		.verb = xstrdup(verb),
	};
	return &f->v[f->n++];
}

/* The text after WORD and blanks, or NULL if S does not begin so. */
static const char *
skip_word(const char *s, const char *word)
{
	if (!str_has_prefix(s, word))
		return NULL;
	s += strlen(word);
	if (!chr_is_blank(*s))
		return *s == '\0' ? s : NULL;
	while (chr_is_blank(*s))
		s++;
	return s;
}

/* LINE without blanks at its ends. */
static int
line_parse(struct flavour *f, unsigned number, const char *line, struct err *e)
{
	const char *rest = skip_word(line, SET_CMD);
	auto_strv struct strv words = STRV_INIT;
	struct flavour_step *step;

	if (rest != NULL) {
		rest = skip_word(rest, "-c");
		if (rest == NULL || rest[0] == '\0')
			return err_set(
			    e, ERR_INVALID, "expected " SET_CMD_FORM);
		step = step_add(f, number, SET_CMD);
		strv_add(&step->args, "-c");
		strv_add(&step->args, rest);
		return 0;
	}
	if (words_split_plain(line, &words, e) < 0)
		return -1;
	if (words.n == 0)
		return 0;
	if (strcmp(words.v[0], SET_CMD) == 0) /* in quotes */
		return err_set(e, ERR_INVALID, "expected " SET_CMD_FORM);
	step = step_add(f, number, words.v[0]);
	for (size_t i = 1; i < words.n; i++)
		strv_add(&step->args, words.v[i]);
	return 0;
}

static int
bytes_parse(struct flavour *f, unsigned number, const char *text, size_t len,
    struct err *e)
{
	auto_free char *line = NULL;

	if (memchr(text, '\0', len) != NULL)
		return err_set(e, ERR_CORRUPT, "a NUL byte");
	while (len > 0 && chr_is_space(text[len - 1]))
		len--;
	while (len > 0 && chr_is_space(*text)) {
		text++;
		len--;
	}
	line = xstrndup(text, len);
	return line_parse(f, number, line, e);
}

int
flavour_parse(const char *what, const char *text, size_t len,
    struct flavour *out, struct err *e)
{
	auto_flavour struct flavour f = FLAVOUR_INIT;
	const char *end = text + len;
	unsigned number = 0;

	if (len > FLAVOUR_MAX)
		return err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", what,
		    FLAVOUR_MAX);
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl == NULL ? end : nl) - text);

		if (bytes_parse(&f, ++number, text, n, e) < 0)
			return err_wrap(e, "%s:%u", what, number);
		text = nl == NULL ? end : nl + 1;
	}
	*out = f;
	f = (struct flavour)FLAVOUR_INIT;
	return 0;
}

/* A regular file that can be read, or -1. */
static int
open_regular(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	return take_fd(&fd);
}

int
flavour_read(const char *path, struct flavour *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(FLAVOUR_MAX);
	auto_close int fd = open_regular(path);

	if (fd < 0)
		return err_set(e, ERR_NOT_FOUND,
		    "flavour %s: not a regular file that can be read", path);
	if (io_read_all(fd, &b, path, e) < 0)
		return -1;
	return flavour_parse(path, b.data, b.len, out, e);
}

void
flavour_files_fini(struct flavour_files *f)
{
	free(f->commands);
	free(f->script);
	*f = (struct flavour_files){ .commands = NULL };
}

/* DIR/NAME with SUFFIX_TEXT if that is a regular file, else NULL. */
static char *
probe(const char *dir, const char *name, const char *suffix)
{
	auto_free char *path = name[0] == '/' ?
	    xasprintf("%s%s", name, suffix) :
	    xasprintf("%s/%s%s", dir, name, suffix);
	auto_close int fd = open_regular(path);

	return fd < 0 ? NULL : take_ptr(&path);
}

int
flavour_find(const char *name, const char *cwd, const char *flavour_dir,
    struct flavour_files *out, struct err *e)
{
	const char *const where[] = { cwd, flavour_dir };
	struct flavour_files f = { .commands = NULL };
	bool is_script = str_has_suffix(name, SUFFIX);
	char quoted[QUOTE_SIZE];

	if (name[0] != '\0' && is_script)
		f.script = probe(cwd, name, "");
	for (size_t i = 0; name[0] != '\0' && i < COUNT_OF(where); i++) {
		if (f.script == NULL)
			f.script = probe(where[i], name, SUFFIX);
		if (f.commands == NULL && !is_script)
			f.commands = probe(where[i], name, "");
	}
	if (f.script == NULL && f.commands == NULL)
		return err_set(e, ERR_NOT_FOUND,
		    "flavour '%s': neither here nor in %s",
		    str_quote(quoted, sizeof(quoted), name), flavour_dir);
	*out = f;
	return 0;
}
