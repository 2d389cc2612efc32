/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interfaces on a FreeBSD kernel: an epair on a bridge, one end of it in a
 * jail with a network of its own, and a connection through them.  Needs
 * root, VIMAGE, if_epair and if_bridge.
 */
#include "../unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "platform/freebsd/freebsd.h"
#include "platform/freebsd/net.h"
#include "platform/freebsd/params.h"

#define PATIENCE_MS 60000

static struct err e;

static struct net_address
address(const char *text)
{
	struct net_address a;

	assert_ok(net_address_parse(text, &a, &e), &e);
	return a;
}

static void
test_address_parse(void **state)
{
	struct net_address a = address("10.1.2.3/24");

	(void)state;
	assert_int_equal(a.family, AF_INET);
	assert_int_equal(a.prefix, 24);
	assert_int_equal(ntohl(a.ip.v4.s_addr), 0x0a010203);
	assert_int_equal(address("10.1.2.3").prefix, 32);
	a = address("fd00::1/64");
	assert_int_equal(a.family, AF_INET6);
	assert_int_equal(a.prefix, 64);
	assert_int_equal(address("::").prefix, 128);
	for (const char **p = (const char *[]){ "", "/", "10.1.2",
		 "10.1.2.3/33", "10.1.2.3/", "fd00::1/129", "x", NULL };
	     *p != NULL; p++)
		assert_err(net_address_parse(*p, &a, &e), &e, ERR_INVALID);
}

/* The other half of an epair. */
static const char *
other_half(const char *a, char out[IFNAMSIZ])
{
	(void)str_copy(out, a, IFNAMSIZ);
	out[strlen(out) - 1] = 'b';
	return out;
}

static void
test_epair_on_a_bridge(void **state)
{
	char a[IFNAMSIZ], b[IFNAMSIZ], bridge[IFNAMSIZ];
	struct net_address v4 = address("10.99.7.1/24");
	struct net_address v6 = address("fd00:99:7::1/64");

	(void)state;
	assert_ok(net_create("epair", a, &e), &e);
	(void)other_half(a, b);
	assert_true(net_exists(a) && net_exists(b));
	assert_ok(net_create("bridge", bridge, &e), &e);
	assert_ok(net_describe(bridge, "pot's", &e), &e);
	assert_ok(net_set_up(a, true, &e), &e);
	assert_ok(net_set_up(a, false, &e), &e);
	assert_ok(net_bridge_add(bridge, a, &e), &e);
	assert_err(net_bridge_add(bridge, a, &e), &e, ERR_EXISTS);
	assert_ok(net_bridge_remove(bridge, a, &e), &e);
	assert_ok(net_add_address(bridge, &v4, &e), &e);
	assert_ok(net_add_address(bridge, &v4, &e), &e);
	assert_ok(net_add_address(bridge, &v6, &e), &e);
	assert_ok(net_rename(a, "pottest0", &e), &e);
	assert_false(net_exists(a));
	assert_ok(net_rename("pottest0", a, &e), &e);
	assert_ok(net_destroy(bridge, &e), &e);
	assert_ok(net_destroy(a, &e), &e);
	assert_false(net_exists(a) || net_exists(b) || net_exists(bridge));
	assert_ok(net_destroy(a, &e), &e);
	assert_int_equal(net_set_up(a, true, &e), -1);
	err_clear(&e);
	assert_int_equal(net_create("nosuchkind", a, &e), -1);
	err_clear(&e);
}

/* A jail with a network of its own and no process. */
static int
make_jail(const char *name)
{
	struct params p;
	int jid;

	params_init(&p);
	params_text(&p, "name", name);
	params_text(&p, "path", "/");
	params_int(&p, "vnet", JAIL_SYS_NEW);
	params_flag(&p, "persist");
	jid = jail_set(p.iov, p.n, JAIL_CREATE);
	if (jid < 0)
		fail_msg("jail: %s %s", strerror(errno), p.errmsg);
	return jid;
}

struct inside {
	const char *name;
	struct net_address own, gateway;
	in_port_t port;
};

/* In the jail: configure, then connect to the host. */
static int
configure(void *arg, struct err *why)
{
	const struct inside *in = arg;
	struct sockaddr_in to = { .sin_len = sizeof(to),
		.sin_family = AF_INET,
		.sin_port = in->port,
		.sin_addr = in->gateway.ip.v4 };
	auto_close int fd = -1;

	if (net_add_address(in->name, &in->own, why) < 0 ||
	    net_set_up(in->name, true, why) < 0 ||
	    net_set_up("lo0", true, why) < 0 ||
	    net_add_gateway(&in->gateway, why) < 0)
		return -1;
	if (net_add_gateway(&in->gateway, why) == 0)
		return err_set(why, ERR_STATE, "a second default route");
	if (why->code != ERR_EXISTS)
		return -1;
	err_clear(why);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    write(fd, "x", 1) != 1)
		return err_sys(why, "connect");
	return 0;
}

static int
refuse(void *arg, struct err *why)
{
	(void)arg;
	return err_set(why, ERR_CORRUPT, "its own words");
}

static void
test_into_a_jail(void **state)
{
	char a[IFNAMSIZ], b[IFNAMSIZ], bridge[IFNAMSIZ];
	struct inside in = { .name = b,
		.own = address("10.99.7.2/24"),
		.gateway = address("10.99.7.1/24") };
	struct sockaddr_in at = { .sin_len = sizeof(at),
		.sin_family = AF_INET,
		.sin_addr = in.gateway.ip.v4 };
	socklen_t len = sizeof(at);
	auto_close int listener = -1;
	int jid = make_jail("pottest");

	(void)state;
	assert_true(net_has_vnet());
	assert_ok(net_create("bridge", bridge, &e), &e);
	assert_ok(net_create("epair", a, &e), &e);
	(void)other_half(a, b);
	assert_ok(net_add_address(bridge, &in.gateway, &e), &e);
	assert_ok(net_bridge_add(bridge, a, &e), &e);
	assert_ok(net_set_up(a, true, &e), &e);
	assert_ok(net_set_up(bridge, true, &e), &e);
	assert_ok(net_give(b, jid, &e), &e);
	assert_false(net_exists(b));
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&at, &len), 0);
	in.port = at.sin_port;
	assert_ok(net_inside(jid, configure, &in, &e), &e);
	assert_int_equal(io_wait_readable(listener, PATIENCE_MS), 1);
	assert_err(net_inside(jid, refuse, NULL, &e), &e, ERR_CORRUPT);
	assert_ok(net_take(b, jid, &e), &e);
	assert_true(net_exists(b));
	assert_int_equal(jail_remove(jid), 0);
	assert_int_equal(net_inside(jid, refuse, NULL, &e), -1);
	err_clear(&e);
	assert_ok(net_destroy(a, &e), &e);
	assert_ok(net_destroy(bridge, &e), &e);
	assert_false(net_exists(b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_parse),
		cmocka_unit_test(test_epair_on_a_bridge),
		cmocka_unit_test(test_into_a_jail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
