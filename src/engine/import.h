/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An import under way, and what its content becomes.
 */
#ifndef POT_IMPORT_H
#define POT_IMPORT_H

#include "engine/image.h"
#include "engine/op_create.h"
#include "image/report.h"

struct import {
	struct call *c;
	const char *url;
	const char *key;	    /* NULL: none */
	const struct import *above; /* what stands on this one; NULL */
	unsigned depth;		    /* of images that stand on each other */
	bool is_stream;		    /* of the storage's own */
	struct image_files files;
	struct pot_name name;
	struct create_input in;
	struct buf text; /* of the report */
	struct image_report report;
	int reportfd;
};

/*
 * The steps of op_create, whose ARG is the import: an archive is laid out in
 * the volume that was made; a stream makes the pot, what it has beside its
 * volumes is taken out, and its snapshots have what took that place.
 */
int import_archive(struct op *op, struct create_input *in, struct err *e)
    MUST_CHECK;
int import_receive(struct op *op, struct create_input *in, struct err *e)
    MUST_CHECK;
int import_stream(struct op *op, struct create_input *in, struct err *e)
    MUST_CHECK;
int import_settle(struct op *op, struct create_input *in, struct err *e)
    MUST_CHECK;

#endif
