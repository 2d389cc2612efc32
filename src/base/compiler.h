/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What we use of the compiler beyond C17, under names that say why.
 */
#ifndef POT_COMPILER_H
#define POT_COMPILER_H

/* The caller has to look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* printf-like: format is argument f, its values begin at argument a. */
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

#define NO_RETURN __attribute__((noreturn))
#define UNUSED	  __attribute__((unused))

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#include "base/banned.h"

#endif
