/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that are newer than musl 1.2.3; they are those of all machines. */
#ifndef POT_MUSL_SYSCALL_H
#define POT_MUSL_SYSCALL_H

#pragma GCC system_header

#include_next <sys/syscall.h>

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

#endif
