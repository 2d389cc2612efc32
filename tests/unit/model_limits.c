/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits: what set-rss takes, what is stored, what the platform gets. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "model/limits.h"

static void
expect_set(const char *option, const char *value, uint64_t want)
{
	const struct limit_row *row = limit_row_find(option);
	auto_conf struct conf *c = conf_new();
	struct limit_set l;
	struct err e = ERR_INIT;

	assert_non_null(row);
	assert_ok(limits_set(c, row, value, &e), &e);
	assert_string_equal(conf_raw(c, row->key), value);
	assert_ok(limits_load(c, &l, &e), &e);
	assert_int_equal(l.set, 1U << row->id);
	assert_true(l.value[row->id] == want);
}

static void
expect_refused(const char *option, const char *value)
{
	const struct limit_row *row = limit_row_find(option);
	auto_conf struct conf *c = conf_new();
	auto_free char *line = NULL;
	struct limit_set l = { .set = 77 };
	struct err e = ERR_INIT;

	assert_non_null(row);
	conf_add(c, row->key, "1");
	assert_int_equal(limits_set(c, row, value, &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
	assert_memory_equal(e.text, option, strlen(option));
	err_clear(&e);
	assert_string_equal(conf_raw(c, row->key), "1");

	/* Nor is it taken when a hand wrote it into the file (where blanks
	 * at the end do not count). */
	if (strpbrk(value, " \n") != NULL || value[0] == '\0')
		return;
	conf_set(c, row->key, value);
	assert_int_equal(limits_load(c, &l, &e), -1);
	assert_non_null(strstr(e.text, row->key));
	assert_null(strstr(e.text, "g t"));
	assert_int_equal(l.set, 77);
}

/* Row 26 of the reference. */
static void
takes_what_set_rss_took(void **state UNUSED)
{
	static const char *const bad[] = { "00M", "0", "1.5G", "200Megabyte",
		"10T", "10t", "", "M", "-1", "+1", "200 M", "200MB", "0x10",
		"18446744073709551616", "99999999999999999999G", "9999999999g",
		"1\n" };
	static const char *const bad_cpus[] = { "0", "x", "-1", "", "1.5", "00",
		"1 ", "4294967296" };

	expect_set("memory", "200M", UINT64_C(200) << 20);
	expect_set("memory", "512", 512);
	expect_set("memory", "512b", 512);
	expect_set("memory", "512B", 512);
	expect_set("memory", "7k", 7168);
	expect_set("memory", "1g", UINT64_C(1) << 30);
	expect_set("memory", "1G", UINT64_C(1) << 30);
	expect_set("memory", "0200m", UINT64_C(200) << 20);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		expect_refused("memory", bad[i]);
		expect_refused("read-bps", bad[i]);
	}
	expect_set("cpus", "1", 1);
	expect_set("cpus", "128", 128);
	for (size_t i = 0; i < COUNT_OF(bad_cpus); i++)
		expect_refused("cpus", bad_cpus[i]);
}

static void
takes_the_new_ones(void **state UNUSED)
{
	static const char *const bad_quota[] = { "0", "0.0", "0.009", "1.",
		".5", "1.2345", "1025", "1024.001", "-1", "x", "1,5", "150%",
		"99999999999999999999" };

	expect_set("memory-soft", "100M", UINT64_C(100) << 20);
	expect_set("swap", "0", 0);
	expect_set("swap", "1G", UINT64_C(1) << 30);
	expect_refused("swap", "00");
	expect_set("cpu-quota", "1.5", 1500);
	expect_set("cpu-quota", "2", 2000);
	expect_set("cpu-quota", "0.01", 10);
	expect_set("cpu-quota", "0.125", 125);
	expect_set("cpu-quota", "1024", 1024000);
	for (size_t i = 0; i < COUNT_OF(bad_quota); i++)
		expect_refused("cpu-quota", bad_quota[i]);
	expect_set("cpu-weight", "1", 1);
	expect_set("cpu-weight", "10000", 10000);
	expect_refused("cpu-weight", "0");
	expect_refused("cpu-weight", "10001");
	expect_set("processes", "100", 100);
	expect_refused("processes", "0");
	expect_set("open-files", "1024", 1024);
	expect_set("read-bps", "10M", UINT64_C(10) << 20);
	expect_set("write-bps", "10M", UINT64_C(10) << 20);
	expect_set("read-iops", "5", 5);
	expect_set("write-iops", "5", 5);
	expect_refused("write-iops", "5k");
}

static void
keeps_a_list_of_cpus(void **state UNUSED)
{
	static const char *const bad[] = { "", ",", "2-1", "a", "1024" };
	const struct limit_row *row = limit_row_find("cpu-list");
	auto_conf struct conf *c = conf_new();
	struct limit_set l;
	struct err e = ERR_INIT;

	assert_int_equal(row->id, LIMIT_COUNT);
	assert_ok(limits_set(c, row, "5,0-2", &e), &e);
	assert_string_equal(conf_raw(c, "pot.rss.cpu-list"), "5,0-2");
	assert_ok(limits_load(c, &l, &e), &e);
	assert_string_equal(l.cpu_list, "0-2,5");
	assert_int_equal(l.set, 0);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		expect_refused("cpu-list", bad[i]);
}

static void
removes(void **state UNUSED)
{
	auto_conf struct conf *c = conf_new();
	struct err e = ERR_INIT;

	conf_add(c, "pot.rss.memory", "1M");
	conf_add(c, "pot.rss.memory", "2M");
	assert_ok(limits_set(c, limit_row_find("memory"), "none", &e), &e);
	assert_null(conf_raw(c, "pot.rss.memory"));
	assert_ok(limits_set(c, limit_row_find("memory"), "none", &e), &e);
}

static void
gives_numbers(void **state UNUSED)
{
	static const char text[] = "pot.rss.cpus=2\n"
				   "pot.rss.memory=\"1m\"\n"
				   "pot.rss.cpu-quota=0.5\n"
				   "pot.rss.cpu-list=0-1\n"
				   "pot.rss.swap=\n"
				   "pot.rss.cpuset=7\n";
	auto_record struct record *r = record_new();
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct conf *c = NULL;
	struct limit_set l;
	struct json j;
	struct err e = ERR_INIT;

	assert_ok(conf_parse("t", text, strlen(text), &c, &e), &e);
	assert_ok(limits_load(c, &l, &e), &e);
	conf_free(c);
	limits_to_record(&l, r);
	json_init(&j, &b);
	record_to_json(r, &j, NULL);
	assert_string_equal(b.data,
	    "{\"cpus\":2,\"memory_bytes\":1048576,"
	    "\"cpu_quota_milli\":500,\"cpu_list\":\"0-1\"}");
}

/* Whatever row is added: each limit of the platform once, nothing twice. */
static void
rows_are_sound(void **state UNUSED)
{
	unsigned seen = 0;

	for (size_t i = 0; i < limit_row_count(); i++) {
		const struct limit_row *row = limit_row_at(i);

		assert_ptr_equal(limit_row_find(row->option), row);
		assert_true(str_has_prefix(row->key, "pot.rss."));
		assert_string_equal(row->key + 8, row->option);
		assert_int_equal(seen & (1U << row->id), 0);
		assert_true(strlen(row->help) > 10);
		assert_true(strlen(row->label) > 5);
		seen |= 1U << row->id;
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(
			    limit_row_at(k)->json, row->json);
			assert_true(row->letter == 0 ||
			    limit_row_at(k)->letter != row->letter);
		}
	}
	assert_int_equal(seen, (1U << (LIMIT_COUNT + 1)) - 1);
	assert_null(limit_row_find("none"));
	/* info -v, to the byte. */
	assert_string_equal(limit_row_find("cpus")->label, "max amount cpus");
	assert_string_equal(
	    limit_row_find("memory")->label, "max amount memory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_set_rss_took),
		cmocka_unit_test(takes_the_new_ones),
		cmocka_unit_test(keeps_a_list_of_cpus),
		cmocka_unit_test(removes),
		cmocka_unit_test(gives_numbers),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
