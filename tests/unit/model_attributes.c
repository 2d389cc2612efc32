/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes: the table itself, checks, defaults, what a cell gets. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "model/attributes.h"

static struct conf *
conf_of(const char *text)
{
	struct conf *c = NULL;
	struct err e = ERR_INIT;

	assert_ok(conf_parse("t", text, strlen(text), &c, &e), &e);
	return c;
}

/* Stored form of VALUE; NULL wants a refusal that names the attribute. */
static void
expect_parse(const char *name, const char *value, const char *want)
{
	const struct attr *a = attr_find(name);
	auto_free char *stored = NULL;
	struct err e = ERR_INIT;
	int rc;

	assert_non_null(a);
	rc = attr_parse(a, value, &stored, &e);
	if (want != NULL) {
		assert_ok(rc, &e);
		assert_string_equal(stored, want);
		return;
	}
	assert_int_equal(rc, -1);
	assert_int_equal(e.code, ERR_INVALID);
	assert_non_null(strstr(e.text, name));
	assert_null(stored);
}

/* The reference's table 3.6, by heart. */
static void
has_the_classic_rows(void **state UNUSED)
{
	static const struct {
		const char *name, *fallback, *parameter;
		unsigned flags;
	} rows[] = {
#define J (ATTR_F_JAIL | ATTR_F_CREATE | ATTR_F_INFO)
		{ "start-at-boot", "NO", NULL, ATTR_F_CREATE | ATTR_F_INFO },
		{ "early-start-at-boot", "NO", NULL, ATTR_F_INFO },
		{ "persistent", "YES", NULL, ATTR_F_CREATE | ATTR_F_INFO },
		{ "no-rc-script", "NO", NULL, ATTR_F_CREATE | ATTR_F_INFO },
		{ "prunable", "NO", NULL, ATTR_F_CREATE | ATTR_F_INFO },
		{ "localhost-tunnel", "NO", NULL, ATTR_F_INFO },
		{ "no-tmpfs", "NO", NULL, ATTR_F_CREATE | ATTR_F_INFO },
		{ "no-etc-hosts", "NO", NULL, ATTR_F_INFO },
		{ "to-be-pruned", "NO", NULL, ATTR_F_READONLY | ATTR_F_INFO },
		{ "enforce_statfs", "2", "enforce_statfs", J },
		{ "mount", "NO", "allow.mount", J },
		{ "fdescfs", "NO", "mount.fdescfs", J },
		{ "linprocfs", "NO", "allow.mount.linprocfs", J },
		{ "nullfs", "NO", "allow.mount.nullfs", J },
		{ "procfs", "NO", "mount.procfs", J },
		{ "tmpfs", "NO", "allow.mount.tmpfs", J },
		{ "zfs", "NO", "allow.mount.zfs", J },
		{ "raw_sockets", "NO", "allow.raw_sockets", J },
		{ "sysvshm", "new", "sysvshm", J },
		{ "sysvsem", "new", "sysvsem", J },
		{ "sysvmsg", "new", "sysvmsg", J },
		{ "children", "0", "children.max", J },
		{ "mlock", "NO", "allow.mlock", J },
		{ "devfs_ruleset", "4", "devfs_ruleset", J },
		{ "exec_stop", "", "exec.stop", J },
		{ "stop_timeout", "10", "stop.timeout", J },
#undef J
	};
	size_t listed = 0;

	/* What info lists is exactly that, in that order. */
	for (size_t i = 0; i < attr_count(); i++) {
		const struct attr *a = attr_at(i);

		if ((a->flags & ATTR_F_INFO) == 0)
			continue;
		assert_true(listed < COUNT_OF(rows));
		assert_string_equal(a->name, rows[listed].name);
		assert_string_equal(a->fallback, rows[listed].fallback);
		assert_int_equal(a->flags, rows[listed].flags);
		if (rows[listed].parameter == NULL)
			assert_null(a->parameter);
		else
			assert_string_equal(
			    a->parameter, rows[listed].parameter);
		listed++;
	}
	assert_int_equal(listed, COUNT_OF(rows));
	assert_null(attr_find("none"));
	assert_null(attr_find(""));
	assert_null(attr_find("Mount"));
}

