/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making pots: from a base (create), or from another pot (clone).
 */
#ifndef POT_OP_CREATE_H
#define POT_OP_CREATE_H

#include "engine/op.h"

extern const struct op_type op_create;

/* One volume of a pot to be, and what it is a copy of. */
struct create_volume {
	char *volume; /* "jails/new/m" */
	char *from;   /* NULL: empty */
	char *snap;   /* NULL: as it is now */
};

struct create_input;

/* What an import does in the place of, or beside, what a step does. */
typedef int create_fn(struct op *op, struct create_input *in, struct err *e);

/* What the verb has worked out; the operation carries it out. */
struct create_input {
	struct conf *conf;
	struct fscomp fscomp;
	struct create_volume volumes[8];
	size_t nvolumes;
	create_fn *make;    /* the pot with its volumes; NULL: as above */
	create_fn *fill;    /* their content, and what is left of this */
	create_fn *settle;  /* when conf/ is written; before the snapshot */
	void *arg;	    /* theirs */
	char snapshot[32];  /* taken when all is there; empty: none */
	struct strv files;  /* names in conf/ to copy, from ... */
	int filesdir;	    /* ... here; -1 none */
	const char *resolv; /* custom resolv.conf: host path, or NULL */
	struct strv steps;  /* flavour-step fields */
	struct strv env;    /* the caller's, for flavour scripts */
	int out, err;	    /* their output, or -1 */
	bool keep;	    /* leave the pot when a flavour fails */
};

void create_input_fini(struct create_input *in);
void create_input_add(
    struct create_input *in, char *volume, char *from, char *snap);

/* Run OP (initialised for op_create, locked, input set). */
int create_locked(struct op *op, struct create_input *in, struct err *e)
    MUST_CHECK;

#endif
