/* SPDX-License-Identifier: BSD-2-Clause */
/* pot.conf of older versions brought up to date (model/potconf_update.h). */
#include "unit.h"

#include "base/buf.h"
#include "base/str.h"
#include "model/potconf_update.h"

static struct conf *
parse(const char *text)
{
	struct conf *c;
	struct err e = ERR_INIT;

	assert_int_equal(conf_parse("conf", text, strlen(text), &c, &e), 0);
	return c;
}

static void
value_is(const struct conf *c, const char *key, const char *wanted)
{
	auto_strv struct strv all = STRV_INIT;

	conf_all(c, key, &all);
	if (wanted == NULL) {
		assert_int_equal(all.n, 0);
		return;
	}
	assert_int_equal(all.n, 1);
	assert_string_equal(all.v[0], wanted);
}

/* TEXT brought up to date; a second time must change no byte. */
static struct conf *
updated(const char *text)
{
	auto_strv struct strv done = STRV_INIT, again = STRV_INIT;
	auto_buf struct buf first = BUF_INIT(CONF_FILE_MAX);
	auto_buf struct buf second = BUF_INIT(CONF_FILE_MAX);
	struct conf *c = parse(text);
	struct err e = ERR_INIT;

	assert_int_equal(pot_conf_update(c, &done, &e), 0);
	assert_true(done.n > 0);
	conf_format(c, &first);
	assert_int_equal(pot_conf_update(c, &again, &e), 0);
	assert_int_equal(again.n, 0);
	conf_format(c, &second);
	assert_string_equal(first.data, second.data);
	return c;
}

static void
test_old_networks(void **state UNUSED)
{
	static const struct {
		const char *text, *type, *ip, *vnet;
	} cases[] = {
		{ "ip4=inherit\nvnet=false\n", "inherit", NULL, "false" },
		{ "ip4=inherit\n", "inherit", NULL, "false" },
		{ "ip4=10.192.0.3\nvnet=true\n", "public-bridge", "10.192.0.3",
		    "true" },
		{ "ip4=192.168.0.9\nvnet=false\n", "alias", "192.168.0.9",
		    "false" },
		{ "ip4=em1|192.168.0.9\n", "alias", "em1|192.168.0.9",
		    "false" },
		/* The newer keys are true. */
		{ "ip4=10.0.0.1\nnetwork_type=alias\nip=10.0.0.2\nvnet=false\n",
		    "alias", "10.0.0.2", "false" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		auto_conf struct conf *old = parse(cases[i].text);
		auto_conf struct conf *c = updated(cases[i].text);
		struct pot_config *before, *after;
		struct err e = ERR_INIT;

		value_is(c, "ip4", NULL);
		value_is(c, "network_type", cases[i].type);
		value_is(c, "ip", cases[i].ip);
		value_is(c, "vnet", cases[i].vnet);
		/* Who looks before sees the same; only start refuses. */
		assert_int_equal(pot_config_load("old", old, &before, &e), 0);
		assert_int_equal(pot_config_load("new", c, &after, &e), 0);
		assert_int_equal(before->network, after->network);
		assert_int_equal(before->ip.n, after->ip.n);
		assert_true(before->has_obsolete);
		assert_false(after->has_obsolete);
		pot_config_free(before);
		pot_config_free(after);
	}
}

static void
test_static_ports(void **state UNUSED)
{
	auto_conf struct conf *c =
	    updated("pot.level=1\npot.export.static.ports=80 443\n");
	auto_conf struct conf *both =
	    updated("pot.export.ports=8080:80\npot.export.static.ports=22\n");

	value_is(c, "pot.export.static.ports", NULL);
	value_is(c, "pot.export.ports", "80:80 443:443");
	value_is(both, "pot.export.ports", "8080:80 22:22");
}

static void
test_defaults(void **state UNUSED)
{
	auto_conf struct conf *c = updated("# mine\npot.level=1\n"
					   "pot.attr.persistent=NO\n"
					   "site.key=kept\n"
					   "pot.rss.cpuset=0\n"
					   "pot.attr.early.start-at-boot=NO\n");
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);

	value_is(c, "pot.dns", "inherit");
	value_is(c, "pot.cmd", "sh /etc/rc");
	value_is(c, "pot.attr.persistent", "NO");
	value_is(c, "pot.attr.early-start-at-boot", "NO");
	value_is(c, "pot.attr.exec_stop", "");
	value_is(c, "pot.attr.devfs_ruleset", "4");
	value_is(c, "pot.attr.to-be-pruned", NULL);
	value_is(c, "pot.attr.own-init", NULL);
	value_is(c, "pot.rss.cpuset", NULL);
	value_is(c, "pot.attr.early.start-at-boot", NULL);
	value_is(c, "site.key", "kept");
	conf_format(c, &b);
	assert_true(str_has_prefix(b.data, "# mine\n"));
}

/* Reference 12.1, D14: each run of the sh version added one more. */
static void
test_duplicates(void **state UNUSED)
{
	auto_conf struct conf *c =
	    updated("pot.attr.exec_stop=\npot.attr.exec_stop=/bin/x\n"
		    "pot.level=1\npot.level=2\npot.env=\"A=1\"\n"
		    "pot.env=\"B=2\"\npot.depend=a\npot.depend=a\n");
	auto_strv struct strv env = STRV_INIT, depend = STRV_INIT;

	value_is(c, "pot.attr.exec_stop", "/bin/x");
	value_is(c, "pot.level", "2");
	conf_all(c, "pot.env", &env);
	assert_int_equal(env.n, 2);
	conf_all(c, "pot.depend", &depend);
	assert_int_equal(depend.n, 2);
}

static void
test_nonsense(void **state UNUSED)
{
	static const char *const cases[] = { "pot.export.static.ports=http\n",
		"ip4=not an address\n" };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		auto_conf struct conf *c = parse(cases[i]);
		auto_strv struct strv done = STRV_INIT;
		struct err e = ERR_INIT;

		assert_int_equal(pot_conf_update(c, &done, &e), -1);
		assert_int_equal(e.code, ERR_CORRUPT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_networks),
		cmocka_unit_test(test_static_ports),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
