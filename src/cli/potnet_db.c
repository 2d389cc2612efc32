/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 addresses and their owners. */
#include "cli/potnet_db.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"

#define BITS 32

void
address_db_fini(struct address_db *db)
{
	for (size_t i = 0; i < db->n; i++)
		free(db->v[i].owner);
	free(db->v);
	*db = (struct address_db)ADDRESS_DB_INIT;
}

const struct address *
address_db_find(const struct address_db *db, uint32_t ip)
{
	for (size_t i = 0; i < db->n; i++)
		if (db->v[i].ip == ip)
			return &db->v[i];
	return NULL;
}

static void
append(struct address_db *db, uint32_t ip, const char *owner)
{
	if (db->n == db->cap) {
		db->cap = db->cap == 0 ? 64 : 2 * db->cap;
		db->v = xreallocarray(db->v, db->cap, sizeof(*db->v));
	}
	db->v[db->n++] = (struct address){ .ip = ip, .owner = xstrdup(owner) };
}

void
address_db_set(struct address_db *db, uint32_t ip, const char *owner)
{
	for (size_t i = 0; i < db->n; i++) {
		if (db->v[i].ip != ip)
			continue;
		free(db->v[i].owner);
		db->v[i].owner = xstrdup(owner);
		return;
	}
	if (db->n == db->cap) {
		db->cap = db->cap == 0 ? 64 : 2 * db->cap;
		db->v = xreallocarray(db->v, db->cap, sizeof(*db->v));
	}
	db->v[db->n++] = (struct address){ .ip = ip, .owner = xstrdup(owner) };
}

static int
compare(const void *a, const void *b)
{
	const struct address *x = a, *y = b;

	return (x->ip > y->ip) - (x->ip < y->ip);
}

void
address_db_sort(struct address_db *db)
{
	if (db->n > 0)
		qsort(db->v, db->n, sizeof(*db->v), compare);
}

void
address_db_fill(struct address_db *db, uint32_t first, uint32_t last,
    uint32_t max, const char *owner)
{
	size_t known = db->n;

	address_db_sort(db);
	for (uint32_t i = 1; i < last - first && i <= max; i++) {
		const struct address key = { .ip = first + i };

		if (known == 0 ||
		    bsearch(&key, db->v, known, sizeof(key), compare) == NULL)
			append(db, key.ip, owner);
	}
}

bool
ip4_parse(const char *text, uint32_t *out)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return false;
	*out = ntohl(a.s_addr);
	return true;
}

const char *
ip4_format(uint32_t ip, char out[IP4_TEXT_SIZE])
{
	str_fmt(out, IP4_TEXT_SIZE, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255,
	    ip >> 8 & 255, ip & 255);
	return out;
}

int
net4_parse(const char *what, const char *text, struct net4 *out, struct err *e)
{
	const char *slash = strchr(text, '/');
	auto_free char *host = NULL;
	struct net4 n;
	uint64_t prefix;
	uint32_t ip, mask;

	host = xstrndup(
	    text, slash != NULL ? (size_t)(slash - text) : strlen(text));
	if (slash == NULL || !ip4_parse(host, &ip))
		return err_set(e, ERR_INVALID,
		    "%s %s: expected ADDRESS/LENGTH of IPv4", what, text);
	if (str_u64(what, slash + 1, 0, BITS, &prefix, e) < 0)
		return -1;
	mask = prefix == 0 ? 0 : UINT32_MAX << (BITS - prefix);
	n = (struct net4){ .first = ip & mask,
		.last = ip | ~mask,
		.prefix = (unsigned)prefix };
	*out = n;
	return 0;
}

bool
net4_has(const struct net4 *n, uint32_t ip)
{
	return ip >= n->first && ip <= n->last;
}
