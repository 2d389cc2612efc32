/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetching a release's base.txz. */
#include "image/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "image/digest.h"
#include "image/fetch.h"

#define SET	     "base.txz"
#define SET_MAX	     ((uint64_t)4 << 30)
#define MANIFEST_MAX ((size_t)1 << 20)
#define STEP_PERCENT 10

struct job {
	const struct mirror_options *o;
	const struct release *r;
	char *dir; /* URL or path of the release's directory */
	char wanted[RELEASE_DIGEST_SIZE];
	struct fetch_options fetch;
	unsigned told; /* percent */
};

static void
job_fini(struct job *j)
{
	cleanup_free(&j->dir);
}

static void
on_progress(void *arg, uint64_t at, uint64_t total)
{
	struct job *j = arg;
	char text[STR_SIZE_TEXT];
	unsigned percent;

	if (total < SET_MAX / 4096 || at > total)
		return; /* it is there before anybody has read this */
	percent = (unsigned)(at * 100 / total);
	if (percent < j->told + STEP_PERCENT)
		return;
	j->told = percent - percent % STEP_PERCENT;
	log_info(j->o->log, "%s %s: %u%% of %s", j->r->name, SET, j->told,
	    str_format_size(text, total));
}

/* A directory may be that of one release. */
static void
find_dir(struct job *j)
{
	const struct release *r = j->r;
	const char *local = fetch_local_path(j->o->mirror);
	auto_free char *set = NULL;

	j->dir = xasprintf("%s/%s/%s/%s", local != NULL ? local : j->o->mirror,
	    r->machine, r->arch, r->name);
	if (local == NULL)
		return;
	set = xasprintf("%s/" SET, local);
	if (access(j->dir, F_OK) < 0 && access(set, F_OK) == 0) {
		cleanup_free(&j->dir);
		j->dir = xstrdup(local);
	}
}

/* What the administrator has installed. */
static int
read_installed(struct job *j, struct buf *b, struct err *e)
{
	auto_free char *name =
	    xasprintf("%s-%s-%s", j->r->machine, j->r->arch, j->r->name);
	auto_close int dir = -1;

	if (dir_open(AT_FDCWD, j->o->manifests_dir, &dir, e) < 0)
		return -1;
	return file_read(dir, name, b, e);
}

static int
find_digest(struct job *j, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(MANIFEST_MAX);
	auto_free char *url = xasprintf("%s/MANIFEST", j->dir);

	if (read_installed(j, &b, e) < 0) {
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
		buf_clear(&b);
		if (fetch_text(&j->fetch, url, &b, e) < 0)
			return -1;
		if (fetch_local_path(url) == NULL &&
		    !str_has_prefix(url, "https:"))
			log_warn(j->o->log,
			    "%s: nobody vouches for its MANIFEST (install "
			    "freebsd-release-manifests, or use https)",
			    j->o->mirror);
	}
	return release_manifest_digest(b.data, SET, j->wanted, e);
}

static int
check(struct job *j, int fd, struct err *e)
{
	char found[DIGEST_SHA256_SIZE];

	if (digest_sha256(fd, found, e) < 0)
		return -1;
	if (str_eq(found, j->wanted))
		return 0;
	return err_set(e, ERR_CORRUPT, "digest is %s, and the MANIFEST has %s",
	    found, j->wanted);
}

/* In its place, for nobody writes to a mirror of files but its owner. */
static int
use_local(struct job *j, char *path, size_t size, struct err *e)
{
	auto_free char *set = xasprintf("%s/" SET, j->dir);
	auto_close int fd = open(set, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "%s", set);
	if (check(j, fd, e) < 0)
		return err_wrap(e, "%s", set);
	if (str_copy(path, set, size) >= size)
		return err_set(e, ERR_INVALID, "%s: path too long", set);
	return 0;
}

/* The rest of PART, or all of it; and again from the start if the whole has
 * a wrong digest: what lay there may have been of another release. */
