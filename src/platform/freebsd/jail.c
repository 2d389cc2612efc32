/* SPDX-License-Identifier: BSD-2-Clause */
/* Jails, by jail_set(2) and jail_get(2): looking at them, making one. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/linker.h>
#include <sys/sysctl.h>

#include "base/str.h"
#include "platform/freebsd/freebsd.h"
#include "platform/freebsd/osrelease.h"
#include "platform/freebsd/params.h"

bool
jail_is_within(const struct jail_facts *j, const char *name)
{
	size_t len = strlen(name);

	return strncmp(j->name, name, len) == 0 &&
	    (j->name[len] == '\0' || j->name[len] == '.');
}

/* --- looking at jails --- */

/* KEY, of LEN bytes at VALUE, says which: "name", "lastjid". */
static int
get(const char *key, void *value, size_t len, struct jail_facts *out,
    bool *found, struct err *e)
{
	struct params p;
	struct jail_facts j = { .jid = 0 };

	params_init(&p);
	params_raw(&p, key, value, len);
	params_raw(&p, "jid", &j.jid, sizeof(j.jid));
	if (!str_eq(key, "name"))
		params_raw(&p, "name", j.name, sizeof(j.name));
	params_raw(&p, "path", j.path, sizeof(j.path));
	params_raw(&p, "host.hostuuid", j.uuid, sizeof(j.uuid));
	*found = false;
	if (jail_get(p.iov, p.n, 0) < 0) {
		if (errno == ENOENT)
			return 0;
		return params_error(&p, e, "jail_get");
	}
	if (str_eq(key, "name"))
		str_copy(j.name, value, sizeof(j.name));
	*out = j;
	*found = true;
	return 0;
}

int
jail_find_name(
    const char *name, struct jail_facts *out, bool *found, struct err *e)
{
	char key[MAXHOSTNAMELEN];

	if (str_copy(key, name, sizeof(key)) >= sizeof(key)) {
		*found = false;
		return 0;
	}
	return get("name", key, strlen(key) + 1, out, found, e);
}

int
jail_next(int jid, struct jail_facts *out, bool *found, struct err *e)
{
	return get("lastjid", &jid, sizeof(jid), out, found, e);
}

int
jail_find(const struct cell_ref *ref, struct jail_facts *out, bool *found,
    struct err *e)
{
	struct jail_facts j;
	uint64_t generation;
	struct handle h;
	bool is_there;

	*found = false;
	if (handle_parse(ref, &h, e) < 0 ||
	    jail_find_name(ref->name, &j, &is_there, e) < 0)
		return -1;
	if (!is_there)
		return 0;
	if (h.is_foreign)
		*found = j.jid == h.jid;
	else
		*found = jail_uuid_is_of(j.uuid, ref->instance, &generation) &&
		    generation == ref->generation;
	if (*found)
		*out = j;
	return 0;
}

int
jail_need(const struct cell_ref *ref, struct jail_facts *out, struct err *e)
{
	bool found;

	if (jail_find(ref, out, &found, e) < 0)
		return -1;
	if (!found)
		return err_set(e, ERR_STATE, "not running");
	return 0;
}

/* --- making one --- */

enum param_type { PARAM_BOOL, PARAM_UINT, PARAM_SYSV };

/* Attributes and their parameters (reference 3.6, jail(8)). */
static const struct row {
	const char *attr;
	size_t offset; /* in struct cell_attrs */
	enum param_type type;
	const char *yes;    /* the parameter */
	const char *no;	    /* of a boolean */
	const char *module; /* that brings the parameter, or NULL */
} rows[] = {
#define ROW(attribute, member, ...)                                        \
	{                                                                  \
		.attr = attribute,                                         \
		.offset = offsetof(struct cell_attrs, member), __VA_ARGS__ \
	}
	ROW("enforce_statfs", enforce_statfs, .type = PARAM_UINT,
	    .yes = "enforce_statfs"),
	ROW("children", children, .type = PARAM_UINT, .yes = "children.max"),
	ROW("devfs_ruleset", devfs_ruleset, .type = PARAM_UINT,
	    .yes = "devfs_ruleset"),
	ROW("mount", allow_mount, .yes = "allow.mount", .no = "allow.nomount"),
	ROW("nullfs", allow_nullfs, .yes = "allow.mount.nullfs",
	    .no = "allow.mount.nonullfs", .module = "nullfs"),
	ROW("tmpfs", allow_tmpfs, .yes = "allow.mount.tmpfs",
	    .no = "allow.mount.notmpfs", .module = "tmpfs"),
	ROW("zfs", allow_zfs, .yes = "allow.mount.zfs",
	    .no = "allow.mount.nozfs", .module = "zfs"),
	ROW("linprocfs", allow_linprocfs, .yes = "allow.mount.linprocfs",
	    .no = "allow.mount.nolinprocfs", .module = "linprocfs"),
	ROW("raw_sockets", raw_sockets, .yes = "allow.raw_sockets",
	    .no = "allow.noraw_sockets"),
	ROW("mlock", mlock, .yes = "allow.mlock", .no = "allow.nomlock"),
	ROW("sysvshm", sysvshm, .type = PARAM_SYSV, .yes = "sysvshm",
	    .module = "sysvshm"),
	ROW("sysvsem", sysvsem, .type = PARAM_SYSV, .yes = "sysvsem",
	    .module = "sysvsem"),
	ROW("sysvmsg", sysvmsg, .type = PARAM_SYSV, .yes = "sysvmsg",
	    .module = "sysvmsg"),
#undef ROW
};

