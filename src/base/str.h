/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text without locale: character classes are ASCII, numbers are whole or
 * an error.
 */
#ifndef POT_STR_H
#define POT_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

bool chr_is_digit(char c);
bool chr_is_alpha(char c);
bool chr_is_alnum(char c);
bool chr_is_blank(char c); /* space and tab */
bool chr_is_space(char c); /* blank, \n \r \v \f */
bool chr_is_print(char c); /* 0x20..0x7e */
char chr_lower(char c);

bool str_eq(const char *a, const char *b);
bool str_ieq(const char *a, const char *b); /* ASCII case folded */
bool str_has_prefix(const char *s, const char *prefix);
bool str_has_suffix(const char *s, const char *suffix);
/* All of S (at least one character) are decimal digits. */
bool str_is_digits(const char *s);

/*
 * Whole decimal number between MIN and MAX; no sign, blanks or base prefix.
 * WHAT names the value in the error: "WHAT 'x': expected a number from
 * MIN to MAX".  ERR_INVALID.
 */
int str_u64(const char *what, const char *s, uint64_t min, uint64_t max,
    uint64_t *out, struct err *e) MUST_CHECK;

/*
 * The decimal digits at *P, which goes behind them.  False, and nothing is
 * touched, if there are none or the number is above MAX.
 */
bool str_take_u64(const char **p, uint64_t max, uint64_t *out) MUST_CHECK;

/*
 * Size in bytes: digits and an optional b, k, m, g, t (any case, powers of
 * 1024).  Zero is refused.  ERR_INVALID.
 */
int str_size(const char *what, const char *s, uint64_t *bytes, struct err *e)
    MUST_CHECK;

/* "812K", "1.5G": at most 7 characters, powers of 1024. */
#define STR_SIZE_TEXT 16
const char *str_format_size(char out[STR_SIZE_TEXT], uint64_t bytes);

/* yes/true/on, no/false/off in any case.  ERR_INVALID. */
int str_bool(const char *what, const char *s, bool *out, struct err *e)
    MUST_CHECK;

/*
 * snprintf into a place that is known to be large enough: text that does not
 * fit is a broken invariant.  Returns the length.
 */
size_t str_fmt(char *out, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* strlcpy: copies, terminates, and returns strlen(src). */
size_t str_copy(char *dst, const char *src, size_t size);

/*
 * S with control characters, quotes and backslashes shown as \n, \xNN, so
 * that it is one line of printable ASCII; cut with "..." to fit.
 * For error texts that quote what somebody gave us.
 */
const char *str_quote(char *out, size_t size, const char *s);

/*
 * S with control characters alone shown so, into OUT as far as it fits;
 * returns the length that it would have.  Every message goes through this:
 * what a file or a user says never moves somebody's cursor.
 */
size_t str_tame(char *out, size_t size, const char *s);

/* Is WORD one of the blank separated WORDS (NULL: none)? */
bool str_has_word(const char *words, const char *word);

/* FNV-1a, for names and tags; not for security. */
uint64_t str_hash(const void *data, size_t len);

#endif
