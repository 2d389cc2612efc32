/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What create and clone have in common.
 */
#ifndef POT_CLI_CREATE_H
#define POT_CLI_CREATE_H

#include "cli/command.h"

/* Options of both: the network, and the flavours. */
#define CREATE_ROWS                                                            \
	{ 'N', "network", OPTION_VALUE, "TYPE", "network", NAMES_NONE,         \
		"network type: inherit, alias, public-bridge, private-bridge " \
		"or "                                                          \
		"none" },                                                      \
	    { 'i', "ip", OPTION_LIST, "ADDRESS", "ip", NAMES_NONE,             \
		    "address, NIC|ADDRESS or auto; may be repeated" },         \
	    { 'B', "bridge", OPTION_VALUE, "BRIDGE", "bridge", NAMES_BRIDGE,   \
		    "private bridge" },                                        \
	    { 'S', "stack", OPTION_VALUE, "STACK", "stack", NAMES_NONE,        \
		    "ipv4, ipv6 or dual" },                                    \
	    { 'd', "dns", OPTION_VALUE, "DNS", "dns", NAMES_NONE,              \
		    "inherit, pot, custom:FILE or off" },                      \
	    { 'f', "flavour", OPTION_LIST, "FLAVOUR", NULL, NAMES_FLAVOUR,     \
		    "apply a flavour; may be repeated" },                      \
	{                                                                      \
		'k', "keep", OPTION_FLAG, NULL, "keep", NAMES_NONE,            \
		    "leave the pot when a flavour fails"                       \
	}

/* Words of options that can be judged at once; and the flavours. */
int create_words(struct cli *c, struct err *e);
int create_prepare(struct cli *c, struct err *e);

#endif
