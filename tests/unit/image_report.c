/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of pot-unpack: what is written is read, and a worker that was
 * taken over can't make pot take anything else for one.
 */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "image/report.h"

static void
back_and_forth(void **state)
{
	auto_buf struct buf b = BUF_INIT(IMAGE_REPORT_MAX);
	auto_buf struct buf conf = BUF_INIT(100), hook = BUF_INIT(100);
	struct err e = ERR_INIT;
	struct image_report r;

	(void)state;
	buf_add_str(&conf, "a=b\nend\n");
	buf_add(&hook, "#!/bin/sh\0\n", 11);
	image_report_begin(&b);
	image_report_add(&b, IMAGE_POT_CONF, false, &conf);
	image_report_add(&b, IMAGE_PRESTART, true, &hook);
	image_report_end(&b, "Linux", "1700000000", 7);
	assert_int_equal(image_report_parse(b.data, b.len, &r, &e), 0);
	assert_string_equal(r.os, "Linux");
	assert_string_equal(r.snapshot, "1700000000");
	assert_int_equal(r.left_out, 7);
	assert_int_equal(r.file[IMAGE_POT_CONF].len, 8);
	assert_memory_equal(r.file[IMAGE_POT_CONF].data, conf.data, conf.len);
	assert_false(r.file[IMAGE_POT_CONF].is_executable);
	assert_int_equal(r.file[IMAGE_PRESTART].len, 11);
	assert_true(r.file[IMAGE_PRESTART].is_executable);
	assert_null(r.file[IMAGE_FSCOMP_CONF].data);
	/* Every piece of it is none. */
	for (size_t n = 0; n < b.len; n++) {
		auto_buf struct buf cut = BUF_INIT(IMAGE_REPORT_MAX);

		buf_add(&cut, b.data, n);
		assert_int_equal(
		    image_report_parse(cut.data, cut.len, &r, &e), -1);
		assert_int_equal(e.code, ERR_CORRUPT);
		err_clear(&e);
	}
}

static void
wrong(void **state)
{
	static const char *const texts[] = { "", "pot-report 2\nend\n",
		"pot-report 1\nend\nend\n", "pot-report 1\nx=y\nend\n",
		"pot-report 1\nos=\nend\n", "pot-report 1\nos=a b\nend\n",
		"pot-report 1\nos=a\nos=b\nend\n",
		"pot-report 1\nsnapshot=../x\nend\n",
		"pot-report 1\nsnapshot=abc\nend\n",
		"pot-report 1\nleft-out=-1\nend\n",
		"pot-report 1\nfile ../x 0 0\n\nend\n",
		"pot-report 1\nfile pot.conf 2 0\n\nend\n",
		"pot-report 1\nfile pot.conf 0 5\n\nend\n",
		"pot-report 1\nfile pot.conf 0 99999999999999999999\n\nend\n",
		"pot-report 1\nfile pot.conf 0 1048577\n\nend\n",
		"pot-report 1\nfile pot.conf 0 0\n\nfile pot.conf 0 0\n\nend\n",
		"pot-report 1\nos=0123456789012345678901234567890123\nend\n" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct err e = ERR_INIT;
		struct image_report r;

		assert_int_equal(
		    image_report_parse(texts[i], strlen(texts[i]), &r, &e), -1);
		assert_int_equal(e.code, ERR_CORRUPT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(back_and_forth),
		cmocka_unit_test(wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
