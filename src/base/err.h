/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors.  What can fail returns 0 or -1 (or NULL) and takes a struct err *
 * as its last argument.  Who first sees the failure fills it with
 * err_set() or err_sys(); every caller handles it (err_clear()) or adds
 * its own words (err_wrap()) and passes it on.  Only main, the request
 * dispatcher and the supervisor's loop print.
 *
 * Setting an err twice is a bug and asserts.  A NULL err is not allowed.
 *
 * struct err is plain data without pointers: it works without memory and
 * crosses a pipe between fork and exec as it is.
 *
 * Text: lower case, object first, no full stop, never "failed to"; say what
 * was wanted and what was found: "blob 9f86: size 12, expected 14".
 */
#ifndef POT_ERR_H
#define POT_ERR_H

#include <stddef.h>

#include "base/compiler.h"

#define ERR_TEXT_SIZE 500

enum err_code {
#define ERR_CODE(name, word, status) ERR_##name,
#include "base/err_codes.def"
#undef ERR_CODE
};

struct err {
	enum err_code code;	  /* ERR_NONE: no error */
	int sys;		  /* errno, or 0 */
	char text[ERR_TEXT_SIZE]; /* always NUL-terminated; cut with "..." */
};

#define ERR_INIT                 \
	{                        \
		.code = ERR_NONE \
	}

/* Fill E and return -1.  CODE is not ERR_NONE. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/*
 * Fill E from errno and return -1; ": strerror" is appended to the text.
 * The code follows errno: ENOENT gives ERR_NOT_FOUND, EACCES, EPERM and
 * EROFS ERR_DENIED, EEXIST ERR_EXISTS, ENOSPC and EDQUOT ERR_NO_SPACE,
 * ENOSYS and EOPNOTSUPP ERR_UNSUPPORTED, all else ERR_SYSTEM.
 */
int err_sys(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Put "text: " before what E says already, and return -1. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Change the kind of an error that is set; returns -1. */
int err_recode(struct err *e, enum err_code code);

/* Forget the error: it was handled. */
void err_clear(struct err *e);

/* An error of kind CODE is none here: it is forgotten, 0.  Else -1. */
int err_pardon(struct err *e, enum err_code code) MUST_CHECK;

/* True if E holds an error. */
#define err_is_set(e) ((e)->code != ERR_NONE)

/* The kind's word for JSON ("not-found"); never NULL. */
const char *err_code_word(enum err_code code);

/* The exit status of a classic verb for this kind. */
int err_code_status(enum err_code code);

/* IN, which another process wrote, becomes E, code in range and text
 * terminated; else -1, and E is ERR_CORRUPT. */
int err_adopt(struct err *e, const struct err *in);

/*
 * Write E to FD (a pipe, less than PIPE_BUF, so at once) and read it back.
 * err_recv returns 1 if a whole error arrived, 0 if the writer closed the
 * pipe without one (success), -1 with E set if what arrived is not one.
 * What arrives is checked: code in range, text terminated.
 */
int err_send(int fd, const struct err *e);
int err_recv(int fd, struct err *e) MUST_CHECK;

/*
 * The compiler is to see that these return -1: it warns of outputs that are
 * not set on failure, and of nothing else.
 */
static inline int
err_failed(int rc)
{
	(void)rc;
	return -1;
}

#define err_set(...)	err_failed((err_set)(__VA_ARGS__))
#define err_sys(...)	err_failed((err_sys)(__VA_ARGS__))
#define err_wrap(...)	err_failed((err_wrap)(__VA_ARGS__))
#define err_recode(...) err_failed((err_recode)(__VA_ARGS__))

#endif
