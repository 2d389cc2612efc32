/* SPDX-License-Identifier: BSD-2-Clause */
/* Single values as users give them: names, ports, addresses, signals,
 * attributes, limits, variables. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/xmalloc.h"
#include "model/attributes.h"
#include "model/idrange.h"
#include "model/ip.h"
#include "model/limits.h"
#include "model/name.h"
#include "model/ports.h"
#include "model/potconf.h"
#include "model/signame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* E is set if and only if RC says so; and is forgotten. */
static int
check(int rc, struct err *e)
{
	assert((rc < 0) == err_is_set(e));
	assert(strchr(e->text, '\n') == NULL);
	err_clear(e);
	return rc;
}

static void
fuzz_names(const char *s, struct err *e)
{
	struct pot_name n;
	struct id_range ids;
	char host[65];

	if (check(name_parse_new("pot", s, &n, e), e) == 0) {
		assert(check(name_parse_new_dotted("b", s, &n, e), e) == 0);
		assert(check(name_parse_existing("p", s, &n, e), e) == 0);
	}
	if (check(id_range_parse("ids", s, &ids, e), e) == 0)
		assert(ids.count > 0 && ids.first <= ID_LAST &&
		    ids.count - 1 <= ID_LAST - ids.first);
	if (check(name_parse_existing("p", s, &n, e), e) == 0) {
		assert(strchr(n.s, '/') == NULL && n.s[0] != '.');
		name_hostname(&n, "example.org", 64, host, sizeof(host));
		assert(strlen(host) <= 64);
	}
}

static void
fuzz_network(const char *s, struct err *e)
{
	auto_free char *stored = NULL;
	struct ip_alias a;
	struct port p;
	enum pot_dns d;
	enum pot_network n;

	if (check(port_parse(s, &p, e), e) == 0)
		assert(p.port != 0);
	(void)check(port_parse_stored(s, &p, e), e);
	if (check(ip_alias_parse(s, &a, e), e) == 0)
		assert(ip_family(a.address) == a.family);
	if (check(ip_host_parse(s, &stored, e), e) == 0)
		assert(conf_value_is_ok(stored));
	(void)check(pot_dns_parse(s, &d, e), e);
	(void)check(pot_network_parse(s, &n, e), e);
}

static void
fuzz_conf(const char *s, struct err *e)
{
	auto_conf struct conf *c = conf_new();
	auto_strv struct strv l = STRV_INIT;
	struct pot_config *cfg = NULL;

	strv_add(&l, s);
	for (size_t i = 0; i < attr_count(); i++) {
		char *stored = NULL, *again = NULL;

		if (check(attr_parse(attr_at(i), s, &stored, e), e) < 0)
			continue;
		assert(conf_value_is_ok(stored));
		assert(
		    check(attr_parse(attr_at(i), stored, &again, e), e) == 0);
		assert(strcmp(stored, again) == 0);
		free(stored);
		free(again);
	}
	for (size_t i = 0; i < limit_row_count(); i++)
		(void)check(limits_set(c, limit_row_at(i), s, e), e);
	(void)check(pot_conf_set_cmd(c, s, e), e);
	(void)check(pot_conf_set_hosts(c, &l, e), e);
	(void)check(pot_conf_set_ports(c, &l, e), e);
	if (check(pot_conf_set_env(c, &l, e), e) == 0) {
		assert(pot_config_load("t", c, &cfg, e) == 0);
		assert(cfg->env.n == 1 && strcmp(cfg->env.v[0], s) == 0);
		pot_config_free(cfg);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *s = xstrndup((const char *)data, size);
	struct err e = ERR_INIT;
	int signo;

	if (check(signame_parse(s, &signo, &e), &e) == 0)
		assert(signo > 0);
	fuzz_names(s, &e);
	fuzz_network(s, &e);
	fuzz_conf(s, &e);
	return 0;
}
