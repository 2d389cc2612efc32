/* SPDX-License-Identifier: BSD-2-Clause */
/* A pot's pot.conf: what create writes, what is read, what set-* change. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "model/potconf.h"

static void
config_cleanup(struct pot_config **cp)
{
	pot_config_free(*cp);
}
#define auto_config __attribute__((cleanup(config_cleanup)))

static struct conf *
conf_of(const char *text)
{
	struct conf *c = NULL;
	struct err e = ERR_INIT;

	assert_ok(conf_parse("t", text, strlen(text), &c, &e), &e);
	return c;
}

static struct pot_config *
load(const char *text)
{
	auto_conf struct conf *c = conf_of(text);
	struct pot_config *cfg = NULL;
	struct err e = ERR_INIT;

	assert_ok(pot_config_load("pot t: pot.conf", c, &cfg, &e), &e);
	return cfg;
}

static void
expect_text(const struct conf *c, const char *want)
{
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);

	conf_format(c, &b);
	assert_string_equal(b.data, want);
}

static void
add_words(struct strv *l, const char *const words[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		strv_add(l, words[i]);
}

#define STRV_OF(l, ...)                               \
	add_words(l, (const char *[]){ __VA_ARGS__ }, \
	    COUNT_OF(((const char *[]){ __VA_ARGS__ })))

/* Row 51 of the reference: the lines of a new pot, in this order. */
static void
writes_what_create_wrote(void **state UNUSED)
{
	struct pot_config cfg = {
		.type = POT_TYPE_MULTI,
		.level = 2,
		.base = (char[]){ "13.1" },
		.potbase = (char[]){ "ref" },
		.dns = POT_DNS_POT,
		.hostname = (char[]){ "web.example.org" },
		.osrelease = (char[]){ "13.1-RELEASE" },
		.stack = (char[]){ "dual" },
		.network = POT_NETWORK_PRIVATE_BRIDGE,
		.bridge = (char[]){ "br" },
	};
	auto_conf struct conf *c = NULL;

	strv_add(&cfg.ip, "10.192.0.10");
	strv_add(&cfg.depends, "dns");
	c = pot_config_store(&cfg);
	strv_fini(&cfg.ip);
	strv_fini(&cfg.depends);
	expect_text(c,
	    "pot.level=2\npot.type=multi\npot.base=13.1\npot.potbase=ref\n"
	    "pot.dns=pot\npot.cmd=sh /etc/rc\n"
	    "host.hostname=\"web.example.org\"\nosrelease=\"13.1-RELEASE\"\n"
	    "pot.attr.start-at-boot=NO\npot.attr.persistent=YES\n"
	    "pot.attr.no-rc-script=NO\npot.attr.prunable=NO\n"
	    "pot.attr.no-tmpfs=NO\npot.attr.enforce_statfs=2\n"
	    "pot.attr.mount=NO\npot.attr.fdescfs=NO\n"
	    "pot.attr.linprocfs=NO\npot.attr.nullfs=NO\n"
	    "pot.attr.procfs=NO\npot.attr.tmpfs=NO\npot.attr.zfs=NO\n"
	    "pot.attr.raw_sockets=NO\npot.attr.sysvshm=new\n"
	    "pot.attr.sysvsem=new\npot.attr.sysvmsg=new\n"
	    "pot.attr.children=0\npot.attr.mlock=NO\n"
	    "pot.attr.devfs_ruleset=4\npot.attr.exec_stop=\n"
	    "pot.attr.stop_timeout=10\npot.stack=dual\n"
	    "network_type=private-bridge\nvnet=true\nip=10.192.0.10\n"
	    "bridge=br\npot.depend=dns\n");
}

