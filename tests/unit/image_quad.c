/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names, small files and tags of classic images.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "image/quad.h"

static void
names(void **state)
{
	struct err e = ERR_INIT;
	struct image_ref r;
	struct pot_name local;
	char file[IMAGE_FILE_SIZE];
	const struct image_compression *xz = image_compression_find("xz");

	(void)state;
	assert_int_equal(image_ref_parse("web.app", "1.0", &r, &e), 0);
	assert_int_equal(image_ref_local(&r, &local, &e), 0);
	assert_string_equal(local.s, "web_app_1_0");
	assert_string_equal(image_file(file, &r, xz, IMAGE_SIGNATURE),
	    "web.app_1.0.xz.skein.sig");
	assert_string_equal(
	    image_file(file, &r, image_compression_find("zstd"), IMAGE_META),
	    "web.app_1.0.zst.meta");
	assert_null(image_compression_find("gz"));
}

static void
wrong_names(void **state)
{
	static const char *const wrong[] = { "", "../x", "a/b", ".x", "-x",
		"a b", "a\n", "a\xc3\xa4" };
	char longest[IMAGE_WORD_MAX + 2];
	struct image_ref r;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[IMAGE_WORD_MAX + 1] = '\0';
	for (size_t i = 0; i <= COUNT_OF(wrong); i++) {
		const char *w = i < COUNT_OF(wrong) ? wrong[i] : longest;
		struct err e = ERR_INIT;

		assert_int_equal(image_ref_parse(w, "1", &r, &e), -1);
		assert_int_equal(e.code, ERR_INVALID);
		err_clear(&e);
		assert_int_equal(image_ref_parse("a", w, &r, &e), -1);
		assert_int_equal(e.code, ERR_INVALID);
	}
	longest[IMAGE_WORD_MAX] = '\0';
	{
		struct err e = ERR_INIT;

		assert_int_equal(image_ref_parse(longest, "1", &r, &e), 0);
		assert_int_equal(image_ref_parse(longest, longest, &r, &e), -1);
	}
}

static int
parse(const char *text, struct image_meta *m)
{
	struct err e = ERR_INIT;
	int rc = image_meta_parse(text, strlen(text), m, &e);

	if (rc < 0)
		assert_int_equal(e.code, ERR_CORRUPT);
	return rc;
}

static void
meta(void **state)
{
	static const char *const wrong[] = { "x", "a:b", "a@b", "a:b@", ":b@c",
		"a:@c", "a:b@c\nd\n", "../a:b@c", "a:b/c@d", "a:b@c/d", "--" };
	auto_buf struct buf b = BUF_INIT(1000);
	struct image_meta m;

	(void)state;
	assert_int_equal(parse("", &m), 0);
	assert_false(m.has_origin);
	assert_int_equal(parse("-\n", &m), 0);
	assert_false(m.has_origin);
	assert_int_equal(parse("base:1.2@1700000000\n", &m), 0);
	assert_true(m.has_origin);
	assert_string_equal(m.origin.name, "base");
	assert_string_equal(m.origin.tag, "1.2");
	assert_string_equal(m.snapshot, "1700000000");
	image_meta_format(&m, &b);
	assert_string_equal(b.data, "base:1.2@1700000000\n");
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(parse(wrong[i], &m), -1);
}

static void
tags(void **state)
{
	static const char *const rising[] = { "", "0.9", "1", "1.0", "1.2",
		"1.9", "1.10", "1.10a", "1.10b", "2", "10", "a", "b" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rising); i++)
		for (size_t k = 0; k < COUNT_OF(rising); k++) {
			int c = image_tag_compare(rising[i], rising[k]);

			assert_int_equal(
			    (c > 0) - (c < 0), (int)(i > k) - (int)(i < k));
		}
	assert_int_equal(image_tag_compare("1.01", "1.1"), 0);
}

static void
digest(void **state)
{
	struct err e = ERR_INIT;
	char whole[SKEIN_HEX_SIZE], parts[SKEIN_HEX_SIZE];
	auto_buf struct buf line = BUF_INIT(1000);
	auto_close int one = -1;
	char path[] = "/tmp/pot-quad.XXXXXX";

	(void)state;
	one = mkstemp(path);
	assert_true(one >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(write(one, "image-", 6), 6);
	assert_int_equal(image_digest(one, "-\n", 2, parts, &e), 0);
	assert_int_equal(write(one, "-\n", 2), 2);
	assert_int_equal(image_digest(one, "", 0, whole, &e), 0);
	assert_string_equal(whole, parts);
	buf_add_fmt(&line, "%s\n", whole);
	assert_true(image_digest_is(line.data, line.len, whole));
	assert_true(image_digest_is(line.data, line.len - 1, whole));
	assert_false(image_digest_is(line.data, line.len - 2, whole));
	buf_add_str(&line, "x");
	assert_false(image_digest_is(line.data, line.len, whole));
	line.data[3] = line.data[3] == '0' ? '1' : '0';
	assert_false(image_digest_is(line.data, line.len - 1, whole));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(wrong_names),
		cmocka_unit_test(meta),
		cmocka_unit_test(tags),
		cmocka_unit_test(digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
