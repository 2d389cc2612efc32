/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An installation for tests of the engine: the fake platform, the dir
 * storage, and a base of three files, below the test's own directory.
 */
#ifndef POT_TEST_ENGINE_RIG_H
#define POT_TEST_ENGINE_RIG_H

#include "unit.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/xmalloc.h"
#include "engine/engine.h"
#include "platform/fake/fake.h"

struct rig {
	struct scratch *s;
	struct engine *g;
	struct buf records; /* a line of JSON each */
	struct strv messages;
	unsigned nfds; /* so many of /dev/null go with requests */
};

static void
rig_message(void *arg, enum log_level level, const char *text)
{
	struct rig *r = arg;

	(void)level;
	strv_add(&r->messages, text);
}

static void
rig_record(void *arg, const struct record *rec)
{
	struct rig *r = arg;
	struct json j;

	json_init(&j, &r->records);
	record_to_json(rec, &j, NULL);
	buf_add_char(&r->records, '\n');
}

static void
rig_put(struct rig *r, const char *name, const char *text)
{
	struct err e = ERR_INIT;

	assert_ok(
	    file_write(r->s->fd, name, text, strlen(text), 0755, 0, &e), &e);
}

static void
rig_mkdir(const char *top, const char *sub)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", top, sub);
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
}

/* A program that takes the supervisor's place: it ends at once. */
/* In the place of the worker for images: every image is the same. */
#define RIG_UNPACK                                    \
	"#!/bin/sh\n"                                 \
	"case $1 in\n"                                \
	"pack) echo image >&3 ;;\n"                   \
	"probe) echo tar ;;\n"                        \
	"unpack) cat >&4 <<'END'\n"                   \
	"pot-report 1\n"                              \
	"file pot.conf 0 38\n"                        \
	"pot.level=0\npot.type=single\npot.base=\n\n" \
	"file fscomp.conf 0 10\n"                     \
	"/etc /mnt\n\n"                               \
	"file prestart.sh 1 10\n"                     \
	"#!/bin/sh\n\n"                               \
	"os=fake\n"                                   \
	"snapshot=1700000000\n"                       \
	"left-out=0\n"                                \
	"end\n"                                       \
	"END\n"                                       \
	"esac\n"

/* Whatever of it is missing: bases "b1", "b2" and "deb" (of Debian), and what
 * tests bring into pots: "file", "dir", the programs "hook" and "script". */
static void
rig_install(struct rig *r)
{
	static const char *const dirs[] = { "etc", "etc/pot", "bin", "libexec",
		"libexec/pot", "root", "root/bases", "root/jails",
		"root/fscomp", "root/bridges", "root/bases/b1",
		"root/bases/b1/bin", "root/bases/b1/etc", "root/bases/b1/tmp",
		"root/bases/b2", "root/bases/deb", "root/bases/deb/bin",
		"root/bases/deb/usr", "root/bases/deb/usr/bin",
		"root/bases/deb/opt", "root/bases/deb/opt/custom",
		"root/bases/deb/var", "root/bases/deb/var/lib",
		"root/bases/deb/var/lib/dpkg", "etc/pot/flavours", "dir",
		"dir/bin", "dir/etc", "images" };
	static const char *const files[][2] = {
		{ "libexec/pot/pot-supervise", "#!/bin/sh\nexit 0\n" },
		{ "libexec/pot/pot-init", "#!/bin/sh\nexit 0\n" },
		{ "libexec/pot/pot-unpack", RIG_UNPACK },
		{ "root/bases/b1/bin/sh", "#!/bin/sh\n" },
		{ "root/bases/b1/etc/passwd", "root:*:0:0::/root:/bin/sh\n" },
		{ "root/bases/deb/bin/sh", "#!/bin/sh\n" },
		{ "root/bases/deb/usr/bin/dpkg", "#!/bin/sh\n" },
		{ "etc/pot/flavours/debian-update.sh", "#!/bin/sh\nexit 0\n" },
		{ "file", "text\n" },
		{ "dir/etc/file", "text\n" },
		{ "hook", "#!/bin/sh\nexit 0\n" },
		{ "script", "#!/bin/sh\nexit 0\n" },
	};
	auto_free char *conf = xasprintf(
	    "POT_FS_ROOT=%s/root\nPOT_RUN_DIR=%s/run\nPOT_LOG_DIR=%s/log\n"
	    "POT_CACHE=%s/cache\nPOT_TMP=%s\nPOT_STORAGE=dir\n",
	    r->s->path, r->s->path, r->s->path, r->s->path, r->s->path);

	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		rig_mkdir(r->s->path, dirs[i]);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		rig_put(r, files[i][0], files[i][1]);
	rig_put(r, "etc/pot/pot.default.conf", conf);
}

