/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manual and the tables of the program say the same, in the same order:
 * commands, their options, attributes, limits, variables of pot.conf, what
 * flavours may use.  Each text is written by hand; that it is there, and
 * what can be had from the table, is compared here.
 */
#include "unit.h"

#include <dirent.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"
#include "cli/command.h"
#include "model/attributes.h"
#include "model/flavour.h"
#include "model/framework.h"
#include "model/limits.h"

#define PAGE_MAX ((size_t)1 << 20)

/* The lines of a page of man/. */
static void
page_read(const char *name, struct strv *lines)
{
	const char *top = getenv("POT_TEST_TOP");
	auto_buf struct buf b = BUF_INIT(PAGE_MAX);
	auto_free char *dir = NULL;
	auto_close int fd = -1;
	struct err e = ERR_INIT;

	if (top == NULL)
		fail_msg("POT_TEST_TOP is not set: use tests/run");
	dir = xasprintf("%s/man", top);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_ok(file_read(fd, name, &b, &e), &e);
	for (char *p = b.data; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		strv_add_take(lines, xstrndup(p, n));
		p += n + (p[n] == '\n');
	}
}

/* Lines of the section that begin with PREFIX; with WITH_NEXT, each with the
 * line behind it. */
static void
collect(const struct strv *lines, const char *section, const char *prefix,
    bool with_next, struct buf *out)
{
	bool is_in = section == NULL;

	for (size_t i = 0; i < lines->n; i++) {
		const char *l = lines->v[i];

		if (section != NULL && str_has_prefix(l, ".Sh "))
			is_in = str_eq(l + 4, section);
		if (!is_in || !str_has_prefix(l, prefix))
			continue;
		buf_add_fmt(out, "%s\n", l);
		if (with_next && i + 1 < lines->n)
			buf_add_fmt(out, "%s\n", lines->v[i + 1]);
	}
}

/* The first line in which they differ says what is missing. */
static void
check(const char *page, const struct buf *got, const struct buf *want)
{
	const char *g = got->data, *w = want->data;

	while (*g != '\0' || *w != '\0') {
		int gn = (int)strcspn(g, "\n"), wn = (int)strcspn(w, "\n");

		if (gn != wn || memcmp(g, w, (size_t)gn) != 0)
			fail_msg("man/%s has \"%.*s\", the table says "
				 "\"%.*s\"",
			    page, gn, g, wn, w);
		g += gn + (g[gn] == '\n');
		w += wn + (w[wn] == '\n');
	}
}

static bool
is_shown(const struct command *c)
{
	return (c->flags & COMMAND_F_HIDDEN) == 0;
}

static void
want_option(const struct option_row *o, struct buf *out)
{
	buf_add_str(out, ".It Fl ");
	if (o->letter != 0)
		buf_add_fmt(out, "%c , Fl ", o->letter);
	buf_add_fmt(out, "-%s", o->name);
	if (o->arg != NULL)
		buf_add_fmt(out, " Ar %s", o->arg);
	buf_add_char(out, '\n');
}

static void
test_command_pages(void **state UNUSED)
{
	for (size_t i = 0; i < command_count(); i++) {
		const struct command *c = command_at(i);
		auto_buf struct buf got = BUF_INIT(PAGE_MAX),
				    want = BUF_INIT(PAGE_MAX);
		auto_strv struct strv lines = STRV_INIT;
		auto_free char *page = xasprintf("pot-%s.1", c->name);

		if (!is_shown(c))
			continue;
		page_read(page, &lines);
		collect(&lines, NULL, ".Nd ", false, &got);
		collect(&lines, NULL, "Its other name is", true, &got);
		collect(&lines, NULL, ".It Fl ", false, &got);
		buf_add_fmt(&want, ".Nd %s\n", c->summary);
		if (c->aliases != NULL)
			buf_add_fmt(
			    &want, "Its other name is\n.Cm %s .\n", c->aliases);
		for (size_t k = 0; k < c->noptions; k++)
			want_option(&c->options[k], &want);
		check(page, &got, &want);
	}
}

