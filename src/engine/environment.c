/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Environments.  Nothing of the caller's own environment reaches a pot
 * (defect D17 of pot 0.16); flavour scripts are the documented exception
 * and get it from the request.
 */
#include "engine/environment.h"

#include <string.h>

#include "base/str.h"

#define PATH_POT "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"

/* Has the pot address I: of its stack's family. */
static bool
is_wanted(const struct pot *p, const char *addr)
{
	bool is6 = strchr(addr, ':') != NULL;

	if (str_eq(pot_stack(p), "ipv4"))
		return !is6;
	if (str_eq(pot_stack(p), "ipv6"))
		return is6;
	return true;
}

/*
 * alias: the addresses and their interfaces, numbered, IPv4 first, and two
 * lists that hold the names of those variables (reference 2.1; defect D19:
 * several addresses of one family stay apart).
 */
static void
add_alias(const struct pot *p, struct strv *out)
{
	auto_buf struct buf ips = BUF_INIT(BUF_TEXT_MAX);
	auto_buf struct buf nics = BUF_INIT(BUF_TEXT_MAX);
	const struct strv *list = &p->config->ip;
	unsigned n = 0;

	for (int family = 4; family <= 6; family += 2) {
		for (size_t i = 0; i < list->n; i++) {
			const char *bar = strchr(list->v[i], '|');
			const char *addr = bar == NULL ? list->v[i] : bar + 1;
			int nic_len = bar == NULL ? 0 : (int)(bar - list->v[i]);

			if ((strchr(addr, ':') != NULL) != (family == 6) ||
			    !is_wanted(p, addr))
				continue;
			if (n == 0)
				strv_add_fmt(out, "_POT_IP=%s", addr);
			strv_add_fmt(out, "_POT_IP_%u=%s", n, addr);
			if (bar == NULL)
				strv_add_fmt(out, "_POT_NIC_%u=%s", n,
				    framework_get(p->g->fw, FW_EXTIF));
			else
				strv_add_fmt(out, "_POT_NIC_%u=%.*s", n,
				    nic_len, list->v[i]);
			buf_add_fmt(&ips, "%s_POT_IP_%u", n > 0 ? " " : "", n);
			buf_add_fmt(
			    &nics, "%s_POT_NIC_%u", n > 0 ? " " : "", n);
			n++;
		}
	}
	strv_add_fmt(out, "_POT_IP_LIST=%s", ips.data);
	strv_add_fmt(out, "_POT_NIC_LIST=%s", nics.data);
}

void
environment_info(
    const struct pot *p, const struct cell_ref *ref, struct strv *out)
{
	const struct pot_config *c = p->config;

	strv_add_fmt(out, "_POT_NAME=%s", p->name.s);
	if (c->network == POT_NETWORK_ALIAS)
		add_alias(p, out);
	else
		strv_add_fmt(out, "_POT_IP=%s", c->ip.n > 0 ? c->ip.v[0] : "");
	if (c->network == POT_NETWORK_PRIVATE_BRIDGE && c->bridge != NULL)
		strv_add_fmt(out, "_POT_BRIDGE=%s", c->bridge);
	if (ref != NULL && ref->handle[0] != '\0') {
		/* The JID; on Linux the first process, which is as good a
		 * name of the running pot. */
		int len = (int)strcspn(ref->handle, ":");

		strv_add_fmt(out, "_POT_JID=%.*s", len, ref->handle);
	}
}

void
environment_pot(
    const struct pot *p, const struct cell_ref *ref, struct strv *out)
{
	strv_add(out, "PATH=" PATH_POT);
	strv_add(out, "HOME=/root");
	environment_info(p, ref, out);
	strv_add_all(out, &p->config->env);
}

void
environment_host(
    const struct pot *p, const struct cell_ref *ref, struct strv *out)
{
	strv_add(out, "PATH=" PATH_POT);
	strv_add(out, "HOME=/root");
	environment_info(p, ref, out);
}
