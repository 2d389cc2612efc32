/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk below a root.  Every system call is given a directory descriptor
 * and one component, with O_NOFOLLOW, so there is no moment at which a name
 * that was looked at could have become a way out: what somebody swaps in
 * between is either another directory of the same tree, or a link that we
 * read and walk ourselves.  ".." never reaches the kernel.
 */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"

#define DIR_FLAGS    (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define RACES_MAX    1000 /* names that changed while we looked */
#define TEMP_TRIES   100
#define QUOTED_SIZE  200
#define SPECIAL_BITS (S_ISUID | S_ISGID | S_ISVTX)

struct walk {
	const char *path;	   /* as it was asked for */
	int root;		   /* the caller's */
	int fd[BENEATH_DEPTH_MAX]; /* directories below the root */
	unsigned depth;		   /* of them */
	unsigned missing;	   /* levels below that do not exist */
	unsigned links, races;
	bool must_dir;		     /* it ends with a slash */
	size_t pos;		     /* in rest */
	char rest[BENEATH_PATH_MAX]; /* still to walk */
	char at[BENEATH_PATH_MAX];   /* where we are, "": the root */
};

static int PRINTF_LIKE(4, 5) walk_fail(const struct walk *w, enum err_code code,
    struct err *e, const char *fmt, ...)
{
	char quoted[QUOTED_SIZE], text[QUOTED_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(e, code, "%s: %s",
	    str_quote(quoted, sizeof(quoted), w->path), text);
}

static int
walk_fail_sys(const struct walk *w, int sys, struct err *e)
{
	char quoted[QUOTED_SIZE];

	errno = sys;
	return err_sys(e, "%s", str_quote(quoted, sizeof(quoted), w->path));
}

/* What is to be walked: HEAD, and what was left behind it. */
static int
set_rest(struct walk *w, const char *head, struct err *e)
{
	char rest[BENEATH_PATH_MAX];
	int len = snprintf(rest, sizeof(rest), "%s%s", head, w->rest + w->pos);

	if (len >= (int)sizeof(rest))
		return walk_fail(w, ERR_LIMIT, e, "longer than %d characters",
		    BENEATH_PATH_MAX - 1);
	while (len > 0 && rest[len - 1] == '/') {
		rest[--len] = '\0';
		w->must_dir = true;
	}
	memcpy(w->rest, rest, (size_t)len + 1);
	w->pos = 0;
	return 0;
}

static int
walk_init(struct walk *w, int rootfd, const char *path, struct err *e)
{
	w->path = path;
	w->root = rootfd;
	w->depth = w->missing = w->links = w->races = 0;
	w->must_dir = false;
	w->pos = 0;
	w->rest[0] = w->at[0] = '\0';
	return set_rest(w, path, e);
}

static void
walk_fini(struct walk *w)
{
	while (w->depth > 0)
		cleanup_close(&w->fd[--w->depth]);
}

static int
walk_top(const struct walk *w)
{
	return w->depth > 0 ? w->fd[w->depth - 1] : w->root;
}

/* Nothing is left to walk: slashes at the end were dropped. */
static bool
walk_is_at_end(const struct walk *w)
{
	return w->rest[w->pos] == '\0';
}

/* The next component: 1, or 0 at the end. */
static int
next_name(struct walk *w, char name[NAME_MAX + 1], struct err *e)
{
	size_t len;

	w->pos += strspn(w->rest + w->pos, "/");
	len = strcspn(w->rest + w->pos, "/");
	if (len > NAME_MAX)
		return walk_fail_sys(w, ENAMETOOLONG, e);
	memcpy(name, w->rest + w->pos, len);
	name[len] = '\0';
	w->pos += len;
	return len > 0 ? 1 : 0;
}

static int
push_text(struct walk *w, const char *name, struct err *e)
{
	size_t len = strlen(w->at), n = strlen(name);

	if (len + 1 + n >= sizeof(w->at))
		return walk_fail(w, ERR_LIMIT, e, "longer than %d characters",
		    BENEATH_PATH_MAX - 1);
	w->at[len] = '/';
	memcpy(w->at + len + 1, name, n + 1);
	return 0;
}

static int
push_dir(struct walk *w, int fd, const char *name, struct err *e)
{
	if (w->depth == BENEATH_DEPTH_MAX) {
		(void)close(fd);
		return walk_fail(w, ERR_LIMIT, e, "more than %d directories",
		    BENEATH_DEPTH_MAX);
	}
	w->fd[w->depth++] = fd;
	return push_text(w, name, e);
}

/* "..": at the root it stays there. */
static void
pop(struct walk *w)
{
	char *slash = strrchr(w->at, '/');

	if (slash != NULL)
		*slash = '\0';
	if (w->missing > 0)
		w->missing--;
	else if (w->depth > 0)
		cleanup_close(&w->fd[--w->depth]);
}

/* "." and ".." are done here; true if NAME was one. */
static bool
took_dots(struct walk *w, const char *name)
{
	if (str_eq(name, ".."))
		pop(w);
	else if (!str_eq(name, "."))
		return false;
	return true;
}

/* NAME is a link to TARGET: walk that instead. */
static int
follow(struct walk *w, const char *target, struct err *e)
{
	if (w->links++ >= BENEATH_LINKS_MAX)
		return walk_fail(w, ERR_LIMIT, e, "more than %d symbolic links",
		    BENEATH_LINKS_MAX);
	if (target[0] == '/') {
		while (w->depth > 0)
			cleanup_close(&w->fd[--w->depth]);
		w->at[0] = '\0';
	}
	return set_rest(w, target, e);
}

enum kind { KIND_DIR, KIND_LINK, KIND_OTHER, KIND_MISSING, KIND_CHANGED };

/* Read the link NAME, if it is one, and follow it. */
static int
follow_name(struct walk *w, const char *name, enum kind *kind, struct err *e)
{
	char target[BENEATH_PATH_MAX];
	ssize_t n = readlinkat(walk_top(w), name, target, sizeof(target));

	if (n < 0 && errno != EINVAL && errno != ENOENT)
		return walk_fail_sys(w, errno, e);
	if (n < 0) {
		*kind = errno == EINVAL ? KIND_OTHER : KIND_CHANGED;
		return 0;
	}
	if (n == (ssize_t)sizeof(target))
		return walk_fail_sys(w, ENAMETOOLONG, e);
	target[n] = '\0';
	*kind = KIND_LINK;
	return follow(w, target, e);
}

static int
count_race(struct walk *w, struct err *e)
{
	if (w->races++ < RACES_MAX)
		return 0;
	return walk_fail(w, ERR_BUSY, e, "changes while it is looked at");
}

/* What open(2) with O_NOFOLLOW and O_DIRECTORY says of a link. */
static bool
may_be_link(int sys)
{
	return sys == ELOOP || sys == EMLINK || sys == ENOTDIR;
}

/*
 * One step: a directory is entered, a link is followed, anything else is
 * told.  Whoever changes the name between two calls makes us look again.
 */
static int
step(struct walk *w, const char *name, enum kind *kind, struct err *e)
{
	do {
		int fd = openat(walk_top(w), name, DIR_FLAGS);
		struct stat st;

		if (fd >= 0) {
			*kind = KIND_DIR;
			return push_dir(w, fd, name, e);
		}
		if (errno == ENOENT) {
			*kind = KIND_MISSING;
			return 0;
		}
		if (!may_be_link(errno))
			return walk_fail_sys(w, errno, e);
		if (follow_name(w, name, kind, e) < 0)
			return -1;
		if (*kind == KIND_LINK)
			return 0;
		if (*kind == KIND_OTHER &&
		    fstatat(walk_top(w), name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
			return 0;
	} while (count_race(w, e) == 0);
	return -1;
}

/* Enter NAME, which has to exist, or follow it. */
static int
enter(struct walk *w, const char *name, struct err *e)
{
	enum kind kind;

	if (step(w, name, &kind, e) < 0)
		return -1;
	if (kind == KIND_MISSING)
		return walk_fail_sys(w, ENOENT, e);
	if (kind == KIND_OTHER)
		return walk_fail_sys(w, ENOTDIR, e);
	return 0;
}

/* Walk to the last component: 1 with its NAME, or 0 if the path ends in a
 * directory that was entered ("/", "a/.."). */
static int
walk_to_last(struct walk *w, char name[NAME_MAX + 1], struct err *e)
{
	int rc;

	while ((rc = next_name(w, name, e)) > 0) {
		if (took_dots(w, name))
			continue;
		if (walk_is_at_end(w))
			return 1;
		if (enter(w, name, e) < 0)
			return -1;
	}
	return rc;
}

/* Is it a file that can be opened without an effect on the machine? */
static int
check_type(const struct walk *w, mode_t mode, struct err *e)
{
	if (S_ISREG(mode) || S_ISDIR(mode))
		return 0;
	return walk_fail(w, ERR_DENIED, e, "not a regular file or directory");
}

/* What is NAME now?  A type that is refused is an error. */
static int
inspect(const struct walk *w, const char *name, enum kind *kind, struct err *e)
{
	struct stat st;

	*kind = KIND_MISSING;
	if (fstatat(walk_top(w), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : walk_fail_sys(w, errno, e);
	*kind = S_ISLNK(st.st_mode) ? KIND_LINK :
	    S_ISDIR(st.st_mode)	    ? KIND_DIR :
				      KIND_OTHER;
	return *kind == KIND_OTHER ? check_type(w, st.st_mode, e) : 0;
}

/* What try_open returns beside -1. */
enum { OPEN_DONE, OPEN_LINK, OPEN_AGAIN };

/*
 * Open NAME in the directory we are in.  The type is looked at before, since
 * opening a device has effects, and after, since only that is certain.
 */
static int
try_open(struct walk *w, const char *name, int oflags, mode_t mode, int *fdp,
    struct err *e)
{
	bool follows = ((oflags & O_NOFOLLOW) == 0 || w->must_dir) &&
	    (oflags & O_EXCL) == 0;
	auto_close int fd = -1;
	enum kind kind;
	struct stat st;

	if (inspect(w, name, &kind, e) < 0)
		return -1;
	if (kind == KIND_LINK && follows) {
		if (follow_name(w, name, &kind, e) < 0)
			return -1;
		return kind == KIND_LINK ? OPEN_LINK : OPEN_AGAIN;
	}
	fd = openat(walk_top(w), name,
	    oflags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
		(w->must_dir ? O_DIRECTORY : 0),
	    mode);
	if (fd < 0 && (errno == ELOOP || errno == EMLINK) && kind != KIND_LINK)
		return OPEN_AGAIN;
	if (fd < 0 && errno == ENOTDIR && kind == KIND_DIR)
		return OPEN_AGAIN;
	if (fd < 0 || fstat(fd, &st) < 0)
		return walk_fail_sys(w, errno, e);
	if (check_type(w, st.st_mode, e) < 0)
		return -1;
	if (fcntl(fd, F_SETFL, oflags) < 0) /* O_NONBLOCK was ours */
		return walk_fail_sys(w, errno, e);
	*fdp = take_fd(&fd);
	return OPEN_DONE;
}

/* A descriptor of the directory we are in, for the caller. */
static int
take_top(struct walk *w, int *fdp, struct err *e)
{
	int fd;

	if (w->depth > 0) {
		*fdp = take_fd(&w->fd[--w->depth]);
		return 0;
	}
	fd = openat(w->root, ".", DIR_FLAGS);
	if (fd < 0)
		return walk_fail_sys(w, errno, e);
	*fdp = fd;
	return 0;
}

static int
walk_open(struct walk *w, int oflags, mode_t mode, int *fdp, struct err *e)
{
	char name[NAME_MAX + 1];
	int rc;

	do {
		rc = walk_to_last(w, name, e);
		if (rc < 0)
			return -1;
		if (rc == 0)
			(void)str_copy(name, ".", sizeof(name));
		while ((rc = try_open(w, name, oflags, mode, fdp, e)) ==
		    OPEN_AGAIN) {
			if (count_race(w, e) < 0)
				return -1;
		}
	} while (rc == OPEN_LINK);
	return rc;
}

int
beneath_open(int rootfd, const char *path, int oflags, mode_t mode, int *fdp,
    struct err *e)
{
	struct walk w;
	int rc;

	if (walk_init(&w, rootfd, path, e) < 0)
		return -1;
	rc = walk_open(&w, oflags, mode, fdp, e);
	walk_fini(&w);
	return rc;
}

static int
walk_parent(struct walk *w, int *dirfdp, char *name, struct err *e)
{
	char last[NAME_MAX + 1];
	int rc = walk_to_last(w, last, e);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return walk_fail(
		    w, ERR_INVALID, e, "names no entry of a directory");
	if (take_top(w, dirfdp, e) < 0)
		return -1;
	(void)str_copy(name, last, NAME_MAX + 1);
	return 0;
}

int
beneath_parent(
    int rootfd, const char *path, int *dirfdp, char *name, struct err *e)
{
	struct walk w;
	int rc;

	if (walk_init(&w, rootfd, path, e) < 0)
		return -1;
	rc = walk_parent(&w, dirfdp, name, e);
	walk_fini(&w);
	return rc;
}

/*
 * FreeBSD's mkdir(2) drops the sticky bit and its like.  What was just made is
 * opened again for them, and whoever put another directory in its place could
 * make us add them there: to one of ours, of the same permissions and file
 * system, which gives nobody a right.  Permissions are never widened.
 */
static int
add_special_bits(int dirfd, const char *name, mode_t mode)
{
	auto_close int fd = openat(dirfd, name, DIR_FLAGS);
	struct stat dir, st;

	if (fd < 0) /* not what was made: the walk goes on with what is there */
		return may_be_link(errno) || errno == ENOENT ? 0 : -1;
	if (fstat(dirfd, &dir) < 0 || fstat(fd, &st) < 0)
		return -1;
	if ((st.st_mode & mode & SPECIAL_BITS) == (mode & SPECIAL_BITS) ||
	    (st.st_mode & 0777) != (mode & 0777) || st.st_uid != geteuid() ||
	    st.st_dev != dir.st_dev)
		return 0;
	return fchmod(fd, (st.st_mode | mode) & 07777);
}

/* mkdir with that very mode.  A later chmod could hit another directory. */
static int
make_dir(int dirfd, const char *name, mode_t mode)
{
	mode_t old = umask(0);
	int rc = mkdirat(dirfd, name, mode);

	(void)umask(old); /* leaves errno alone */
	if (rc == 0 && (mode & SPECIAL_BITS) != 0)
		rc = add_special_bits(dirfd, name, mode);
	return rc;
}

/* Enter NAME; make it if it is missing. */
static int
make_enter(struct walk *w, const char *name, mode_t mode, struct err *e)
{
	do {
		enum kind kind;

		if (step(w, name, &kind, e) < 0)
			return -1;
		if (kind == KIND_DIR || kind == KIND_LINK)
			return 0;
		if (kind == KIND_OTHER)
			return walk_fail_sys(w, ENOTDIR, e);
		if (make_dir(walk_top(w), name, mode) < 0 && errno != EEXIST)
			return walk_fail_sys(w, errno, e);
	} while (count_race(w, e) == 0);
	return -1;
}

int
beneath_mkdirs(
    int rootfd, const char *path, mode_t mode, int *fdp, struct err *e)
{
	char name[NAME_MAX + 1];
	struct walk w;
	int rc;

	if (walk_init(&w, rootfd, path, e) < 0)
		return -1;
	while ((rc = next_name(&w, name, e)) > 0) {
		if (took_dots(&w, name))
			continue;
		rc = make_enter(&w, name, mode, e);
		if (rc < 0)
			break;
	}
	if (rc == 0)
		rc = take_top(&w, fdp, e);
	walk_fini(&w);
	return rc;
}

/* One step of realpath: below what is missing only the text goes on. */
static int
step_text(struct walk *w, const char *name, struct err *e)
{
	enum kind kind = KIND_MISSING;

	if (w->missing == 0 && step(w, name, &kind, e) < 0)
		return -1;
	if (kind == KIND_DIR || kind == KIND_LINK)
		return 0;
	if (kind == KIND_OTHER && (!walk_is_at_end(w) || w->must_dir))
		return walk_fail_sys(w, ENOTDIR, e);
	if (kind == KIND_MISSING)
		w->missing++;
	return push_text(w, name, e);
}

int
beneath_realpath(
    int rootfd, const char *path, char *out, size_t size, struct err *e)
{
	char name[NAME_MAX + 1];
	struct walk w;
	int rc;

	if (walk_init(&w, rootfd, path, e) < 0)
		return -1;
	while ((rc = next_name(&w, name, e)) > 0) {
		if (took_dots(&w, name))
			continue;
		rc = step_text(&w, name, e);
		if (rc < 0)
			break;
	}
	if (rc == 0 && strlen(w.at) >= size)
		rc = walk_fail(
		    &w, ERR_LIMIT, e, "longer than %zu characters", size - 1);
	if (rc == 0)
		(void)str_copy(out, w.at[0] != '\0' ? w.at : "/", size);
	walk_fini(&w);
	return rc;
}

/*
 * A new file under a name nobody knows.  It is ours alone until the rename:
 * whoever renames it away meanwhile only loses it.
 */
static int
temp_open(int dirfd, char *temp, size_t size, struct err *e)
{
	for (int i = 0; i < TEMP_TRIES; i++) {
		uint64_t seed[] = { clock_mono_ns(), clock_real_ns(),
			(uint64_t)getpid(), (uint64_t)i };
		int fd;

		str_fmt(temp, size, ".pot-%016jx.tmp",
		    (uintmax_t)str_hash(seed, sizeof(seed)));
		fd = openat(dirfd, temp,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			break;
	}
	return err_sys(e, "temporary file");
}

static int
temp_fill(int fd, const void *data, size_t len, mode_t mode, struct err *e)
{
	if (io_write_all(fd, data, len) < 0)
		return err_sys(e, "write");
	if (fchmod(fd, mode & 07777) < 0)
		return err_sys(e, "set mode");
	return 0;
}

/*
 * Is NAME the very file that is to be written?  Replacing one by rename makes
 * some file systems (ext4) begin to write both out, which takes milliseconds.
 */
static bool
is_written(
    int dirfd, const char *name, const char *data, size_t len, mode_t mode)
{
	auto_close int fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char there[4096];

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 07777) != mode || st.st_nlink != 1 ||
	    st.st_uid != geteuid() || st.st_size != (off_t)len)
		return false;
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, there, sizeof(there));

		if (n <= 0 || (size_t)n > len - at ||
		    memcmp(there, data + at, (size_t)n) != 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

int
beneath_write_file(int rootfd, const char *path, const void *data, size_t len,
    mode_t mode, struct err *e)
{
	char name[NAME_MAX + 1], temp[40], quoted[QUOTED_SIZE];
	auto_close int dirfd = -1, fd = -1;

	if (beneath_parent(rootfd, path, &dirfd, name, e) < 0)
		return -1;
	if (is_written(dirfd, name, data, len, mode & 07777))
		return 0;
	(void)str_quote(quoted, sizeof(quoted), path);
	fd = temp_open(dirfd, temp, sizeof(temp), e);
	if (fd < 0)
		return err_wrap(e, "%s", quoted);
	if (temp_fill(fd, data, len, mode, e) == 0) {
		if (renameat(dirfd, temp, dirfd, name) == 0)
			return 0;
		(void)err_sys(e, "replace");
	}
	(void)unlinkat(dirfd, temp, 0);
	return err_wrap(e, "%s", quoted);
}