static void
rig_open(struct rig *r)
{
	const struct log log = {
		.fn = rig_message, .arg = r, .max = LOG_LEVEL_DEBUG
	};
	const struct engine_options o = {
		.platform = &platform_fake, .prefix = r->s->path, .log = &log
	};
	struct err e = ERR_INIT;

	assert_ok(engine_open(&o, &r->g, &e), &e);
}

/* As another process would begin: nothing is kept in memory. */
static void
rig_reopen(struct rig *r)
{
	engine_close(r->g);
	r->g = NULL;
	rig_open(r);
}

static void
rig_init(struct rig *r, void **state)
{
	memset(r, 0, sizeof(*r));
	r->s = *state;
	buf_init(&r->records, (size_t)1 << 20);
	fake_reset();
	rig_install(r);
	rig_open(r);
}

static void
rig_fini(struct rig *r)
{
	engine_close(r->g);
	buf_fini(&r->records);
	strv_fini(&r->messages);
	fake_reset();
}

/* A word of a line: %T is the test's directory, ~ a blank. */
static char *
rig_word(struct rig *r, const char *word)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	for (; *word != '\0'; word++) {
		if (word[0] == '%' && word[1] == 'T') {
			buf_add_str(&b, r->s->path);
			word++;
		} else {
			buf_add_char(&b, *word == '~' ? ' ' : *word);
		}
	}
	return buf_take(&b);
}

static void
rig_request(struct rig *r, const char *line, struct request *q)
{
	auto_strv struct strv words = STRV_INIT;

	strv_add_words(&words, line);
	request_init(q, words.v[0]);
	for (size_t i = 1; i < words.n; i++) {
		auto_free char *word = rig_word(r, words.v[i]);
		char *eq = strchr(word, '=');

		if (eq == NULL) {
			request_add_flag(q, word);
			continue;
		}
		*eq = '\0';
		request_add(q, word, eq + 1);
	}
}

/* "verb name=value name" as a request; the status in *STATUS if not NULL. */
static int
rig_call(struct rig *r, const char *line, int *status, struct err *e)
{
	const struct sink sink = { .record = rig_record,
		.arg = r,
		.log = {
		    .fn = rig_message, .arg = r, .max = LOG_LEVEL_DEBUG } };
	auto_request struct request q = { .verb = NULL };
	auto_request struct request got = { .verb = NULL };
	auto_buf struct buf wire = BUF_INIT(REQUEST_MAX);
	auto_close int null = -1;
	int ignored;

	rig_request(r, line, &q);
	buf_clear(&r->records);
	assert_ok(request_encode(&q, &wire, e), e);
	assert_ok(request_decode(wire.data, wire.len, &got, e), e);
	assert_true((null = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0);
	for (got.nfds = 0; got.nfds < r->nfds; got.nfds++)
		got.fds[got.nfds] = null;
	return engine_request(
	    r->g, &got, &sink, status == NULL ? &ignored : status, e);
}

/* The call has to succeed. */
static void
rig_do(struct rig *r, const char *line)
{
	struct err e = ERR_INIT;
	int status = 0;

	strv_fini(&r->messages);
	if (rig_call(r, line, &status, &e) < 0) {
		for (size_t i = 0; i < r->messages.n; i++)
			print_message("# %s\n", r->messages.v[i]);
		fail_msg("%s: %s", line, e.text);
	}
	assert_int_equal(status, 0);
}

/* Nothing runs and nothing is left in the fake kernel or the run
 * directory. */
static void
rig_assert_clean(struct rig *r, const char *what)
{
	auto_buf struct buf b = BUF_INIT((size_t)1 << 16);
	auto_strv struct strv names = STRV_INIT;
	static const char *const dirs[] = { "run/pot", "run/journal",
		"root/journal" };
	struct err e = ERR_INIT;

	fake_census(&b);
	if (b.len > 0)
		fail_msg("%s: left in the kernel: %s", what, b.data);
	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		int fd = openat(r->s->fd, dirs[i], O_RDONLY | O_DIRECTORY);

		if (fd < 0)
			continue;
		assert_ok(dir_list(fd, &names, &e), &e);
		close(fd);
		if (names.n > 0)
			fail_msg(
			    "%s: left in %s: %s", what, dirs[i], names.v[0]);
	}
}

#endif
