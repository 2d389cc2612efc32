/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "storage/base.h"

static const char *const moved[] = { "etc", "root", "var", NULL };

static void
links(void **state)
{
	static const struct {
		const char *target;
		unsigned depth;
		const char *expected; /* NULL: stays */
	} rows[] = {
		{ "/etc/x", 1, NULL },
		{ "x", 1, NULL },
		{ "../../x", 3, NULL },
		{ ".", 1, NULL },
		{ "../usr/lib/os-release", 1, "../../../usr/lib/os-release" },
		{ "../../usr/x", 2, "../../../../usr/x" },
		{ "..", 1, "../../.." },
		{ "../", 1, "../../.." },
		{ "../.", 1, "../../../." },
		{ "../etc/passwd", 1, NULL },
		{ "../var/unbound", 1, NULL },
		{ "../variable", 1, "../../../variable" },
		/* "/.." is "/", which moving must not change. */
		{ "../../var/x", 1, "../../../var/x" },
		{ "../../../../usr/x", 1, "../../../usr/x" },
		{ "./../usr/x", 1, "../../../usr/x" },
		{ "sub/../../usr/x", 1, "../../../usr/x" },
		{ "../usr/../bin/x", 1, "../../../bin/x" },
		{ "..//usr", 1, "../../../usr" },
	};
	char out[100];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		bool found = base_relink(
		    rows[i].target, rows[i].depth, moved, out, sizeof(out));

		if (found != (rows[i].expected != NULL) ||
		    (found && !str_eq(out, rows[i].expected)))
			fail_msg("%s at %u: %s", rows[i].target, rows[i].depth,
			    found ? out : "stays");
	}
}

static void
dir(const struct scratch *s, const char *name)
{
	assert_int_equal(mkdirat(s->fd, name, 0755), 0);
}

