/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's conf/pot.conf, understood (reference 3.3): what it says, with the
 * default of each missing key.  Reading is tolerant; `create` writes keys
 * in the canonical order.
 */
#ifndef POT_POTCONF_H
#define POT_POTCONF_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"
#include "model/conf.h"

enum pot_type { POT_TYPE_SINGLE, POT_TYPE_MULTI };
enum pot_dns { POT_DNS_INHERIT, POT_DNS_POT, POT_DNS_CUSTOM, POT_DNS_OFF };
enum pot_network {
	POT_NETWORK_INHERIT,
	POT_NETWORK_ALIAS,
	POT_NETWORK_PUBLIC_BRIDGE,
	POT_NETWORK_PRIVATE_BRIDGE,
	POT_NETWORK_NONE, /* ours: a stack of its own with nothing but lo */
};

#define POT_CONFIG_CMD "sh /etc/rc" /* pot.cmd, if there is none */
#define POT_LEVEL_MAX  2

struct pot_config {
	enum pot_type type;
	unsigned level;
	char *base;    /* base, or release of a single pot; "" if none */
	char *potbase; /* NULL if none */
	enum pot_dns dns;
	char *cmd;	 /* never NULL */
	char *hostname;	 /* without quotes; "" if none */
	char *osrelease; /* NULL if none */
	char *stack;	 /* "ipv4", "ipv6", "dual"; NULL: the framework's */
	enum pot_network network;
	struct strv ip; /* words of ip= */
	char *bridge;	/* NULL if none */
	struct strv depends;
	struct strv env;   /* NAME=VALUE, unescaped */
	struct strv hosts; /* "ADDRESS NAME" */
	struct strv ports; /* words of pot.export.ports */
	struct strv args;  /* pot.arg lines, unescaped; they win over
			    * cmd */
	bool has_obsolete; /* start has to refuse */
	const char *obsolete_key;
	const char *ignored_key; /* obsolete too, but start only says so;
				  * NULL: none */
};

/* WHAT names the file in errors: ERR_CORRUPT "WHAT:LINE: ...", also for a
 * file without any key.  Names that would lead out of their directory are
 * refused: a conf may come from an image. */
int pot_config_load(const char *what, const struct conf *c,
    struct pot_config **out, struct err *e) MUST_CHECK;
void pot_config_free(struct pot_config *c);
/* The configuration of a new pot as lines, in the order create writes, with
 * every attribute that create sets.  NULL members are left out (cmd: the
 * default).  Environment and args are checked before (pot_conf_set_env). */
struct conf *pot_config_store(const struct pot_config *c);

/*
 * Each replaces all lines of its kind in C, escaped as the format wants it,
 * and leaves C as it was when it returns -1.  What does not fit into a line
 * is ERR_INVALID; the error names a variable but not its value.
 */
int pot_conf_set_env(struct conf *c, const struct strv *env, struct err *e)
    MUST_CHECK;
/* One leading " is stripped and, only then, one trailing " (2.4), unless that
 * would open a quote. */
int pot_conf_set_cmd(struct conf *c, const char *cmd, struct err *e) MUST_CHECK;
/* NAME:ADDRESS each; none wipes the list. */
int pot_conf_set_hosts(struct conf *c, const struct strv *hosts, struct err *e)
    MUST_CHECK;
int pot_conf_set_ports(struct conf *c, const struct strv *ports, struct err *e)
    MUST_CHECK;
/* Host name, resolver, stack and network are those of CFG (clone, import). */
void pot_conf_set_network(struct conf *c, const struct pot_config *cfg);

const char *pot_type_word(enum pot_type t);
const char *pot_dns_word(enum pot_dns d);
const char *pot_network_word(enum pot_network n);
int pot_type_parse(const char *s, enum pot_type *out, struct err *e) MUST_CHECK;
/* "custom:FILE" gives POT_DNS_CUSTOM; the file is the caller's business. */
int pot_dns_parse(const char *s, enum pot_dns *out, struct err *e) MUST_CHECK;
/* "host" is inherit's second name. */
int pot_network_parse(const char *s, enum pot_network *out, struct err *e)
    MUST_CHECK;
/* Checks that S is a stack: ipv4, ipv6 or dual. */
int pot_stack_check(const char *s, struct err *e) MUST_CHECK;
/* Does the type mean a network stack of the pot's own? */
bool pot_network_is_own(enum pot_network n);

#endif