static const int sysv_value[] = {
	[SYSV_NEW] = JAIL_SYS_NEW,
	[SYSV_INHERIT] = JAIL_SYS_INHERIT,
	[SYSV_DISABLE] = JAIL_SYS_DISABLE,
};

/* The kernel has a sysctl for each parameter that it knows (jail(2)). */
static bool
is_known(const char *parameter)
{
	char name[64];
	size_t len = 0;

	str_fmt(name, sizeof(name), "security.jail.param.%s", parameter);
	return sysctlbyname(name, NULL, &len, NULL, 0) == 0 || errno != ENOENT;
}

/* What is off may be unknown to the kernel: then it is off indeed. */
static int
add_attr(struct params *p, const struct row *r, const struct cell_attrs *a,
    struct err *e)
{
	const char *at = (const char *)a + r->offset;
	unsigned number = 0;
	bool truth = false, is_off;
	enum sysv_mode mode = SYSV_DISABLE;

	if (r->type == PARAM_BOOL)
		memcpy(&truth, at, sizeof(truth));
	else if (r->type == PARAM_SYSV)
		memcpy(&mode, at, sizeof(mode));
	else
		memcpy(&number, at, sizeof(number));
	is_off = !truth && number == 0 && mode == SYSV_DISABLE;
	if (!is_known(r->yes) && !is_off && r->module != NULL)
		(void)kldload(r->module); /* the next line tells */
	if (!is_known(r->yes)) {
		if (is_off)
			return 0;
		return err_set(e, ERR_UNSUPPORTED,
		    "attribute %s: this kernel has no parameter %s", r->attr,
		    r->yes);
	}
	if (r->type == PARAM_BOOL)
		params_flag(p, truth ? r->yes : r->no);
	else if (r->type == PARAM_SYSV)
		params_int(p, r->yes, sysv_value[mode]);
	else if (number > INT32_MAX)
		return err_set(e, ERR_INVALID, "attribute %s: %u is too much",
		    r->attr, number);
	else
		params_int(p, r->yes, (int)number);
	return 0;
}

static int
add_net(struct params *p, const struct cell_spec *spec, struct err *e)
{
	if (spec->net == CELL_NET_OWN && !is_known("vnet"))
		return err_set(e, ERR_UNSUPPORTED,
		    "a network of its own: this kernel was built without "
		    "VIMAGE");
	if (spec->net == CELL_NET_OWN) {
		params_int(p, "vnet", JAIL_SYS_NEW);
		return 0;
	}
	if (is_known("ip4"))
		params_int(p, "ip4",
		    spec->no_ipv4 ? JAIL_SYS_DISABLE : JAIL_SYS_INHERIT);
	if (is_known("ip6"))
		params_int(p, "ip6",
		    spec->no_ipv6 ? JAIL_SYS_DISABLE : JAIL_SYS_INHERIT);
	return 0;
}

static int
check_name(const char *name, struct err *e)
{
	/* A dot means hierarchy, a number a JID (jail(8)). */
	if (strchr(name, '.') != NULL || str_is_digits(name))
		return err_set(e, ERR_INVALID, "no name for a jail");
	return 0;
}

int
jail_make(const struct cell_ref *ref, const struct cell_spec *spec, int *jid,
    struct err *e)
{
	struct params p;
	char uuid[JAIL_UUID_SIZE], osrelease[OSRELEASE_SIZE];
	int got;

	if (check_name(ref->name, e) < 0)
		return -1;
	jail_uuid_format(uuid, ref->instance, ref->generation);
	params_init(&p);
	params_text(&p, "name", ref->name);
	params_text(&p, "path", spec->root);
	params_text(&p, "host.hostname",
	    spec->hostname != NULL ? spec->hostname : ref->name);
	params_text(&p, "host.hostuuid", uuid);
	if (osrelease_of(spec->root, osrelease))
		params_text(&p, "osrelease", osrelease);
	else if (spec->osrelease != NULL)
		params_text(&p, "osrelease", spec->osrelease);
	params_flag(&p, "nopersist");
	params_flag(&p, "allow.noset_hostname");
	params_flag(&p, "allow.socket_af");
	params_flag(&p, "allow.chflags");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (add_attr(&p, &rows[i], &spec->attrs, e) < 0)
			return -1;
	}
	if (add_net(&p, spec, e) < 0)
		return -1;
	got = jail_set(p.iov, p.n, JAIL_CREATE | JAIL_ATTACH);
	if (got < 0)
		return params_error(&p, e, "jail");
	*jid = got;
	return 0;
}
