/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles: a pid alone is reused, so each use opens a pidfd and compares
 * what cannot be reused.  Where pidfds have inodes of their own this takes
 * no look into /proc.
 */
#include "platform/linux/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "platform/linux/kernel.h"

#define STAT_FIELD_STATE   3 /* proc(5), /proc/PID/stat */
#define STAT_FIELD_PPID	   4
#define STAT_FIELD_FLAGS   9
#define STAT_FIELD_START   22
#define STAT_FIELD_PENDING 31
#define STAT_FIELD_EXIT	   52

/* Field N of TEXT, which begins with STAT_FIELD_STATE. */
static bool
stat_number(const char *text, int field, uint64_t *out)
{
	for (int i = STAT_FIELD_STATE; i < field; i++) {
		text = strchr(text, ' ');
		if (text == NULL)
			return false;
		text++;
	}
	return str_take_u64(&text, UINT64_MAX, out);
}

/* The fields after the name, which may hold blanks and parentheses. */
static bool
stat_parse(const char *text, struct proc_stat *out)
{
	const char *p = strrchr(text, ')');
	uint64_t ppid, flags, start, pending, exit_code;

	if (p == NULL || p[1] != ' ')
		return false;
	p += 2;
	if (!stat_number(p, STAT_FIELD_PPID, &ppid) ||
	    !stat_number(p, STAT_FIELD_FLAGS, &flags) ||
	    !stat_number(p, STAT_FIELD_START, &start) ||
	    !stat_number(p, STAT_FIELD_PENDING, &pending) ||
	    !stat_number(p, STAT_FIELD_EXIT, &exit_code))
		return false;
	out->state = *p;
	out->ppid = (pid_t)ppid;
	out->flags = (unsigned)flags;
	out->start = start;
	out->pending = pending;
	out->exit_code = (int)exit_code;
	return start != 0;
}

bool
proc_stat_read(pid_t pid, struct proc_stat *out)
{
	char path[32], text[1024];
	auto_close int fd = -1;
	ssize_t n;

	str_fmt(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1); /* made in one piece */
	if (n <= 0)
		return false;
	text[n] = '\0';
	return stat_parse(text, out);
}

/* 0 where all pidfds share one inode. */
static int
pidfd_inode(int pidfd, uint64_t *inode, struct err *e)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) < 0)
		return err_sys(e, "pidfd: statfs");
	*inode = 0;
	if ((unsigned long)fs.f_type != PID_FS_MAGIC)
		return 0;
	if (fstat(pidfd, &st) < 0)
		return err_sys(e, "pidfd: stat");
	*inode = st.st_ino;
	return 0;
}

int
handle_fill(struct cell_ref *ref, pid_t pid, int pidfd, bool is_own,
    bool has_userns, struct err *e)
{
	struct proc_stat ps = { .start = 0 };
	uint64_t inode = 0;
	char tail[32] = "";

	if (pidfd_inode(pidfd, &inode, e) < 0)
		return -1;
	if (inode == 0 && !proc_stat_read(pid, &ps))
		return err_set(e, ERR_STATE, "process %d is gone", (int)pid);
	if (inode != 0)
		str_fmt(tail, sizeof(tail), ":%" PRIu64, inode);
	str_fmt(ref->handle, sizeof(ref->handle), "%d:%" PRIu64 "%s%s%s%s",
	    (int)pid, ps.start, tail, is_own || has_userns ? ":" : "",
	    is_own ? "o" : "", has_userns ? "u" : "");
	return 0;
}

/* The number up to ':' or the end; *p is moved behind it. */
static bool
handle_number(const char **p, uint64_t max, uint64_t *out)
{
	uint64_t v;
	const char *s = *p;

	if (!str_take_u64(&s, max, &v))
		return false;
	if (*s != '\0' && (*s != ':' || s[1] == '\0'))
		return false;
	*p = *s == ':' ? s + 1 : s;
	*out = v;
	return true;
}

int
handle_parse(const struct cell_ref *ref, struct handle *h, struct err *e)
{
	const char *p = ref->handle;
	uint64_t pid, start, inode = 0;

	if (*p == '\0')
		return err_set(e, ERR_STATE, "not running");
	if (!handle_number(&p, INT32_MAX, &pid) || pid == 0 ||
	    !handle_number(&p, UINT64_MAX, &start))
		goto bad;
	if (chr_is_digit(*p) && !handle_number(&p, UINT64_MAX, &inode))
		goto bad;
	if (start == 0 && inode == 0)
		goto bad;
	*h = (struct handle){
		.pid = (pid_t)pid, .start = start, .inode = inode
	};
	for (; *p != '\0'; p++) {
		if (*p == 'o')
			h->is_own = true;
		else if (*p == 'u')
			h->has_userns = true;
		else
			goto bad;
	}
	return 0;
bad:
	return err_set(e, ERR_CORRUPT,
	    "handle '%.40s': expected PID:START[:INODE][:FLAGS]", ref->handle);
}

/* Is the process of PIDFD the one of H?  The look into /proc comes after
 * the pidfd was opened, so the pid can't be reused in between. */
bool
handle_is(const struct handle *h, int pidfd)
{
	struct proc_stat ps;
	struct stat st;

	if (h->inode != 0)
		return fstat(pidfd, &st) == 0 && st.st_ino == h->inode;
	return proc_stat_read(h->pid, &ps) && ps.start == h->start;
}

int
handle_open(
    const struct cell_ref *ref, struct handle *h, int *pidfd, struct err *e)
{
	auto_close int fd = -1;

	if (handle_parse(ref, h, e) < 0)
		return -1;
	fd = pidfd_open(h->pid, 0);
	if (fd < 0 && errno != ESRCH && errno != EINVAL)
		return err_sys(e, "pidfd of %d", (int)h->pid);
	if (fd < 0 || !handle_is(h, fd))
		return err_set(e, ERR_STATE, "not running");
	*pidfd = take_fd(&fd);
	return 0;
}

bool
pidfd_is_dead(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/*
 * The call frees the memory of a process that is being killed or ends, which
 * has no use for it any more; it refuses to, with EINVAL, to do it to one
 * that does neither.  It asks no security module, which is half of the price
 * of pidfd_getfd(2) below.
 */
bool
handle_is_running(const struct handle *h, int pidfd)
{
	return h->inode != 0 && sys_process_mrelease(pidfd) < 0 &&
	    errno == EINVAL;
}

/* There is no such descriptor: EBADF, but of an exiting process or a zombie
 * ESRCH (6.9, as are inodes of pidfds).  Who may not look is told EPERM. */
bool
handle_is_exiting(const struct handle *h, int pidfd)
{
	struct proc_stat ps;

	if (h->inode != 0)
		return pidfd_getfd(pidfd, INT_MAX, 0) < 0 && errno == ESRCH;
	return proc_stat_read(h->pid, &ps) && (ps.flags & PF_EXITING) != 0;
}