static void
file(const struct scratch *s, const char *name)
{
	int fd = openat(s->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void
to(const struct scratch *s, const char *name, const char *target)
{
	assert_int_equal(symlinkat(target, s->fd, name), 0);
}

static void
expect_link(const struct scratch *s, const char *name, const char *target)
{
	char found[200];
	ssize_t n = readlinkat(s->fd, name, found, sizeof(found) - 1);

	if (n < 0)
		fail_msg("%s is no link", name);
	found[n] = '\0';
	assert_string_equal(found, target);
}

static bool
exists(const struct scratch *s, const char *name)
{
	return faccessat(s->fd, name, F_OK, 0) == 0;
}

static void
make_debian(const struct scratch *s)
{
	static const char *const dirs[] = { "usr", "usr/bin", "usr/lib", "etc",
		"etc/alt", "var", "var/lib", "var/lib/dpkg", "root", "tmp" };
	size_t i;

	for (i = 0; i < COUNT_OF(dirs); i++)
		dir(s, dirs[i]);
	file(s, "usr/bin/dpkg");
	file(s, "usr/lib/os-release");
	file(s, "var/lib/dpkg/status");
	file(s, "etc/passwd");
	to(s, "bin", "usr/bin");
	to(s, "etc/os-release", "../usr/lib/os-release");
	to(s, "etc/alt/sh", "../../usr/bin/dpkg");
	to(s, "etc/alt/pw", "../passwd");
	to(s, "var/run", "/run");
}

static void
debian(void **state)
{
	const struct scratch *s = *state;
	const struct family *f;
	struct err e = ERR_INIT;
	int i;

	make_debian(s);
	f = family_detect(s->fd);
	assert_string_equal(f->name, "debian");
	/* Once more changes nothing. */
	for (i = 0; i < 2; i++) {
		assert_ok(base_prepare(s->fd, f, &e), &e);
		expect_link(s, "etc", "opt/custom/etc");
		expect_link(s, "var", "opt/custom/var");
		expect_link(s, "root", "opt/custom/root");
		expect_link(s, "bin", "usr/bin");
		expect_link(s, "etc/os-release", "../../../usr/lib/os-release");
		expect_link(s, "etc/alt/sh", "../../../../usr/bin/dpkg");
		expect_link(s, "etc/alt/pw", "../passwd");
		expect_link(s, "var/run", "/run");
		assert_true(exists(s, "etc/os-release"));
		assert_true(exists(s, "etc/alt/sh"));
		assert_true(exists(s, "var/lib/dpkg/status"));
		assert_true(exists(s, "proc"));
		assert_true(exists(s, "dev"));
	}
	expect_link(
	    s, "opt/custom/var/lib/dpkg", "../../../../usr/var.lib.dpkg");
	assert_true(exists(s, "usr/var.lib.dpkg/status"));
	/* It still is what it was. */
	assert_ptr_equal(family_detect(s->fd), f);
}

static void
freebsd(void **state)
{
	static const char *const dirs[] = { "bin", "libexec", "usr",
		"usr/local", "usr/home", "etc", "var", "var/db", "var/db/pkg",
		"var/unbound", "root" };
	const struct scratch *s = *state;
	const struct family *f;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < COUNT_OF(dirs); i++)
		dir(s, dirs[i]);
	file(s, "bin/freebsd-version");
	file(s, "libexec/ld-elf.so.1");
	file(s, "var/db/pkg/local.sqlite");
	to(s, "etc/unbound", "../var/unbound");
	f = family_detect(s->fd);
	assert_string_equal(f->name, "freebsd");
	assert_ok(base_prepare(s->fd, f, &e), &e);
	assert_ok(base_prepare(s->fd, f, &e), &e);
	expect_link(s, "etc", "opt/custom/etc");
	expect_link(s, "usr/local/etc", "../../opt/custom/usr.local.etc");
	expect_link(s, "home", "opt/custom/usr.home");
	expect_link(s, "usr/home", "../opt/custom/usr.home");
	expect_link(
	    s, "opt/custom/var/db/pkg", "../../../../usr/local/var.db.pkg");
	expect_link(s, "etc/unbound", "../var/unbound");
	assert_true(exists(s, "etc/unbound"));
	assert_true(exists(s, "usr/ports"));
	assert_true(exists(s, "usr/local/etc"));
	assert_true(exists(s, "home"));
	assert_true(exists(s, "usr/local/var.db.pkg/local.sqlite"));
}

/* Whatever step a first try got to, the second one completes it. */
static void
half_done(void **state)
{
	const struct scratch *s = *state;
	struct err e = ERR_INIT;

	make_debian(s);
	dir(s, "opt");
	dir(s, "opt/custom");
	assert_int_equal(renameat(s->fd, "etc", s->fd, "opt/custom/etc"), 0);
	assert_ok(base_prepare(s->fd, family_find("debian"), &e), &e);
	expect_link(s, "etc", "opt/custom/etc");
	assert_true(exists(s, "etc/passwd"));
	assert_true(exists(s, "var/lib/dpkg/status"));
}

/* Links of the archive's own don't lead root anywhere. */
static void
evil(void **state)
{
	const struct scratch *s = *state;
	struct err e = ERR_INIT;

	make_debian(s);
	dir(s, "outside");
	dir(s, "tree");
	to(s, "opt", "outside");
	assert_int_equal(base_prepare(s->fd, family_find("debian"), &e), -1);
	err_clear(&e);
	assert_false(exists(s, "outside/custom"));
	assert_true(exists(s, "etc/passwd"));
	assert_int_equal(unlinkat(s->fd, "opt", 0), 0);
	assert_int_equal(renameat(s->fd, "etc", s->fd, "outside/etc"), 0);
	to(s, "etc", "outside/etc");
	assert_err(base_prepare(s->fd, family_find("debian"), &e), &e,
	    ERR_UNSUPPORTED);
	assert_true(exists(s, "outside/etc/passwd"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),
		scratch_test(debian),
		scratch_test(freebsd),
		scratch_test(half_done),
		scratch_test(evil),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
