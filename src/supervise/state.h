/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a supervisor has to know of the one that was killed before it: how
 * far the staged output was formatted, and which record was being appended
 * to the log.  One line of text in RUN_STAGE:
 *
 *	pot-stage 1 CHECKSUM SEQUENCE NUMBER... TEXT\n
 *
 * The file has two slots, written in turn, each by one pwrite(2) of less
 * than a page; the valid line with the higher sequence counts.  So a line
 * that was cut by a kill only means that the one before it holds: nothing
 * that it announced has been done yet.
 */
#ifndef POT_SUPERVISE_STATE_H
#define POT_SUPERVISE_STATE_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/logline.h"

/* A pot's output streams are the first two of enum logline_stream. */
#define STREAMS		2
#define STATE_TEXT_SIZE 128
#define STATE_NONE	LOGLINE_STREAMS /* as pending: nothing is */

struct state {
	/* The record that is being appended, announced before the append. */
	uint64_t pending; /* its stream, or STATE_NONE */
	uint64_t end;	  /* it is made of staged bytes [done, end) */
	uint64_t time_ns;
	char text[STATE_TEXT_SIZE]; /* of a system record: instead of bytes */
	uint64_t log_ino;	    /* the log it goes to */
	uint64_t log_len;	    /* which was so long before it */

	uint64_t done[STREAMS];	  /* staged bytes in the log, or given up */
	uint64_t echoed[STREAMS]; /* staged bytes that were passed on */
	uint64_t cut[STREAMS];	  /* 1 + length a staging file is cut to */
	/* Bytes lost since the log last said so: they came behind `done`, or
	 * behind the pending record of that stream, and before the rest. */
	uint64_t dropped[STREAMS];
	uint64_t oom; /* kills the log tells of */
};

struct state_file {
	int fd;
	uint64_t sequence;
	struct state s;
};

#define STATE_FILE_INIT                                 \
	{                                               \
		.fd = -1, .s = {.pending = STATE_NONE } \
	}

/* Open or make RUN_STAGE; f->s is what it says, or the beginning. */
int state_open(struct state_file *f, int rundir, struct err *e) MUST_CHECK;
void state_close(struct state_file *f);
/* Record f->s. */
int state_write(struct state_file *f, struct err *e) MUST_CHECK;

#endif
