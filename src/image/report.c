/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of pot-unpack: written there, read by pot.
 */
#include "image/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

#define HEAD "pot-report 1\n"

static const char *const names[IMAGE_CONF_COUNT] = {
	[IMAGE_POT_CONF] = "pot.conf",
	[IMAGE_FSCOMP_CONF] = "fscomp.conf",
	[IMAGE_RESOLV_CONF] = "resolv.conf",
	[IMAGE_PRESTART] = "prestart.sh",
	[IMAGE_POSTSTART] = "poststart.sh",
	[IMAGE_PRESTOP] = "prestop.sh",
	[IMAGE_POSTSTOP] = "poststop.sh",
};

const char *
image_conf_name(enum image_conf f)
{
	return names[f];
}

int
image_conf_find(const char *name, size_t len)
{
	for (int i = 0; i < IMAGE_CONF_COUNT; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return i;
	return -1;
}

/* "file NAME X LEN", and its bytes behind LINE's end. */
static bool
take_file(
    const char *p, const char **next, const char *limit, struct image_report *r)
{
	size_t n = strcspn(p, " \n");
	int f = image_conf_find(p, n);
	uint64_t len;
	bool is_executable;

	p += n;
	if (f < 0 || r->file[f].data != NULL || p[0] != ' ' ||
	    (p[1] != '0' && p[1] != '1') || p[2] != ' ')
		return false;
	is_executable = p[1] == '1';
	p += 3;
	if (!str_take_u64(&p, IMAGE_CONF_MAX, &len) || *p != '\n' ||
	    (uint64_t)(limit - p - 1) < len + 1 || p[1 + len] != '\n')
		return false;
	r->file[f].data = p + 1;
	r->file[f].len = (size_t)len;
	r->file[f].is_executable = is_executable;
	*next = p + 1 + len;
	return true;
}

/* The word between P and END, into OUT of SIZE, which is empty. */
static bool
take_word(const char *p, const char *end, char *out, size_t size)
{
	size_t n = (size_t)(end - p);

	if (n == 0 || n >= size || out[0] != '\0')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!chr_is_alnum(p[i]))
			return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

/* One line, which ends at END. */
static bool
take_line(
    const char *p, const char **end, const char *limit, struct image_report *r)
{
	if (str_has_prefix(p, "file "))
		return take_file(p + 5, end, limit, r);
	if (str_has_prefix(p, "os="))
		return take_word(p + 3, *end, r->os, sizeof(r->os));
	if (str_has_prefix(p, "snapshot="))
		return take_word(
			   p + 9, *end, r->snapshot, sizeof(r->snapshot)) &&
		    str_is_digits(r->snapshot);
	if (!str_has_prefix(p, "left-out="))
		return false;
	p += 9;
	return str_take_u64(&p, UINT64_MAX, &r->left_out) && p == *end;
}

int
image_report_parse(
    const char *text, size_t len, struct image_report *out, struct err *e)
{
	struct image_report r = { .left_out = 0 };
	const char *p = text, *limit = text + len;

	/* Files may hold anything, but nothing is looked at behind LIMIT,
	 * where a NUL is (struct buf). */
	if (len < strlen(HEAD) || memcmp(p, HEAD, strlen(HEAD)) != 0)
		return err_set(e, ERR_CORRUPT, "report: no head");
	for (p += strlen(HEAD);;) {
		const char *end = memchr(p, '\n', (size_t)(limit - p));

		if (end == NULL)
			return err_set(e, ERR_CORRUPT, "report: cut off");
		if (end + 1 == limit && str_eq(p, "end\n"))
			break;
		if (!take_line(p, &end, limit, &r))
			return err_set(e, ERR_CORRUPT, "report: unexpected");
		p = end + 1;
	}
	*out = r;
	return 0;
}

void
image_report_begin(struct buf *out)
{
	buf_add_str(out, HEAD);
}

void
image_report_add(
    struct buf *out, enum image_conf f, bool is_executable, const struct buf *b)
{
	buf_add_fmt(out, "file %s %d %zu\n", names[f], is_executable, b->len);
	buf_add(out, b->data, b->len);
	buf_add_char(out, '\n');
}

void
image_report_end(
    struct buf *out, const char *os, const char *snapshot, uint64_t left_out)
{
	if (snapshot[0] != '\0')
		buf_add_fmt(out, "snapshot=%s\n", snapshot);
	if (os[0] != '\0')
		buf_add_fmt(out, "os=%s\n", os);
	buf_add_fmt(out, "left-out=%" PRIu64 "\nend\n", left_out);
}
