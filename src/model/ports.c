/* SPDX-License-Identifier: BSD-2-Clause */
/* Exported ports. */
#include "model/ports.h"

#include <string.h>

#include "base/str.h"

#define QUOTE_SIZE 80
#define PORT_MAX   65535

static const char *const protos[] = {
	[PORT_TCP] = "tcp",
	[PORT_UDP] = "udp",
};

/* The number up to ':' or the end. */
static bool
take_port(const char **s, uint16_t *out)
{
	const char *p = *s;
	uint64_t v;

	if (!str_take_u64(&p, PORT_MAX, &v) || v == 0 ||
	    (*p != '\0' && *p != ':'))
		return false;
	*out = (uint16_t)v;
	*s = p;
	return true;
}

static bool
parse(const char *s, bool is_stored, struct port *out)
{
	struct port p = { .proto = PORT_TCP };

	for (size_t i = 0; i < COUNT_OF(protos); i++) {
		size_t len = strlen(protos[i]);

		if (strncmp(s, protos[i], len) == 0 && s[len] == ':') {
			p.proto = (enum port_proto)i;
			s += len + 1;
			break;
		}
	}
	if (!take_port(&s, &p.port))
		return false;
	if (*s == ':') {
		s++;
		if (!take_port(&s, &p.host_port))
			return false;
	}
	if (*s != '\0' && !is_stored)
		return false;
	*out = p;
	return true;
}

static int
parse_or_say(const char *s, bool is_stored, struct port *out, struct err *e)
{
	char quoted[QUOTE_SIZE];

	if (parse(s, is_stored, out))
		return 0;
	return err_set(e, ERR_INVALID,
	    "port '%s': expected [tcp:|udp:]PORT[:HOSTPORT], each from 1 "
	    "to %d",
	    str_quote(quoted, sizeof(quoted), s), PORT_MAX);
}

int
port_parse(const char *s, struct port *out, struct err *e)
{
	return parse_or_say(s, false, out, e);
}

int
port_parse_stored(const char *s, struct port *out, struct err *e)
{
	return parse_or_say(s, true, out, e);
}
