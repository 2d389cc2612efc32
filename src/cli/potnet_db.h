/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of the internal IPv4 network and who has them, as potnet told it
 * (reference 9.1).
 */
#ifndef POT_CLI_POTNET_DB_H
#define POT_CLI_POTNET_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

/* A network; addresses are in the host's byte order. */
struct net4 {
	uint32_t first, last; /* its own address, the broadcast's */
	unsigned prefix;
};

struct address {
	uint32_t ip;
	char *owner; /* "" if nobody's: network, broadcast */
};

struct address_db {
	struct address *v;
	size_t n, cap;
};

#define ADDRESS_DB_INIT   \
	{                 \
		.v = NULL \
	}

void address_db_fini(struct address_db *db);
#define auto_address_db __attribute__((cleanup(address_db_fini), unused))
/* OWNER has IP now; who had it before does not. */
void address_db_set(struct address_db *db, uint32_t ip, const char *owner);
/* NULL: it is free. */
const struct address *address_db_find(const struct address_db *db, uint32_t ip);
void address_db_sort(struct address_db *db);
/* What is free between FIRST and LAST, both not included, is OWNER's, at most
 * MAX of them. */
void address_db_fill(struct address_db *db, uint32_t first, uint32_t last,
    uint32_t max, const char *owner);

#define IP4_TEXT_SIZE 16
bool ip4_parse(const char *text, uint32_t *out) MUST_CHECK;
const char *ip4_format(uint32_t ip, char out[IP4_TEXT_SIZE]);
/* "10.192.0.0/10"; ERR_INVALID. */
int net4_parse(const char *what, const char *text, struct net4 *out,
    struct err *e) MUST_CHECK;
bool net4_has(const struct net4 *n, uint32_t ip);

#endif
