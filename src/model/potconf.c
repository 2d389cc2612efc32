/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot's pot.conf: a table of keys, each with what its value means.
 */
#include "model/potconf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/attributes.h"
#include "model/ip.h"
#include "model/name.h"
#include "model/ports.h"
#include "model/potconf_text.h"
#include "model/potconf_update.h"

#define QUOTE_SIZE 80

static const char *const types[] = {
	[POT_TYPE_SINGLE] = "single",
	[POT_TYPE_MULTI] = "multi",
};

static const char *const resolvers[] = {
	[POT_DNS_INHERIT] = "inherit",
	[POT_DNS_POT] = "pot",
	[POT_DNS_CUSTOM] = "custom",
	[POT_DNS_OFF] = "off",
};

static const char *const networks[] = {
	[POT_NETWORK_INHERIT] = "inherit",
	[POT_NETWORK_ALIAS] = "alias",
	[POT_NETWORK_PUBLIC_BRIDGE] = "public-bridge",
	[POT_NETWORK_PRIVATE_BRIDGE] = "private-bridge",
	[POT_NETWORK_NONE] = "none",
};

static const char *const stacks[] = { "ipv4", "ipv6", "dual" };

const char *
pot_type_word(enum pot_type t)
{
	return types[t];
}

const char *
pot_dns_word(enum pot_dns d)
{
	return resolvers[d];
}

const char *
pot_network_word(enum pot_network n)
{
	return networks[n];
}

/* Index of S in WORDS; -1 with "WHAT 's': expected a, b or c". */
static int
parse_word(const char *what, const char *s, const char *const words[], size_t n,
    struct err *e)
{
	auto_buf struct buf expected = BUF_INIT(ERR_TEXT_SIZE);
	char quoted[QUOTE_SIZE];

	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], s) == 0)
			return (int)i;
		if (i > 0)
			buf_add_str(&expected, i + 1 == n ? " or " : ", ");
		buf_add_str(&expected, words[i]);
	}
	return err_set(e, ERR_INVALID, "%s '%s': expected %s", what,
	    str_quote(quoted, sizeof(quoted), s), expected.data);
}

int
pot_type_parse(const char *s, enum pot_type *out, struct err *e)
{
	int i = parse_word("type", s, types, COUNT_OF(types), e);

	if (i < 0)
		return -1;
	*out = (enum pot_type)i;
	return 0;
}

int
pot_dns_parse(const char *s, enum pot_dns *out, struct err *e)
{
	int i;

	if (str_has_prefix(s, "custom:")) {
		*out = POT_DNS_CUSTOM;
		return 0;
	}
	i = parse_word("dns", s, resolvers, COUNT_OF(resolvers), e);
	if (i < 0)
		return -1;
	*out = (enum pot_dns)i;
	return 0;
}

int
pot_network_parse(const char *s, enum pot_network *out, struct err *e)
{
	int i;

	if (strcmp(s, "host") == 0) {
		*out = POT_NETWORK_INHERIT;
		return 0;
	}
	i = parse_word("network type", s, networks, COUNT_OF(networks), e);
	if (i < 0)
		return -1;
	*out = (enum pot_network)i;
	return 0;
}

int
pot_stack_check(const char *s, struct err *e)
{
	return parse_word("stack", s, stacks, COUNT_OF(stacks), e) < 0 ? -1 : 0;
}

bool
pot_network_is_own(enum pot_network n)
{
	return n == POT_NETWORK_PUBLIC_BRIDGE ||
	    n == POT_NETWORK_PRIVATE_BRIDGE || n == POT_NETWORK_NONE;
}

static void
set_str(char **member, const char *value)
{
	free(*member);
	*member = xstrdup(value);
}

/* A name that becomes a component of a path. */
static int
set_name(const char *what, char **member, const char *value, struct err *e)
{
	struct pot_name name;

	if (name_parse_existing(what, value, &name, e) < 0)
		return -1;
	set_str(member, name.s);
	return 0;
}

static int
load_level(struct pot_config *c, const char *v, struct err *e)
{
	uint64_t level;

	if (str_u64("level", v, 0, POT_LEVEL_MAX, &level, e) < 0)
		return -1;
	c->level = (unsigned)level;
	return 0;
}

static int
load_type(struct pot_config *c, const char *v, struct err *e)
{
	return pot_type_parse(v, &c->type, e);
}

