/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * potnet (reference 9.1): who has which address of the internal network, and
 * which are free.  It only looks: what it prints is nobody's yet.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "cli/potnet_db.h"
#include "cli/print.h"
#include "cli/tools.h"
#include "model/conf.h"
#include "model/ip.h"

/* A private bridge holds at most so many addresses to be told one by one. */
#define BRIDGE_HOSTS_MAX 65536

struct pot_address {
	char *name;
	uint32_t ip;
	bool is_public;
};

struct job {
	struct cli *c;
	const struct framework *fw;
	const char *bridge, *host, *size; /* -b, -H, -s */
	struct net4 net;
	struct pot_address *pots;
	size_t npots;
};

static void
job_fini(struct job *j)
{
	for (size_t i = 0; i < j->npots; i++)
		free(j->pots[i].name);
	free(j->pots);
}

static void
on_pot(struct cli *c, const struct record *r, void *arg)
{
	struct job *j = arg;
	const char *type = record_get_str(r, "network_type"), *text;
	uint32_t ip;

	(void)c;
	if (!str_has_suffix(type, "-bridge"))
		return;
	for (size_t i = 0; (text = print_text_at(r, "ip", i)) != NULL; i++) {
		if (!ip4_parse(text, &ip))
			continue; /* of IPv6 */
		j->pots =
		    xreallocarray(j->pots, j->npots + 1, sizeof(*j->pots));
		j->pots[j->npots++] = (struct pot_address){
			.name = xstrdup(record_get_str(r, "name")),
			.ip = ip,
			.is_public = str_eq(type, "public-bridge"),
		};
	}
}

static int
load(struct job *j, struct err *e)
{
	auto_request struct request r = { .verb = NULL };
	int status;

	request_init(&r, "list");
	request_add(&r, "kind", "pots");
	if ((j->fw = cli_framework(j->c, e)) == NULL ||
	    net4_parse("POT_NETWORK", framework_get(j->fw, FW_NETWORK), &j->net,
		e) < 0)
		return -1;
	return cli_ask(j->c, &r, on_pot, j, &status, e);
}

struct bridge {
	struct net4 net;
	uint32_t gateway;
};

static int
open_bridges(const struct job *j, int *fd, struct err *e)
{
	auto_free char *path =
	    xasprintf("%s/bridges", framework_get(j->fw, FW_FS_ROOT));

	return dir_open(AT_FDCWD, path, fd, e);
}

static int
read_bridge(int dir, const char *name, struct bridge *out, struct err *e)
{
	auto_free char *what = xasprintf("bridge %s", name);
	auto_free char *net = NULL, *gateway = NULL;
	auto_conf struct conf *c = NULL;

	if (strchr(name, '/') != NULL ||
	    conf_read(dir, name, what, &c, e) < 0) {
		if (!err_is_set(e) || e->code == ERR_NOT_FOUND) {
			err_clear(e);
			return err_set(e, ERR_NOT_FOUND, "%s: not found", what);
		}
		return -1;
	}
	net = conf_get(c, "net");
	gateway = conf_get(c, "gateway");
	if (net == NULL || gateway == NULL ||
	    !ip4_parse(gateway, &out->gateway))
		return err_set(
		    e, ERR_CORRUPT, "%s: no network or no gateway", what);
	if (net4_parse(what, net, &out->net, e) < 0)
		return -1;
	return 0;
}

static void
add_bridge(const struct job *j, const char *name, const struct bridge *b,
    struct address_db *db)
{
	static const char *const words[] = { "network", "broadcast",
		"gateway" };
	const uint32_t ips[] = { b->net.first, b->net.last, b->gateway };

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		auto_free char *owner =
		    xasprintf("%s bridge - %s ", name, words[i]);

		address_db_set(db, ips[i], owner);
	}
	for (size_t i = 0; i < j->npots; i++)
		if (net4_has(&b->net, j->pots[i].ip))
			address_db_set(db, j->pots[i].ip, j->pots[i].name);
}

/* The addresses of a private bridge are nobody else's. */
static void
add_rest(const char *name, const struct bridge *b, struct address_db *db)
{
	auto_free char *owner =
	    xasprintf("%s bridge - allocated address", name);

	address_db_fill(db, b->net.first, b->net.last, BRIDGE_HOSTS_MAX, owner);
}

static int
fill(const struct job *j, struct address_db *db, struct err *e)
{
	auto_strv struct strv bridges = STRV_INIT;
	auto_close int dir = -1;
	uint32_t ip;

	address_db_set(db, j->net.first, "");
	address_db_set(db, j->net.last, "");
	if (ip4_parse(framework_get(j->fw, FW_GATEWAY), &ip))
		address_db_set(db, ip, "default gateway");
	if (ip4_parse(framework_get(j->fw, FW_DNS_IP), &ip) &&
	    net4_has(&j->net, ip))
		address_db_set(db, ip, framework_get(j->fw, FW_DNS_NAME));
	for (size_t i = 0; i < j->npots; i++)
		address_db_set(db, j->pots[i].ip, j->pots[i].name);
	if (open_bridges(j, &dir, e) < 0 || dir_list(dir, &bridges, e) < 0)
		return -1;
	for (size_t i = 0; i < bridges.n; i++) {
		struct bridge b;

		if (read_bridge(dir, bridges.v[i], &b, e) < 0) {
			log_warn(&j->c->log, "%s", e->text);
			err_clear(e);
			continue;
		}
		add_bridge(j, bridges.v[i], &b, db);
		add_rest(bridges.v[i], &b, db);
	}
	address_db_sort(db);
	return 0;
}

