/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * update-config: each kind of change is a function of its own, in the order
 * of a table.
 */
#include "model/potconf_update.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/attributes.h"
#include "model/ip.h"
#include "model/ports.h"

#define STATIC_PORTS "pot.export.static.ports"
#define PORTS	     "pot.export.ports"

/* Keys of which one line counts, beside the attributes. */
static const char *const single_keys[] = { "pot.level", "pot.type", "pot.base",
	"pot.potbase", "pot.dns", "pot.cmd", "host.hostname", "osrelease",
	"pot.stack", "network_type", "vnet", "ip", "bridge", "pot.rss.cpus",
	"pot.rss.memory", PORTS, STATIC_PORTS, "ip4" };

/* Nobody reads them any more; the second is what update-config of the sh
 * version wrote where it meant early-start-at-boot (D14). */
static const char *const dead_keys[] = { "pot.rss.cpuset",
	"pot.attr.early.start-at-boot" };

static void
note(struct strv *done, const char *key, const char *what)
{
	strv_add_take(done, xasprintf("%s: %s", key, what));
}

/* The last line counts, for every reader of ours. */
static void
merge(struct conf *c, const char *key, struct strv *done)
{
	auto_strv struct strv all = STRV_INIT;
	auto_free char *last = NULL;

	conf_all(c, key, &all);
	if (all.n < 2)
		return;
	last = xstrdup(all.v[all.n - 1]);
	conf_set(c, key, last);
	note(done, key, "more than one line, the last one is left");
}

static int
merge_lines(struct conf *c, struct strv *done, struct err *e UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(single_keys); i++)
		merge(c, single_keys[i], done);
	for (size_t i = 0; i < attr_count(); i++)
		merge(c, attr_at(i)->key, done);
	return 0;
}

static int
remove_dead(struct conf *c, struct strv *done, struct err *e UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(dead_keys); i++) {
		if (conf_raw(c, dead_keys[i]) == NULL)
			continue;
		conf_remove(c, dead_keys[i]);
		note(done, dead_keys[i], "removed");
	}
	return 0;
}

static bool
is_inherit(const char *ip4)
{
	return ip4[0] == '\0' || str_eq(ip4, "inherit");
}

enum pot_network
pot_network_of_old(const struct conf *c, const char *ip4)
{
	auto_free char *vnet = conf_get(c, "vnet");

	if (is_inherit(ip4))
		return POT_NETWORK_INHERIT;
	return vnet != NULL && str_eq(vnet, "true") ?
	    POT_NETWORK_PUBLIC_BRIDGE :
	    POT_NETWORK_ALIAS;
}

/* ip4= with vnet= became network_type= with ip=; where both are, the newer
 * ones are true. */
static int
convert_network(struct conf *c, struct strv *done, struct err *e)
{
	auto_free char *ip4 = conf_get(c, "ip4");
	struct ip_alias checked;
	enum pot_network type;

	if (ip4 == NULL)
		return 0;
	if (conf_raw(c, "network_type") == NULL) {
		type = pot_network_of_old(c, ip4);
		if (type != POT_NETWORK_INHERIT) {
			if (ip_alias_parse(ip4, &checked, e) < 0)
				return err_wrap(e, "ip4");
			conf_set(c, "ip", ip4);
		}
		conf_set(c, "network_type", pot_network_word(type));
		conf_set(
		    c, "vnet", pot_network_is_own(type) ? "true" : "false");
	}
	conf_remove(c, "ip4");
	note(done, "ip4", "is network_type and ip now");
	return 0;
}

/* "a b" meant the same port on both sides. */
static int
convert_ports(struct conf *c, struct strv *done, struct err *e)
{
	auto_free char *old = conf_get(c, STATIC_PORTS);
	auto_free char *now = conf_get(c, PORTS);
	auto_buf struct buf b = BUF_INIT(CONF_FILE_MAX);
	auto_strv struct strv words = STRV_INIT;

	if (old == NULL)
		return 0;
	if (now != NULL)
		buf_add_str(&b, now);
	strv_add_words(&words, old);
	for (size_t i = 0; i < words.n; i++) {
		struct port p;

		if (port_parse(words.v[i], &p, e) < 0)
			return err_wrap(e, STATIC_PORTS);
		buf_add_fmt(&b, "%s%s", b.len > 0 ? " " : "", words.v[i]);
		if (p.host_port == 0)
			buf_add_fmt(&b, ":%u", (unsigned)p.port);
	}
	if (buf_check(&b, PORTS, e) < 0)
		return -1;
	conf_remove(c, STATIC_PORTS);
	if (words.n > 0)
		conf_set(c, PORTS, b.data);
	note(done, STATIC_PORTS, "is " PORTS " now");
	return 0;
}

static void
add_missing(
    struct conf *c, const char *key, const char *value, struct strv *done)
{
	if (conf_raw(c, key) != NULL)
		return;
	conf_set(c, key, value);
	note(done, key, "added");
}

/* What version 0.16 has of attributes; ours alone are added when set. */
static int
add_defaults(struct conf *c, struct strv *done, struct err *e UNUSED)
{
	add_missing(c, "pot.dns", pot_dns_word(POT_DNS_INHERIT), done);
	add_missing(c, "pot.cmd", POT_CONFIG_CMD, done);
	for (size_t i = 0; i < attr_count(); i++) {
		const struct attr *a = attr_at(i);

		if ((a->flags & (ATTR_F_INFO | ATTR_F_JAIL)) != 0 &&
		    (a->flags & ATTR_F_READONLY) == 0)
			add_missing(c, a->key, a->fallback, done);
	}
	return 0;
}

int
pot_conf_update(struct conf *c, struct strv *done, struct err *e)
{
	static int (*const changes[])(
	    struct conf *, struct strv *, struct err *) = { merge_lines,
		remove_dead, convert_network, convert_ports, add_defaults };

	for (size_t i = 0; i < COUNT_OF(changes); i++)
		if (changes[i](c, done, e) < 0)
			return err_recode(e, ERR_CORRUPT);
	return 0;
}