static int
load_base(struct pot_config *c, const char *v, struct err *e)
{
	return set_name("base", &c->base, v, e);
}

static int
load_potbase(struct pot_config *c, const char *v, struct err *e)
{
	return set_name("potbase", &c->potbase, v, e);
}

static int
load_dns(struct pot_config *c, const char *v, struct err *e)
{
	return pot_dns_parse(v, &c->dns, e);
}

static int
load_cmd(struct pot_config *c, const char *v, struct err *e UNUSED)
{
	set_str(&c->cmd, v);
	return 0;
}

static int
load_hostname(struct pot_config *c, const char *v, struct err *e UNUSED)
{
	set_str(&c->hostname, v);
	return 0;
}

static int
load_osrelease(struct pot_config *c, const char *v, struct err *e UNUSED)
{
	set_str(&c->osrelease, v);
	return 0;
}

static int
load_stack(struct pot_config *c, const char *v, struct err *e)
{
	if (pot_stack_check(v, e) < 0)
		return -1;
	set_str(&c->stack, v);
	return 0;
}

static int
load_network(struct pot_config *c, const char *v, struct err *e)
{
	return pot_network_parse(v, &c->network, e);
}

static int
load_ip(struct pot_config *c, const char *v, struct err *e)
{
	struct ip_alias a;

	strv_add_words(&c->ip, v);
	for (size_t i = 0; i < c->ip.n; i++) {
		if (ip_alias_parse(c->ip.v[i], &a, e) < 0)
			return -1;
	}
	return 0;
}

static int
load_bridge(struct pot_config *c, const char *v, struct err *e)
{
	return set_name("bridge", &c->bridge, v, e);
}

static int
load_ports(struct pot_config *c, const char *v, struct err *e)
{
	struct port p;

	strv_add_words(&c->ports, v);
	for (size_t i = 0; i < c->ports.n; i++) {
		if (port_parse_stored(c->ports.v[i], &p, e) < 0)
			return -1;
	}
	return 0;
}

static int
load_depend(struct pot_config *c, const char *v, struct err *e)
{
	struct pot_name name;

	if (name_parse_existing("depend", v, &name, e) < 0)
		return -1;
	strv_add(&c->depends, name.s);
	return 0;
}

static void
join_words(const struct strv *l, struct buf *out)
{
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		buf_add_str(out, l->v[i]);
	}
}

static int
load_hosts(struct pot_config *c, const char *v, struct err *e)
{
	auto_strv struct strv words = STRV_INIT;
	auto_buf struct buf line = BUF_INIT(CONF_FILE_MAX);
	char quoted[QUOTE_SIZE];

	strv_add_words(&words, v);
	if (words.n < 2 || ip_family(words.v[0]) == IP_NONE)
		return err_set(e, ERR_INVALID,
		    "hosts '%s': expected ADDRESS NAME",
		    str_quote(quoted, sizeof(quoted), v));
	join_words(&words, &line);
	strv_add(&c->hosts, line.data);
	return 0;
}

static int
load_env(struct pot_config *c, const char *v, struct err *e)
{
	auto_free char *text = potconf_env_decode(v);

	if (text[0] == '=')
		return err_set(
		    e, ERR_INVALID, "env: a variable without a name");
	/* export "NAME" without a value never meant anything. */
	if (strchr(text, '=') != NULL)
		strv_add_take(&c->env, take_ptr(&text));
	return 0;
}

static int
load_arg(struct pot_config *c, const char *v, struct err *e UNUSED)
{
	strv_add_take(&c->args, potconf_arg_decode(v));
	return 0;
}

enum key_flags {
	KEY_F_REPEATED = 1 << 0, /* each line counts, else the last one */
	KEY_F_RAW = 1 << 1,	 /* blanks and quotes belong to the value */
	KEY_F_WORD = 1 << 2,	 /* blanks and quotes never do */
	KEY_F_OBSOLETE = 1 << 3, /* start refuses */
	KEY_F_IGNORED = 1 << 4,	 /* nobody reads it any more */
};

typedef int load_fn(struct pot_config *c, const char *value, struct err *e);

