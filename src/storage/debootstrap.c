/* SPDX-License-Identifier: BSD-2-Clause */
/* Making Debian root file systems. */
#include "storage/debootstrap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "base/xmalloc.h"
#include "storage/apt_sources.h"
#include "storage/storage_impl.h"

#define MODE_CACHE    ((mode_t)0755)
#define LINE_MAX_KEPT 300

/* One run: what is asked, and what was found out for it. */
struct job {
	const struct debootstrap_options *o;
	struct apt_sources sources;
	struct strv apt_options; /* 'Acquire::http::Proxy "..."' */
	int cachefd;
	char *temp; /* name of the archive while it is made */
	char *tree; /* and of a tree, where one is needed */
};

static void
job_fini(struct job *j)
{
	apt_sources_fini(&j->sources);
	strv_fini(&j->apt_options);
	cleanup_close(&j->cachefd);
	cleanup_free(&j->temp);
	cleanup_free(&j->tree);
}

/* The output of a program that runs long: its lines go to the caller, and
 * the first one that tells of an error is kept. */
struct output {
	const struct debootstrap_options *o;
	char error[LINE_MAX_KEPT];
};

static void
take_line(struct output *out, char *line)
{
	char *p;

	for (p = line; *p != '\0'; p++)
		if (!chr_is_print(*p))
			*p = ' ';
	if (line[0] == '\0')
		return;
	if (out->error[0] == '\0' && str_has_prefix(line, "E: "))
		(void)str_copy(out->error, line + 3, sizeof(out->error));
	if (out->o->progress != NULL)
		out->o->progress(out->o->arg, line);
}

static int
read_output(int fd, struct output *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(1 << 16);
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		char *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "output: read");
		buf_add(&b, chunk, (size_t)n);
		while ((end = strpbrk(b.data, "\r\n")) != NULL) {
			*end = '\0';
			take_line(out, b.data);
			buf_consume(&b, (size_t)(end - b.data) + 1);
		}
		if (b.is_full || strlen(b.data) != b.len)
			buf_clear(&b); /* not text */
	}
	take_line(out, b.data);
	return 0;
}

/* Run ARGS and pass on what it says; OUT has its complaint. */
static int
run(struct job *j, struct strv *args, struct strv *env, struct output *out,
    struct err *e)
{
	auto_close int reader = -1, writer = -1;
	struct spawn_opts o = { .path = args->v[0],
		.dirfd = j->cachefd,
		.argv = strv_argv(args),
		.envp = strv_argv(env),
		.nfds = 3 };
	struct err ignored = ERR_INIT;
	int fds[2], status, r;
	pid_t pid;

	*out = (struct output){ .o = j->o };
	if (io_pipe(fds, e) < 0)
		return -1;
	reader = fds[0];
	writer = fds[1];
	o.fds[0] = -1;
	o.fds[1] = o.fds[2] = writer;
	if (spawn_start(&o, &pid, e) < 0)
		return -1;
	cleanup_close(&writer);
	r = read_output(reader, out, e);
	cleanup_close(&reader);
	if (spawn_wait(pid, &status, r < 0 ? &ignored : e) < 0 || r < 0)
		return -1;
	if (status != 0)
		return err_set(e, ERR_CHILD, "%s: exit %d%s%s", args->v[0],
		    status, out->error[0] != '\0' ? ": " : "", out->error);
	return 0;
}

/* These complaints mean that there is no such suite. */
static int
explain(struct job *j, const struct output *out, struct err *e)
{
	static const char *const words[] = { "does not have a Release file",
		"No such script", "Invalid Release file" };
	size_t i;

	for (i = 0; i < COUNT_OF(words); i++) {
		if (strstr(out->error, words[i]) == NULL)
			continue;
		err_clear(e);
		return err_set(e, ERR_NOT_FOUND, "no such suite at %s (%s)",
		    j->sources.v[0].uri, out->error);
	}
	return -1;
}

/* What of the host's apt.conf(5) decides whether a mirror can be used. */
static int
read_apt_options(struct job *j, struct err *e)
{
	auto_strv struct strv args = STRV_INIT;
	auto_buf struct buf b = BUF_INIT(1 << 16);
	struct spawn_opts o = { .path = "apt-config", .dirfd = -1 };
	char path[PATH_MAX], *line, *end;

	if (spawn_find(o.path, path, sizeof(path), e) < 0) {
		err_clear(e);
		return 0;
	}
	strv_add_words(&args, "apt-config dump --no-empty");
	strv_add(&args, "--format=%f \"%v\"%n");
	strv_add_words(&args,
	    "Acquire::http::Proxy Acquire::https::Proxy "
	    "Acquire::Check-Valid-Until");
	o.argv = strv_argv(&args);
	if (spawn_run(&o, &b, e) < 0)
		return -1;
	for (line = b.data; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		*end = '\0';
		if (line[0] == '\0')
			continue;
		strv_add(&j->apt_options, line);
	}
	return 0;
}