static void
writes_each_network(void **state UNUSED)
{
	static const struct {
		enum pot_network network;
		const char *word, *vnet;
	} rows[] = {
		{ POT_NETWORK_INHERIT, "inherit", "false" },
		{ POT_NETWORK_ALIAS, "alias", "false" },
		{ POT_NETWORK_PUBLIC_BRIDGE, "public-bridge", "true" },
		{ POT_NETWORK_PRIVATE_BRIDGE, "private-bridge", "true" },
		{ POT_NETWORK_NONE, "none", "true" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct pot_config cfg = { .network = rows[i].network };
		auto_conf struct conf *c = pot_config_store(&cfg);
		auto_config struct pot_config *again = NULL;
		struct err e = ERR_INIT;

		assert_string_equal(conf_raw(c, "network_type"), rows[i].word);
		assert_string_equal(conf_raw(c, "vnet"), rows[i].vnet);
		assert_null(conf_raw(c, "ip"));
		assert_null(conf_raw(c, "bridge"));
		assert_null(conf_raw(c, "pot.stack"));
		assert_null(conf_raw(c, "host.hostname"));
		assert_ok(pot_config_load("t", c, &again, &e), &e);
		assert_int_equal(again->network, rows[i].network);
		assert_int_equal(again->type, POT_TYPE_SINGLE);
	}
}

static void
has_defaults(void **state UNUSED)
{
	auto_config struct pot_config *c = load("pot.base=14.0\n");

	assert_int_equal(c->type, POT_TYPE_MULTI);
	assert_int_equal(c->level, 1);
	assert_string_equal(c->base, "14.0");
	assert_null(c->potbase);
	assert_int_equal(c->dns, POT_DNS_INHERIT);
	assert_string_equal(c->cmd, "sh /etc/rc");
	assert_string_equal(c->hostname, "");
	assert_null(c->osrelease);
	assert_null(c->stack);
	assert_int_equal(c->network, POT_NETWORK_INHERIT);
	assert_null(c->bridge);
	assert_int_equal(c->ip.n + c->depends.n + c->env.n + c->hosts.n +
		c->ports.n + c->args.n,
	    0);
	assert_false(c->has_obsolete);
	assert_null(c->obsolete_key);
	assert_null(c->ignored_key);
}

static void
reads_everything(void **state UNUSED)
{
	auto_config struct pot_config *c =
	    load("# made by hand\r\n"
		 "pot.type = single\r\n"
		 "pot.level=1\n"
		 "pot.base=\"bookworm\"\n"
		 "pot.cmd=nginx -g \"daemon off;\"\n"
		 "pot.dns=off\n"
		 "pot.dns=custom\n"
		 "host.hostname=\"a.b\"\n"
		 "osrelease=\"14.0-RC1\" \"\n"
		 "pot.stack=ipv6\n"
		 "network_type=alias\n"
		 "ip=em0|10.0.0.1  2001:db8::1\n"
		 "pot.depend=x\n"
		 "pot.depend= y \n"
		 "pot.env=\"A=b=c d\"\n"
		 "pot.env=\"Q=say \\\"hi\\\" \\n $HOME `x`\"\n"
		 "pot.env=PLAIN=1\n"
		 "pot.env=\"NOVALUE\"\n"
		 "pot.env=\"EMPTY=\"\n"
		 "pot.hosts=10.0.0.9 nine\n"
		 "pot.hosts=\" ::1   one uno \"\n"
		 "pot.export.ports=80 tcp:443:8443 udp:53:53:x\n"
		 "pot.arg=/bin/sh\n"
		 "pot.arg=a\\nb\\\\c \n"
		 "pot.arg=\n"
		 "pot.unknown=1\n");

	assert_int_equal(c->type, POT_TYPE_SINGLE);
	assert_int_equal(c->level, 0);
	assert_string_equal(c->base, "bookworm");
	assert_string_equal(c->cmd, "nginx -g \"daemon off;\"");
	assert_int_equal(c->dns, POT_DNS_CUSTOM);
	assert_string_equal(c->hostname, "a.b");
	assert_string_equal(c->osrelease, "14.0-RC1");
	assert_string_equal(c->stack, "ipv6");
	assert_int_equal(c->ip.n, 2);
	assert_string_equal(c->ip.v[0], "em0|10.0.0.1");
	assert_string_equal(c->ip.v[1], "2001:db8::1");
	assert_int_equal(c->depends.n, 2);
	assert_string_equal(c->depends.v[1], "y");
	assert_int_equal(c->env.n, 4);
	assert_string_equal(c->env.v[0], "A=b=c d");
	assert_string_equal(c->env.v[1], "Q=say \"hi\" \\n $HOME `x`");
	assert_string_equal(c->env.v[2], "PLAIN=1");
	assert_string_equal(c->env.v[3], "EMPTY=");
	assert_int_equal(c->hosts.n, 2);
	assert_string_equal(c->hosts.v[1], "::1 one uno");
	assert_int_equal(c->ports.n, 3);
	assert_int_equal(c->args.n, 3);
	assert_string_equal(c->args.v[1], "a\nb\\c ");
	assert_string_equal(c->args.v[2], "");
}

static void
knows_obsolete_keys(void **state UNUSED)
{
	auto_config struct pot_config *ip4 =
	    load("pot.level=1\nip4=10.0.0.1\nvnet=false\n");
	auto_config struct pot_config *ports =
	    load("pot.export.static.ports=80 81\n");
	auto_config struct pot_config *cpuset = load("pot.rss.cpuset=0\n");

	assert_true(ip4->has_obsolete);
	assert_string_equal(ip4->obsolete_key, "ip4");
	assert_true(ports->has_obsolete);
	assert_string_equal(ports->obsolete_key, "pot.export.static.ports");
	assert_false(cpuset->has_obsolete);
	assert_string_equal(cpuset->ignored_key, "pot.rss.cpuset");
}

/* The error names the pot, the file and the line, and what was found. */
static void
refuses_nonsense(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "", "pot t: pot.conf: empty" },
		{ "# nothing\n\n", "pot t: pot.conf: empty" },
		{ "pot.level=1\npot.type=triple\n",
		    "pot.conf:2: type 'triple': expected single or multi" },
		{ "pot.level=3\n", "pot.conf:1: level '3'" },
		{ "pot.level=-1\n", "pot.conf:1: level '-1'" },
		{ "pot.base=../../etc\n", "pot.conf:1: base name" },
		{ "pot.potbase=..\n", "pot.conf:1: potbase name" },
		{ "pot.depend=a/b\n", "pot.conf:1: depend name" },
		{ "bridge=.\n", "pot.conf:1: bridge name" },
		{ "pot.dns=maybe\n",
		    "dns 'maybe': expected inherit, pot, custom or off" },
		{ "network_type=carrier-pigeon\n", "network type" },
		{ "pot.stack=ipv5\n", "stack 'ipv5'" },
		{ "network_type=alias\n\n\nip=10.0.0\n", "pot.conf:4: " },
		{ "pot.export.ports=80 x\n", "port 'x'" },
		{ "pot.hosts=nowhere host\n", "hosts 'nowhere host'" },
		{ "pot.hosts=1.2.3.4\n", "hosts '1.2.3.4'" },
		{ "pot.env=\"A=b\"\npot.env=\"=b\"\n", "pot.conf:2: env" },
	};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_conf struct conf *c = conf_of(rows[i][0]);
		struct pot_config *cfg = NULL;

		assert_int_equal(
		    pot_config_load("pot t: pot.conf", c, &cfg, &e), -1);
		assert_null(cfg);
		assert_int_equal(e.code, ERR_CORRUPT);
		if (strstr(e.text, rows[i][1]) == NULL ||
		    strncmp(e.text, "pot t: pot.conf:", 16) != 0)
			fail_msg("'%s' says '%s'", rows[i][0], e.text);
		err_clear(&e);
	}
}

