/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a pot's log: the records of LOG/NAME/log and of the files it was
 * rotated to (log.1 the newest, log.2, ...), oldest first, as one sequence,
 * while a supervisor writes and rotates.  Every line starts with its time
 * and within one file times never go back, so a time is found by binary
 * search and there is no index that could be wrong.
 *
 * Lines that are no records (an edited file, what a power failure left) are
 * stepped over.
 */
#ifndef POT_LOGFILE_H
#define POT_LOGFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/logline.h"

#define LOGFILE_NAME	  "log"
#define LOGFILE_COUNT_MAX 99 /* rotated files at most */

struct logfile_query {
	uint64_t since_ns; /* records of this time and later */
	uint64_t until_ns; /* and of this time and earlier */
	uint64_t tail;	   /* of these, the last so many lines */
	unsigned streams;  /* of these streams: bit 1 << LOGLINE_X */
};

#define LOGFILE_QUERY_ALL                                   \
	{                                                   \
		.until_ns = UINT64_MAX, .tail = UINT64_MAX, \
		.streams = (1U << LOGLINE_STREAMS) - 1,     \
	}

struct logfile;

/*
 * Open the log in that directory, which may hold none yet; DIRFD stays the
 * caller's and open.  A line is what ends with an F record; the P records
 * at the very end are a line too.  The tail begins behind the line before
 * it, so of lines that two streams wrote at the same time the first may lack
 * its beginning.
 */
int logfile_open(int dirfd, const struct logfile_query *q, struct logfile **out,
    struct err *e) MUST_CHECK;
void logfile_close(struct logfile *l);

/*
 * The next record: 1, valid until the next call; 0 at the end, where later
 * calls give what was written meanwhile, also to files that came after a
 * rotation; -1.
 */
int logfile_next(struct logfile *l, struct logline *out, struct err *e)
    MUST_CHECK;
/* The record before that one, and go back; 0 at the beginning. */
int logfile_prev(struct logfile *l, struct logline *out, struct err *e)
    MUST_CHECK;
/* Go behind the last record there is now. */
int logfile_seek_end(struct logfile *l, struct err *e) MUST_CHECK;
/* A record later than until_ns was seen: nothing more will come. */
bool logfile_is_past(const struct logfile *l);

#endif
