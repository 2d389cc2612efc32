/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One record of a pot's log, a line in the format of the CRI:
 *
 *	2026-11-22T12:40:35.123456789Z stdout F the text\n
 *
 * TIME is always these 30 characters, UTC, so text order is time order.
 * F: the text was followed by a newline.  P: it was not; more of the same
 * stream follows, or never came.  The text is any bytes but newline, so all
 * texts of a stream, with a newline behind each F, are its output to the
 * byte.  Longer lines are cut into P records of LOGLINE_TEXT_MAX.
 */
#ifndef POT_LOGLINE_H
#define POT_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

enum logline_stream {
	LOGLINE_STDOUT,
	LOGLINE_STDERR,
	LOGLINE_SYSTEM, /* the supervisor's own words */
	LOGLINE_STREAMS
};

#define LOGLINE_TEXT_MAX   8192
#define LOGLINE_PREFIX_MAX 40 /* up to the text */
#define LOGLINE_MAX	   (LOGLINE_PREFIX_MAX + LOGLINE_TEXT_MAX + 1)

struct logline {
	uint64_t time_ns;
	enum logline_stream stream;
	bool is_partial;
	const char *text; /* in the line that was parsed; no NUL behind it */
	size_t len;
};

/* "stdout", "stderr", "system". */
const char *logline_stream_word(enum logline_stream stream);
/* The stream of that word.  ERR_INVALID names the words. */
int logline_stream_parse(
    const char *word, enum logline_stream *out, struct err *e) MUST_CHECK;

/*
 * Bytes of a stream, read at that time, as whole records: as many as fit
 * into OUT.  Returns the bytes of OUT in use; *USED bytes of DATA are in
 * them.  The same DATA[0..*USED) gives the same records, whatever the size.
 */
size_t logline_format(char *out, size_t size, uint64_t time_ns,
    enum logline_stream stream, const char *data, size_t len, size_t *used);

/* LINE without its newline; false if it is not a record. */
bool logline_parse(const char *line, size_t len, struct logline *out);

/*
 * Records to a person: the bytes as they were written, or each line behind
 * its time.  With times a line that another stream's record breaks into is
 * ended first.  Start with { .with_time = ... }.
 */
struct logline_printer {
	bool with_time;
	bool is_open; /* the last record was partial */
	enum logline_stream last;
};

void logline_print(
    struct logline_printer *p, const struct logline *r, struct buf *out);

#endif
