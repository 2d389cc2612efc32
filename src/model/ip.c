/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as text. */
#include "model/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/socket.h>

#include "base/str.h"
#include "base/xmalloc.h"

#define QUOTE_SIZE	  80
#define HOST_NAME_MAX_LEN 253 /* RFC 1035, as text */

_Static_assert(IP_TEXT_SIZE >= INET6_ADDRSTRLEN, "IP_TEXT_SIZE");

enum ip_family
ip_family(const char *s)
{
	struct in6_addr a6;
	struct in_addr a4;

	if (strlen(s) >= IP_TEXT_SIZE)
		return IP_NONE;
	if (inet_pton(AF_INET, s, &a4) == 1)
		return IP_V4;
	if (inet_pton(AF_INET6, s, &a6) == 1)
		return IP_V6;
	return IP_NONE;
}

/* One to MAX letters, digits, dots, '_' and '-'. */
static bool
is_word(const char *s, size_t len, size_t max)
{
	if (len == 0 || len > max)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!chr_is_alnum(s[i]) &&
		    (s[i] == '\0' || strchr("._-", s[i]) == NULL))
			return false;
	}
	return true;
}

/* What can be the name of an interface: it becomes part of rules. */
static bool
is_nic(const char *s, size_t len)
{
	return is_word(s, len, IP_NIC_SIZE - 1) && s[0] != '-';
}

int
ip_alias_parse(const char *s, struct ip_alias *out, struct err *e)
{
	const char *bar = strchr(s, '|'), *address = s;
	struct ip_alias a = { .nic = "" };
	char quoted[QUOTE_SIZE];

	if (bar != NULL) {
		size_t len = (size_t)(bar - s);

		if (!is_nic(s, len))
			return err_set(e, ERR_INVALID,
			    "address '%s': expected ADDRESS or NIC|ADDRESS",
			    str_quote(quoted, sizeof(quoted), s));
		memcpy(a.nic, s, len);
		address = bar + 1;
	}
	a.family = ip_family(address);
	if (a.family == IP_NONE)
		return err_set(e, ERR_INVALID,
		    "address '%s': neither IPv4 nor IPv6",
		    str_quote(quoted, sizeof(quoted), s));
	(void)str_copy(a.address, address, sizeof(a.address));
	*out = a;
	return 0;
}

int
ip_host_parse(const char *s, char **stored, struct err *e)
{
	const char *colon = strchr(s, ':');
	char quoted[QUOTE_SIZE];

	(void)str_quote(quoted, sizeof(quoted), s);
	if (colon == NULL ||
	    !is_word(s, (size_t)(colon - s), HOST_NAME_MAX_LEN))
		return err_set(
		    e, ERR_INVALID, "host '%s': expected NAME:ADDRESS", quoted);
	if (ip_family(colon + 1) == IP_NONE)
		return err_set(e, ERR_INVALID,
		    "host '%s': neither an IPv4 nor an IPv6 address", quoted);
	*stored = xasprintf("%s %.*s", colon + 1, (int)(colon - s), s);
	return 0;
}
