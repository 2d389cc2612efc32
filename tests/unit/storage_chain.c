/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "storage/chain.h"

#define A "000000000a"
#define B "zzzzzzzzzz"
#define C "hoef7ugpj8"

static void
roundtrip(void **state)
{
	const struct scratch *s = *state;
	auto_chain struct chain c = CHAIN_INIT, read = CHAIN_INIT,
				more = CHAIN_INIT;
	struct layer_id id;
	struct err e = ERR_INIT;
	char text[1200];
	ssize_t n;

	assert_true(layer_id_parse(A, 10, &id));
	chain_add(&c, &id, false, NULL);
	assert_true(layer_id_parse(B, 10, &c.owner));
	c.born.tv_sec = 1795356125;
	c.born.tv_nsec = 7;
	assert_true(layer_id_parse(C, 10, &id));
	chain_add(&c, &id, false, NULL);
	assert_true(layer_id_parse(B, 10, &id));
	chain_add(&c, &id, true, "opt/a b");
	assert_ok(chain_write(&c, s->fd, "chain", &e), &e);
	n = readlinkat(s->fd, "chain", text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(
	    text, "pot1 " A " " B " 1795356125.7\n" C "\n@" B "/opt/a b");
	assert_ok(chain_read(s->fd, "chain", &read, &e), &e);
	assert_int_equal(read.n, 3);
	assert_string_equal(read.owner.s, B);
	assert_int_equal(read.born.tv_sec, 1795356125);
	assert_int_equal(read.born.tv_nsec, 7);
	assert_false(read.v[1].is_lent);
	assert_null(read.v[1].part);
	assert_true(read.v[2].is_lent);
	assert_string_equal(read.v[2].part, "opt/a b");
	assert_true(layer_id_is_same(&read.v[2].id, &id));
	chain_add_all(&more, &read, 1);
	assert_int_equal(more.n, 2);
	assert_string_equal(more.v[1].part, "opt/a b");
	assert_err(chain_write(&c, s->fd, "chain", &e), &e, ERR_EXISTS);
}

static void
broken(void **state)
{
	static const char *const texts[] = {
		"",
		"pot1",
		"pot1 " A,
		"pot1 " A " " B,
		"pot1 " A " " B " 1",
		"pot1 " A " " B " 1.x",
		"pot1 " A " " B " -1.0",
		"pot1 " A " " B " 1.1000000000",
		"pot1 " A " " B " 1.0 x",
		"pot2 " A " " B " 1.0",
		"pot1 000000000A " B " 1.0",
		"pot1 000000000 " B " 1.0",
		"pot1 " A " x 1.0",
		"pot1 " A " " B " 1.0\n",
		"pot1 " A " " B " 1.0\n\n" C,
		"pot1 " A " " B " 1.0\n" C "x",
		"pot1 " A " " B " 1.0\n" C "/part",
		"pot1 " A " " B " 1.0\n@" C "/",
		"pot1 " A " " B " 1.0\n@" C "/..",
		"pot1 " A " " B " 1.0\n@" C "/a/../b",
		"pot1 " A " " B " 1.0\n@" C "/a//b",
		"pot1 " A " " B " 1.0\n@" C "/./b",
		"pot1 " A " " B " 1.0\n@" C "//b",
		"pot1 " A " " B " 1.0\n@@" C,
		"pot1 " A " " B " 1.0\n../../../x",
	};
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(texts); i++) {
		auto_chain struct chain c = CHAIN_INIT;

		assert_err(chain_parse("x", texts[i], strlen(texts[i]), &c, &e),
		    &e, ERR_CORRUPT);
		assert_int_equal(c.n, 0);
	}
}

static void
not_links(void **state)
{
	const struct scratch *s = *state;
	auto_chain struct chain c = CHAIN_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(mkdirat(s->fd, "dir", 0700), 0);
	assert_int_equal(symlinkat("/etc/passwd", s->fd, "link"), 0);
	assert_err(chain_read(s->fd, "dir", &c, &e), &e, ERR_CORRUPT);
	assert_err(chain_read(s->fd, "link", &c, &e), &e, ERR_CORRUPT);
	assert_err(chain_read(s->fd, "none", &c, &e), &e, ERR_NOT_FOUND);
}

/* As many layers as overlay.c lets grow fit, with the longest part. */
static void
limits(void **state)
{
	const struct scratch *s = *state;
	auto_chain struct chain c = CHAIN_INIT, read = CHAIN_INIT;
	struct layer_id id;
	struct err e = ERR_INIT;
	char part[220];
	int i;

	memset(part, 'p', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	for (i = 0; i < 63; i++) {
		layer_id_format(&id, (uint64_t)i);
		chain_add(&c, &id, false, NULL);
	}
	c.owner = id;
	chain_add(&c, &id, true, part);
	assert_ok(chain_write(&c, s->fd, "chain", &e), &e);
	assert_ok(chain_read(s->fd, "chain", &read, &e), &e);
	assert_int_equal(read.n, 64);
	for (i = 0; i < 40; i++)
		chain_add(&c, &id, false, NULL);
	assert_err(chain_write(&c, s->fd, "more", &e), &e, ERR_LIMIT);
}

static void
numbers(void **state)
{
	struct layer_id a, b;
	uint64_t i, n = 1795356125605688;

	(void)state;
	layer_id_format(&a, 35);
	assert_string_equal(a.s, "000000000z");
	layer_id_format(&a, 36);
	assert_string_equal(a.s, "0000000010");
	for (i = 0; i < 100; i++) {
		layer_id_format(&a, n + i * 7919);
		layer_id_format(&b, n + i * 7919 + 1);
		assert_true(strcmp(a.s, b.s) < 0);
		assert_true(layer_id_parse(a.s, strlen(a.s), &b));
		assert_true(layer_id_is_same(&a, &b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(roundtrip),
		cmocka_unit_test(broken),
		scratch_test(not_links),
		scratch_test(limits),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
