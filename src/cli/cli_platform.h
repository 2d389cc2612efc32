/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform that pot runs on: the host's, or in the tests' build the
 * fake one.
 */
#ifndef POT_CLI_PLATFORM_H
#define POT_CLI_PLATFORM_H

#include "platform/platform.h"

#ifdef POT_FAKE
extern const struct platform platform_fake;
#define cli_platform platform_fake
#else
#define cli_platform platform_host
#endif

#endif