static int
find_bridge(
    const struct job *j, struct bridge *b, struct address_db *db, struct err *e)
{
	auto_close int dir = -1;

	if (open_bridges(j, &dir, e) < 0 ||
	    read_bridge(dir, j->bridge, b, e) < 0)
		return -1;
	add_bridge(j, j->bridge, b, db);
	address_db_sort(db);
	return 0;
}

static int
show(struct job *j, struct err *e)
{
	auto_address_db struct address_db db = ADDRESS_DB_INIT;
	char first[IP4_TEXT_SIZE], last[IP4_TEXT_SIZE];
	struct bridge b;

	if (j->bridge != NULL) {
		if (find_bridge(j, &b, &db, e) < 0) {
			log_error(&j->c->log, "%s", e->text);
			err_clear(e); /* and the status has always been 0 */
		}
	} else {
		if (fill(j, &db, e) < 0)
			return -1;
		ip4_format(j->net.first, first);
		cli_print(j->c,
		    "Network topology:\n\tnetwork : %s/%u\n"
		    "\tmin addr: %s\n\tmax addr: %s\n\n"
		    "Addresses already taken:\n",
		    first, j->net.prefix, first, ip4_format(j->net.last, last));
	}
	for (size_t i = 0; i < db.n; i++)
		cli_print(j->c, "\t%s\t%s\n", ip4_format(db.v[i].ip, first),
		    db.v[i].owner);
	return 0;
}

static int
validate(struct job *j, struct err *e)
{
	auto_address_db struct address_db db = ADDRESS_DB_INIT;
	struct bridge b = { .net = j->net };
	uint32_t ip;

	if (!ip4_parse(j->host, &ip))
		return err_set(
		    e, ERR_INVALID, "%s: no address of IPv4", j->host);
	if ((j->bridge != NULL ? find_bridge(j, &b, &db, e) : fill(j, &db, e)) <
	    0)
		return -1;
	if (!net4_has(&b.net, ip))
		return err_set(
		    e, ERR_INVALID, "%s: outside the network", j->host);
	if (address_db_find(&db, ip) != NULL)
		return err_set(e, ERR_EXISTS, "%s: already in use", j->host);
	return 0;
}

static int
etc_hosts(struct job *j, struct err *e)
{
	auto_address_db struct address_db db = ADDRESS_DB_INIT,
					  unused = ADDRESS_DB_INIT;
	struct bridge b = { .net = j->net };
	char ip[IP4_TEXT_SIZE];

	if (j->bridge != NULL && find_bridge(j, &b, &unused, e) < 0) {
		err_clear(e);
		return 0; /* as potnet did */
	}
	for (size_t i = 0; i < j->npots; i++)
		if (j->pots[i].is_public == (j->bridge == NULL) &&
		    net4_has(&b.net, j->pots[i].ip))
			address_db_set(&db, j->pots[i].ip, j->pots[i].name);
	address_db_sort(&db);
	for (size_t i = 0; i < db.n; i++)
		cli_print(
		    j->c, "%s %s\n", ip4_format(db.v[i].ip, ip), db.v[i].owner);
	return 0;
}

/* A network has its own address, its gateway's and its broadcast's. */
#define NET_OVERHEAD 3

static int
next(struct job *j, struct err *e)
{
	auto_address_db struct address_db db = ADDRESS_DB_INIT;
	struct bridge b = { .net = j->net };
	char text[IP4_TEXT_SIZE];
	uint32_t ip;

	if ((j->bridge != NULL ? find_bridge(j, &b, &db, e) : fill(j, &db, e)) <
	    0)
		return -1;
	ip = b.net.first;
	for (size_t i = 0; i < db.n && db.v[i].ip <= ip; i++)
		ip = db.v[i].ip == ip ? ip + 1 : ip;
	if (ip <= b.net.first || ip >= b.net.last)
		return err_set(e, ERR_LIMIT, "no address is free");
	cli_print(j->c, "%s\n", ip4_format(ip, text));
	return 0;
}

/* The first part of the network with SIZE addresses, none of which is taken:
 * networks are aligned to their size. */
static bool
find_free(const struct net4 *net, const struct address_db *db, uint64_t size,
    uint32_t *out)
{
	uint64_t first = net->first;
	size_t i = 0;

	for (; first + size - 1 <= net->last; first += size) {
		while (i < db->n && db->v[i].ip < first)
			i++;
		if (i < db->n && db->v[i].ip < first + size)
			continue;
		*out = (uint32_t)first;
		return true;
	}
	return false;
}