/* Whatever row is added: unique, with help, its default is its own stored
 * form. */
static void
rows_are_sound(void **state UNUSED)
{
	for (size_t i = 0; i < attr_count(); i++) {
		const struct attr *a = attr_at(i);

		assert_ptr_equal(attr_find(a->name), a);
		assert_true(str_has_prefix(a->key, "pot.attr."));
		assert_string_equal(a->key + strlen("pot.attr."), a->name);
		assert_true(strlen(a->help) > 10);
		expect_parse(a->name, a->fallback, a->fallback);
	}
}

static void
parses_booleans(void **state UNUSED)
{
	static const char *const yes[] = { "yes", "TRUE", "On", "YES", "tRuE" };
	static const char *const no[] = { "no", "False", "OFF", "NO", "off" };
	static const char *const bad[] = { "", "1", "0", "maybe", "yes ", "y",
		"YES\n" };

	for (size_t i = 0; i < attr_count(); i++) {
		const char *name = attr_at(i)->name;

		if (attr_at(i)->type != ATTR_BOOL)
			continue;
		for (size_t k = 0; k < COUNT_OF(yes); k++)
			expect_parse(name, yes[k], "YES");
		for (size_t k = 0; k < COUNT_OF(no); k++)
			expect_parse(name, no[k], "NO");
		for (size_t k = 0; k < COUNT_OF(bad); k++)
			expect_parse(name, bad[k], NULL);
	}
}

static void
parses_the_other_types(void **state UNUSED)
{
	expect_parse("stop_timeout", "12", "12");
	expect_parse("stop_timeout", "012", "12");
	expect_parse("stop_timeout", "1x", NULL);
	expect_parse("stop_timeout", "-1", NULL);
	expect_parse("stop_timeout", "", NULL);
	expect_parse("stop_timeout", "99999999999999999999", NULL);
	expect_parse("enforce_statfs", "0", "0");
	expect_parse("enforce_statfs", "3", NULL);
	expect_parse("sysvshm", "new", "new");
	expect_parse("sysvsem", "inherit", "inherit");
	expect_parse("sysvmsg", "disable", "disable");
	expect_parse("sysvmsg", "foo", NULL);
	expect_parse("sysvmsg", "NEW", NULL);
	expect_parse(
	    "exec_stop", "sh -c \"a=b; c=d\"  ", "sh -c \"a=b; c=d\"  ");
	expect_parse("exec_stop", "", "");
	expect_parse("exec_stop", "a\nb", NULL);
	expect_parse("stop-signal", "int", "SIGINT");
	expect_parse("stop-signal", "SIGQUIT", "SIGQUIT");
	expect_parse("stop-signal", "9", "SIGKILL");
	expect_parse("stop-signal", "nope", NULL);
	expect_parse("stop-signal", "", NULL);
	expect_parse("log-size", "10m", "10m");
	expect_parse("log-size", "", "");
	expect_parse("log-size", "0", NULL);
	expect_parse("log-size", "2t", NULL);
	expect_parse("log-count", "0", "0");
	expect_parse("log-count", "1001", NULL);
}

static void
expect_attr(
    const struct conf *c, const char *name, const char *want, bool want_set)
{
	bool is_set = !want_set;
	auto_free char *v = attr_value(c, attr_find(name), &is_set);

	assert_string_equal(v, want);
	assert_int_equal(is_set, want_set);
}

static void
reads_values(void **state UNUSED)
{
	auto_conf struct conf *c =
	    conf_of("pot.attr.persistent=NO\n"
		    "pot.attr.prunable= \"yes\"\n"
		    "pot.attr.no-tmpfs=perhaps\n"
		    "pot.attr.mount=\n"
		    "pot.attr.stop_timeout=30\n"
		    "pot.attr.devfs_ruleset=x\n"
		    "pot.attr.exec_stop=sh -c \"a=b; c=d\"\n");

	expect_attr(c, "persistent", "NO", true);
	expect_attr(c, "no-rc-script", "NO", false);
	expect_attr(c, "mount", "NO", false);
	expect_attr(c, "prunable", "yes", true);
	/* D13: not cut at the second '=', blanks and quotes kept. */
	expect_attr(c, "exec_stop", "sh -c \"a=b; c=d\"", true);
	expect_attr(c, "stop_timeout", "30", true);
	assert_false(attr_bool(c, "persistent"));
	assert_true(attr_bool(c, "prunable"));
	assert_false(attr_bool(c, "no-tmpfs"));
	assert_int_equal(attr_uint(c, "stop_timeout"), 30);
	assert_int_equal(attr_uint(c, "devfs_ruleset"), 4);
	assert_int_equal(attr_uint(c, "log-count"), 0);
}

