/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process says of itself to a person.  Libraries do not log what
 * they return as an error.  Classic prefixes: "###>  " error, "===>  "
 * info, "=====>  " debug.  The sink is a function, so that a request's
 * messages reach its caller.
 */
#ifndef POT_LOG_H
#define POT_LOG_H

#include "base/compiler.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

typedef void log_fn(void *arg, enum log_level level, const char *text);

struct log {
	log_fn *fn; /* NULL: silent */
	void *arg;
	enum log_level max; /* what is above is not formatted */
};

void log_msg(const struct log *l, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#define log_error(l, ...) log_msg(l, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(l, ...)  log_msg(l, LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(l, ...)  log_msg(l, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(l, ...) log_msg(l, LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
