/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about the host, and the backend's table. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/utsname.h>
#include <net/if.h>
#include <net/route.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/freebsd/freebsd.h"
#include "platform/passwd.h"

int
host_osreldate(void)
{
	static int cached;
	int value = 0;
	size_t len = sizeof(value);

	if (cached == 0 &&
	    sysctlbyname("kern.osreldate", &value, &len, NULL, 0) == 0)
		cached = value;
	return cached;
}

/* Addresses behind a message are rounded up to whole longs (route(4)). */
static size_t
sockaddr_size(const struct sockaddr *sa)
{
	size_t n = sa->sa_len;

	return n == 0 ? sizeof(long) :
			(n + sizeof(long) - 1) & ~(sizeof(long) - 1);
}

/* No bit is set behind length and family: 0.0.0.0, ::, and the mask of a
 * default route, which may also have no length. */
static bool
is_any(const struct sockaddr *sa)
{
	const unsigned char *at = (const unsigned char *)sa;

	for (size_t i = offsetof(struct sockaddr, sa_data); i < sa->sa_len;
	     i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

static bool
is_default(const struct rt_msghdr *rtm)
{
	const char *at = (const char *)(rtm + 1);
	const struct sockaddr *mask;

	if ((rtm->rtm_addrs & RTA_DST) == 0 ||
	    !is_any((const struct sockaddr *)(const void *)at))
		return false;
	if ((rtm->rtm_flags & RTF_HOST) != 0)
		return false;
	if ((rtm->rtm_addrs & RTA_NETMASK) == 0)
		return true;
	for (int bit = RTA_DST; bit < RTA_NETMASK; bit <<= 1) {
		if ((rtm->rtm_addrs & bit) != 0)
			at += sockaddr_size(
			    (const struct sockaddr *)(const void *)at);
	}
	mask = (const struct sockaddr *)(const void *)at;
	return is_any(mask);
}

/* Interface of the default route of a family, by the routing table's dump. */
static bool
default_interface(int family, char out[32])
{
	int mib[] = { CTL_NET, PF_ROUTE, 0, family, NET_RT_DUMP, 0 };
	auto_free char *v = NULL;
	size_t size = 0;

	if (sysctl(mib, COUNT_OF(mib), NULL, &size, NULL, 0) < 0)
		return false;
	size += size / 8 + 1;
	v = xmalloc(size);
	if (sysctl(mib, COUNT_OF(mib), v, &size, NULL, 0) < 0)
		return false;
	for (size_t at = 0; at + sizeof(struct rt_msghdr) <= size;) {
		const struct rt_msghdr *rtm = (const void *)(v + at);
		char name[IF_NAMESIZE];

		if (rtm->rtm_msglen == 0)
			break;
		at += rtm->rtm_msglen;
		if (rtm->rtm_version != RTM_VERSION || !is_default(rtm) ||
		    if_indextoname(rtm->rtm_index, name) == NULL)
			continue;
		(void)str_copy(out, name, 32);
		return true;
	}
	return false;
}

static uint64_t
number(const char *name)
{
	uint64_t v = 0;
	size_t len = sizeof(v);

	if (sysctlbyname(name, &v, &len, NULL, 0) < 0)
		return 0;
	return len == sizeof(uint32_t) ? (uint32_t)v : v;
}

static int
host_exe_path(char *out, size_t size, struct err *e)
{
	int mib[] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };

	if (sysctl(mib, COUNT_OF(mib), out, &size, NULL, 0) < 0)
		return err_sys(e, "path of this program");
	return 0;
}

static int
host_facts(struct host_facts *out, struct err *e)
{
	struct host_facts f = { .ncpu = (unsigned)number("hw.ncpu") };
	struct utsname u;

	if (uname(&u) < 0)
		return err_sys(e, "uname");
	f.memory_bytes = number("hw.physmem");
	f.swap_bytes = number("vm.swap_total");
	(void)str_copy(f.os, u.sysname, sizeof(f.os));
	(void)str_copy(f.release, u.release, sizeof(f.release));
	(void)str_copy(f.machine, u.machine, sizeof(f.machine));
	if (!default_interface(AF_INET, f.extif) &&
	    !default_interface(AF_INET6, f.extif))
		f.extif[0] = '\0';
	*out = f;
	return 0;
}

static int
host_make_group(const char *name, struct err *e)
{
	char copy[64], pw[] = "pw", verb[] = "groupadd";
	char *argv[] = { pw, verb, copy, NULL };
	const struct spawn_opts o = { .path = "pw", .argv = argv, .dirfd = -1 };

	if (getgrnam(name) != NULL)
		return 0;
	if (str_copy(copy, name, sizeof(copy)) >= sizeof(copy))
		return err_set(e, ERR_INVALID, "group %s: name too long", name);
	return spawn_run(&o, NULL, e);
}

static bool
host_has_interface(const char *name)
{
	return if_nametoindex(name) != 0;
}

static int
host_mounts_below(
    const char *path, char *at, size_t size, bool *found, struct err *e)
{
	auto_free struct statfs *v = NULL;
	char real[PATH_MAX];
	size_t n = 0;

	*found = false;
	if (realpath(path, real) == NULL)
		return errno == ENOENT ? 0 : err_sys(e, "%s", path);
	if (mount_table(&v, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n && !*found; i++) {
		if (!path_is_within(v[i].f_mntonname, real))
			continue;
		*found = true;
		if (at != NULL)
			(void)str_copy(at, v[i].f_mntonname, size);
	}
	return 0;
}

static int
host_mounts_each(host_mount_fn *fn, void *arg, struct err *e)
{
	auto_free struct statfs *v = NULL;
	size_t n = 0;
	int r = 0;

	if (mount_table(&v, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = fn(v[i].f_mntonname, arg, e);
	return r < 0 ? -1 : 0;
}

static int
host_fs_type(int fd, char out[32], struct err *e)
{
	struct statfs s;

	if (fstatfs(fd, &s) < 0)
		return err_sys(e, "file system type");
	(void)str_copy(out, s.f_fstypename, 32);
	return 0;
}

/* copy_file_range(2) clones blocks on ZFS where it can and does not tell
 * whether it did; a call that insists came with 15. */
static int
host_reflink(int fromfd UNUSED, int tofd UNUSED, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "reflink: not available on FreeBSD");
}

/* In a jail every path ends below its root. */
int
inside_open(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static unsigned
host_clock_mhz(void)
{
	int mhz = 0;
	size_t len = sizeof(mhz);

	if (sysctlbyname("hw.clockrate", &mhz, &len, NULL, 0) < 0 || mhz < 0)
		return 0;
	return (unsigned)mhz;
}

static const struct platform_host_ops host_ops = {
	.clock_mhz = host_clock_mhz,
	.exe_path = host_exe_path,
	.facts = host_facts,
	.make_group = host_make_group,
	.has_interface = host_has_interface,
	.mounts_below = host_mounts_below,
	.mounts_each = host_mounts_each,
	.fs_type = host_fs_type,
	.reflink = host_reflink,
};

const struct platform platform_host = {
	.name = "freebsd",
	.default_storage = "zfs",
	.default_pot_type = "multi",
	.default_fs_root = "/opt/pot",
	.default_run_dir = "/var/run/pot",
	.cell = &freebsd_cell_ops,
	.mount = &freebsd_mount_ops,
	.limit = &freebsd_limit_ops,
	.proc = &freebsd_proc_ops,
	.watch = &freebsd_watch_ops,
	.host = &host_ops,
	.output = &freebsd_output_ops,
};
