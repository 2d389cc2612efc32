/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names, files and the small contents of classic images.
 */
#include "image/quad.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define READ_SIZE ((size_t)1 << 17)

static const struct image_compression compressions[] = {
	{ "xz", ".xz", true },
	{ "zstd", ".zst", false },
};

static const char *const part_suffix[IMAGE_PARTS] = {
	[IMAGE_DATA] = "",
	[IMAGE_META] = ".meta",
	[IMAGE_DIGEST] = ".skein",
	[IMAGE_SIGNATURE] = ".skein.sig",
};

static bool
is_word(const char *s, size_t len)
{
	if (len == 0 || len > IMAGE_WORD_MAX || s[0] == '.' || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!chr_is_alnum(s[i]) &&
		    (s[i] == '\0' || strchr("_-.", s[i]) == NULL))
			return false;
	return true;
}

static int
take_word(const char *what, const char *s, size_t len,
    char out[IMAGE_WORD_MAX + 1], struct err *e)
{
	if (!is_word(s, len))
		return err_set(e, ERR_INVALID,
		    "%s: expected up to %d letters, digits, '_', '-' and '.'",
		    what, IMAGE_WORD_MAX);
	memcpy(out, s, len);
	out[len] = '\0';
	return 0;
}

static int
set_ref(const struct image_ref *r, struct image_ref *out, struct err *e)
{
	if (strlen(r->name) + strlen(r->tag) > IMAGE_BOTH_MAX)
		return err_set(e, ERR_INVALID,
		    "image name and tag: longer than %d together",
		    IMAGE_BOTH_MAX);
	*out = *r;
	return 0;
}

int
image_ref_parse(
    const char *name, const char *tag, struct image_ref *out, struct err *e)
{
	struct image_ref r;

	if (take_word("image name", name, strlen(name), r.name, e) < 0 ||
	    take_word("image tag", tag, strlen(tag), r.tag, e) < 0)
		return -1;
	return set_ref(&r, out, e);
}

int
image_ref_local(const struct image_ref *r, struct pot_name *out, struct err *e)
{
	char text[2 * (IMAGE_WORD_MAX + 1)];

	str_fmt(text, sizeof(text), "%s_%s", r->name, r->tag);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '.')
			*p = '_';
	return name_parse_new("pot", text, out, e);
}

const struct image_compression *
image_compression_at(size_t i)
{
	return i < COUNT_OF(compressions) ? &compressions[i] : NULL;
}

const struct image_compression *
image_compression_find(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(compressions); i++)
		if (str_eq(compressions[i].word, word))
			return &compressions[i];
	return NULL;
}

const char *
image_file(char out[IMAGE_FILE_SIZE], const struct image_ref *r,
    const struct image_compression *c, enum image_part part)
{
	str_fmt(out, IMAGE_FILE_SIZE, "%s_%s%s%s", r->name, r->tag, c->suffix,
	    part_suffix[part]);
	return out;
}

int
image_meta_parse(
    const char *text, size_t len, struct image_meta *out, struct err *e)
{
	struct image_meta m = { .has_origin = false };
	const char *end = memchr(text, '\n', len), *colon, *at;

	if (end != NULL && end != text + len - 1)
		return err_set(e, ERR_CORRUPT, "meta: more than one line");
	if (end == NULL)
		end = text + len;
	*out = m;
	if (end == text || (end - text == 1 && text[0] == '-'))
		return 0;
	colon = memchr(text, ':', (size_t)(end - text));
	at = colon == NULL ? NULL : memchr(colon, '@', (size_t)(end - colon));
	if (at == NULL)
		return err_set(
		    e, ERR_CORRUPT, "meta: expected '-' or NAME:TAG@SNAPSHOT");
	if (take_word(
		"origin", text, (size_t)(colon - text), m.origin.name, e) < 0 ||
	    take_word("tag of the origin", colon + 1, (size_t)(at - colon - 1),
		m.origin.tag, e) < 0 ||
	    take_word("snapshot of the origin", at + 1, (size_t)(end - at - 1),
		m.snapshot, e) < 0) {
		err_wrap(e, "meta");
		return err_recode(e, ERR_CORRUPT);
	}
	m.has_origin = true;
	if (set_ref(&m.origin, &m.origin, e) < 0)
		return err_recode(e, ERR_CORRUPT);
	*out = m;
	return 0;
}

void
image_meta_format(const struct image_meta *m, struct buf *out)
{
	if (m->has_origin)
		buf_add_fmt(out, "%s:%s@%s\n", m->origin.name, m->origin.tag,
		    m->snapshot);
	else
		buf_add_str(out, "-\n");
}

int
image_digest(int fd, const void *meta, size_t len, char out[SKEIN_HEX_SIZE],
    struct err *e)
{
	static char data[READ_SIZE];
	uint8_t digest[SKEIN_SIZE];
	struct skein s;
	off_t at = 0;
	ssize_t n;

	skein_init(&s);
	while ((n = pread(fd, data, sizeof(data), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read");
		skein_update(&s, data, (size_t)n);
		at += n;
	}
	skein_update(&s, meta, len);
	skein_final(&s, digest);
	(void)skein_hex(out, digest);
	return 0;
}

bool
image_digest_is(const char *text, size_t len, const char *hex)
{
	size_t n = strlen(hex);

	if (len == n + 1 && text[n] == '\n')
		len = n;
	return len == n && memcmp(text, hex, n) == 0;
}

int
image_tag_compare(const char *a, const char *b)
{
	for (;;) {
		size_t na, nb;
		int c;

		if (!chr_is_digit(*a) || !chr_is_digit(*b)) {
			if (*a != *b || *a == '\0')
				return (unsigned char)*a - (unsigned char)*b;
			a++;
			b++;
			continue;
		}
		a += strspn(a, "0");
		b += strspn(b, "0");
		na = strspn(a, "0123456789");
		nb = strspn(b, "0123456789");
		if (na != nb)
			return na < nb ? -1 : 1;
		c = memcmp(a, b, na);
		if (c != 0)
			return c;
		a += na;
		b += nb;
	}
}