static const struct key {
	const char *name;
	load_fn *load;
	unsigned flags;
} keys[] = {
	{ "pot.level", load_level, KEY_F_WORD },
	{ "pot.type", load_type, KEY_F_WORD },
	{ "pot.base", load_base, KEY_F_WORD },
	{ "pot.potbase", load_potbase, KEY_F_WORD },
	{ "pot.dns", load_dns, KEY_F_WORD },
	{ "pot.cmd", load_cmd, KEY_F_RAW },
	{ "host.hostname", load_hostname, KEY_F_WORD },
	{ "osrelease", load_osrelease, KEY_F_WORD },
	{ "pot.stack", load_stack, KEY_F_WORD },
	{ "network_type", load_network, KEY_F_WORD },
	{ "ip", load_ip, 0 },
	{ "bridge", load_bridge, KEY_F_WORD },
	{ "pot.depend", load_depend, KEY_F_REPEATED | KEY_F_WORD },
	{ "pot.env", load_env, KEY_F_REPEATED | KEY_F_RAW },
	{ "pot.hosts", load_hosts, KEY_F_REPEATED },
	{ "pot.export.ports", load_ports, 0 },
	{ "pot.arg", load_arg, KEY_F_REPEATED | KEY_F_RAW },
	{ "ip4", NULL, KEY_F_OBSOLETE },
	{ "pot.export.static.ports", NULL, KEY_F_OBSOLETE },
	{ "pot.rss.cpuset", NULL, KEY_F_IGNORED },
	{ "pot.attr.early.start-at-boot", NULL, KEY_F_IGNORED },
};

/* As the sh version read a word: without any blank, tab or double quote. */
static void
strip_word(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (!chr_is_blank(*s) && *s != '"')
			*to++ = *s;
	}
	*to = '\0';
}

/* One line.  An empty value counts as a missing key, but an argument may be
 * empty. */
static int
load_value(
    const struct key *k, const char *raw, struct pot_config *c, struct err *e)
{
	auto_free char *value = conf_trim(raw);

	if (k->flags & KEY_F_WORD)
		strip_word(value);
	if (value[0] == '\0' && k->load != load_arg)
		return 0;
	return k->load(c, k->flags & KEY_F_RAW ? raw : value, e);
}

/* All lines of K. */
static int
load_key(const struct key *k, const char *what, const struct conf *conf,
    struct pot_config *c, struct err *e)
{
	const char *name, *value, *last = NULL;
	size_t where = 0;

	for (size_t i = 0; conf_line(conf, i, &name, &value); i++) {
		if (strcmp(name, k->name) != 0)
			continue;
		last = value;
		where = i;
		if (!(k->flags & KEY_F_REPEATED))
			continue;
		if (load_value(k, value, c, e) < 0)
			goto bad;
	}
	if (last == NULL)
		return 0;
	if (k->flags & KEY_F_OBSOLETE) {
		c->has_obsolete = true;
		c->obsolete_key = k->name;
	} else if (k->flags & KEY_F_IGNORED) {
		c->ignored_key = k->name;
	} else if (!(k->flags & KEY_F_REPEATED)) {
		if (load_value(k, last, c, e) < 0)
			goto bad;
	}
	return 0;
bad:
	err_wrap(e, "%s:%zu", what, where + 1);
	return err_recode(e, ERR_CORRUPT);
}

/* What a pot of a version before 0.8 says of its network, for those who only
 * look; start refuses it. */
static int
load_old_network(const char *what, const struct conf *conf,
    struct pot_config *c, struct err *e)
{
	auto_free char *ip4 = conf_get(conf, "ip4");

	if (ip4 == NULL || conf_raw(conf, "network_type") != NULL)
		return 0;
	c->network = pot_network_of_old(conf, ip4);
	if (c->network == POT_NETWORK_INHERIT || c->ip.n > 0)
		return 0;
	if (load_ip(c, ip4, e) < 0) {
		err_wrap(e, "%s", what);
		return err_recode(e, ERR_CORRUPT);
	}
	return 0;
}

static bool
has_keys(const struct conf *c)
{
	const char *name, *value;

	for (size_t i = 0; conf_line(c, i, &name, &value); i++) {
		if (name[0] != '\0')
			return true;
	}
	return false;
}

static void
config_cleanup(struct pot_config **cp)
{
	pot_config_free(*cp);
}

int
pot_config_load(const char *what, const struct conf *conf,
    struct pot_config **out, struct err *e)
{
	__attribute__((cleanup(config_cleanup))) struct pot_config *c =
	    xcalloc(1, sizeof(*c));

