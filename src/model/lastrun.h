/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a pot's last run ended: conf/.last_run_stats, `{ "ExitCode": N }` to
 * the byte as the sh version wrote it (tools parse it), and conf/.last_run
 * with what we know besides (key=value lines).  Neither is synced.
 */
#ifndef POT_LASTRUN_H
#define POT_LASTRUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

enum lastrun_reason {
	LASTRUN_EXITED,
	LASTRUN_SIGNALED,
	LASTRUN_OOM,
	LASTRUN_START_FAILED, /* the command could not be executed */
};

struct lastrun {
	enum lastrun_reason reason;
	int status;	     /* 0-255; 128+n for signals */
	uint64_t started_ns; /* also the generation of that start */
	uint64_t ended_ns;
	uint64_t oom_kills;
	bool is_persistent; /* of that start */
	bool was_stopped;   /* by a command, not by itself */
};

/* Both files. */
int lastrun_write(const struct lastrun *l, int confdir, struct err *e)
    MUST_CHECK;
/* 1 read, 0 it never ran, -1; if only the old file is there, or the sh
 * version wrote it since, the rest is 0. */
int lastrun_read(int confdir, struct lastrun *out, struct err *e) MUST_CHECK;
const char *lastrun_reason_word(enum lastrun_reason r); /* "oom" */

/* The text of each file. */
void lastrun_format(const struct lastrun *l, struct buf *out);
int lastrun_parse(const char *text, size_t len, struct lastrun *out,
    struct err *e) MUST_CHECK;
void lastrun_format_classic(int status, struct buf *out);
int lastrun_parse_classic(const char *text, int *status, struct err *e)
    MUST_CHECK;

#endif
