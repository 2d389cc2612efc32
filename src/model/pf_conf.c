/* SPDX-License-Identifier: BSD-2-Clause */
/* Anchors in pf.conf(5), line by line. */
#include "model/pf_conf.h"

#include <string.h>

#include "base/str.h"
#include "base/strv.h"

#define CONTEXT 3

/* Each as it is written, and as words for finding it however it is quoted. */
static const struct {
	const char *line, *word, *name;
} anchors[] = {
	{ "nat-anchor pot-nat", "nat-anchor", "pot-nat" },
	{ "rdr-anchor \"pot-rdr/*\"", "rdr-anchor", "pot-rdr/*" },
};

/* What stands behind options, normalisation and queueing in a file. */
static const char *const rules[] = { "nat", "rdr", "binat", "no", "nat-anchor",
	"rdr-anchor", "binat-anchor", "pass", "block", "match", "anchor",
	"antispoof", "load" };

static void
split(const char *text, struct strv *lines)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		strv_add_fmt(lines, "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void
join(const struct strv *lines, struct buf *out)
{
	for (size_t i = 0; i < lines->n; i++) {
		buf_add_str(out, lines->v[i]);
		buf_add_char(out, '\n');
	}
}

/* Is the line one of our anchors, and no more than that? */
static bool
is_anchor(const char *line, size_t which)
{
	auto_strv struct strv words = STRV_INIT;
	const char *name;
	size_t len;

	strv_add_words(&words, line);
	if (words.n < 2 || !str_eq(words.v[0], anchors[which].word) ||
	    (words.n > 2 && words.v[2][0] != '#'))
		return false;
	name = words.v[1];
	len = strlen(name);
	if (len >= 2 && name[0] == '"' && name[len - 1] == '"') {
		name++;
		len -= 2;
	}
	return len == strlen(anchors[which].name) &&
	    memcmp(name, anchors[which].name, len) == 0;
}

static bool
is_rule(const char *line)
{
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, " \t");
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (strlen(rules[i]) == len && memcmp(rules[i], line, len) == 0)
			return true;
	return false;
}

/* Index of the line before which translation goes. */
static size_t
find_place(const struct strv *lines)
{
	bool goes_on = false; /* the line before ended in a backslash */

	for (size_t i = 0; i < lines->n; i++) {
		size_t len = strlen(lines->v[i]);

		if (!goes_on && is_rule(lines->v[i]))
			return i;
		goes_on = len > 0 && lines->v[i][len - 1] == '\\';
	}
	return lines->n;
}

bool
pf_conf_remove(const char *text, struct buf *out)
{
	auto_strv struct strv lines = STRV_INIT, left = STRV_INIT;

	split(text, &lines);
	for (size_t i = 0; i < lines.n; i++)
		if (!is_anchor(lines.v[i], 0) && !is_anchor(lines.v[i], 1))
			strv_add(&left, lines.v[i]);
	if (left.n == lines.n) {
		buf_add_str(out, text);
		return false;
	}
	join(&left, out);
	return true;
}

bool
pf_conf_add(const char *text, struct buf *out)
{
	auto_strv struct strv lines = STRV_INIT, left = STRV_INIT,
			      done = STRV_INIT;
	auto_buf struct buf rest = BUF_INIT(out->max);
	size_t found[COUNT_OF(anchors)] = { 0 }, place;

	split(text, &lines);
	for (size_t i = 0; i < lines.n; i++)
		for (size_t k = 0; k < COUNT_OF(anchors); k++)
			found[k] += is_anchor(lines.v[i], k);
	if (found[0] == 1 && found[1] == 1) {
		buf_add_str(out, text);
		return false;
	}
	(void)pf_conf_remove(text, &rest);
	split(rest.data, &left);
	place = find_place(&left);
	for (size_t i = 0; i <= left.n; i++) {
		for (size_t k = 0; i == place && k < COUNT_OF(anchors); k++)
			strv_add(&done, anchors[k].line);
		if (i < left.n)
			strv_add(&done, left.v[i]);
	}
	join(&done, out);
	return true;
}

void
text_diff(const char *file, const char *was, const char *now, struct buf *out)
{
	auto_strv struct strv a = STRV_INIT, b = STRV_INIT;
	size_t head = 0, tail = 0, from, after;

	split(was, &a);
	split(now, &b);
	while (head < a.n && head < b.n && str_eq(a.v[head], b.v[head]))
		head++;
	while (tail < a.n - head && tail < b.n - head &&
	    str_eq(a.v[a.n - tail - 1], b.v[b.n - tail - 1]))
		tail++;
	if (head + tail == a.n && a.n == b.n)
		return;
	from = head > CONTEXT ? head - CONTEXT : 0;
	after = tail > CONTEXT ? CONTEXT : tail;
	buf_add_fmt(out, "--- %s\n+++ %s\n@@ -%zu,%zu +%zu,%zu @@\n", file,
	    file, a.n > 0 ? from + 1 : 0, a.n - tail + after - from,
	    b.n > 0 ? from + 1 : 0, b.n - tail + after - from);
	for (size_t i = from; i < head; i++)
		buf_add_fmt(out, " %s\n", a.v[i]);
	for (size_t i = head; i < a.n - tail; i++)
		buf_add_fmt(out, "-%s\n", a.v[i]);
	for (size_t i = head; i < b.n - tail; i++)
		buf_add_fmt(out, "+%s\n", b.v[i]);
	for (size_t i = a.n - tail; i < a.n - tail + after; i++)
		buf_add_fmt(out, " %s\n", a.v[i]);
}
