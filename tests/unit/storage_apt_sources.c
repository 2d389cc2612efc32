/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "storage/apt_sources.h"

static void
expect(const struct apt_sources *l, size_t i, const char *uri,
    const char *suite, const char *components, const char *keyring)
{
	assert_true(i < l->n);
	assert_string_equal(l->v[i].uri, uri);
	assert_string_equal(l->v[i].suite, suite);
	assert_string_equal(l->v[i].components, components);
	if (keyring == NULL)
		assert_null(l->v[i].keyring);
	else
		assert_string_equal(l->v[i].keyring, keyring);
}

static void
one_line(void **state)
{
	auto_apt_sources struct apt_sources l = APT_SOURCES_INIT;

	(void)state;
	apt_sources_parse_list(
	    "# deb http://no/ x main\n"
	    "deb http://m/debian bookworm main contrib # why\n"
	    "\tdeb  [ arch=amd64 signed-by=/k.gpg ]  https://n/d  sid  main\n"
	    "deb-src http://m/debian bookworm main\n"
	    "deb cdrom:[Debian 12]/ bookworm main\n"
	    "deb http://short bookworm\n"
	    "deb [trusted=yes http://unclosed bookworm main\n"
	    "deb [signed-by=relative.gpg] file:/srv/deb bookworm main\n"
	    "nonsense\n"
	    "deb http://last/ trixie main",
	    &l);
	assert_int_equal(l.n, 4);
	expect(&l, 0, "http://m/debian", "bookworm", "main contrib", NULL);
	expect(&l, 1, "https://n/d", "sid", "main", "/k.gpg");
	expect(&l, 2, "file:/srv/deb", "bookworm", "main", NULL);
	expect(&l, 3, "http://last/", "trixie", "main", NULL);
}

static void
deb822(void **state)
{
	auto_apt_sources struct apt_sources l = APT_SOURCES_INIT;

	(void)state;
	apt_sources_parse_deb822(
	    "# comment\n"
	    "Types: deb deb-src\n"
	    "URIs: http://a/debian\n"
	    "# inside\n"
	    "Suites: bookworm\n"
	    " bookworm-updates\n"
	    "Components: main\n"
	    "\tnon-free-firmware\n"
	    "Signed-By: /usr/share/keyrings/k.gpg\n"
	    "\n"
	    "types: deb\nuris: http://b http://c\nsuites: x\n"
	    "components: main\nenabled: yes\n"
	    "Signed-By:\n"
	    " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
	    " .\n"
	    " mQINBF\n"
	    " -----END PGP PUBLIC KEY BLOCK-----\n"
	    "\n\n"
	    "Types: deb\nURIs: http://off\nSuites: x\nComponents: main\n"
	    "Enabled: no\n\n"
	    "Types: deb-src\nURIs: http://src\nSuites: x\nComponents: main\n"
	    "\n"
	    "Types: deb\nURIs: http://flat\nSuites: ./\n",
	    &l);
	assert_int_equal(l.n, 4);
	expect(&l, 0, "http://a/debian", "bookworm", "main non-free-firmware",
	    "/usr/share/keyrings/k.gpg");
	expect(&l, 1, "http://a/debian", "bookworm-updates",
	    "main non-free-firmware", "/usr/share/keyrings/k.gpg");
	expect(&l, 2, "http://b", "x", "main", NULL);
	expect(&l, 3, "http://c", "x", "main", NULL);
}

static const char host_text[] =
    "deb [signed-by=/d.gpg] http://docker/linux/debian bookworm stable\n"
    "deb [signed-by=/k.gpg] http://m/debian bookworm main contrib\n"
    "deb http://m/debian bookworm-updates main\n"
    "deb http://s/security bookworm-security main\n"
    "deb http://m/debian bookworm-backports main\n";