/* Rows 23 and 24; D12: whatever a value holds comes back. */
static void
sets_the_environment(void **state UNUSED)
{
	auto_conf struct conf *c =
	    conf_of("pot.cmd=x\npot.env=\"OLD=1\"\npot.env=\"OLD2=2\"\n");
	auto_config struct pot_config *cfg = NULL;
	auto_strv struct strv env = STRV_INIT;
	struct err e = ERR_INIT;

	STRV_OF(&env, "VAR=value", "BLANK=a b  c", "QUOTE=say \"hi\"",
	    "EMPTY=", "GLOB=*?[x]", "SH=$HOME `id` $(id) \\ \\\\ \\\" \\n '",
	    "EQ=a=b", "END=\\", "END2=\"", "TAB=\t", "BYTES=\xff\x01\r");
	assert_ok(pot_conf_set_env(c, &env, &e), &e);
	expect_text(c,
	    "pot.cmd=x\n"
	    "pot.env=\"VAR=value\"\n"
	    "pot.env=\"BLANK=a b  c\"\n"
	    "pot.env=\"QUOTE=say \\\"hi\\\"\"\n"
	    "pot.env=\"EMPTY=\"\n"
	    "pot.env=\"GLOB=*?[x]\"\n"
	    "pot.env=\"SH=$HOME `id` $(id) \\ \\\\ \\\\\" \\n '\"\n"
	    "pot.env=\"EQ=a=b\"\n"
	    "pot.env=\"END=\\\"\n"
	    "pot.env=\"END2=\\\"\"\n"
	    "pot.env=\"TAB=\t\"\n"
	    "pot.env=\"BYTES=\xff\x01\r\"\n");
	assert_ok(pot_config_load("t", c, &cfg, &e), &e);
	assert_int_equal(cfg->env.n, env.n);
	for (size_t i = 0; i < env.n; i++)
		assert_string_equal(cfg->env.v[i], env.v[i]);
}

