/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exported ports, "[tcp:|udp:]PORT[:HOSTPORT]" (reference 7.6).  The text is
 * stored as it was given; without HOSTPORT the host's port is chosen at each
 * start.
 */
#ifndef POT_PORTS_H
#define POT_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

enum port_proto { PORT_TCP, PORT_UDP };

struct port {
	enum port_proto proto;
	uint16_t port;	    /* in the pot */
	uint16_t host_port; /* 0: to be chosen */
};

/* What a user gives.  ERR_INVALID. */
int port_parse(const char *s, struct port *out, struct err *e) MUST_CHECK;
/* What is stored: further ":fields", which the sh version let pass and
 * never read, are not read here either. */
int port_parse_stored(const char *s, struct port *out, struct err *e)
    MUST_CHECK;

#endif
