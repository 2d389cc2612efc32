/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported ports: row 27 of the reference. */
#include "unit.h"

#include "model/ports.h"

static void
accepts(void **state UNUSED)
{
	static const struct {
		const char *text;
		struct port want;
	} rows[] = {
		{ "8080", { PORT_TCP, 8080, 0 } },
		{ "8080:80", { PORT_TCP, 8080, 80 } },
		{ "tcp:8080", { PORT_TCP, 8080, 0 } },
		{ "tcp:1:65535", { PORT_TCP, 1, 65535 } },
		{ "udp:53", { PORT_UDP, 53, 0 } },
		{ "udp:53:5353", { PORT_UDP, 53, 5353 } },
		{ "0080", { PORT_TCP, 80, 0 } },
	};
	struct port p;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_ok(port_parse(rows[i].text, &p, &e), &e);
		assert_int_equal(p.proto, rows[i].want.proto);
		assert_int_equal(p.port, rows[i].want.port);
		assert_int_equal(p.host_port, rows[i].want.host_port);
		assert_ok(port_parse_stored(rows[i].text, &p, &e), &e);
		assert_int_equal(p.host_port, rows[i].want.host_port);
	}
}

static void
refuses(void **state UNUSED)
{
	static const char *const bad[] = { "", "0", "65536", "ssh", "-22",
		"sctp:80", "80:", ":80", "80:0", "80:65536", "tcp:", "tcp",
		"TCP:80", "tcp:udp:80", "80 ", " 80", "80\n", "80:80x", "+80",
		"99999999999999999999", "80;81" };
	struct port p = { .port = 7 };
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_err(port_parse(bad[i], &p, &e), &e, ERR_INVALID);
		assert_err(port_parse_stored(bad[i], &p, &e), &e, ERR_INVALID);
		assert_int_equal(p.port, 7);
	}
}

/* What the sh version let pass can be stored, but not be given again. */
static void
reads_extra_fields(void **state UNUSED)
{
	struct port p;
	struct err e = ERR_INIT;

	assert_err(port_parse("80:8080:x", &p, &e), &e, ERR_INVALID);
	assert_ok(port_parse_stored("80:8080:x", &p, &e), &e);
	assert_int_equal(p.host_port, 8080);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses),
		cmocka_unit_test(reads_extra_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
