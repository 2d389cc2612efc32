/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces by ioctl(2); see net.h. */
#include "platform/freebsd/net.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/jail.h>
#include <sys/linker.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/sysctl.h>
#include <sys/wait.h>
#include <net/ethernet.h>
#include <net/if_bridgevar.h>
#include <netinet/in_var.h>
#include <netinet6/nd6.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "platform/freebsd/freebsd.h"

bool
net_has_vnet(void)
{
	size_t len = 0;

	return sysctlbyname("security.jail.param.vnet", NULL, &len, NULL, 0) ==
	    0 ||
	    errno != ENOENT;
}

/* One that answers requests about interfaces of FAMILY. */
static int
control(int family, struct err *e)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? err_sys(e, "interfaces") : fd;
}

static int
set_name(char *to, const char *name, struct err *e)
{
	if (str_copy(to, name, IFNAMSIZ) >= IFNAMSIZ)
		return err_set(
		    e, ERR_INVALID, "interface %s: name too long", name);
	return 0;
}

/* REQUEST about NAME, whose other members are filled. */
static int
ask(const char *name, unsigned long request, struct ifreq *r, const char *what,
    struct err *e)
{
	auto_close int fd = control(AF_LOCAL, e);

	if (fd < 0 || set_name(r->ifr_name, name, e) < 0)
		return -1;
	if (ioctl(fd, request, r) < 0)
		return err_sys(e, "interface %s: %s", name, what);
	return 0;
}

/* The modules' names are those of the files, "if_bridge". */
int
net_create(const char *kind, char out[IFNAMSIZ], struct err *e)
{
	char module[IFNAMSIZ + 4];
	struct ifreq r = { .ifr_flags = 0 };

	str_fmt(module, sizeof(module), "if_%s", kind);
	(void)kldload(module); /* the next line tells */
	if (ask(kind, SIOCIFCREATE2, &r, "create", e) < 0)
		return -1;
	(void)str_copy(out, r.ifr_name, IFNAMSIZ);
	return 0;
}

int
net_destroy(const char *name, struct err *e)
{
	struct ifreq r = { .ifr_flags = 0 };

	if (!net_exists(name))
		return 0;
	if (ask(name, SIOCIFDESTROY, &r, "destroy", e) == 0)
		return 0;
	if (net_exists(name))
		return -1;
	err_clear(e); /* gone meanwhile */
	return 0;
}

bool
net_exists(const char *name)
{
	return if_nametoindex(name) != 0;
}

int
net_rename(const char *name, const char *to, struct err *e)
{
	struct ifreq r = { .ifr_flags = 0 };
	char copy[IFNAMSIZ];

	if (set_name(copy, to, e) < 0)
		return -1;
	r.ifr_data = copy;
	return ask(name, SIOCSIFNAME, &r, "rename", e);
}

int
net_describe(const char *name, const char *text, struct err *e)
{
	struct ifreq r = { .ifr_flags = 0 };

	r.ifr_buffer.buffer = (void *)(uintptr_t)text;
	r.ifr_buffer.length = strlen(text) + 1;
	return ask(name, SIOCSIFDESCR, &r, "describe", e);
}

/* The flags are in two halves (if(4)). */
int
net_set_up(const char *name, bool is_up, struct err *e)
{
	struct ifreq r = { .ifr_flags = 0 };
	uint32_t flags;

	if (ask(name, SIOCGIFFLAGS, &r, "flags", e) < 0)
		return -1;
	flags =
	    (uint16_t)r.ifr_flags | (uint32_t)(uint16_t)r.ifr_flagshigh << 16;
	if (is_up)
		flags |= IFF_UP;
	else
		flags &= ~(uint32_t)IFF_UP;
	r.ifr_flags = (short)(flags & 0xffff);
	r.ifr_flagshigh = (short)(flags >> 16);
	return ask(name, SIOCSIFFLAGS, &r, is_up ? "up" : "down", e);
}

static void
fill_mask(unsigned char *mask, size_t size, unsigned prefix)
{
	for (size_t i = 0; i < size; i++, prefix -= MIN(prefix, 8))
		mask[i] =
		    (unsigned char)(prefix >= 8 ? 0xff : 0xff << (8 - prefix));
}

static struct sockaddr_in
sockaddr4(const struct in_addr *a)
{
	return (struct sockaddr_in){
		.sin_len = sizeof(struct sockaddr_in),
		.sin_family = AF_INET,
		.sin_addr = *a,
	};
}

static struct sockaddr_in6
sockaddr6(const struct in6_addr *a)
{
	return (struct sockaddr_in6){
		.sin6_len = sizeof(struct sockaddr_in6),
		.sin6_family = AF_INET6,
		.sin6_addr = *a,
	};
}

