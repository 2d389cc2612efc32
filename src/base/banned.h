/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions that have no place here: no bound, hidden state, a shell.  They
 * are declared again as deprecated, which both compilers say of every use
 * and which does not depend on the order of includes, as a macro or
 * #pragma poison would.  alloca() is a macro or built in:
 * -Walloca says it of that.
 */
#ifndef POT_BANNED_H
#define POT_BANNED_H

#include <stddef.h>
#include <stdio.h>

#define BANNED(instead) __attribute__((deprecated("banned: " instead)))

/* glibc defines atoi and atol inline: there clang ignores the attribute. */
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wignored-attributes"
#endif

char *strcpy(char *, const char *) BANNED("use str_copy or a buf");
char *strcat(char *, const char *) BANNED("use a buf");
char *strncpy(char *, const char *, size_t) BANNED("use str_copy");
char *strncat(char *, const char *, size_t) BANNED("use a buf");
int sprintf(char *, const char *, ...) BANNED("use snprintf or a buf");
char *strtok(char *, const char *) BANNED("use strv_add_words");
int atoi(const char *) BANNED("use str_u64");
long atol(const char *) BANNED("use str_u64");
int system(const char *) BANNED("use spawn_run");
FILE *popen(const char *, const char *) BANNED("use spawn_run");
char *mktemp(char *) BANNED("use file_write");

#ifdef __clang__
#pragma clang diagnostic pop
#endif

#endif
