/* SPDX-License-Identifier: BSD-2-Clause */
/* Base families: detection, also against a base that lies. */
#include "unit.h"

#include "model/family.h"

/* An empty file, its directories made. */
static void
touch(int dir, const char *path)
{
	char part[256];
	int fd;

	for (size_t i = 1; path[i] != '\0'; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		(void)mkdirat(dir, part, 0755);
	}
	fd = openat(dir, path, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void
expect(int dir, const char *name)
{
	const struct family *f = family_detect(dir);

	assert_non_null(f);
	assert_string_equal(f->name, name);
	assert_ptr_equal(family_find(name), f);
}

static void
detects_debian(void **state)
{
	struct scratch *s = *state;
	const struct family *f;

	expect(s->fd, "other");
	touch(s->fd, "usr/bin/dpkg");
	expect(s->fd, "other");
	touch(s->fd, "var/lib/dpkg/status");
	expect(s->fd, "debian");
	f = family_find("debian");
	assert_string_equal(f->os, "Linux");
	assert_string_equal(f->shared, "usr");
	assert_string_equal(f->moved[0], "etc");
	assert_string_equal(f->moved[1], "root");
	assert_string_equal(f->moved[2], "var");
	assert_null(f->moved[3]);
}

/* A multi base has links in the place of what moved. */
static void
detects_a_multi_base(void **state)
{
	struct scratch *s = *state;

	touch(s->fd, "usr/bin/dpkg");
	touch(s->fd, "opt/custom/var/lib/x");
	assert_int_equal(symlinkat("opt/custom/var", s->fd, "var"), 0);
	assert_int_equal(symlinkat("../../../../usr/var.lib.dpkg", s->fd,
			     "opt/custom/var/lib/dpkg"),
	    0);
	expect(s->fd, "debian");
}

static void
detects_freebsd(void **state)
{
	struct scratch *s = *state;
	const struct family *f;

	touch(s->fd, "bin/freebsd-version");
	touch(s->fd, "libexec/ld-elf.so.1");
	expect(s->fd, "freebsd");
	f = family_find("freebsd");
	assert_string_equal(f->shared, "usr/local");
	assert_string_equal(f->shared_name, "usr.local");
	assert_string_equal(f->package_db, "var/db/pkg");
	assert_string_equal(f->package_db_to, "usr/local/var.db.pkg");
	assert_string_equal(f->default_command, "sh /etc/rc");
	assert_null(family_find("plan9"));
}

/* Links that lead out of the base find nothing of the host. */
static void
stays_below_the_base(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(symlinkat("/usr", s->fd, "usr"), 0);
	assert_int_equal(symlinkat("../../../../../var", s->fd, "var"), 0);
	expect(s->fd, "other");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(detects_debian),
		scratch_test(detects_a_multi_base),
		scratch_test(detects_freebsd),
		scratch_test(stays_below_the_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
