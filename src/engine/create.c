/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What create and clone have in common.
 */
#include "engine/create.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "model/ip.h"

#define HOSTNAME_MAX_DEFAULT 64 /* of a value that is no number */

static int
parse_stack(struct call *c, const struct pot *src, struct create_network *out,
    struct err *e)
{
	out->stack = request_get(c->req, "stack");
	if (out->stack == NULL)
		out->stack = src != NULL ? pot_stack(src) : engine_stack(c->g);
	if (!str_eq(out->stack, "ipv4") && !str_eq(out->stack, "ipv6") &&
	    !str_eq(out->stack, "dual"))
		return err_set(e, ERR_INVALID,
		    "stack %s: expected ipv4, ipv6 or dual", out->stack);
	return 0;
}

static int
parse_dns(struct call *c, const struct pot *src, struct create_network *out,
    struct err *e)
{
	const char *dns = request_get(c->req, "dns");

	if (dns == NULL) {
		out->dns = src != NULL ? src->config->dns : POT_DNS_INHERIT;
		return 0;
	}
	if (pot_dns_parse(dns, &out->dns, e) < 0)
		return -1;
	if (out->dns == POT_DNS_CUSTOM) {
		out->resolv = strchr(dns, ':');
		if (out->resolv == NULL || *++out->resolv == '\0' ||
		    access(out->resolv, R_OK) < 0)
			return err_set(e, ERR_INVALID,
			    "dns %s: expected custom:FILE with a file that can "
			    "be read",
			    dns);
	}
	return 0;
}

int
create_network_parse(struct call *c, const struct pot *src,
    struct create_network *out, struct err *e)
{
	const char *network = request_get(c->req, "network");
	auto_strv struct strv ips = STRV_INIT;
	struct ip_alias ip;

	memset(out, 0, sizeof(*out));
	request_all(c->req, "ip", &ips);
	for (size_t i = 0; i < ips.n; i++) {
		if (ip_alias_parse(ips.v[i], &ip, e) < 0)
			return -1;
	}
	out->network = src != NULL ? src->config->network : POT_NETWORK_INHERIT;
	if (network != NULL && pot_network_parse(network, &out->network, e) < 0)
		return -1;
	out->bridge = request_get(c->req, "bridge");
	if (parse_stack(c, src, out, e) < 0 || parse_dns(c, src, out, e) < 0)
		return -1;
	if (out->network != POT_NETWORK_INHERIT &&
	    out->network != POT_NETWORK_NONE)
		return err_set(e, ERR_UNSUPPORTED,
		    "network type %s: not available in this version",
		    pot_network_word(out->network));
	return 0;
}

void
create_hostname(struct engine *g, const char *pot, char out[HOSTNAME_SIZE])
{
	const char *max = framework_get(g->fw, FW_HOSTNAME_MAX);
	char host[256] = "";
	struct err ignored = ERR_INIT;
	struct pot_name name;
	uint64_t n = HOSTNAME_MAX_DEFAULT;

	if (str_u64("POT_HOSTNAME_MAX_LENGTH", max, 1, HOSTNAME_SIZE - 1, &n,
		&ignored) < 0)
		n = HOSTNAME_MAX_DEFAULT;
	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	str_copy(name.s, pot, sizeof(name.s));
	name_hostname(&name, host, (unsigned)n, out, HOSTNAME_SIZE);
}

void
create_network_apply(struct call *c, const struct create_network *net,
    const char *pot, struct pot_config *cfg)
{
	char hostname[HOSTNAME_SIZE];

	create_hostname(c->g, pot, hostname);
	cfg->hostname = xstrdup(hostname);
	cfg->network = net->network;
	cfg->dns = net->dns;
	cfg->stack = (char *)(uintptr_t)net->stack;
	cfg->bridge = (char *)(uintptr_t)net->bridge;
	if (net->dns == POT_DNS_POT)
		strv_add(&cfg->depends, framework_get(c->g->fw, FW_DNS_NAME));
}

void
create_common(struct call *c, struct create_input *in)
{
	in->keep = request_has(c->req, "keep");
	request_all(c->req, "flavour-step", &in->steps);
	request_all(c->req, "env", &in->env);
	if (c->req->nfds > 0)
		in->out = c->req->fds[0];
	if (c->req->nfds > 1)
		in->err = c->req->fds[1];
}