/* No page tells of what is gone. */
static void
test_no_other_page(void **state UNUSED)
{
	auto_free char *dir = xasprintf("%s/man", getenv("POT_TEST_TOP"));
	DIR *d = opendir(dir);
	struct dirent *f;
	size_t n = 0;

	assert_non_null(d);
	while ((f = readdir(d)) != NULL) {
		auto_free char *name = NULL;

		if (!str_has_prefix(f->d_name, "pot-") ||
		    !str_has_suffix(f->d_name, ".1"))
			continue;
		name = xstrndup(f->d_name + 4, strlen(f->d_name) - 6);
		if (command_find(name) == NULL)
			fail_msg("man/%s: no such command", f->d_name);
		n++;
	}
	closedir(d);
	assert_true(n > 40);
}

static void
test_list_of_commands(void **state UNUSED)
{
	auto_buf struct buf got = BUF_INIT(PAGE_MAX), want = BUF_INIT(PAGE_MAX);
	auto_strv struct strv lines = STRV_INIT;
	const char *group, *title;

	page_read("pot.1", &lines);
	collect(&lines, "COMMANDS", ".Ss ", false, &got);
	collect(&lines, "COMMANDS", ".It Xr ", true, &got);
	for (size_t g = 0; (group = command_group_at(g, &title)) != NULL; g++)
		buf_add_fmt(&want, ".Ss %s\n", title);
	for (size_t g = 0; (group = command_group_at(g, &title)) != NULL; g++) {
		for (size_t i = 0; i < command_count(); i++) {
			const struct command *c = command_at(i);

			if (is_shown(c) && str_eq(c->group, group))
				buf_add_fmt(&want, ".It Xr pot-%s 1\n%s\n",
				    c->name, c->summary);
		}
	}
	check("pot.1", &got, &want);
}

/* The first paragraph of its kind in pot.1. */
static void
test_missing_commands(void **state UNUSED)
{
	static const char *const missing[] = {
#define COMMAND_MISSING(name) name,
#include "cli/commands.def"
	};
	auto_strv struct strv lines = STRV_INIT;
	size_t i = 0, n = 0;

	page_read("pot.1", &lines);
	while (i < lines.n &&
	    !str_eq(lines.v[i], "Not available in this version:"))
		i++;
	for (i++; i < lines.n && str_has_prefix(lines.v[i], ".Cm "); i++, n++) {
		auto_free char *want = NULL;

		assert_true(n < COUNT_OF(missing));
		want = xasprintf(".Cm %s %c", missing[n],
		    n + 1 < COUNT_OF(missing) ? ',' : '.');
		assert_string_equal(lines.v[i], want);
	}
	assert_int_equal(n, COUNT_OF(missing));
}

static void
want_attribute(const struct attr *a, struct buf *out)
{
	static const char *const types[] = {
		[ATTR_BOOL] = "Switch",
		[ATTR_UINT] = "Number",
		[ATTR_SYSVOPT] = "One of new, inherit, disable",
		[ATTR_STRING] = "Text",
		[ATTR_SIGNAL] = "Signal",
		[ATTR_SIZE] = "Size",
	};

	buf_add_fmt(out, ".It Cm %s\n%s", a->name, types[a->type]);
	if (a->type == ATTR_UINT)
		buf_add_fmt(out, " up to %llu", (unsigned long long)a->max);
	if (a->fallback[0] == '\0')
		buf_add_str(out, "; no default");
	else
		buf_add_fmt(out, "; default %s", a->fallback);
	if (a->parameter != NULL)
		buf_add_fmt(out, "; parameter %s", a->parameter);
	if ((a->flags & ATTR_F_READONLY) != 0)
		buf_add_str(out, "; read-only");
	buf_add_str(out, ".\n");
}

static void
test_attributes(void **state UNUSED)
{
	static const struct {
		const char *section;
		unsigned kind;
	} parts[] = {
		{ "ATTRIBUTES OF POT", 0 },
		{ "ATTRIBUTES OF THE JAIL", ATTR_F_JAIL },
	};
	auto_strv struct strv lines = STRV_INIT;

	page_read("pot-attributes.7", &lines);
	for (size_t k = 0; k < COUNT_OF(parts); k++) {
		auto_buf struct buf got = BUF_INIT(PAGE_MAX),
				    want = BUF_INIT(PAGE_MAX);

		collect(&lines, parts[k].section, ".It Cm ", true, &got);
		for (size_t i = 0; i < attr_count(); i++)
			if ((attr_at(i)->flags & ATTR_F_JAIL) == parts[k].kind)
				want_attribute(attr_at(i), &want);
		check("pot-attributes.7", &got, &want);
	}
}

