/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What create and clone have in common.
 */
#include "cli/create.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/potconf.h"

#define CUSTOM "custom:"

static int
check_type(const char *value, struct err *e)
{
	enum pot_type ignored;

	return pot_type_parse(value, &ignored, e);
}

static int
check_network(const char *value, struct err *e)
{
	enum pot_network ignored;

	return pot_network_parse(value, &ignored, e);
}

static int
check_dns(const char *value, struct err *e)
{
	enum pot_dns ignored;

	return pot_dns_parse(value, &ignored, e);
}

static int
check_stack(const char *value, struct err *e)
{
	if (str_eq(value, "ipv4") || str_eq(value, "ipv6") ||
	    str_eq(value, "dual"))
		return 0;
	return err_set(
	    e, ERR_INVALID, "stack %s: expected ipv4, ipv6 or dual", value);
}

static const struct {
	const char *field;
	int (*check)(const char *value, struct err *e);
} checks[] = {
	{ "type", check_type },
	{ "network", check_network },
	{ "stack", check_stack },
	{ "dns", check_dns },
};

/* custom:FILE with an absolute path. */
static int
custom_dns(struct cli *c, struct err *e)
{
	const char *dns = request_get(&c->req, "dns");
	auto_free char *path = NULL;

	if (dns == NULL || !str_has_prefix(dns, CUSTOM))
		return 0;
	path = cli_path(c, dns + strlen(CUSTOM), e);
	if (path == NULL)
		return -1;
	if (access(path, R_OK) < 0)
		return err_sys(e, "%s: dns %s", c->cmd->name, dns);
	for (size_t i = 0; i < c->req.names.n; i++) {
		if (!str_eq(c->req.names.v[i], "dns"))
			continue;
		free(c->req.values.v[i]);
		c->req.values.v[i] = xasprintf(CUSTOM "%s", path);
	}
	return 0;
}

int
create_words(struct cli *c, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		const char *value = request_get(&c->req, checks[i].field);

		if (value == NULL || checks[i].check(value, e) == 0)
			continue;
		err_wrap(e, "%s", c->cmd->name);
		return err_recode(e, ERR_USAGE);
	}
	return custom_dns(c, e);
}

int
create_prepare(struct cli *c, struct err *e)
{
	return create_words(c, e) < 0 ? -1 : cli_flavours(c, e);
}
