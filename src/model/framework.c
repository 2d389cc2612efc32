/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading the framework's configuration.
 */
#include "model/framework.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/framework_impl.h"

static const struct {
	const char *name, *fallback;
} vars[FW_COUNT] = {
#define FRAMEWORK_VAR(id, n, f, help) [FW_##id] = { n, f },
#include "model/framework.def"
#undef FRAMEWORK_VAR
};

/* These are directories, absolute, without a slash at the end.  Pots are
 * destroyed below them: none of them is the root. */
static const enum framework_var dirs[] = { FW_FS_ROOT, FW_CACHE, FW_TMP,
	FW_RUN_DIR, FW_LOG_DIR };

void
framework_assign(struct strv *names, struct strv *values, const char *name,
    const char *value)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->v[i], name) == 0) {
			char *copy = xstrdup(value);

			free(values->v[i]);
			values->v[i] = copy;
			return;
		}
	}
	strv_add(names, name);
	strv_add(values, value);
}

static void
file_fini(struct framework_file *f)
{
	free(f->what);
	free(f->text);
	*f = (struct framework_file){ .what = NULL };
}

struct files {
	struct framework_file v[FRAMEWORK_FILES_MAX];
	size_t n;
};

static void
files_fini(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		file_fini(&f->v[i]);
	f->n = 0;
}

/* 1 read, 0 there is none, -1.  The file may be a link: it is an
 * administrator's. */
static int
file_load(const char *dir, const char *name, struct framework_file *out,
    struct err *e)
{
	auto_buf struct buf b = BUF_INIT(FRAMEWORK_FILE_MAX);
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CORRUPT, "%s: not a regular file", path);
	if (io_read_sized(fd, st.st_size, &b, path, e) < 0)
		return -1;
	out->st = st;
	out->len = b.len;
	out->text = buf_take(&b);
	out->what = take_ptr(&path);
	return 1;
}

static int
files_load(const char *dir, struct files *out, struct err *e)
{
	int rc = file_load(dir, "pot.default.conf", &out->v[0], e);

	if (rc == 0)
		return err_set(e, ERR_NOT_FOUND,
		    "%s/pot.default.conf: not found: pot is not installed "
		    "properly",
		    dir);
	if (rc < 0)
		return -1;
	out->n = 1;
	rc = file_load(dir, "pot.conf", &out->v[1], e);
	if (rc < 0)
		return -1;
	if (rc == 1)
		out->n = 2;
	return 0;
}

/* All files by our own parser: 0, 1 with the file and line that needs a
 * shell, -1. */
static int
parse_files(const struct files *f, struct strv *names, struct strv *values,
    const char **what, unsigned *line, struct err *e)
{
	for (size_t i = 0; i < f->n; i++) {
		int rc = framework_parse(f->v[i].what, f->v[i].text,
		    f->v[i].len, names, values, line, e);

		if (rc == 0)
			continue;
		*what = f->v[i].what;
		return rc;
	}
	return 0;
}

static int
evaluate(const struct files *f, const struct platform *p, const struct log *l,
    struct strv *names, struct strv *values, struct err *e)
{
	const char *what = NULL, *dir = p->default_run_dir;
	auto_free char *said = NULL;
	unsigned line = 0;
	int rc = parse_files(f, names, values, &what, &line, e);

	if (rc <= 0)
		return rc;
	strv_fini(names);
	strv_fini(values);
	if (framework_cache_load(dir, f->v, f->n, names, values) == 1)
		return 0;
	if (framework_shell(f->v, f->n, names, values, &said, e) < 0)
		return err_wrap(e, "%s:%u", what, line);
	framework_cache_save(dir, f->v, f->n, names, values);
	log_warn(l,
	    "%s:%u: more than plain assignments: evaluated by /bin/sh, which "
	    "is slower%s%s",
	    what, line, said[0] != '\0' ? ", and said: " : "", said);
	return 0;
}

static enum framework_var
find_var(const char *name)
{
	int i = 0;

	while (i < FW_COUNT && strcmp(vars[i].name, name) != 0)
		i++;
	return (enum framework_var)i;
}

static const char *
fallback_of(enum framework_var v, const struct platform *p)
{
	if (v == FW_FS_ROOT)
		return p->default_fs_root;
	if (v == FW_RUN_DIR)
		return p->default_run_dir;
	if (v == FW_STORAGE)
		return p->default_storage;
	return vars[v].fallback;
}

/* Known names into their places, the others into a list; what is not set,
 * or empty, is the default. */