static void
test_limits(void **state UNUSED)
{
	static const char *const kinds[] = {
		[LIMIT_KIND_COUNT] = "Number",
		[LIMIT_KIND_SIZE] = "Size",
		[LIMIT_KIND_SIZE_OR_0] = "Size or 0",
		[LIMIT_KIND_CPU] = "CPUs, a decimal fraction",
		[LIMIT_KIND_WEIGHT] = "Number, 1 to 10000",
		[LIMIT_KIND_LIST] = "List of CPUs",
	};
	auto_buf struct buf got = BUF_INIT(PAGE_MAX), want = BUF_INIT(PAGE_MAX);
	auto_strv struct strv lines = STRV_INIT;

	page_read("pot-attributes.7", &lines);
	collect(&lines, "LIMITS", ".It Cm ", true, &got);
	for (size_t i = 0; i < limit_row_count(); i++) {
		const struct limit_row *r = limit_row_at(i);

		buf_add_fmt(&want, ".It Cm %s\n%s; in JSON %s.\n", r->option,
		    kinds[r->kind], r->json);
	}
	check("pot-attributes.7", &got, &want);
}

static void
test_variables(void **state UNUSED)
{
	static const struct {
		const char *name, *fallback;
	} vars[] = {
#define FRAMEWORK_VAR(id, name, fallback, help) { name, fallback },
#include "model/framework.def"
	};
	auto_buf struct buf got = BUF_INIT(PAGE_MAX), want = BUF_INIT(PAGE_MAX);
	auto_strv struct strv lines = STRV_INIT;

	page_read("pot.conf.5", &lines);
	collect(&lines, "VARIABLES", ".It Ev ", true, &got);
	for (size_t i = 0; i < COUNT_OF(vars); i++) {
		buf_add_fmt(&want, ".It Ev %s\n", vars[i].name);
		if (vars[i].fallback[0] == '\0')
			buf_add_str(&want, "No default.\n");
		else
			buf_add_fmt(&want, "Default %s.\n", vars[i].fallback);
	}
	check("pot.conf.5", &got, &want);
}

static void
test_flavour_commands(void **state UNUSED)
{
	auto_strv struct strv lines = STRV_INIT;
	const char *verb;
	size_t n = 0;

	page_read("pot-flavours.5", &lines);
	for (size_t i = 0; i < lines.n; i++) {
		auto_free char *want = NULL;

		if (!str_has_prefix(lines.v[i], ".It Cm ") ||
		    strstr(lines.v[i], " Ta ") == NULL)
			continue;
		verb = flavour_verb_at(n++);
		assert_non_null(verb);
		want = xasprintf(".It Cm %s Ta ", verb);
		if (!str_has_prefix(lines.v[i], want))
			fail_msg("%s: expected %s", lines.v[i], want);
	}
	assert_null(flavour_verb_at(n));
	assert_true(n > 0);
}

/* Each flavour that is installed is told of, and no other. */
static void
test_flavours(void **state UNUSED)
{
	auto_free char *dir = xasprintf("%s/flavours", getenv("POT_TEST_TOP"));
	auto_strv struct strv lines = STRV_INIT, told = STRV_INIT;
	DIR *d = opendir(dir);
	struct dirent *f;
	size_t n = 0;

	assert_non_null(d);
	page_read("pot-flavours.5", &lines);
	for (size_t i = 0; i < lines.n; i++)
		if (str_has_prefix(lines.v[i], ".It Cm ") &&
		    strstr(lines.v[i], " Ta ") == NULL)
			strv_add(&told, lines.v[i] + strlen(".It Cm "));
	while ((f = readdir(d)) != NULL) {
		auto_free char *name = xstrdup(f->d_name);

		if (name[0] == '.')
			continue;
		name[strcspn(name, ".")] = '\0';
		if (!strv_has(&told, name))
			fail_msg("man/pot-flavours.5: no word of %s", name);
	}
	closedir(d);
	for (size_t i = 0; i < told.n; i++) {
		auto_free char *file = xasprintf("%s/%s", dir, told.v[i]);
		auto_free char *script = xasprintf("%s.sh", file);

		if (access(file, R_OK) < 0 && access(script, R_OK) < 0)
			fail_msg("no flavour %s", told.v[i]);
		n++;
	}
	assert_true(n > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_pages),
		cmocka_unit_test(test_no_other_page),
		cmocka_unit_test(test_list_of_commands),
		cmocka_unit_test(test_missing_commands),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_flavour_commands),
		cmocka_unit_test(test_flavours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