static int
add_address4(
    int fd, const char *name, const struct net_address *a, struct err *e)
{
	struct in_aliasreq r = { .ifra_vhid = 0 };
	struct in_addr mask;

	fill_mask((unsigned char *)&mask, sizeof(mask), a->prefix);
	r.ifra_addr = sockaddr4(&a->ip.v4);
	r.ifra_mask = sockaddr4(&mask);
	if (set_name(r.ifra_name, name, e) < 0)
		return -1;
	if (ioctl(fd, SIOCAIFADDR, &r) < 0 && errno != EEXIST)
		return err_sys(e, "interface %s: address", name);
	return 0;
}

static int
add_address6(
    int fd, const char *name, const struct net_address *a, struct err *e)
{
	struct in6_aliasreq r = { .ifra_vhid = 0 };
	struct in6_addr mask;

	fill_mask((unsigned char *)&mask, sizeof(mask), a->prefix);
	r.ifra_addr = sockaddr6(&a->ip.v6);
	r.ifra_prefixmask = sockaddr6(&mask);
	r.ifra_lifetime.ia6t_vltime = ND6_INFINITE_LIFETIME;
	r.ifra_lifetime.ia6t_pltime = ND6_INFINITE_LIFETIME;
	/* Nobody else has it: the answer need not be waited for. */
	r.ifra_flags = IN6_IFF_NODAD;
	if (set_name(r.ifra_name, name, e) < 0)
		return -1;
	if (ioctl(fd, SIOCAIFADDR_IN6, &r) < 0 && errno != EEXIST)
		return err_sys(e, "interface %s: address", name);
	return 0;
}

int
net_add_address(const char *name, const struct net_address *a, struct err *e)
{
	auto_close int fd = control(a->family, e);

	if (fd < 0)
		return -1;
	return a->family == AF_INET ? add_address4(fd, name, a, e) :
				      add_address6(fd, name, a, e);
}

static int
bridge_member(const char *bridge, const char *member, unsigned long command,
    const char *what, struct err *e)
{
	auto_close int fd = control(AF_LOCAL, e);
	struct ifbreq member_request = { .ifbr_ifsflags = 0 };
	struct ifdrv r = {
		.ifd_cmd = command,
		.ifd_len = sizeof(member_request),
		.ifd_data = &member_request,
	};

	if (fd < 0 || set_name(r.ifd_name, bridge, e) < 0 ||
	    set_name(member_request.ifbr_ifsname, member, e) < 0)
		return -1;
	if (ioctl(fd, SIOCSDRVSPEC, &r) < 0)
		return err_sys(e, "interface %s: %s %s", bridge, what, member);
	return 0;
}

int
net_bridge_add(const char *bridge, const char *member, struct err *e)
{
	return bridge_member(bridge, member, BRDGADD, "add", e);
}

int
net_bridge_remove(const char *bridge, const char *member, struct err *e)
{
	return bridge_member(bridge, member, BRDGDEL, "remove", e);
}

int
net_give(const char *name, int jid, struct err *e)
{
	struct ifreq r = { .ifr_jid = jid };

	return ask(name, SIOCSIFVNET, &r, "give to a jail", e);
}

int
net_take(const char *name, int jid, struct err *e)
{
	struct ifreq r = { .ifr_jid = jid };

	return ask(name, SIOCSIFRVNET, &r, "take from a jail", e);
}

/* --- in a jail --- */

static NO_RETURN void
be_inside(int jid, net_inside_fn *fn, void *arg, int fd)
{
	struct err e = ERR_INIT;
	int rc = 0;

	if (jail_attach(jid) < 0)
		rc = err_sys(&e, "jail %d: attach", jid);
	else
		rc = fn(arg, &e);
	if (rc == 0)
		_exit(0);
	assert(err_is_set(&e));
	_exit(err_send(fd, &e) < 0 ? 2 : 1);
}

int
net_inside(int jid, net_inside_fn *fn, void *arg, struct err *e)
{
	int fds[2], status = 0, got;
	pid_t pid;

	if (io_pipe(fds, e) < 0)
		return -1;
	auto_close int reader = fds[0];
	pid = fork();
	if (pid == 0)
		be_inside(jid, fn, arg, fds[1]);
	close(fds[1]);
	if (pid < 0)
		return err_sys(e, "fork");
	got = err_recv(reader, e);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return got == 0 ? err_sys(e, "waitpid") : -1;
	}
	if (got != 0)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, ERR_CHILD,
		    "jail %d: network worker died (status 0x%x)", jid,
		    (unsigned)status);
	return 0;
}