static void
refuses_bad_environment(void **state UNUSED)
{
	static const char *const bad[] = { "NOVAR", "", "=x", "A=b\nC=d" };
	auto_conf struct conf *c = conf_of("pot.env=\"OLD=1\"\n");
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		auto_strv struct strv env = STRV_INIT;

		STRV_OF(&env, "GOOD=1", bad[i]);
		assert_int_equal(pot_conf_set_env(c, &env, &e), -1);
		assert_int_equal(e.code, ERR_INVALID);
		assert_null(strstr(e.text, "C=d"));
		err_clear(&e);
		expect_text(c, "pot.env=\"OLD=1\"\n");
	}
}

/* Row 22. */
static void
sets_the_command(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "/bin/x", "/bin/x" },
		{ "\"/bin/x -a\"", "/bin/x -a" },
		{ "\"/bin/x", "/bin/x" },
		{ "sh -c \"a b\"", "sh -c \"a b\"" },
		{ "\"a\" b", "\"a\" b" },
		{ "\"'a\" b'", "'a\" b'" },
		{ "echo $(echo \")\")", "echo $(echo \")\")" },
		{ "x # it's", "x # it's" },
		{ "\"\"a\"\"", "\"a\"" },
		{ "x --opt=a=b", "x --opt=a=b" },
		{ " x ", " x " },
	};
	static const char *const bad[] = { "", "\"", "\"\"", "  ", "\" \"",
		"a\nb", "a\r", "/bin/x\"", "sh -c 'a", "x \"a" };
	auto_conf struct conf *c =
	    conf_of("pot.cmd=1\npot.level=1\npot.cmd=2\n");
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		auto_free char *want =
		    xasprintf("pot.cmd=%s\npot.level=1\n", rows[i][1]);

		assert_ok(pot_conf_set_cmd(c, rows[i][0], &e), &e);
		expect_text(c, want);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_err(pot_conf_set_cmd(c, bad[i], &e), &e, ERR_INVALID);
	expect_text(c, "pot.cmd= x \npot.level=1\n");
}

/* Lines of an image, escaped. */
static void
reads_arguments(void **state UNUSED)
{
	static const char text[] =
	    "pot.arg=/bin/sh\npot.arg=-c\npot.arg=a\\nb\\r\\\\n\\\\\n"
	    "pot.arg=\npot.arg= x \npot.arg=\"'=\n";
	auto_conf struct conf *c = conf_of(text), *again = NULL;
	auto_config struct pot_config *cfg = NULL;
	auto_strv struct strv args = STRV_INIT, lines = STRV_INIT;
	auto_strv struct strv stored = STRV_INIT;
	struct err e = ERR_INIT;

	STRV_OF(&args, "/bin/sh", "-c", "a\nb\r\\n\\", "", " x ", "\"'=");
	assert_ok(pot_config_load("t", c, &cfg, &e), &e);
	assert_int_equal(cfg->args.n, args.n);
	for (size_t i = 0; i < args.n; i++)
		assert_string_equal(cfg->args.v[i], args.v[i]);

	again = pot_config_store(cfg);
	conf_all(c, "pot.arg", &lines);
	conf_all(again, "pot.arg", &stored);
	assert_int_equal(stored.n, lines.n);
	for (size_t i = 0; i < lines.n; i++)
		assert_string_equal(stored.v[i], lines.v[i]);
}

