/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of a pot's output: FIFO, staging file, log, and the descriptors
 * of a foreground start.  ARCHITECTURE.md ("Output") says why no kill at
 * any moment loses or doubles a byte of the log.
 *
 * Nothing here waits.  What can't be done now (no space) is told by
 * is_stalled or is_blocked and tried again at the next call.
 */
#ifndef POT_SUPERVISE_OUTPUT_H
#define POT_SUPERVISE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "platform/platform.h"
#include "supervise/core.h"
#include "supervise/echo.h"
#include "supervise/log_writer.h"
#include "supervise/state.h"

/* A pipe's usual capacity; and what a staging file may hold. */
#define MOVE_MAX  ((size_t)64 << 10)
#define STAGE_MAX ((uint64_t)256 << 10)

/* These are most of our memory.  Lines of 80 bytes grow by half, so a full
 * input gives one full output. */
#define IN_SIZE	 ((size_t)9 << 10)
#define OUT_SIZE ((size_t)14 << 10)

struct stream {
	int fifo;
	int stage;
	uint64_t size;	 /* bytes in the staging file */
	uint64_t total;	 /* bytes staged by this process */
	bool is_blocked; /* the staging file can't grow */
	struct echo echo;
};

struct output {
	const struct platform *platform;
	int rundir;
	struct state_file state;
	bool is_dirty; /* state has to be written before bytes are staged */
	struct log_writer log;
	struct stream streams[STREAMS];
	bool is_draining; /* no more than what is in the FIFOs comes */
	unsigned turn;	  /* whose record comes next */
	uint64_t oom;	  /* kills so far; the log is told */
	bool is_stalled;  /* the log can't be written */

	size_t out_len, out_done; /* the pending record, and how much of it
				   * is in the log */
	bool is_placed;		  /* the state says where it goes */
	unsigned in_stream;	  /* whose staged bytes are in `in` */
	uint64_t in_off;
	size_t in_len;
	char in[IN_SIZE];
	char out[OUT_SIZE];
};

/* Open everything, O being all zero, and find what a killed predecessor had
 * announced: output_log() finishes it. */
int output_open(struct output *o, const struct platform *p,
    const struct supervise_config *c, struct err *e) MUST_CHECK;

/* Is there room for more of that stream?  While its echo lags, there is
 * not: its reader holds the pot back; but not its end. */
bool output_has_room(const struct output *o, unsigned i);
/* Move what is in the FIFO: true if there was something. */
bool output_take(struct output *o, unsigned i);
/* Bytes waiting in the FIFO. */
uint64_t output_waiting(const struct output *o, unsigned i);

/* Write what is staged to the log.  Of a stream in HOLD only whole lines:
 * more is coming at once. */
void output_log(struct output *o, const bool hold[STREAMS]);
/* Are there staged bytes that are not in the log yet? */
bool output_has_tail(const struct output *o, unsigned i);
/* Pass on what is staged, as much as its reader takes now. */
void output_echo(struct output *o, unsigned i);
bool output_is_echoed(const struct output *o, unsigned i);

/* Empty the staging files that were passed on, and drop what is too much
 * while there is no space for the log. */
void output_trim(struct output *o);
/* The pot is dead and the log has no space: say how much is lost. */
void output_give_up(struct output *o);
/* What is left is echo: the staging files are this process's alone, a
 * next supervisor begins with new ones. */
void output_detach(struct output *o);

/* Between output.c and records.c. */
int output_write_state(struct output *o) MUST_CHECK;
/* After opening: the record that a killed predecessor announced. */
void records_recover(struct output *o);
/* Take back what is in the log of the record in progress, which stays
 * announced; false if that can't be. */
bool records_take_back(struct output *o);

#endif
