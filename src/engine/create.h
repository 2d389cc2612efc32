/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What create and clone have in common: network, resolver, flavours.
 */
#ifndef POT_CREATE_H
#define POT_CREATE_H

#include "engine/op_create.h"

#define HOSTNAME_SIZE 257

/* -N -i -B -S -d, checked (reference 7.2). */
struct create_network {
	enum pot_network network;
	enum pot_dns dns;
	const char *stack;
	const char *bridge;
	const char *resolv; /* the file of -d custom:FILE */
};

/* SRC gives the defaults of a clone; NULL for create. */
int create_network_parse(struct call *c, const struct pot *src,
    struct create_network *out, struct err *e) MUST_CHECK;
/* Host name of the pot: POT.HOST, cut as POT_HOSTNAME_MAX_LENGTH says. */
void create_hostname(
    struct engine *g, const char *pot, char out[HOSTNAME_SIZE]);
/* Into CFG, with the host name of the pot; cfg->hostname and cfg->ip are
 * the caller's to free. */
void create_network_apply(struct call *c, const struct create_network *net,
    const char *pot, struct pot_config *cfg);
/* keep, env, flavour-step and the output descriptors of the request. */
void create_common(struct call *c, struct create_input *in);

#endif
