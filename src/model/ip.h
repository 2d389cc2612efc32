/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses as text: what users write and conf files keep.  Arithmetic on
 * networks is the network layer's.
 */
#ifndef POT_IP_H
#define POT_IP_H

#include "base/compiler.h"
#include "base/err.h"

#define IP_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */
#define IP_NIC_SIZE  16 /* IFNAMSIZ, the same on all our systems */

enum ip_family { IP_NONE = 0, IP_V4 = 4, IP_V6 = 6 };

/* Of which family S is an address, without zone or prefix length. */
enum ip_family ip_family(const char *s);

/* A word of ip= of an alias pot: "ADDRESS" or "NIC|ADDRESS". */
struct ip_alias {
	char nic[IP_NIC_SIZE]; /* "": the external interface */
	char address[IP_TEXT_SIZE];
	enum ip_family family;
};

/* ERR_INVALID. */
int ip_alias_parse(const char *s, struct ip_alias *out, struct err *e)
    MUST_CHECK;

/* "NAME:ADDRESS" (set-hosts; the first colon ends the name) as it is stored,
 * "ADDRESS NAME"; the caller frees.  ERR_INVALID. */
int ip_host_parse(const char *s, char **stored, struct err *e) MUST_CHECK;

#endif