static void
fill(struct framework *f, const struct platform *p, const struct strv *names,
    const struct strv *values)
{
	for (size_t i = 0; i < names->n; i++) {
		enum framework_var v = find_var(names->v[i]);

		if (v == FW_COUNT) {
			strv_add(&f->other_names, names->v[i]);
			strv_add(&f->other_values, values->v[i]);
		} else if (values->v[i][0] != '\0')
			f->value[v] = xstrdup(values->v[i]);
	}
	/* Who names a dataset wants what is in it. */
	if (f->value[FW_STORAGE] == NULL && f->value[FW_ZFS_ROOT] != NULL &&
	    strcmp(f->value[FW_ZFS_ROOT], vars[FW_ZFS_ROOT].fallback) != 0)
		f->value[FW_STORAGE] = xstrdup("zfs");
	for (int i = 0; i < FW_COUNT; i++) {
		if (f->value[i] == NULL)
			f->value[i] =
			    xstrdup(fallback_of((enum framework_var)i, p));
	}
}

static int
check_dirs(struct framework *f, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		char *path = f->value[dirs[i]];
		size_t len = strlen(path);
		char quoted[80];

		while (len > 1 && path[len - 1] == '/')
			path[--len] = '\0';
		if (path[0] != '/' || len == 1 || strchr(path, '\n') != NULL)
			return err_set(e, ERR_INVALID,
			    "%s '%s': expected an absolute path below /",
			    vars[dirs[i]].name,
			    str_quote(quoted, sizeof(quoted), path));
	}
	return 0;
}

void
framework_free(struct framework *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < FW_COUNT; i++)
		free(f->value[i]);
	free(f->prefix);
	free(f->config_dir);
	free(f->flavour_dir);
	free(f->libexec_dir);
	strv_fini(&f->other_names);
	strv_fini(&f->other_values);
	free(f);
}

static void
framework_cleanup(struct framework **fp)
{
	framework_free(*fp);
}

/* A distribution's own package keeps configuration in /etc, beside /usr;
 * the two may have been moved together. */
static char *
find_config_dir(const char *prefix)
{
	auto_free char *own = xasprintf("%s/etc/pot", prefix);
	const char *slash = strrchr(prefix, '/');

	if (slash == NULL || strcmp(slash, "/usr") != 0 ||
	    (slash > prefix && access(own, F_OK) == 0))
		return take_ptr(&own);
	return xasprintf("%.*s/etc/pot", (int)(slash - prefix), prefix);
}

int
framework_load(const char *prefix, const struct platform *p,
    const struct log *l, struct framework **out, struct err *e)
{
	__attribute__((cleanup(framework_cleanup))) struct framework *f =
	    xcalloc(1, sizeof(*f));
	__attribute__((cleanup(files_fini))) struct files files = { .n = 0 };
	auto_strv struct strv names = STRV_INIT, values = STRV_INIT;

	f->prefix = xstrdup(prefix);
	f->config_dir = find_config_dir(prefix);
	f->flavour_dir = xasprintf("%s/flavours", f->config_dir);
	f->libexec_dir = xasprintf("%s/libexec/pot", prefix);
	if (files_load(f->config_dir, &files, e) < 0 ||
	    evaluate(&files, p, l, &names, &values, e) < 0)
		return -1;
	fill(f, p, &names, &values);
	if (check_dirs(f, e) < 0)
		return err_wrap(e, "%s", files.v[files.n - 1].what);
	*out = take_ptr(&f);
	return 0;
}

const char *
framework_get(const struct framework *f, enum framework_var v)
{
	return f->value[v];
}

const char *
framework_other(const struct framework *f, const char *name)
{
	for (size_t i = 0; i < f->other_names.n; i++) {
		if (strcmp(f->other_names.v[i], name) == 0)
			return f->other_values.v[i];
	}
	return NULL;
}

int
framework_find_prefix(
    const struct platform *p, char *out, size_t size, struct err *e)
{
	char path[4096], *slash;

	if (p->host == NULL || p->host->exe_path == NULL)
		return platform_missing(p, "exe_path", e);
	if (p->host->exe_path(path, sizeof(path), e) < 0)
		return -1;
	/* PREFIX/bin/pot */
	for (int i = 0; i < 2; i++) {
		slash = strrchr(path, '/');
		if (path[0] != '/' || slash == NULL)
			return err_set(
			    e, ERR_STATE, "%s: expected PREFIX/bin/pot", path);
		*slash = '\0';
	}
	if (str_copy(out, path, size) >= size)
		return err_set(e, ERR_LIMIT, "%s: path too long", path);
	return 0;
}