/* Room for that many pots: the gateway is not one of them (D39). */
static int
new_net(struct job *j, struct err *e)
{
	auto_address_db struct address_db db = ADDRESS_DB_INIT;
	char net[IP4_TEXT_SIZE], gateway[IP4_TEXT_SIZE];
	uint64_t pots, size = 4;
	unsigned prefix = 30;
	uint32_t ip;

	if (j->size == NULL)
		return err_set(e, ERR_USAGE, "potnet: new-net needs -s");
	if (str_u64("size", j->size, 2, UINT32_MAX, &pots, e) < 0 ||
	    fill(j, &db, e) < 0)
		return -1;
	for (; size < pots + NET_OVERHEAD; size *= 2)
		prefix--;
	if (!find_free(&j->net, &db, size, &ip))
		return err_set(e, ERR_LIMIT, "no network of that size is free");
	cli_print(j->c, "net=%s/%u\ngateway=%s\n", ip4_format(ip, net), prefix,
	    ip4_format(ip + 1, gateway));
	return 0;
}

/* A DNS address outside the network is told, and no failure. */
static int
config_check(struct job *j, struct err *e)
{
	const char *gateway = framework_get(j->fw, FW_GATEWAY);
	const char *dns = framework_get(j->fw, FW_DNS_IP);
	const char *netmask = framework_get(j->fw, FW_NETMASK);
	uint32_t ip, mask = ~(j->net.last - j->net.first);

	if (ip4_parse(dns, &ip) && !net4_has(&j->net, ip))
		log_error(
		    &j->c->log, "POT_DNS_IP %s: outside the network", dns);
	if (!ip4_parse(gateway, &ip) || !net4_has(&j->net, ip))
		return err_set(e, ERR_INVALID,
		    "POT_GATEWAY %s: outside the network", gateway);
	if (!ip4_parse(netmask, &ip) || ip != mask)
		return err_set(e, ERR_INVALID,
		    "POT_NETMASK %s: not that of POT_NETWORK", netmask);
	return 0;
}

static int
check_ip(struct job *j, struct err *e, unsigned families)
{
	enum ip_family f = ip_family(j->host);

	if (f == IP_NONE || (families & (1U << (f == IP_V6))) == 0)
		return err_set(e, ERR_INVALID, "%s: no such address", j->host);
	return 0;
}

static int
ip4check(struct job *j, struct err *e)
{
	return check_ip(j, e, 1);
}

static int
ip6check(struct job *j, struct err *e)
{
	return check_ip(j, e, 2);
}

static int
ipcheck(struct job *j, struct err *e)
{
	return check_ip(j, e, 3);
}

static const struct {
	const char *name;
	int (*run)(struct job *j, struct err *e);
	bool needs_host, needs_data;
} commands[] = {
	{ "show", show, false, true },
	{ "validate", validate, true, true },
	{ "config-check", config_check, false, true },
	{ "etc-hosts", etc_hosts, false, true },
	{ "next", next, false, true },
	{ "new-net", new_net, false, true },
	{ "ip4check", ip4check, true, false },
	{ "ip6check", ip6check, true, false },
	{ "ipcheck", ipcheck, true, false },
};

static const char usage[] =
    "usage: potnet [-qv] show | etc-hosts | next [-b BRIDGE]\n"
    "       potnet [-qv] new-net -s POTS\n"
    "       potnet [-qv] validate -H ADDRESS [-b BRIDGE]\n"
    "       potnet [-qv] ip4check | ip6check | ipcheck -H ADDRESS\n"
    "       potnet [-qv] config-check\n";

/* Options may stand before the command's name and behind it. */
static const char *
parse(struct job *j, int argc, char **argv)
{
	const char *word = NULL;
	int opt;

	while (optind < argc) {
		if ((opt = getopt(argc, argv, "+b:H:s:qv")) == -1) {
			if (optind >= argc || word != NULL)
				break;
			word = argv[optind++];
		} else if (opt == 'b') {
			j->bridge = optarg;
		} else if (opt == 'H') {
			j->host = optarg;
		} else if (opt == 's') {
			j->size = optarg;
		} else if (opt == 'v') {
			j->c->verbosity++;
		} else if (opt == '?') {
			return NULL;
		}
	}
	return optind < argc ? NULL : word;
}

int
potnet_main(struct cli *c, int argc, char **argv)
{
	__attribute__((cleanup(job_fini))) struct job j = { .c = c };
	const char *word = parse(&j, argc, argv);
	struct err e = ERR_INIT;

	for (size_t i = 0; word != NULL && i < COUNT_OF(commands); i++) {
		if (!str_eq(commands[i].name, word) ||
		    (commands[i].needs_host && j.host == NULL))
			continue;
		if ((commands[i].needs_data && load(&j, &e) < 0) ||
		    commands[i].run(&j, &e) < 0)
			return cli_tell(c, &e);
		return 0;
	}
	log_error(&c->log, "potnet: %s: not a command of this version",
	    word != NULL ? word : "no command");
	cli_print(c, "%s", usage);
	return 1;
}
