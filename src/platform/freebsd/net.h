/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network interfaces: epair(4), bridge(4), and moving into the network of a
 * jail with its own (vnet).  All by ioctl(2) and route(4), one way that 12
 * has too; nothing is executed, and a pot needs no program for it.
 *
 * What is asked of an interface in a jail is asked in net_inside().
 */
#ifndef POT_PLATFORM_FREEBSD_NET_H
#define POT_PLATFORM_FREEBSD_NET_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"

/* An address with its prefix. */
struct net_address {
	int family; /* AF_INET, AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} ip;
	unsigned prefix;
};

/* "10.1.2.3/24", "fd00::1/64"; without a prefix that of one host. */
int net_address_parse(const char *text, struct net_address *out, struct err *e)
    MUST_CHECK;

/* Does this kernel have networks of jails (VIMAGE)? */
bool net_has_vnet(void);

/* A new interface of KIND ("bridge", "epair"), its name to OUT.  An epair
 * has a second one, whose name ends in b where this one's has its a. */
int net_create(const char *kind, char out[IFNAMSIZ], struct err *e) MUST_CHECK;
/* Accepts that it is not there.  With one half of an epair goes the other. */
int net_destroy(const char *name, struct err *e) MUST_CHECK;
bool net_exists(const char *name);
int net_rename(const char *name, const char *to, struct err *e) MUST_CHECK;
/* What ifconfig(8) shows as its description; kept by nobody else. */
int net_describe(const char *name, const char *text, struct err *e) MUST_CHECK;
int net_set_up(const char *name, bool is_up, struct err *e) MUST_CHECK;
/* Adding one that is there is fine. */
int net_add_address(
    const char *name, const struct net_address *a, struct err *e) MUST_CHECK;
int net_bridge_add(const char *bridge, const char *member, struct err *e)
    MUST_CHECK;
int net_bridge_remove(const char *bridge, const char *member, struct err *e)
    MUST_CHECK;
/* Into the network of a jail, and back to ours. */
int net_give(const char *name, int jid, struct err *e) MUST_CHECK;
int net_take(const char *name, int jid, struct err *e) MUST_CHECK;
/* The default route by a gateway; one that is there is ERR_EXISTS. */
int net_add_gateway(const struct net_address *gateway, struct err *e)
    MUST_CHECK;

/* Run FN in a child process that is in that jail; it may fill E but change
 * nothing else of its caller. */
typedef int net_inside_fn(void *arg, struct err *e);
int net_inside(int jid, net_inside_fn *fn, void *arg, struct err *e) MUST_CHECK;

#endif
