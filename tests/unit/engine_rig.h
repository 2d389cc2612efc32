/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An installation for tests of the engine: the fake platform, the dir
 * storage, and a base of three files, below the test's own directory.
 */
#ifndef POT_TEST_ENGINE_RIG_H
#define POT_TEST_ENGINE_RIG_H

#include "unit.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/strv.h"
#include "engine/engine.h"
#include "platform/fake/fake.h"

struct rig {
	struct scratch *s;
	struct engine *g;
	struct buf records; /* a line of JSON each */
	struct strv messages;
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
rig_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void
rig_mkdir(const char *top, const char *sub)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", top, sub);
	assert_int_equal(mkdir(path, 0755), 0);
}

/* A program that takes the supervisor's place: it ends at once. */
static void
rig_install(struct rig *r)
{
	static const char *const dirs[] = { "etc", "etc/pot", "bin", "libexec",
		"libexec/pot", "root", "root/bases", "root/jails",
		"root/fscomp", "root/bridges", "root/bases/b1",
		"root/bases/b1/bin", "root/bases/b1/etc", "root/bases/b1/tmp" };
	char path[1024], conf[4096];

	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		rig_mkdir(r->s->path, dirs[i]);
	snprintf(conf, sizeof(conf),
	    "POT_FS_ROOT=%s/root\nPOT_RUN_DIR=%s/run\nPOT_LOG_DIR=%s/log\n"
	    "POT_CACHE=%s/cache\nPOT_TMP=%s\nPOT_STORAGE=dir\n",
	    r->s->path, r->s->path, r->s->path, r->s->path, r->s->path);
	snprintf(path, sizeof(path), "%s/etc/pot/pot.default.conf", r->s->path);
	rig_put(path, conf);
	snprintf(
	    path, sizeof(path), "%s/libexec/pot/pot-supervise", r->s->path);
	rig_put(path, "#!/bin/sh\nexit 0\n");
	snprintf(path, sizeof(path), "%s/libexec/pot/pot-init", r->s->path);
	rig_put(path, "#!/bin/sh\nexit 0\n");
	snprintf(path, sizeof(path), "%s/root/bases/b1/bin/sh", r->s->path);
	rig_put(path, "#!/bin/sh\n");
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

/* "verb name=value name" as a request; the status in *STATUS if not NULL. */
static int
rig_call(struct rig *r, const char *line, int *status, struct err *e)
{
	const struct sink sink = { .record = rig_record,
		.arg = r,
		.log = {
		    .fn = rig_message, .arg = r, .max = LOG_LEVEL_DEBUG } };
	auto_strv struct strv words = STRV_INIT;
	auto_request struct request q = { .verb = NULL };
	auto_request struct request got = { .verb = NULL };
	auto_buf struct buf wire = BUF_INIT(REQUEST_MAX);
	int ignored;

	strv_add_words(&words, line);
	request_init(&q, words.v[0]);
	for (size_t i = 1; i < words.n; i++) {
		char *eq = strchr(words.v[i], '=');

		if (eq == NULL) {
			request_add_flag(&q, words.v[i]);
			continue;
		}
		*eq = '\0';
		request_add(&q, words.v[i], eq + 1);
	}
	buf_clear(&r->records);
	assert_ok(request_encode(&q, &wire, e), e);
	assert_ok(request_decode(wire.data, wire.len, &got, e), e);
	return engine_request(
	    r->g, &got, &sink, status == NULL ? &ignored : status, e);
}

/* The call has to succeed. */
static void
rig_do(struct rig *r, const char *line)
{
	struct err e = ERR_INIT;
	int status = 0;

	if (rig_call(r, line, &status, &e) < 0)
		fail_msg("%s: %s", line, e.text);
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
