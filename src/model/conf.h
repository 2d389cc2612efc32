/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key=value files: conf/pot.conf of a pot and its kin (reference 3.3).
 * Lines keep their order; unknown keys and comments survive a rewrite.
 * Readers are tolerant (blanks, quotes, CRLF, missing last newline,
 * duplicate keys: the last one wins where one value is meant), writers are
 * canonical and atomic.
 */
#ifndef POT_CONF_H
#define POT_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

#define CONF_FILE_MAX ((size_t)1 << 20)

struct conf; /* one file */

struct conf *conf_new(void);
void conf_free(struct conf *c);
void conf_cleanup(struct conf **cp);
#define auto_conf __attribute__((cleanup(conf_cleanup), unused))

/* WHAT names the file in errors ("pot web: pot.conf:3: ...").  NUL bytes,
 * keys that are not printable ASCII, and lines without '=' that are no
 * comment are ERR_CORRUPT. */
int conf_parse(const char *what, const char *text, size_t len,
    struct conf **out, struct err *e) MUST_CHECK;
int conf_read(int dirfd, const char *name, const char *what, struct conf **out,
    struct err *e) MUST_CHECK;
/* Canonical text. */
void conf_format(const struct conf *c, struct buf *out);
int conf_write(const struct conf *c, int dirfd, const char *name,
    unsigned file_flags, struct err *e) MUST_CHECK;

/* Value of the last line with KEY exactly as written after '=', or NULL. */
const char *conf_raw(const struct conf *c, const char *key);
/* The same with surrounding blanks and one pair of double quotes removed;
 * the caller frees; NULL if there is none. */
char *conf_get(const struct conf *c, const char *key);
/* All raw values of a repeated key, in order. */
void conf_all(const struct conf *c, const char *key, struct strv *out);
/* Blanks around RAW and one pair of double quotes removed, in a new
 * string: what conf_get() does to a value. */
char *conf_trim(const char *raw);

/* A value of ours is one line: no newline, no carriage return.  What came
 * from outside is checked with this before it is set. */
bool conf_value_is_ok(const char *value);
/* Replace every line of KEY by one, where the first of them was, or add it
 * at the end.  VALUE is one line and does not end in CR (asserted). */
void conf_set(struct conf *c, const char *key, const char *value);
void conf_add(struct conf *c, const char *key, const char *value);
void conf_remove(struct conf *c, const char *key);
/* Remove lines of KEY whose raw value is VALUE; true if there was one. */
bool conf_remove_value(struct conf *c, const char *key, const char *value);
/* i-th line's key and raw value, in file order; false past the end.  A
 * comment or empty line has the key "".  As long as nothing was changed, it
 * is line I + 1 for a person. */
bool conf_line(
    const struct conf *c, size_t i, const char **key, const char **value);

#endif
