/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests through their wire format, and bytes that are none. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "model/request.h"

static void
keeps_fields(void **state UNUSED)
{
	auto_request struct request r;
	auto_strv struct strv all = STRV_INIT;
	struct err e = ERR_INIT;
	const char *v = NULL;

	request_init(&r, "create");
	request_add(&r, "pot", "web");
	request_add(&r, "ip", "10.0.0.1");
	request_add(&r, "ip", "10.0.0.2");
	request_add(&r, "empty", "");
	request_add_flag(&r, "keep");
	request_add(&r, "lines", "18446744073709551615");

	assert_true(request_has(&r, "empty") && request_has(&r, "keep"));
	assert_false(request_has(&r, "i"));
	assert_string_equal(request_get(&r, "ip"), "10.0.0.2");
	assert_string_equal(request_get(&r, "keep"), "1");
	assert_string_equal(request_get(&r, "lines"), "18446744073709551615");
	assert_null(request_get(&r, "none"));
	request_all(&r, "ip", &all);
	assert_int_equal(all.n, 2);
	assert_string_equal(all.v[0], "10.0.0.1");

	assert_ok(request_need(&r, "pot", &v, &e), &e);
	assert_string_equal(v, "web");
	assert_int_equal(request_need(&r, "empty", &v, &e), -1);
	assert_string_equal(e.text, "create: empty is missing");
	assert_int_equal(e.code, ERR_USAGE);
	err_clear(&e);
	assert_err(request_need(&r, "none", &v, &e), &e, ERR_USAGE);
	assert_string_equal(v, "web");
}

static void
is_written_as_described(void **state UNUSED)
{
	static const char want[] = "PRQ1\x02\0\x02\0\x01\0"
				   "ls"
				   "\x01\0\x02\0\0\0"
				   "phi"
				   "\x01\0\0\0\0\0"
				   "q";
	auto_request struct request r;
	auto_buf struct buf b = BUF_INIT(REQUEST_MAX);
	struct err e = ERR_INIT;

	request_init(&r, "ls");
	request_add(&r, "p", "hi");
	request_add(&r, "q", "");
	r.fds[r.nfds++] = 7;
	assert_ok(request_encode(&r, &b, &e), &e);
	assert_int_equal(b.len, sizeof(want) - 1);
	assert_memory_equal(b.data, want, sizeof(want) - 1);
}

static void
comes_back_the_same(void **state UNUSED)
{
	auto_request struct request r, again;
	auto_buf struct buf b = BUF_INIT(REQUEST_MAX);
	struct err e = ERR_INIT;

	request_init(&r, "set-env");
	for (int i = 0; i < 300; i++)
		request_add(&r, "env", "A=\n\t\xff\"'$");
	request_add_flag(&r, "x-1");
	r.nfds = 3;
	assert_ok(request_encode(&r, &b, &e), &e);
	assert_ok(request_decode(b.data, b.len, &again, &e), &e);
	assert_string_equal(again.verb, "set-env");
	assert_int_equal(again.names.n, 301);
	assert_int_equal(again.values.n, 301);
	for (size_t i = 0; i < 301; i++) {
		assert_string_equal(again.names.v[i], r.names.v[i]);
		assert_string_equal(again.values.v[i], r.values.v[i]);
	}
	assert_int_equal(again.nfds, 3);
	for (unsigned i = 0; i < REQUEST_FDS_MAX; i++)
		assert_int_equal(again.fds[i], -1);
}

/* Every shorter piece, one byte more, every byte flipped. */
static void
believes_nothing(void **state UNUSED)
{
	auto_request struct request r;
	auto_buf struct buf b = BUF_INIT(REQUEST_MAX);
	struct err e = ERR_INIT;
	struct request out;

	request_init(&r, "start");
	request_add(&r, "pot", "web");
	request_add(&r, "env", "A=b");
	assert_ok(request_encode(&r, &b, &e), &e);
	for (size_t len = 0; len < b.len; len++) {
		auto_free char *piece = xmalloc(len + 1);

		memcpy(piece, b.data, len);
		assert_err(
		    request_decode(piece, len, &out, &e), &e, ERR_CORRUPT);
	}
	buf_add_char(&b, 'x');
	assert_err(request_decode(b.data, b.len, &out, &e), &e, ERR_CORRUPT);
	b.len--;
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] = (char)(b.data[i] ^ 0x80);
		if (request_decode(b.data, b.len, &out, &e) == 0)
			request_fini(&out); /* in a value: any byte will do */
		else
			assert_int_equal(e.code, ERR_CORRUPT);
		err_clear(&e);
		b.data[i] = (char)(b.data[i] ^ 0x80);
	}
}

static void
refuses_bad_bytes(void **state UNUSED)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "PRQ2\x02\0\0\0\0\0ls", 12 },	    /* another version */
		{ "PRQ1\0\0\0\0\0\0", 10 },	    /* no verb */
		{ "PRQ1\x02\0\0\0\0\0lS", 12 },	    /* upper case */
		{ "PRQ1\x02\0\0\0\0\0l\0", 12 },    /* NUL in verb */
		{ "PRQ1\x02\0\0\0\x09\0ls", 12 },   /* descriptors */
		{ "PRQ1\x02\0\x01\x20\0\0ls", 12 }, /* 8193 fields */
		{ "PRQ1\xff\xff\0\0\0\0ls", 12 },   /* longer than all */
		{ "PRQ1\x02\0\x01\0\0\0ls\0\0\0\0\0\0", 18 }, /* no name */
		{ "PRQ1\x02\0\x01\0\0\0ls\x01\0\x01\0\0\0a\0", 20 }, /* NUL */
		{ "PRQ1\x02\0\x01\0\0\0ls\x01\0\xff\xff\xff\xff"
		  "ab",
		    20 },
	};
	struct request out;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_err(request_decode(rows[i].bytes, rows[i].len, &out, &e),
		    &e, ERR_CORRUPT);
}

static void
has_bounds(void **state UNUSED)
{
	auto_request struct request many, big, bad;
	auto_buf struct buf b = BUF_INIT(REQUEST_MAX);
	auto_free char *value = xmalloc(REQUEST_MAX + 1);
	auto_free char *bytes = xcalloc(1, REQUEST_MAX + 1);
	struct request out;
	struct err e = ERR_INIT;

	request_init(&many, "x");
	for (int i = 0; i <= REQUEST_FIELDS_MAX; i++)
		request_add(&many, "a", "b");
	assert_err(request_encode(&many, &b, &e), &e, ERR_LIMIT);

	memset(value, 'v', REQUEST_MAX);
	value[REQUEST_MAX] = '\0';
	request_init(&big, "x");
	request_add(&big, "a", value);
	assert_err(request_encode(&big, &b, &e), &e, ERR_LIMIT);
	assert_int_equal(b.len, 0);

	request_init(&bad, "x");
	request_add(&bad, "A b", "v");
	assert_err(request_encode(&bad, &b, &e), &e, ERR_INVALID);

	memcpy(bytes, "PRQ1", 4);
	assert_err(
	    request_decode(bytes, REQUEST_MAX + 1, &out, &e), &e, ERR_CORRUPT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_fields),
		cmocka_unit_test(is_written_as_described),
		cmocka_unit_test(comes_back_the_same),
		cmocka_unit_test(believes_nothing),
		cmocka_unit_test(refuses_bad_bytes),
		cmocka_unit_test(has_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