/* The value of one of them without its quotes, or NULL. */
static char *
apt_option(const struct job *j, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < j->apt_options.n; i++) {
		const char *s = j->apt_options.v[i];

		if (strncmp(s, name, len) == 0 &&
		    str_has_prefix(s + len, " \"") && strlen(s) > len + 3)
			return xstrndup(s + len + 2, strlen(s) - len - 3);
	}
	return NULL;
}

/* VERSION_CODENAME of os-release(5), or empty. */
static void
host_suite(char *out, size_t size)
{
	static const char key[] = "VERSION_CODENAME=";
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	auto_close int fd = open("/etc/os-release", O_RDONLY | O_CLOEXEC);
	struct err ignored = ERR_INIT;
	char *line, *value;

	out[0] = '\0';
	if (fd < 0 || io_read_all(fd, &b, "os-release", &ignored) < 0)
		return;
	for (line = b.data; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!str_has_prefix(line, key))
			continue;
		value = line + strlen(key);
		value += *value == '"';
		value[strcspn(value, "\"\n")] = '\0';
		(void)str_copy(out, value, size);
		return;
	}
}

static int
choose_sources(struct job *j, struct err *e)
{
	auto_apt_sources struct apt_sources host = APT_SOURCES_INIT;
	const char *dir = j->o->apt_dir != NULL ? j->o->apt_dir : "/etc/apt";
	char suite[64];

	if (apt_sources_read(dir, &host, e) < 0)
		return -1;
	host_suite(suite, sizeof(suite));
	apt_sources_for(
	    &host, j->o->suite, suite[0] != '\0' ? suite : NULL, &j->sources);
	return 0;
}

/* A lower-case word. */
static int
check_suite(const char *suite, struct err *e)
{
	char quoted[96];
	size_t i, len = strlen(suite);
	bool is_ok = len > 0 && len < 64 && suite[0] >= 'a' && suite[0] <= 'z';

	for (i = 0; i < len; i++)
		if (!chr_is_alnum(suite[i]) && suite[i] != '-')
			is_ok = false;
	if (!is_ok)
		return err_set(e, ERR_INVALID,
		    "suite '%s': expected a name like bookworm",
		    str_quote(quoted, sizeof(quoted), suite));
	return 0;
}

static bool
has_https(const struct job *j)
{
	size_t i;

	for (i = 0; i < j->sources.n; i++)
		if (str_has_prefix(j->sources.v[i].uri, "https:"))
			return true;
	return false;
}

static void
base_env(const struct job *j, struct strv *env)
{
	auto_free char *http = apt_option(j, "Acquire::http::Proxy");
	auto_free char *https = apt_option(j, "Acquire::https::Proxy");

	strv_add(env, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	strv_add(env, "LC_ALL=C");
	strv_add(env, "DEBIAN_FRONTEND=noninteractive");
	/* The tree is as large as the archive, /tmp may be in memory. */
	strv_add_fmt(env, "TMPDIR=%s", j->o->cache_dir);
	if (http != NULL)
		strv_add_fmt(env, "http_proxy=%s", http);
	if (https != NULL)
		strv_add_fmt(env, "https_proxy=%s", https);
}

static int
run_mmdebstrap(struct job *j, struct err *e)
{
	auto_strv struct strv args = STRV_INIT, env = STRV_INIT;
	struct output out;
	size_t i;

	strv_add_words(&args,
	    "mmdebstrap --mode=root --variant=minbase "
	    "--format=tar");
	for (i = 0; i < j->apt_options.n; i++)
		strv_add_fmt(&args, "--aptopt=%s", j->apt_options.v[i]);
	for (i = 0; i < j->sources.n; i++)
		if (j->sources.v[i].keyring != NULL)
			strv_add_fmt(
			    &args, "--keyring=%s", j->sources.v[i].keyring);
	if (has_https(j))
		strv_add(&args, "--include=ca-certificates");
	strv_add(&args, j->o->suite);
	strv_add(&args, j->temp);
	for (i = 0; i < j->sources.n; i++)
		strv_add_fmt(&args, "deb %s %s %s", j->sources.v[i].uri,
		    j->sources.v[i].suite, j->sources.v[i].components);
	base_env(j, &env);
	if (run(j, &args, &env, &out, e) < 0)
		return explain(j, &out, e);
	return 0;
}

/* debootstrap leaves a tree, with one mirror in its sources.list. */
static int
write_sources(const struct job *j, int tree, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	auto_close int dir = -1;
	size_t i;

	for (i = 0; i < j->sources.n; i++)
		buf_add_fmt(&b, "deb %s %s %s\n", j->sources.v[i].uri,
		    j->sources.v[i].suite, j->sources.v[i].components);
	if (buf_check(&b, "sources.list", e) < 0 ||
	    storage_open_dir(tree, "etc/apt", &dir, e) < 0)
		return -1;
	return file_write(dir, "sources.list", b.data, b.len, 0644, 0, e);
}

static int
pack_tree(struct job *j, struct err *e)
{
	auto_strv struct strv args = STRV_INIT, env = STRV_INIT;
	auto_close int tree = -1;
	struct output out;

	if (dir_open(j->cachefd, j->tree, &tree, e) < 0 ||
	    write_sources(j, tree, e) < 0)
		return -1;
	strv_add_words(&args,
	    "tar --numeric-owner --one-file-system --xattrs "
	    "--exclude=./var/cache/apt/archives/*.deb");
	strv_add(&args, "-cf");
	strv_add(&args, j->temp);
	strv_add_words(&args, "-C");
	strv_add(&args, j->tree);
	strv_add(&args, ".");
	base_env(j, &env);
	return run(j, &args, &env, &out, e);
}

static int
run_debootstrap(struct job *j, struct err *e)
{
	auto_strv struct strv args = STRV_INIT, env = STRV_INIT;
	const struct apt_source *main_source = &j->sources.v[0];
	struct output out;
	int r;

	strv_add_words(&args,
	    "debootstrap --variant=minbase "
	    "--force-check-gpg");
	strv_add_fmt(&args, "--keyring=%s",
	    main_source->keyring != NULL ? main_source->keyring :
					   APT_DEFAULT_KEYRING);
	if (has_https(j))
		strv_add(&args, "--include=ca-certificates");
	strv_add(&args, j->o->suite);
	strv_add_fmt(&args, "%s/%s", j->o->cache_dir, j->tree);
	strv_add(&args, main_source->uri);
	base_env(j, &env);
	r = run(j, &args, &env, &out, e);
	if (r < 0)
		(void)explain(j, &out, e);
	else
		r = pack_tree(j, e);
	storage_undo_tree(j->cachefd, j->tree);
	return r;
}

static int
make_archive(struct job *j, struct err *e)
{
	static const struct {
		const char *program;
		int (*run)(struct job *j, struct err *e);
	} makers[] = {
		{ "mmdebstrap", run_mmdebstrap },
		{ "debootstrap", run_debootstrap },
	};
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < COUNT_OF(makers); i++) {
		if (spawn_find(makers[i].program, path, sizeof(path), e) == 0)
			return makers[i].run(j, e);
		err_clear(e);
	}
	return err_set(e, ERR_UNSUPPORTED,
	    "neither mmdebstrap nor debootstrap is installed: "
	    "install the package mmdebstrap");
}

