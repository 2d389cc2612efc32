/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling, wrapping and sending struct err.  Nothing here allocates, so it
 * works between fork and exec and when memory is short.
 */
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

/* Here the functions themselves are meant. */
#undef err_set
#undef err_sys
#undef err_wrap
#undef err_recode

_Static_assert(sizeof(struct err) < 512 + 1, "an err crosses a pipe at once");
_Static_assert(sizeof(struct err) <= _POSIX_PIPE_BUF, "writes are atomic");

struct code_row {
	const char *word;
	int status;
};

static const struct code_row code_rows[] = {
#define ERR_CODE(name, code_word, exit_status) \
	[ERR_##name] = { .word = code_word, .status = exit_status },
#include "base/err_codes.def"
#undef ERR_CODE
};

struct errno_row {
	int sys;
	enum err_code code;
};

static const struct errno_row errno_rows[] = {
	{ ENOENT, ERR_NOT_FOUND },
	{ EACCES, ERR_DENIED },
	{ EPERM, ERR_DENIED },
	{ EROFS, ERR_DENIED },
	{ EEXIST, ERR_EXISTS },
	{ ENOSPC, ERR_NO_SPACE },
	{ EDQUOT, ERR_NO_SPACE },
	{ ENOSYS, ERR_UNSUPPORTED },
	{ EOPNOTSUPP, ERR_UNSUPPORTED },
};

static enum err_code
code_of_errno(int sys)
{
	for (size_t i = 0; i < COUNT_OF(errno_rows); i++) {
		if (errno_rows[i].sys == sys)
			return errno_rows[i].code;
	}
	return ERR_SYSTEM;
}

/* N is how much there was to write into TEXT: mark a cut. */
static void
text_end(char text[ERR_TEXT_SIZE], int n)
{
	if (n < 0)
		text[0] = '\0';
	else if (n >= ERR_TEXT_SIZE)
		memcpy(text + ERR_TEXT_SIZE - 4, "...", 4);
}

/* What is quoted in it comes from anywhere. */
static void PRINTF_LIKE(2, 0)
    text_vformat(char text[ERR_TEXT_SIZE], const char *fmt, va_list ap)
{
	char raw[ERR_TEXT_SIZE];
	size_t len;

	text_end(raw, vsnprintf(raw, sizeof(raw), fmt, ap));
	len = str_tame(text, ERR_TEXT_SIZE, raw);
	if (len >= ERR_TEXT_SIZE)
		memcpy(text + strnlen(text, ERR_TEXT_SIZE - 4), "...", 4);
}

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	assert(e != NULL && !err_is_set(e) && code != ERR_NONE);
	va_start(ap, fmt);
	text_vformat(e->text, fmt, ap);
	va_end(ap);
	e->code = code;
	e->sys = 0;
	return -1;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	char head[ERR_TEXT_SIZE];
	int sys = errno;
	va_list ap;

	assert(e != NULL && !err_is_set(e));
	va_start(ap, fmt);
	text_vformat(head, fmt, ap);
	va_end(ap);
	e->code = code_of_errno(sys);
	e->sys = sys;
	text_end(e->text,
	    snprintf(e->text, sizeof(e->text), "%s: %s", head, strerror(sys)));
	errno = sys;
	return -1;
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char head[ERR_TEXT_SIZE], tail[ERR_TEXT_SIZE];
	va_list ap;

	assert(e != NULL && err_is_set(e));
	va_start(ap, fmt);
	text_vformat(head, fmt, ap);
	va_end(ap);
	memcpy(tail, e->text, sizeof(tail));
	text_end(
	    e->text, snprintf(e->text, sizeof(e->text), "%s: %s", head, tail));
	return -1;
}

int
err_recode(struct err *e, enum err_code code)
{
	assert(e != NULL && err_is_set(e) && code != ERR_NONE);
	e->code = code;
	return -1;
}

void
err_clear(struct err *e)
{
	assert(e != NULL);
	e->code = ERR_NONE;
	e->sys = 0;
	e->text[0] = '\0';
}

int
err_pardon(struct err *e, enum err_code code)
{
	if (e->code != code)
		return -1;
	err_clear(e);
	return 0;
}

const char *
err_code_word(enum err_code code)
{
	size_t i = (size_t)code;

	return i < COUNT_OF(code_rows) ? code_rows[i].word : "system";
}

int
err_code_status(enum err_code code)
{
	size_t i = (size_t)code;

	return i < COUNT_OF(code_rows) ? code_rows[i].status : 1;
}

int
err_send(int fd, const struct err *e)
{
	ssize_t n;

	assert(e != NULL && err_is_set(e));
	do
		n = write(fd, e, sizeof(*e));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*e) ? 0 : -1;
}

int
err_adopt(struct err *e, const struct err *in)
{
	assert(e != NULL && !err_is_set(e));
	if (in->code <= ERR_NONE || (size_t)in->code >= COUNT_OF(code_rows))
		return err_set(e, ERR_CORRUPT, "received error: unknown code");
	if (memchr(in->text, '\0', sizeof(in->text)) == NULL)
		return err_set(
		    e, ERR_CORRUPT, "received error: text has no end");
	*e = *in;
	return 0;
}

int
err_recv(int fd, struct err *e)
{
	struct err in;
	size_t len = 0;

	assert(e != NULL && !err_is_set(e));
	while (len < sizeof(in)) {
		ssize_t n = read(fd, (char *)&in + len, sizeof(in) - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "error pipe: read");
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len == 0)
		return 0;
	if (len < sizeof(in)) {
		return err_set(e, ERR_CORRUPT,
		    "error pipe: %zu bytes, expected %zu", len, sizeof(in));
	}
	return err_adopt(e, &in) < 0 ? -1 : 1;
}
