/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of ids: their text, and which one is free. */
#include "unit.h"

#include "model/idrange.h"

static void
text(void **state UNUSED)
{
	static const struct {
		const char *text;
		uint32_t first, count; /* count 0: refused */
	} rows[] = {
		{ "100000:65536", 100000, 65536 },
		{ "0:1", 0, 1 },
		{ "4294967293:1", ID_LAST, 1 },
		{ "0:4294967294", 0, ID_LAST + 1 },
		{ "4294967293:2", 0, 0 },
		{ "4294967294:1", 0, 0 },
		{ "1:0", 0, 0 },
		{ "", 0, 0 },
		{ ":", 0, 0 },
		{ "1", 0, 0 },
		{ "1:", 0, 0 },
		{ ":1", 0, 0 },
		{ "1:2:3", 0, 0 },
		{ "-1:5", 0, 0 },
		{ " 1:5", 0, 0 },
		{ "1:5 ", 0, 0 },
		{ "000000000000000000000000000001:5", 0, 0 },
		{ "18446744073709551617:1", 0, 0 },
	};
	char again[ID_RANGE_TEXT];

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct id_range r = { 7, 7 };
		struct err e = ERR_INIT;
		int rc = id_range_parse("ids", rows[i].text, &r, &e);

		if (rows[i].count == 0) {
			assert_err(rc, &e, ERR_INVALID);
			assert_int_equal(r.first, 7);
			continue;
		}
		assert_ok(rc, &e);
		assert_int_equal(r.first, rows[i].first);
		assert_int_equal(r.count, rows[i].count);
		assert_string_equal(id_range_format(again, &r), rows[i].text);
	}
}

static void
what_is_wrong_is_told(void **state UNUSED)
{
	struct err e = ERR_INIT;
	struct id_range r;

	assert_err(id_range_parse("ids", "a\nb", &r, &e), &e, ERR_INVALID);
}

static uint32_t
pick(const struct id_ranges *l, uint32_t start, uint32_t count)
{
	struct id_range r;
	struct err e = ERR_INIT;

	assert_ok(id_ranges_pick(l, start, count, &r, &e), &e);
	assert_int_equal(r.count, count);
	return r.first;
}

static void
the_first_free_one_is_taken(void **state UNUSED)
{
	auto_id_ranges struct id_ranges l = ID_RANGES_INIT;

	assert_int_equal(pick(&l, 1000, 100), 1000);
	id_ranges_add(&l, 0, 1000);
	id_ranges_add(&l, 1100, 1);
	assert_int_equal(pick(&l, 1000, 100), 1000);
	id_ranges_add(&l, 999, 2);
	/* 1100 is somebody's. */
	assert_int_equal(pick(&l, 1000, 100), 1200);
	id_ranges_add(&l, 1299, 1);
	assert_int_equal(pick(&l, 1000, 100), 1300);
	/* One that surrounds it, and an empty one. */
	id_ranges_add(&l, 0, 5001);
	id_ranges_add(&l, 5100, 0);
	assert_int_equal(pick(&l, 1000, 100), 5100);
}

static void
it_ends_at_the_last_id(void **state UNUSED)
{
	auto_id_ranges struct id_ranges l = ID_RANGES_INIT;
	struct err e = ERR_INIT;
	struct id_range r;

	assert_int_equal(pick(&l, ID_LAST, 1), ID_LAST);
	assert_err(id_ranges_pick(&l, ID_LAST, 2, &r, &e), &e, ERR_LIMIT);
	id_ranges_add(&l, ID_LAST - 99, UINT64_MAX);
	assert_int_equal(l.v[0].count, 100);
	assert_int_equal(pick(&l, ID_LAST - 199, 100), ID_LAST - 199);
	id_ranges_add(&l, ID_LAST - 199, 1);
	assert_err(
	    id_ranges_pick(&l, ID_LAST - 199, 100, &r, &e), &e, ERR_LIMIT);
	id_ranges_add(&l, UINT64_MAX, 1);
	assert_int_equal(l.n, 2);
}

/* As many pots as there may be, one after the other. */
static void
no_two_are_given_the_same(void **state UNUSED)
{
	auto_id_ranges struct id_ranges l = ID_RANGES_INIT;

	for (uint32_t i = 0; i < 500; i++) {
		uint32_t first = pick(&l, 2013265920, 65536);

		assert_int_equal(first, 2013265920 + i * 65536);
		id_ranges_add(&l, first, 65536);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(the_first_free_one_is_taken),
		cmocka_unit_test(it_ends_at_the_last_id),
		cmocka_unit_test(no_two_are_given_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