/* Rows 25 and 27. */
static void
sets_hosts_and_ports(void **state UNUSED)
{
	auto_conf struct conf *c =
	    conf_of("pot.hosts=1.1.1.1 old\npot.export.ports=1\n"
		    "pot.export.ports=2\n");
	auto_strv struct strv l = STRV_INIT, bad = STRV_INIT;
	struct err e = ERR_INIT;

	STRV_OF(&l, "h:1.2.3.4", "h6:::1");
	assert_ok(pot_conf_set_hosts(c, &l, &e), &e);
	STRV_OF(&bad, "h:1.2.3.4", "h:nope");
	assert_err(pot_conf_set_hosts(c, &bad, &e), &e, ERR_INVALID);
	assert_err(pot_conf_set_ports(c, &bad, &e), &e, ERR_INVALID);
	expect_text(c,
	    "pot.export.ports=1\npot.export.ports=2\n"
	    "pot.hosts=1.2.3.4 h\npot.hosts=::1 h6\n");
	strv_fini(&l);
	assert_ok(pot_conf_set_hosts(c, &l, &e), &e);
	STRV_OF(&l, "80", "tcp:443:8443", "udp:53");
	assert_ok(pot_conf_set_ports(c, &l, &e), &e);
	expect_text(c, "pot.export.ports=80 tcp:443:8443 udp:53\n");
	strv_fini(&l);
	assert_ok(pot_conf_set_ports(c, &l, &e), &e);
	expect_text(c, "");
}

/* What a clone takes over and what not. */
static void
sets_the_network_of_a_clone(void **state UNUSED)
{
	auto_conf struct conf *c =
	    conf_of("pot.level=0\nhost.hostname=\"a\"\npot.dns=off\n"
		    "network_type=private-bridge\nvnet=true\nip=10.0.0.1\n"
		    "bridge=br\npot.stack=ipv4\npot.rss.cpus=1\n");
	struct pot_config cfg = {
		.hostname = (char[]){ "b" },
		.network = POT_NETWORK_ALIAS,
	};

	strv_add(&cfg.ip, "10.0.0.2");
	strv_add(&cfg.ip, "em1|::2");
	pot_conf_set_network(c, &cfg);
	strv_fini(&cfg.ip);
	expect_text(c,
	    "pot.level=0\npot.rss.cpus=1\nhost.hostname=\"b\"\n"
	    "pot.dns=inherit\nnetwork_type=alias\nvnet=false\n"
	    "ip=10.0.0.2 em1|::2\n");
}

static void
parses_words(void **state UNUSED)
{
	struct err e = ERR_INIT;
	enum pot_type t;
	enum pot_dns d;
	enum pot_network n;

	assert_ok(pot_type_parse("single", &t, &e), &e);
	assert_int_equal(t, POT_TYPE_SINGLE);
	assert_err(pot_type_parse("Single", &t, &e), &e, ERR_INVALID);
	assert_ok(pot_dns_parse("custom:/etc/my.conf", &d, &e), &e);
	assert_int_equal(d, POT_DNS_CUSTOM);
	assert_err(pot_dns_parse("customs", &d, &e), &e, ERR_INVALID);
	assert_err(pot_dns_parse("", &d, &e), &e, ERR_INVALID);
	assert_ok(pot_network_parse("host", &n, &e), &e);
	assert_int_equal(n, POT_NETWORK_INHERIT);
	assert_ok(pot_network_parse("public-bridge", &n, &e), &e);
	assert_string_equal(pot_network_word(n), "public-bridge");
	assert_err(pot_network_parse("bridge", &n, &e), &e, ERR_INVALID);
	assert_ok(pot_stack_check("dual", &e), &e);
	assert_err(pot_stack_check("", &e), &e, ERR_INVALID);
	assert_string_equal(pot_type_word(POT_TYPE_MULTI), "multi");
	assert_string_equal(pot_dns_word(POT_DNS_OFF), "off");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_create_wrote),
		cmocka_unit_test(writes_each_network),
		cmocka_unit_test(has_defaults),
		cmocka_unit_test(reads_everything),
		cmocka_unit_test(knows_obsolete_keys),
		cmocka_unit_test(refuses_nonsense),
		cmocka_unit_test(sets_the_environment),
		cmocka_unit_test(refuses_bad_environment),
		cmocka_unit_test(sets_the_command),
		cmocka_unit_test(reads_arguments),
		cmocka_unit_test(sets_hosts_and_ports),
		cmocka_unit_test(sets_the_network_of_a_clone),
		cmocka_unit_test(parses_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
