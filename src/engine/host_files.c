/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the host that init and de-init change. */
#include "engine/host_files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"
#include "model/pf_conf.h"

#define BACKUP ".bkp-pot"

/* Value of a variable of rc.conf(5); 0 where there is no such file. */
static int
rc_get(const char *name, char **out, struct err *e)
{
	auto_strv struct strv argv = STRV_INIT;
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct spawn_opts o = { .dirfd = -1 };
	char path[PATH_MAX];

	if (spawn_find("sysrc", path, sizeof(path), e) < 0) {
		err_clear(e);
		return 0;
	}
	strv_add_words(&argv, "sysrc -i -n");
	strv_add(&argv, name);
	o.path = path;
	o.argv = strv_argv(&argv);
	if (spawn_run(&o, &b, e) < 0)
		return -1;
	b.data[strcspn(b.data, "\n")] = '\0';
	*out = xstrdup(b.data);
	return 1;
}

static int
rc_set(const char *name, const char *value, struct err *e)
{
	auto_strv struct strv argv = STRV_INIT;
	struct spawn_opts o = { .path = "sysrc", .dirfd = -1 };

	strv_add(&argv, "sysrc");
	strv_add_fmt(&argv, "%s=%s", name, value);
	o.argv = strv_argv(&argv);
	return spawn_run(&o, NULL, e);
}

static int
read_path(const char *path, struct buf *b, mode_t *mode, struct err *e)
{
	auto_close int fd =
	    open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "%s: not a file", path);
	*mode = st.st_mode & 07777;
	return io_read_all(fd, b, path, e);
}

static int
write_path(const char *path, const char *suffix, const struct buf *b,
    mode_t mode, struct err *e)
{
	auto_free char *dir = xstrdup(path), *name = NULL;
	auto_close int fd = -1;
	char *slash = strrchr(dir, '/');

	name = xasprintf("%s%s", slash + 1, suffix);
	slash[slash == dir] = '\0';
	if (dir_open(AT_FDCWD, dir, &fd, e) < 0)
		return -1;
	return file_write(fd, name, b->data, b->len, mode, FILE_F_SYNC, e);
}

static void
answer(struct call *c, const char *file, const char *was, const char *now)
{
	auto_buf struct buf diff = BUF_INIT(BUF_TEXT_MAX);
	auto_record struct record *r = record_new();

	text_diff(file, was, now, &diff);
	record_str(r, "file", file);
	record_str(r, "diff", diff.data);
	CALL_RECORD(c, r);
}

typedef bool edit_fn(const char *text, struct buf *out);

/* A file that is a link is replaced where it leads to. */
static int
edit_file(struct call *c, const char *file, edit_fn *edit, struct err *e)
{
	auto_buf struct buf was = BUF_INIT(BUF_TEXT_MAX);
	auto_buf struct buf now = BUF_INIT(BUF_TEXT_MAX);
	auto_free char *path = realpath(file, NULL);
	mode_t mode;

	if (path == NULL)
		return err_sys(e, "%s", file);
	if (read_path(path, &was, &mode, e) < 0)
		return -1;
	if (!edit(was.data, &now))
		return 0;
	if (buf_check(&now, path, e) < 0)
		return -1;
	if (request_has(c->req, "explain")) {
		answer(c, path, was.data, now.data);
		return 0;
	}
	if (write_path(path, BACKUP, &was, mode, e) < 0 ||
	    write_path(path, "", &now, mode, e) < 0)
		return -1;
	log_info(c->log,
	    "%s: changed (it was: %s" BACKUP
	    "); pf has to load it anew: service pf reload",
	    path, path);
	return 0;
}

/* The rules of pf are those of -p, or of rc.conf. */
static int
edit_pf(struct call *c, edit_fn *edit, struct err *e)
{
	const char *file = request_get(c->req, "pf-file");
	auto_free char *rules = NULL;

	if (request_has(c->req, "no-pf"))
		return 0;
	if (file == NULL) {
		if (rc_get("pf_rules", &rules, e) < 0)
			return -1;
		file = rules;
		if (file != NULL && file[0] == '/' && access(file, F_OK) < 0) {
			log_warn(c->log,
			    "%s: no such file: what pf needs is not there",
			    file);
			return 0;
		}
	}
	if (file == NULL || file[0] == '\0')
		return 0;
	if (file[0] != '/')
		return err_set(
		    e, ERR_INVALID, "%s: not an absolute path", file);
	return edit_file(c, file, edit, e);
}

static int
set_syslogd(struct call *c, struct err *e)
{
	auto_buf struct buf was = BUF_INIT(BUF_TEXT_MAX);
	auto_free char *flags = NULL, *old = NULL, *new = NULL;
	auto_free char *wanted = xasprintf("-b 127.0.0.1 -b %s -a %s",
	    framework_get(c->g->fw, FW_GATEWAY),
	    framework_get(c->g->fw, FW_NETWORK));
	static const char rc_conf[] = "/etc/rc.conf";
	mode_t mode;
	int has;

	if (request_has(c->req, "no-syslog"))
		return 0;
	if ((has = rc_get("syslogd_flags", &flags, e)) < 0)
		return -1;
	if (has == 0 || str_eq(flags, wanted))
		return 0;
	if (request_has(c->req, "explain")) {
		old = xasprintf("syslogd_flags=\"%s\"\n", flags);
		new = xasprintf("syslogd_flags=\"%s\"\n", wanted);
		answer(c, rc_conf, old, new);
		return 0;
	}
	if (access(rc_conf, F_OK) == 0 &&
	    (read_path(rc_conf, &was, &mode, e) < 0 ||
		write_path(rc_conf, BACKUP, &was, mode, e) < 0))
		return -1;
	if (rc_set("syslogd_flags", wanted, e) < 0)
		return -1;
	log_info(c->log, "%s: syslogd_flags is %s now (it was: %s" BACKUP ")",
	    rc_conf, wanted, rc_conf);
	return 0;
}

int
host_files_init(struct call *c, struct err *e)
{
	if (set_syslogd(c, e) < 0)
		return -1;
	return edit_pf(c, pf_conf_add, e);
}

int
host_files_deinit(struct call *c, struct err *e)
{
	return edit_pf(c, pf_conf_remove, e);
}
