/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts of the host, and small services of its kernel. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/strv.h"
#include "platform/linux/linux.h"
#include "platform/linux/mountinfo.h"

#define ROUTE_MAX    ((size_t)4 << 20)
#define ROUTE6_LO    "lo"
#define ROUTE_UP     0x1U
#define ROUTE_REJECT 0x200U

static int
file_text(const char *path, struct buf *b, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, "%s", path);
	return io_read_all(fd, b, path, e);
}

/* The best of the default routes seen so far. */
struct route {
	unsigned metric;
	char interface[IF_NAMESIZE];
};

static void
route_offer(struct route *best, const char *interface, unsigned metric)
{
	if (best->interface[0] != '\0' && best->metric <= metric)
		return;
	(void)str_copy(best->interface, interface, sizeof(best->interface));
	best->metric = metric;
}

/* The kernel writes nothing but digits, and no line is cut. */
static unsigned
number(const char *s, int base)
{
	return (unsigned)strtoul(s, NULL, base);
}

static bool
is_zero(const char *s)
{
	return s[strspn(s, "0")] == '\0';
}

static bool
is_usable(const char *flags)
{
	return (number(flags, 16) & (ROUTE_UP | ROUTE_REJECT)) == ROUTE_UP;
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask ... */
static void
route4_line(const char *line, struct route *best)
{
	enum { INTERFACE, DEST, GATEWAY, FLAGS, REFS, USES, METRIC, MASK };
	auto_strv struct strv w = STRV_INIT;

	strv_add_words(&w, line);
	if (w.n > MASK && is_zero(w.v[DEST]) && is_zero(w.v[MASK]) &&
	    is_usable(w.v[FLAGS]))
		route_offer(best, w.v[INTERFACE], number(w.v[METRIC], 10));
}

/* dest len src len hop metric refcnt use flags interface */
static void
route6_line(const char *line, struct route *best)
{
	enum { DEST, LEN, METRIC = 5, FLAGS = 8, INTERFACE };
	auto_strv struct strv w = STRV_INIT;

	strv_add_words(&w, line);
	if (w.n > INTERFACE && is_zero(w.v[DEST]) && is_zero(w.v[LEN]) &&
	    is_usable(w.v[FLAGS]) && !str_eq(w.v[INTERFACE], ROUTE6_LO))
		route_offer(best, w.v[INTERFACE], number(w.v[METRIC], 16));
}

static int
routes_read(const char *path,
    void (*line_fn)(const char *line, struct route *best), char out[32],
    struct err *e)
{
	auto_buf struct buf b = BUF_INIT(ROUTE_MAX);
	struct route best = { .metric = 0 };

	if (file_text(path, &b, e) < 0)
		return -1;
	for (char *p = b.data, *end; *p != '\0'; p = end) {
		end = p + strcspn(p, "\n");
		if (*end != '\0')
			*end++ = '\0';
		line_fn(p, &best);
	}
	(void)str_copy(out, best.interface, 32);
	return 0;
}

static int
host_facts(struct host_facts *out, struct err *e)
{
	struct host_facts f = { .ncpu = 1 };
	long ncpu = sysconf(_SC_NPROCESSORS_ONLN);
	struct sysinfo si;
	struct utsname un;

	if (sysinfo(&si) < 0 || uname(&un) < 0)
		return err_sys(e, "sysinfo");
	if (ncpu > 0)
		f.ncpu = (unsigned)ncpu;
	f.memory_bytes = (uint64_t)si.totalram * si.mem_unit;
	f.swap_bytes = (uint64_t)si.totalswap * si.mem_unit;
	(void)str_copy(f.os, un.sysname, sizeof(f.os));
	(void)str_copy(f.release, un.release, sizeof(f.release));
	(void)str_copy(f.machine, un.machine, sizeof(f.machine));
	if (routes_read("/proc/net/route", route4_line, f.extif, e) < 0)
		return -1;
	if (f.extif[0] == '\0' &&
	    routes_read("/proc/net/ipv6_route", route6_line, f.extif, e) < 0)
		return -1;
	*out = f;
	return 0;
}

/* shadow's groupadd -f is content with a group that exists. */
/* In the group file; a static program has no other source (NSS), and
 * groupadd -f is right about those. */
static bool
has_group(const char *name)
{
	auto_buf struct buf b = BUF_INIT(ROUTE_MAX);
	struct err ignored = ERR_INIT;
	size_t len = strlen(name);

	if (file_text("/etc/group", &b, &ignored) < 0)
		return false;
	for (const char *line = b.data; line != NULL;) {
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			return true;
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return false;
}

static int
host_make_group(const char *name, struct err *e)
{
	const char *const argv[] = { "groupadd", "-r", "-f", name, NULL };
	struct spawn_opts o = { .path = "groupadd", .dirfd = -1 };

	if (has_group(name))
		return 0;
	memcpy(&o.argv, &(const char *const *){ argv }, sizeof(o.argv));
	if (spawn_run(&o, NULL, e) < 0)
		return err_wrap(e, "group %s", name);
	return 0;
}

static bool
host_has_interface(const char *name)
{
	return if_nametoindex(name) != 0;
}

struct search {
	const char *top;
	char *at;
	size_t size;
	bool found;
};

static int
search_below(const struct mountinfo *m, void *arg, struct err *e UNUSED)
{
	struct search *s = arg;

	if (!path_is_below(m->path, s->top))
		return 0;
	s->found = true;
	if (s->at != NULL)
		(void)str_copy(s->at, m->path, s->size);
	return 1;
}

static int
host_mounts_below(
    const char *path, char *at, size_t size, bool *found, struct err *e)
{
	struct search s = { .top = path, .at = at, .size = size };

	if (mountinfo_each(search_below, &s, e) < 0)
		return -1;
	*found = s.found;
	return 0;
}

struct each {
	host_mount_fn *fn;
	void *arg;
};

static int
tell_mount(const struct mountinfo *m, void *arg, struct err *e)
{
	struct each *each = arg;

	return each->fn(m->path, each->arg, e);
}

static int
host_mounts_each(host_mount_fn *fn, void *arg, struct err *e)
{
	struct each each = { fn, arg };

	return mountinfo_each(tell_mount, &each, e);
}

struct type_search {
	uint64_t id;
	char *out;
	bool found;
};

static int
search_type(const struct mountinfo *m, void *arg, struct err *e UNUSED)
{
	struct type_search *s = arg;

	if (m->id != s->id)
		return 0;
	(void)str_copy(s->out, m->type, 32);
	s->found = true;
	return 1;
}

static int
host_fs_type(int fd, char out[32], struct err *e)
{
	struct type_search s = { .out = out };
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
		return err_sys(e, "file system type: statx");
	s.id = st.stx_mnt_id;
	if (mountinfo_each(search_type, &s, e) < 0)
		return -1;
	if (!s.found)
		return err_set(e, ERR_NOT_FOUND,
		    "file system type: mount %" PRIu64 " is not ours", s.id);
	return 0;
}

static int
host_reflink(int fromfd, int tofd, struct err *e)
{
	if (ioctl(tofd, FICLONE, fromfd) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == EXDEV || errno == EINVAL ||
	    errno == ENOTTY || errno == ENOSYS)
		return err_set(e, ERR_UNSUPPORTED,
		    "reflink: the file system shares no extents");
	return err_sys(e, "reflink");
}

static int
host_exe_path(char *out, size_t size, struct err *e)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);

	if (n < 0)
		return err_sys(e, "/proc/self/exe");
	if ((size_t)n == size - 1)
		return err_set(e, ERR_LIMIT, "/proc/self/exe: path too long");
	out[n] = '\0';
	return 0;
}

/* The first "cpu MHz" of cpuinfo; some architectures have none. */
static unsigned
host_clock_mhz(void)
{
	auto_buf struct buf b = BUF_INIT(ROUTE_MAX);
	struct err ignored = ERR_INIT;
	unsigned mhz = 0;
	const char *p;

	if (file_text("/proc/cpuinfo", &b, &ignored) == 0 &&
	    (p = strstr(b.data, "cpu MHz")) != NULL &&
	    (p = strchr(p, ':')) != NULL)
		mhz = (unsigned)strtoul(p + 1, NULL, 10);
	return mhz;
}

const struct platform_host_ops linux_host_ops = {
	.exe_path = host_exe_path,
	.clock_mhz = host_clock_mhz,
	.facts = host_facts,
	.make_group = host_make_group,
	.has_interface = host_has_interface,
	.mounts_below = host_mounts_below,
	.mounts_each = host_mounts_each,
	.fs_type = host_fs_type,
	.reflink = host_reflink,
	.taken_ids = host_taken_ids,
};
