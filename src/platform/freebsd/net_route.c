/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses from text, and the default route by route(4); see net.h. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <net/route.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "platform/freebsd/net.h"

int
net_address_parse(const char *text, struct net_address *out, struct err *e)
{
	struct net_address a = { .family = AF_INET };
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	uint64_t prefix;
	char ip[64];

	if (len >= sizeof(ip))
		return err_set(e, ERR_INVALID, "'%.80s': not an address", text);
	memcpy(ip, text, len);
	ip[len] = '\0';
	if (strchr(ip, ':') != NULL)
		a.family = AF_INET6;
	if (inet_pton(a.family, ip, &a.ip) != 1)
		return err_set(e, ERR_INVALID, "'%.80s': not an address", text);
	a.prefix = a.family == AF_INET ? 32 : 128;
	if (slash != NULL) {
		if (str_u64("prefix", slash + 1, 0, a.prefix, &prefix, e) < 0)
			return -1;
		a.prefix = (unsigned)prefix;
	}
	*out = a;
	return 0;
}

/* A message is followed by addresses, each rounded up to whole longs. */
struct message {
	struct rt_msghdr head;
	char room[3 * sizeof(struct sockaddr_in6) + 3 * sizeof(long)];
};

static void
add(struct message *m, const void *sockaddr, size_t len)
{
	char *end = (char *)m + m->head.rtm_msglen;

	memcpy(end, sockaddr, len);
	m->head.rtm_msglen =
	    (unsigned short)(m->head.rtm_msglen + roundup2(len, sizeof(long)));
}

static void
add_ip(struct message *m, int family, const void *ip)
{
	struct sockaddr_in in = { .sin_len = sizeof(in),
		.sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_len = sizeof(in6),
		.sin6_family = AF_INET6 };

	if (family == AF_INET) {
		if (ip != NULL)
			memcpy(&in.sin_addr, ip, sizeof(in.sin_addr));
		add(m, &in, sizeof(in));
	} else {
		if (ip != NULL)
			memcpy(&in6.sin6_addr, ip, sizeof(in6.sin6_addr));
		add(m, &in6, sizeof(in6));
	}
}

int
net_add_gateway(const struct net_address *gateway, struct err *e)
{
	auto_close int fd =
	    socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC, gateway->family);
	struct message m = { .head = {
				 .rtm_msglen = sizeof(m.head),
				 .rtm_version = RTM_VERSION,
				 .rtm_type = RTM_ADD,
				 .rtm_flags = RTF_UP | RTF_GATEWAY | RTF_STATIC,
				 .rtm_addrs =
				     RTA_DST | RTA_GATEWAY | RTA_NETMASK,
				 .rtm_seq = 1,
			     } };

	if (fd < 0)
		return err_sys(e, "routing socket");
	add_ip(&m, gateway->family, NULL);
	add_ip(&m, gateway->family, &gateway->ip);
	add_ip(&m, gateway->family, NULL);
	/* The kernel answers by the result of the write; nobody reads what it
	 * sends to everybody who listens. */
	(void)shutdown(fd, SHUT_RD);
	if (write(fd, &m, m.head.rtm_msglen) < 0)
		return err_sys(e, "default route");
	return 0;
}
