/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of releases, and the digests in a MANIFEST. */
#include "unit.h"

#include "image/fetch.h"
#include "image/release.h"

static void
test_names(void **state UNUSED)
{
	static const struct {
		const char *text, *name, *short_name;
	} rows[] = {
		{ "14.1", "14.1-RELEASE", "14.1" },
		{ "14.1-RELEASE", "14.1-RELEASE", "14.1" },
		{ "14.0-RC1", "14.0-RC1", "14.0-RC1" },
		{ "14.0-BETA12", "14.0-BETA12", "14.0-BETA12" },
		{ "15.0-ALPHA2", "15.0-ALPHA2", "15.0-ALPHA2" },
		{ "9.3", "9.3-RELEASE", "9.3" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		struct release r;

		assert_ok(
		    release_parse(rows[i].text, NULL, "amd64", &r, &e), &e);
		assert_string_equal(r.name, rows[i].name);
		assert_string_equal(r.short_name, rows[i].short_name);
		assert_true(release_is(rows[i].text));
	}
	assert_false(release_is("bookworm"));
}

static void
test_no_names(void **state UNUSED)
{
	static const char *const rows[] = { "", "14", "14.", ".1", "14.1.2",
		"14.1-", "14.1-RC", "14.1-RC1x", "14.1-RELEASE1",
		"14.1-CURRENT", "14.1/..", "1234.1", "14.1234", "14.1-rc1",
		"14.1-RC1234", " 14.1", "14.1\n" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		struct release r;

		assert_err(release_parse(rows[i], NULL, "amd64", &r, &e), &e,
		    ERR_INVALID);
	}
}

static void
test_architectures(void **state UNUSED)
{
	static const struct {
		const char *arch, *host, *machine, *name;
		bool is_native;
	} rows[] = {
		{ NULL, "amd64", "amd64", "amd64", true },
		{ NULL, "x86_64", "amd64", "amd64", true },
		{ NULL, "aarch64", "arm64", "aarch64", true },
		{ "arm64", "x86_64", "arm64", "aarch64", false },
		{ "aarch64", "arm64", "arm64", "aarch64", true },
		{ "powerpc/powerpc64le", "amd64", "powerpc", "powerpc64le",
		    false },
		{ "new/new64", "s390x", "new", "new64", false },
	};
	static const char *const wrong[] = { "", "/", "amd64/", "/amd64",
		"../..", "amd64/amd64/x", "vax", "AMD64",
		"a/0123456789abcdef" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		struct release r;

		assert_ok(
		    release_parse("14.1", rows[i].arch, rows[i].host, &r, &e),
		    &e);
		assert_string_equal(r.machine, rows[i].machine);
		assert_string_equal(r.arch, rows[i].name);
		assert_int_equal(r.is_native, rows[i].is_native);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err e = ERR_INIT;
		struct release r;

		assert_err(release_parse("14.1", wrong[i], "amd64", &r, &e), &e,
		    ERR_INVALID);
	}
}

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_manifest(void **state UNUSED)
{
	static const char *const wrong[] = { "", "base.txz\n",
		"base.txz\tabc\n", "base.txz\t" D64 "0\n",
		"xbase.txz\t" D64 "\n", "kernel.txz " D64 "\n" };
	char digest[RELEASE_DIGEST_SIZE];
	struct err e = ERR_INIT;

	assert_ok(release_manifest_digest("kernel.txz\tx\n"
					  "base.txz\t" D64 "\t31\tbase\n",
		      "base.txz", digest, &e),
	    &e);
	assert_string_equal(digest, D64);
	/* Without an end of line. */
	assert_ok(
	    release_manifest_digest("base.txz " D64, "base.txz", digest, &e),
	    &e);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_err(
		    release_manifest_digest(wrong[i], "base.txz", digest, &e),
		    &e, ERR_CORRUPT);
}

static void
test_urls(void **state UNUSED)
{
	assert_true(fetch_is_url("http://x/y"));
	assert_true(fetch_is_url("https://x/y"));
	assert_true(fetch_is_url("ftp://x/y"));
	assert_true(fetch_is_url("file:///y"));
	assert_true(fetch_is_url("/y"));
	assert_false(fetch_is_url("y"));
	assert_false(fetch_is_url("file://host/y"));
	assert_false(fetch_is_url("gopher://x/y"));
	assert_string_equal(fetch_local_path("file:///y"), "/y");
	assert_null(fetch_local_path("http://x/y"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