static void
same_suite(void **state)
{
	auto_apt_sources struct apt_sources host = APT_SOURCES_INIT,
					    l = APT_SOURCES_INIT;

	(void)state;
	apt_sources_parse_list(host_text, &host);
	apt_sources_for(&host, "bookworm", "bookworm", &l);
	assert_int_equal(l.n, 3);
	expect(&l, 0, "http://m/debian", "bookworm", "main contrib", "/k.gpg");
	expect(&l, 1, "http://m/debian", "bookworm-updates", "main", NULL);
	expect(&l, 2, "http://s/security", "bookworm-security", "main", NULL);
}

static void
other_suite(void **state)
{
	auto_apt_sources struct apt_sources host = APT_SOURCES_INIT,
					    l = APT_SOURCES_INIT,
					    sid = APT_SOURCES_INIT;

	(void)state;
	apt_sources_parse_list(host_text, &host);
	apt_sources_for(&host, "trixie", "bookworm", &l);
	assert_int_equal(l.n, 3);
	/* Components beyond main may not be there in another suite. */
	expect(&l, 0, "http://m/debian", "trixie", "main", "/k.gpg");
	expect(&l, 1, "http://m/debian", "trixie-updates", "main", NULL);
	expect(&l, 2, "http://s/security", "trixie-security", "main", NULL);
	apt_sources_for(&host, "sid", "bookworm", &sid);
	assert_int_equal(sid.n, 1);
	expect(&sid, 0, "http://m/debian", "sid", "main", "/k.gpg");
}

/* The host names no archive: neither a foreign one's nor its updates. */
static void
no_archive(void **state)
{
	auto_apt_sources struct apt_sources host = APT_SOURCES_INIT,
					    l = APT_SOURCES_INIT;

	(void)state;
	apt_sources_parse_list(
	    "deb http://docker/linux/debian bookworm stable\n"
	    "deb http://s/security bookworm-security main\n",
	    &host);
	apt_sources_for(&host, "bookworm", "bookworm", &l);
	assert_int_equal(l.n, 3);
	expect(
	    &l, 0, APT_DEFAULT_MIRROR, "bookworm", "main", APT_DEFAULT_KEYRING);
	expect(&l, 2, APT_DEFAULT_MIRROR "-security", "bookworm-security",
	    "main", APT_DEFAULT_KEYRING);
}

static void
put(const struct scratch *s, const char *name, const char *text)
{
	auto_close int fd =
	    openat(s->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void
files(void **state)
{
	const struct scratch *s = *state;
	auto_apt_sources struct apt_sources l = APT_SOURCES_INIT,
					    none = APT_SOURCES_INIT;
	auto_free char *missing = xasprintf("%s/none", s->path);
	struct err e = ERR_INIT;

	assert_ok(apt_sources_read(missing, &none, &e), &e);
	assert_ok(apt_sources_read(s->path, &none, &e), &e);
	assert_int_equal(none.n, 0);
	assert_int_equal(mkdirat(s->fd, "sources.list.d", 0755), 0);
	put(s, "sources.list", "deb http://one/ a main\n");
	put(s, "sources.list.d/b.list", "deb http://two/ b main\n");
	put(s, "sources.list.d/a.sources",
	    "Types: deb\nURIs: http://three/\nSuites: c\nComponents: main\n");
	put(s, "sources.list.d/c.list.disabled", "deb http://no/ b main\n");
	put(s, "sources.list.d/d.list~", "deb http://no/ b main\n");
	assert_ok(apt_sources_read(s->path, &l, &e), &e);
	assert_int_equal(l.n, 3);
	expect(&l, 0, "http://one/", "a", "main", NULL);
	expect(&l, 1, "http://three/", "c", "main", NULL);
	expect(&l, 2, "http://two/", "b", "main", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line),
		cmocka_unit_test(deb822),
		cmocka_unit_test(same_suite),
		cmocka_unit_test(other_suite),
		cmocka_unit_test(no_archive),
		scratch_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