/* Only a plain no makes a pot non-persistent. */
static void
persistent_is_the_safe_default(void **state UNUSED)
{
	auto_conf struct conf *odd = conf_of("pot.attr.persistent=nope\n");
	auto_conf struct conf *none = conf_new();

	assert_true(attr_bool(odd, "persistent"));
	assert_true(attr_bool(none, "persistent"));
}

static void
fills_a_cell(void **state UNUSED)
{
	auto_conf struct conf *none = conf_new();
	auto_conf struct conf *c = conf_of("pot.attr.enforce_statfs=1\n"
					   "pot.attr.mount=YES\n"
					   "pot.attr.fdescfs=YES\n"
					   "pot.attr.tmpfs=on\n"
					   "pot.attr.raw_sockets=YES\n"
					   "pot.attr.sysvsem=inherit\n"
					   "pot.attr.sysvmsg=disable\n"
					   "pot.attr.children=12\n"
					   "pot.attr.userns=YES\n"
					   "pot.attr.read-only-root=YES\n");
	struct cell_attrs a;
	struct err e = ERR_INIT;

	memset(&a, 0xff, sizeof(a));
	assert_ok(attr_to_cell(none, &a, &e), &e);
	assert_int_equal(a.enforce_statfs, 2);
	assert_int_equal(a.devfs_ruleset, 4);
	assert_int_equal(a.children, 0);
	assert_false(a.allow_mount || a.allow_nullfs || a.allow_tmpfs ||
	    a.allow_zfs || a.allow_linprocfs || a.mount_fdescfs ||
	    a.mount_procfs || a.mlock || a.userns || a.is_readonly_root);
	/* D15: no means no. */
	assert_false(a.raw_sockets);
	assert_int_equal(a.sysvshm, SYSV_NEW);
	assert_int_equal(a.userns_id_count, 0);

	assert_ok(attr_to_cell(c, &a, &e), &e);
	assert_int_equal(a.enforce_statfs, 1);
	assert_int_equal(a.children, 12);
	assert_true(a.allow_mount && a.mount_fdescfs && a.allow_tmpfs &&
	    a.raw_sockets && a.userns && a.is_readonly_root);
	assert_false(a.allow_nullfs || a.allow_zfs || a.mount_procfs);
	assert_int_equal(a.sysvshm, SYSV_NEW);
	assert_int_equal(a.sysvsem, SYSV_INHERIT);
	assert_int_equal(a.sysvmsg, SYSV_DISABLE);
}

/* Isolation is not guessed from a damaged line. */
static void
refuses_a_damaged_cell(void **state UNUSED)
{
	static const char *const bad[] = { "pot.attr.mount=maybe\n",
		"pot.attr.children=many\n", "pot.attr.enforce_statfs=3\n",
		"pot.attr.sysvshm=old\n" };
	struct cell_attrs a = { .children = 77 };
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		auto_conf struct conf *c = conf_of(bad[i]);

		assert_int_equal(attr_to_cell(c, &a, &e), -1);
		assert_memory_equal(e.text, bad[i], strcspn(bad[i], "="));
		err_clear(&e);
		assert_int_equal(a.children, 77);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_classic_rows),
		cmocka_unit_test(rows_are_sound),
		cmocka_unit_test(parses_booleans),
		cmocka_unit_test(parses_the_other_types),
		cmocka_unit_test(reads_values),
		cmocka_unit_test(persistent_is_the_safe_default),
		cmocka_unit_test(fills_a_cell),
		cmocka_unit_test(refuses_a_damaged_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
