/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of FreeBSD's releases. */
#include "image/release.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"

#define FINAL	   "-RELEASE"
#define DIGITS_MAX 3 /* of a version's part */

/* What uname -m says on each system, and FreeBSD's two words for it. */
static const struct {
	const char *uname, *machine, *arch;
} machines[] = {
	{ "amd64", "amd64", "amd64" },
	{ "x86_64", "amd64", "amd64" },
	{ "arm64", "arm64", "aarch64" },
	{ "aarch64", "arm64", "aarch64" },
	{ "i386", "i386", "i386" },
	{ "i686", "i386", "i386" },
	{ "arm", "arm", "armv7" },
	{ "armv7l", "arm", "armv7" },
	{ "powerpc", "powerpc", "powerpc64" },
	{ "ppc64", "powerpc", "powerpc64" },
	{ "ppc64le", "powerpc", "powerpc64le" },
	{ "riscv", "riscv", "riscv64" },
	{ "riscv64", "riscv", "riscv64" },
};

/* What may stand behind the version, each with a number but the first. */
static const char *const stages[] = { FINAL, "-RC", "-BETA", "-ALPHA" };

bool
release_is(const char *text)
{
	return chr_is_digit(text[0]);
}

/* One to three digits, which *P goes behind. */
static bool
take_number(const char **p)
{
	size_t n = 0;

	while (n < DIGITS_MAX && chr_is_digit((*p)[n]))
		n++;
	*p += n;
	return n > 0;
}

static bool
is_stage(const char *s)
{
	if (s[0] == '\0' || str_eq(s, FINAL))
		return true;
	for (size_t i = 1; i < COUNT_OF(stages); i++) {
		const char *p = s + strlen(stages[i]);

		if (str_has_prefix(s, stages[i]) && take_number(&p))
			return *p == '\0';
	}
	return false;
}

static int
set_name(const char *text, struct release *r, struct err *e)
{
	const char *p = text;
	char quoted[64];
	size_t len;

	if (!take_number(&p) || *p++ != '.' || !take_number(&p) || !is_stage(p))
		return err_set(e, ERR_INVALID,
		    "release '%s': expected one like 14.1, 14.1-RELEASE or "
		    "14.2-RC1",
		    str_quote(quoted, sizeof(quoted), text));
	len = (size_t)(p - text);
	str_fmt(
	    r->name, sizeof(r->name), "%s%s", text, *p == '\0' ? FINAL : "");
	str_copy(r->short_name, r->name, sizeof(r->short_name));
	if (str_eq(r->short_name + len, FINAL))
		r->short_name[len] = '\0';
	return 0;
}

/* A word of lower-case letters and digits, as both names are. */
static bool
is_machine(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!chr_is_digit(s[i]) && (s[i] < 'a' || s[i] > 'z'))
			return false;
	return len > 0 && len < sizeof((struct release){ .name = "" }.arch);
}

static int
set_arch(const char *arch, struct release *r, struct err *e)
{
	const char *slash = strchr(arch, '/');
	char quoted[64];

	if (slash != NULL && is_machine(arch, (size_t)(slash - arch)) &&
	    is_machine(slash + 1, strlen(slash + 1))) {
		str_copy(r->machine, arch, (size_t)(slash - arch) + 1);
		str_copy(r->arch, slash + 1, sizeof(r->arch));
		return 0;
	}
	for (size_t i = 0; i < COUNT_OF(machines); i++) {
		if (!str_eq(machines[i].uname, arch) &&
		    !str_eq(machines[i].arch, arch))
			continue;
		str_copy(r->machine, machines[i].machine, sizeof(r->machine));
		str_copy(r->arch, machines[i].arch, sizeof(r->arch));
		return 0;
	}
	return err_set(e, ERR_INVALID,
	    "architecture '%s': expected one like amd64 or arm64/aarch64",
	    str_quote(quoted, sizeof(quoted), arch));
}

int
release_parse(const char *text, const char *arch, const char *host,
    struct release *out, struct err *e)
{
	struct release r = { .is_native = false }, own = r;
	struct err ignored = ERR_INIT;

	if (set_name(text, &r, e) < 0 ||
	    set_arch(arch != NULL ? arch : host, &r, e) < 0)
		return -1;
	r.is_native = set_arch(host, &own, &ignored) == 0 &&
	    str_eq(own.machine, r.machine) && str_eq(own.arch, r.arch);
	*out = r;
	return 0;
}

static bool
is_digest(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return n == RELEASE_DIGEST_SIZE - 1 && s[n] == '\0';
}

int
release_manifest_digest(const char *text, const char *file,
    char out[RELEASE_DIGEST_SIZE], struct err *e)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		auto_free char *line = xstrndup(text, len);
		auto_strv struct strv words = STRV_INIT;

		strv_add_words(&words, line);
		if (words.n >= 2 && str_eq(words.v[0], file) &&
		    is_digest(words.v[1])) {
			str_copy(out, words.v[1], RELEASE_DIGEST_SIZE);
			return 0;
		}
		text += len + (text[len] == '\n');
	}
	return err_set(e, ERR_CORRUPT, "MANIFEST: no digest of %s", file);
}
