/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configurations that need a shell: evaluated in a child, with an empty
 * environment, from the text we read and checked, so that nobody can
 * exchange the file between our check and the shell's open.
 */
#include "model/framework_impl.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define PREFIX	   "POT_"
#define NAMES_MAX  256 /* so that the script fits into one argument */
#define NAME_LEN   64
#define OUTPUT_MAX ((size_t)1 << 20)
/* Between what the files print and the variables, and after those. */
#define BEGIN_MARK "\0POT-VARIABLES"
#define END_MARK   "END"
#define SAID_SIZE  200

static const char *const table_names[] = {
#define FRAMEWORK_VAR(id, name, fallback, help) name,
#include "model/framework.def"
#undef FRAMEWORK_VAR
};

static int
check_owner(const struct framework_file *f, struct err *e)
{
	if ((f->st.st_uid == 0 || f->st.st_uid == geteuid()) &&
	    (f->st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	return err_set(e, ERR_DENIED,
	    "%s: needs a shell, which evaluates only what root owns and "
	    "nobody else can write",
	    f->what);
}

static bool
is_name_char(char c)
{
	return chr_is_alnum(c) || c == '_';
}

/* Every name in the file that begins with POT_, once. */
static int
collect_names(const struct framework_file *f, struct strv *out, struct err *e)
{
	const char *p = f->text;

	while (*p != '\0') {
		const char *start = p;
		char name[NAME_LEN + 1];

		while (is_name_char(*p))
			p++;
		if (p == start) {
			p++;
			continue;
		}
		if (!str_has_prefix(start, PREFIX))
			continue;
		if (p - start > NAME_LEN || out->n == NAMES_MAX)
			return err_set(e, ERR_LIMIT,
			    "%s: more than %d names for a shell, or one "
			    "longer than %d",
			    f->what, NAMES_MAX, NAME_LEN);
		(void)str_copy(name, start, (size_t)(p - start) + 1);
		if (!strv_has(out, name))
			strv_add(out, name);
	}
	return 0;
}

/*
 * Evaluate the arguments, then print each name that is set and its value,
 * each with a NUL after it, between the marks.  The names hold nothing but
 * letters, digits and '_'.
 */
static void
write_script(const struct strv *names, struct buf *out)
{
	buf_add_str(out,
	    "for f_ do eval \"$f_\"; done 2>&1\n"
	    "printf '\\0POT-VARIABLES\\0'\n");
	for (size_t i = 0; i < names->n; i++) {
		const char *n = names->v[i];

		buf_add_fmt(out,
		    "[ -z \"${%s+x}\" ] || "
		    "printf '%%s\\0%%s\\0' %s \"$%s\"\n",
		    n, n, n);
	}
	buf_add_str(out, "printf '%s\\0' " END_MARK "\n");
}

/* The text of [P, END) up to a NUL, which is skipped; NULL if there is
 * none. */
static const char *
take_text(const char **p, const char *end)
{
	const char *text = *p, *nul;

	if (text >= end)
		return NULL;
	nul = memchr(text, '\0', (size_t)(end - text));
	if (nul == NULL)
		return NULL;
	*p = nul + 1;
	return text;
}

/* Where the variables begin; NULL if the shell did not come that far. */
static const char *
find_begin(const struct buf *b)
{
	size_t len = sizeof(BEGIN_MARK); /* with its last NUL */

	for (size_t i = 0; i + len <= b->len; i++) {
		if (memcmp(b->data + i, BEGIN_MARK, len) == 0)
			return b->data + i + len;
	}
	return NULL;
}

static bool
read_output(const struct buf *b, struct strv *names, struct strv *values)
{
	const char *p = find_begin(b), *end = b->data + b->len;

	while (p != NULL) {
		const char *name = take_text(&p, end), *value;

		if (name == NULL)
			break;
		if (p == end)
			return strcmp(name, END_MARK) == 0;
		value = take_text(&p, end);
		if (value == NULL)
			break;
		framework_assign(names, values, name, value);
	}
	return false;
}

/* The first line that the files, or the shell of them, printed. */
static void
first_line(const struct buf *b, char out[SAID_SIZE])
{
	auto_free char *line = xstrndup(b->data, strcspn(b->data, "\n"));

	(void)str_quote(out, SAID_SIZE, line);
}

int
framework_shell(const struct framework_file *files, size_t n,
    struct strv *names, struct strv *values, char **said, struct err *e)
{
	char quoted[SAID_SIZE];
	auto_buf struct buf script = BUF_INIT(BUF_TEXT_MAX);
	auto_buf struct buf out = BUF_INIT(OUTPUT_MAX);
	auto_strv struct strv argv = STRV_INIT, asked = STRV_INIT;
	struct spawn_opts o = { .path = "/bin/sh", .dirfd = -1 };

	for (size_t i = 0; i < COUNT_OF(table_names); i++)
		strv_add(&asked, table_names[i]);
	for (size_t i = 0; i < n; i++) {
		if (check_owner(&files[i], e) < 0 ||
		    collect_names(&files[i], &asked, e) < 0)
			return -1;
	}
	write_script(&asked, &script);
	if (buf_check(&script, files[n - 1].what, e) < 0)
		return -1;
	strv_add(&argv, "sh");
	strv_add(&argv, "-c");
	strv_add(&argv, script.data);
	strv_add(&argv, "sh");
	for (size_t i = 0; i < n; i++)
		strv_add(&argv, files[i].text);
	o.argv = strv_argv(&argv);
	if (spawn_run(&o, &out, e) < 0 && e->code != ERR_CHILD)
		return -1;
	first_line(&out, quoted);
	if (err_is_set(e) || !read_output(&out, names, values)) {
		err_clear(e);
		return err_set(e, ERR_CHILD, "sh: %s",
		    quoted[0] != '\0' ? quoted :
					"ended before the end of the file");
	}
	*said = xstrdup(quoted);
	return 0;
}
