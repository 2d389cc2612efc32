/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flavours (pot-flavours(7)): a file with one pot command per line, without
 * "pot" and without "-p NAME", and a script NAME.sh that runs in the pot;
 * either may be missing.
 *
 * A line is split by sh's rules of quoting; nothing is expanded.  Empty
 * lines and comments are nothing, and the last line needs no newline.
 * "set-cmd -c REST" takes the rest of the line as it is.  A line whose first
 * word is not in the table of verbs is a step that is not known: it has
 * always been shown as an error and passed over.
 */
#ifndef POT_FLAVOUR_H
#define POT_FLAVOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

struct flavour_step {
	unsigned line;
	bool is_known;
	char *verb;
	struct strv args; /* what follows the verb */
};

struct flavour {
	struct flavour_step *v;
	size_t n, cap;
};

#define FLAVOUR_INIT      \
	{                 \
		.v = NULL \
	}

void flavour_fini(struct flavour *f);
#define auto_flavour __attribute__((cleanup(flavour_fini), unused))

/* ERR_INVALID "WHAT:LINE: ..." for an open quote, or a set-cmd without
 * "-c REST"; ERR_CORRUPT for what is no text. */
int flavour_parse(const char *what, const char *text, size_t len,
    struct flavour *out, struct err *e) MUST_CHECK;
int flavour_read(const char *path, struct flavour *out, struct err *e)
    MUST_CHECK;

/* Verbs that a flavour may use; the i-th, NULL past the end. */
const char *flavour_verb_at(size_t i);

struct flavour_files {
	char *commands; /* absolute paths; NULL: there is none */
	char *script;
};

void flavour_files_fini(struct flavour_files *f);
#define auto_flavour_files __attribute__((cleanup(flavour_files_fini), unused))

/*
 * Find the files of flavour NAME: as a path from CWD (an absolute path),
 * then in FLAVOUR_DIR.  A name that ends in ".sh" is a script only.
 * ERR_NOT_FOUND if there is neither.
 */
int flavour_find(const char *name, const char *cwd, const char *flavour_dir,
    struct flavour_files *out, struct err *e) MUST_CHECK;

#endif
