/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line as words by sh's rules of quoting (POSIX, Shell Command Language
 * 2.2): single quotes, double quotes, backslash.  Nothing is expanded.
 */
#ifndef POT_WORDS_H
#define POT_WORDS_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"

/* How much of a shell a command line needs. */
enum words_need {
	WORDS_PLAIN,	/* none: the words are the command */
	WORDS_EXPANDS,	/* one simple command that a shell has to expand or
			 * redirect; "exec LINE" means the same */
	WORDS_COMPOUND, /* anything */
};

/*
 * Split the command line S.  OUT gets the words, if they are all there is to
 * it (WORDS_PLAIN); otherwise it is untouched.  ERR_INVALID for a quote that
 * does not end.
 */
int words_split_command(const char *s, struct strv *out, enum words_need *need,
    struct err *e) MUST_CHECK;

/*
 * Split S, where only quotes, backslashes and a comment ('#' at the
 * beginning of a word) mean anything.  ERR_INVALID as above.
 */
int words_split_plain(const char *s, struct strv *out, struct err *e)
    MUST_CHECK;

#endif
