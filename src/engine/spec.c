/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a pot's files to what the platform is asked for.
 */
#include "engine/spec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/attributes.h"
#include "model/command.h"

const char *
spec_volume(struct engine *g, const char *source)
{
	const char *zroot = framework_get(g->fw, FW_ZFS_ROOT);
	size_t len = strlen(zroot);

	if (source[0] == '/' || strncmp(source, zroot, len) != 0 ||
	    source[len] != '/')
		return NULL;
	return source + len + 1;
}

/* The words of fscomp.conf's third column that are ours; others, which are
 * the platform's, into *REST. */
struct entry_options {
	bool is_readonly, maps_ids;
	char *rest; /* or NULL */
};

static void
options_parse(const char *text, struct entry_options *out)
{
	auto_buf struct buf rest = BUF_INIT(BUF_TEXT_MAX);

	*out = (struct entry_options){ .rest = NULL };
	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, ",");
		auto_free char *word = xstrndup(text, len);

		if (str_eq(word, "ro"))
			out->is_readonly = true;
		else if (str_eq(word, SPEC_IDMAP))
			out->maps_ids = true;
		else if (word[0] != '\0' && !str_eq(word, "zfs-remount"))
			buf_add_fmt(
			    &rest, "%s%s", rest.len > 0 ? "," : "", word);
		text += len + (text[len] == ',');
	}
	if (rest.len > 0)
		out->rest = buf_take(&rest);
}

/* mount-in made the mount point, but a revert or a clone may stand on a
 * snapshot which is older, the guest can remove it, and /tmp is new at each
 * start. */
static void
point_is_made(struct mount_plan *plan, const struct fscomp_entry *f)
{
	struct mount_entry *m = &plan->v[plan->n - 1];

	if (str_eq(f->target, "/"))
		return;
	m->make_target = true;
	m->mode = 0755;
}

int
spec_entry(struct pot *p, const struct fscomp_entry *f, struct mount_plan *plan,
    struct err *e)
{
	const char *volume = spec_volume(p->g, f->source);
	auto_free char *rest = NULL;
	struct entry_options o;
	struct storage *storage;
	struct mount_entry *m;

	options_parse(f->option, &o);
	rest = o.rest;
	if (volume != NULL) {
		if (engine_storage(p->g, &storage, e) < 0 ||
		    storage_mount(
			storage, volume, f->target, o.is_readonly, plan, e) < 0)
			return -1;
		point_is_made(plan, f);
		return 0;
	}
	if (f->source[0] != '/')
		return err_set(e, ERR_UNSUPPORTED,
		    "fscomp.conf: dataset %s: not below %s", f->source,
		    framework_get(p->g->fw, FW_ZFS_ROOT));
	if (access(f->source, F_OK) < 0)
		return err_sys(e, "fscomp.conf: %s", f->source);
	m = mount_plan_add(plan, MOUNT_BIND, f->target);
	m->source = xstrdup(f->source);
	m->is_readonly = o.is_readonly;
	m->keeps_ids = !o.maps_ids;
	m->options = take_ptr(&rest);
	point_is_made(plan, f);
	return 0;
}

/* Before what is mounted below it. */
static void
add_tmp(struct pot *p, struct mount_plan *plan)
{
	struct mount_entry *tmp;

	if (attr_bool(p->conf, "no-tmpfs"))
		return;
	tmp = mount_plan_add(plan, MOUNT_TMPFS, "/tmp");
	tmp->mode = 01777;
	tmp->make_target = true;
}

int
spec_plan(struct pot *p, struct mount_plan *plan, struct err *e)
{
	auto_free char *m = xasprintf("jails/%s/m", p->name.s);
	struct storage *storage;

	if (engine_storage(p->g, &storage, e) < 0)
		return -1;
	if (p->config->type == POT_TYPE_SINGLE &&
	    storage_mount(storage, m, "/", false, plan, e) < 0)
		return -1;
	if (plan->n > 0)
		add_tmp(p, plan);
	for (size_t i = 0; i < p->fscomp.n; i++) {
		bool is_root = plan->n == 0;

		if (spec_entry(p, &p->fscomp.v[i], plan, e) < 0)
			return -1;
		if (is_root)
			add_tmp(p, plan);
	}
	if (plan->n == 0 || !str_eq(plan->v[0].target, "/"))
		return err_set(e, ERR_CORRUPT,
		    "fscomp.conf: the first entry is not the root");
	return 0;
}

int
spec_command(const struct pot *p, struct strv *argv, struct err *e)
{
	if (p->config->args.n > 0) {
		strv_add_all(argv, &p->config->args);
		return 0;
	}
	return command_argv(p->config->cmd, argv, e);
}

/* search <second label of the host name>, as the sh version has it. */
static char *
resolv_pot(const struct pot *p)
{
	const char *dot = strchr(p->config->hostname, '.');
	int len = dot == NULL ? 0 : (int)strcspn(dot + 1, ".");

	return xasprintf("# written by pot\nsearch %.*s\nnameserver %s\n", len,
	    dot == NULL ? "" : dot + 1, framework_get(p->g->fw, FW_DNS_IP));
}

static int
read_text(
    int dirfd, const char *name, const char *what, char **out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	if (file_read_as(dirfd, name, what, &b, e) < 0)
		return -1;
	*out = buf_take(&b);
	return 0;
}

/* The host's file may be a link (a resolver daemon's); it is the host's, so
 * it is followed.  O_NONBLOCK: what is no file must not make us wait. */
static int
resolv_host(char **out, struct err *e)
{
	static const char path[] = "/etc/resolv.conf";
	auto_close int fd =
	    open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CORRUPT, "%s: not a regular file", path);
	if (io_read_sized(fd, st.st_size, &b, path, e) < 0)
		return -1;
	*out = buf_take(&b);
	return 0;
}

static int
make_resolv(const struct pot *p, char **out, struct err *e)
{
	switch (p->config->dns) {
	case POT_DNS_INHERIT:
		return resolv_host(out, e);
	case POT_DNS_CUSTOM:
		return read_text(
		    p->confdir, "resolv.conf", "conf/resolv.conf", out, e);
	case POT_DNS_POT:
		*out = resolv_pot(p);
		return 0;
	case POT_DNS_OFF:
		break;
	}
	return 0;
}

int
spec_files(const struct pot *p, char **hosts, char **resolv, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);
	const char *host = p->config->hostname;

	if (make_resolv(p, resolv, e) < 0)
		return err_wrap(e, "resolver");
	buf_add_fmt(
	    &b, "::1 localhost %s\n127.0.0.1 localhost %s\n", host, host);
	for (size_t i = 0; i < p->config->hosts.n; i++)
		buf_add_fmt(&b, "%s\n", p->config->hosts.v[i]);
	if (buf_check(&b, "hosts", e) < 0)
		return -1;
	*hosts = buf_take(&b);
	return 0;
}