/* Complete: on the disk, then under its name. */
static int
publish(struct job *j, const char *name, struct err *e)
{
	auto_close int fd =
	    openat(j->cachefd, j->temp, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return err_sys(e, "%s: sync", j->temp);
	return file_rename(
	    j->cachefd, j->temp, j->cachefd, name, FILE_F_SYNC, e);
}

/* What a process that was killed had in the making: ".NAME.PID...".  One of
 * our number that was here before is dead, too. */
static void
remove_stale(struct job *j, const char *name)
{
	auto_free char *prefix = xasprintf(".%s.", name);
	auto_strv struct strv names = STRV_INIT;
	struct err ignored = ERR_INIT;

	if (dir_list(j->cachefd, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		const char *p = names.v[i];
		uint64_t pid;

		if (!str_has_prefix(p, prefix))
			continue;
		p += strlen(prefix);
		if (!str_take_u64(&p, INT32_MAX, &pid) || pid == 0)
			continue;
		if ((pid_t)pid == getpid() ||
		    (kill((pid_t)pid, 0) < 0 && errno == ESRCH))
			storage_undo_tree(j->cachefd, names.v[i]);
	}
}

static int
fetch(struct job *j, const char *name, struct err *e)
{
	remove_stale(j, name);
	if (choose_sources(j, e) < 0 || read_apt_options(j, e) < 0)
		return -1;
	if (make_archive(j, e) == 0 && publish(j, name, e) == 0)
		return 0;
	storage_undo_tree(j->cachefd, j->temp);
	return -1;
}

int
debootstrap_fetch(const struct debootstrap_options *o, char *path, size_t size,
    bool *was_there, struct err *e)
{
	__attribute__((cleanup(job_fini))) struct job j = {
		.o = o,
		.cachefd = -1,
	};
	auto_free char *name = NULL, *full = NULL;
	struct stat st;

	if (check_suite(o->suite, e) < 0)
		return -1;
	name = xasprintf("%s_base.tar", o->suite);
	full = xasprintf("%s/%s", o->cache_dir, name);
	j.temp = xasprintf(".%s.%ld", name, (long)getpid());
	j.tree = xasprintf(".%s.%ld.tree", name, (long)getpid());
	if (strlen(full) >= size)
		return err_set(e, ERR_INVALID, "%s: path too long", full);
	if (dir_make_path(o->cache_dir, MODE_CACHE, e) < 0 ||
	    dir_open(AT_FDCWD, o->cache_dir, &j.cachefd, e) < 0)
		return -1;
	*was_there = fstatat(j.cachefd, name, &st, 0) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size > 0;
	if (!*was_there && fetch(&j, name, e) < 0)
		return err_wrap(e, "suite %s", o->suite);
	(void)str_copy(path, full, size);
	return 0;
}
