/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Name and value pairs in an iovec, which jail_set(2), jail_get(2) and
 * nmount(2) take, and the kernel's own words when it refuses (errmsg).
 * Names and values are borrowed until the call, but for numbers.
 */
#ifndef POT_FREEBSD_PARAMS_H
#define POT_FREEBSD_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/compiler.h"
#include "base/err.h"

#define PARAMS_MAX	   64
#define PARAMS_ERRMSG_SIZE 256

struct params {
	struct iovec iov[2 * PARAMS_MAX];
	unsigned n; /* of iov that are used */
	int numbers[PARAMS_MAX];
	unsigned nnumbers;
	char errmsg[PARAMS_ERRMSG_SIZE];
};

/* Empty, but for errmsg. */
void params_init(struct params *p);
/* A value of LEN bytes, given or to be filled by the kernel. */
void params_raw(struct params *p, const char *name, void *value, size_t len);
void params_text(struct params *p, const char *name, const char *value);
void params_int(struct params *p, const char *name, int value);
/* A name without a value: a boolean parameter, a mount flag. */
void params_flag(struct params *p, const char *name);

/* ERR as err_sys() would fill it, with the kernel's words if it had any. */
int params_error(const struct params *p, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
