/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log file as its one writer sees it: appended to, rotated by renames,
 * the highest first.  Who finds a rotation half done finishes it by starting
 * it: a file moves up only into a name that is free, or the last one.
 */
#ifndef POT_SUPERVISE_LOG_WRITER_H
#define POT_SUPERVISE_LOG_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"

struct log_writer {
	int dirfd;	   /* borrowed */
	unsigned count;	   /* rotated files that are kept */
	uint64_t size_max; /* 0: no rotation by size */
	int fd;		   /* -1: not open */
	uint64_t ino;
	uint64_t len;
	uint64_t last_ns; /* time of the last record in it; 0: none */
	bool is_torn;	  /* it doesn't end with a newline */
};

/*
 * Make sure that the file of that name is the one that is open; SCRATCH is
 * for reading its end.  1 if it is another now, or somebody changed its
 * length; 0 if not; -1.
 */
int log_writer_check(
    struct log_writer *w, char *scratch, size_t size, struct err *e) MUST_CHECK;
/* Append; the bytes that were written, at least one. */
ssize_t log_writer_append(struct log_writer *w, const char *data, size_t len,
    struct err *e) MUST_CHECK;
/* Take back what was appended behind LEN. */
void log_writer_cut(struct log_writer *w, uint64_t len);
/* Begin a new file. */
int log_writer_rotate(struct log_writer *w, struct err *e) MUST_CHECK;
void log_writer_close(struct log_writer *w);

#endif