	c->type = POT_TYPE_MULTI;
	c->level = 1;
	c->base = xstrdup("");
	c->cmd = xstrdup(POT_CONFIG_CMD);
	c->hostname = xstrdup("");
	if (!has_keys(conf))
		return err_set(e, ERR_CORRUPT, "%s: empty", what);
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		if (load_key(&keys[i], what, conf, c, e) < 0)
			return -1;
	}
	if (load_old_network(what, conf, c, e) < 0)
		return -1;
	if (c->type == POT_TYPE_SINGLE)
		c->level = 0;
	*out = take_ptr(&c);
	return 0;
}

void
pot_config_free(struct pot_config *c)
{
	if (c == NULL)
		return;
	free(c->base);
	free(c->potbase);
	free(c->cmd);
	free(c->hostname);
	free(c->osrelease);
	free(c->stack);
	free(c->bridge);
	strv_fini(&c->ip);
	strv_fini(&c->depends);
	strv_fini(&c->env);
	strv_fini(&c->hosts);
	strv_fini(&c->ports);
	strv_fini(&c->args);
	free(c);
}

static void
put(struct conf *c, const char *key, const char *value)
{
	if (value != NULL)
		conf_set(c, key, value);
}

static void
put_quoted(struct conf *c, const char *key, const char *value)
{
	auto_free char *quoted = NULL;

	if (value == NULL || value[0] == '\0')
		return;
	quoted = xasprintf("\"%s\"", value);
	conf_set(c, key, quoted);
}

/* The words of L with blanks between them, or nothing. */
static void
put_words(struct conf *c, const char *key, const struct strv *l)
{
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);

	join_words(l, &b);
	if (l->n > 0)
		conf_set(c, key, b.data);
}

static void
put_attributes(struct conf *c)
{
	for (size_t i = 0; i < attr_count(); i++) {
		const struct attr *a = attr_at(i);

		if (a->flags & ATTR_F_CREATE)
			conf_set(c, a->key, a->fallback);
	}
}

static void
put_network(struct conf *c, const struct pot_config *cfg)
{
	put(c, "pot.stack", cfg->stack);
	put(c, "network_type", networks[cfg->network]);
	put(c, "vnet", pot_network_is_own(cfg->network) ? "true" : "false");
	put_words(c, "ip", &cfg->ip);
	put(c, "bridge", cfg->bridge);
}

struct conf *
pot_config_store(const struct pot_config *cfg)
{
	struct conf *c = conf_new();
	char level[8];

	str_fmt(level, sizeof(level), "%u", cfg->level);
	put(c, "pot.level", level);
	put(c, "pot.type", types[cfg->type]);
	put(c, "pot.base", cfg->base);
	put(c, "pot.potbase", cfg->potbase);
	put(c, "pot.dns", resolvers[cfg->dns]);
	put(c, "pot.cmd", cfg->cmd == NULL ? POT_CONFIG_CMD : cfg->cmd);
	put_quoted(c, "host.hostname", cfg->hostname);
	put_quoted(c, "osrelease", cfg->osrelease);
	put_attributes(c);
	put_network(c, cfg);
	for (size_t i = 0; i < cfg->depends.n; i++)
		conf_add(c, "pot.depend", cfg->depends.v[i]);
	for (size_t i = 0; i < cfg->env.n; i++) {
		auto_free char *text = potconf_env_encode(cfg->env.v[i]);

		conf_add(c, "pot.env", text);
	}
	for (size_t i = 0; i < cfg->hosts.n; i++)
		conf_add(c, "pot.hosts", cfg->hosts.v[i]);
	put_words(c, "pot.export.ports", &cfg->ports);
	for (size_t i = 0; i < cfg->args.n; i++) {
		auto_free char *text = potconf_arg_encode(cfg->args.v[i]);

		conf_add(c, "pot.arg", text);
	}
	return c;
}

void
pot_conf_set_network(struct conf *c, const struct pot_config *cfg)
{
	static const char *const replaced[] = { "host.hostname", "pot.dns",
		"pot.stack", "network_type", "vnet", "ip", "bridge" };

	for (size_t i = 0; i < COUNT_OF(replaced); i++)
		conf_remove(c, replaced[i]);
	put_quoted(c, "host.hostname", cfg->hostname);
	put(c, "pot.dns", resolvers[cfg->dns]);
	put_network(c, cfg);
}