static int
download(struct job *j, int part, struct err *e)
{
	auto_free char *url = xasprintf("%s/" SET, j->dir);

	for (int i = 0;; i++) {
		if (fetch_file(&j->fetch, url, part, e) < 0)
			return -1;
		if (check(j, part, e) == 0)
			break;
		if (ftruncate(part, 0) < 0)
			return -1;
		if (i == 1 || e->code != ERR_CORRUPT)
			return err_wrap(e, "%s", url);
		log_warn(j->o->log, "%s: %s: once more", url, e->text);
		err_clear(e);
		j->told = 0;
	}
	return fsync(part) < 0 ? err_sys(e, "sync") : 0;
}

static int
fill_cache(struct job *j, int cache, const char *name, struct err *e)
{
	auto_free char *temp = xasprintf("%s.part", name);
	auto_close int part = openat(
	    cache, temp, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	struct stat st;

	if (part < 0 || fstat(part, &st) < 0)
		return err_sys(e, "%s", temp);
	if (flock(part, LOCK_EX | LOCK_NB) < 0)
		return err_set(
		    e, ERR_BUSY, "%s: another command is fetching it", name);
	if (st.st_size > 0)
		log_info(j->o->log, "%s: going on at %llu bytes", j->r->name,
		    (unsigned long long)st.st_size);
	else
		log_info(j->o->log, "fetching %s/" SET, j->dir);
	if (download(j, part, e) < 0) {
		/* Nothing that could be gone on with. */
		if (fstat(part, &st) == 0 && st.st_size == 0)
			(void)unlinkat(cache, temp, 0);
		return -1;
	}
	return file_rename(cache, temp, cache, name, FILE_F_SYNC, e);
}

/* One of an older download that is whole? */
static bool
has_cached(struct job *j, int cache, const char *name)
{
	auto_close int fd =
	    openat(cache, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct err why = ERR_INIT;

	if (fd < 0)
		return false;
	if (check(j, fd, &why) == 0)
		return true;
	log_warn(j->o->log, "%s: %s: it is fetched anew", name, why.text);
	return false;
}

static int
use_cache(struct job *j, char *path, size_t size, struct err *e)
{
	auto_free char *name = j->r->is_native ?
	    xasprintf("%s_" SET, j->r->name) :
	    xasprintf("%s-%s-%s_" SET, j->r->machine, j->r->arch, j->r->name);
	auto_free char *full = xasprintf("%s/%s", j->o->cache_dir, name);
	auto_close int cache = -1;

	if (dir_make_path(j->o->cache_dir, 0755, e) < 0 ||
	    dir_open(AT_FDCWD, j->o->cache_dir, &cache, e) < 0)
		return -1;
	if (has_cached(j, cache, name))
		log_info(j->o->log, "using %s", full);
	else if (fill_cache(j, cache, name, e) < 0)
		return -1;
	if (str_copy(path, full, size) >= size)
		return err_set(e, ERR_INVALID, "%s: path too long", full);
	return 0;
}

int
mirror_fetch(const struct mirror_options *o, const struct release *r,
    char *path, size_t size, struct err *e)
{
	__attribute__((cleanup(job_fini))) struct job j = {
		.o = o,
		.r = r,
		.fetch = { .program = o->program,
		    .env = o->env,
		    .max_bytes = SET_MAX },
	};
	int status;

	if (!fetch_is_url(o->mirror))
		return err_set(e, ERR_INVALID,
		    "POT_MIRROR %s: expected a URL or an absolute path",
		    o->mirror);
	find_dir(&j);
	if (find_digest(&j, e) == 0) {
		j.fetch.progress = on_progress;
		j.fetch.arg = &j;
		status = fetch_local_path(o->mirror) != NULL ?
		    use_local(&j, path, size, e) :
		    use_cache(&j, path, size, e);
		if (status == 0)
			return 0;
	}
	if (e->code == ERR_NOT_FOUND)
		return err_wrap(e, "release %s for %s: the mirror has none",
		    r->name, r->arch);
	return err_wrap(e, "release %s", r->name);
}
