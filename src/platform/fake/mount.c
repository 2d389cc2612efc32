/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mounts of the fake platform are rows of the state; nothing is mounted.
 * What a pot's root shows is the directory of the topmost "/" entry: the
 * source of a bind, the upper (else the first lower) of an overlay.
 */
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "platform/fake/fake_impl.h"
#include "platform/view_child.h"

static const char *const kind_word[] = {
	[MOUNT_BIND] = "bind",
	[MOUNT_OVERLAY] = "overlay",
	[MOUNT_TMPFS] = "tmpfs",
	[MOUNT_PROC] = "proc",
	[MOUNT_FDESCFS] = "fdescfs",
	[MOUNT_DATASET] = "dataset",
};

void
fake_mount_describe(const struct mount_entry *m, struct buf *out)
{
	buf_add_str(out, kind_word[m->kind]);
	if (m->source != NULL)
		buf_add_fmt(out, " %s", m->source);
	for (size_t i = 0; i < m->lower.n; i++)
		buf_add_fmt(out, " lower %s", m->lower.v[i]);
	if (m->upper != NULL)
		buf_add_fmt(out, " upper %s", m->upper);
	if (m->options != NULL)
		buf_add_fmt(out, " options %s", m->options);
	buf_add_str(out, m->is_readonly ? " ro" : " rw");
}

/* The directory that an entry shows; NULL: what lies below it. */
static const char *
shown(const struct mount_entry *m)
{
	if (m->kind == MOUNT_BIND)
		return m->source;
	if (m->kind == MOUNT_OVERLAY && m->upper != NULL)
		return m->upper;
	if (m->kind == MOUNT_OVERLAY && m->lower.n > 0)
		return m->lower.v[0];
	return NULL;
}

const char *
fake_plan_root(const struct mount_plan *p, const char *root)
{
	for (size_t i = p->n; i-- > 0;) {
		if (str_eq(p->v[i].target, "/") && shown(&p->v[i]) != NULL)
			return shown(&p->v[i]);
	}
	return root;
}

char *
fake_attached_root(const char *root)
{
	ptrdiff_t i = fake_state_find_mount(&fake_state, root, "/");

	if (i < 0 || fake_state.mounts[i].dir[0] == '\0')
		return xstrdup(root);
	return xstrdup(fake_state.mounts[i].dir);
}

void
fake_mount_add(const char *root, const struct mount_entry *m)
{
	auto_buf struct buf what = BUF_INIT(BUF_TEXT_MAX);
	const char *dir = shown(m);

	fake_mount_describe(m, &what);
	fake_state_add_mount(
	    &fake_state, root, m->target, what.data, dir ? dir : "");
}

static int
mount_attach(const struct mount_plan *p, const char *root, struct err *e)
{
	if (fake_begin(e, "mount.attach", "%s", root) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		if (fake_state_find_mount(&fake_state, root, p->v[i].target) >=
		    0)
			return fake_end(
			    err_set(e, ERR_BUSY, "%s: %s: is mounted already",
				root, p->v[i].target));
	}
	for (size_t i = 0; i < p->n; i++)
		fake_mount_add(root, &p->v[i]);
	return fake_end(0);
}

static int
mount_detach(const struct mount_plan *p, const char *root, struct err *e)
{
	if (fake_begin(e, "mount.detach", "%s", root) < 0)
		return -1;
	for (size_t i = p->n; i-- > 0;) {
		ptrdiff_t at =
		    fake_state_find_mount(&fake_state, root, p->v[i].target);

		if (at >= 0)
			fake_state_remove_mount(&fake_state, (size_t)at);
	}
	return fake_end(0);
}

static int
mount_view(const struct mount_plan *p, const char *root, mount_view_fn *fn,
    void *arg, struct err *e)
{
	int result;

	if (fake_begin(e, "mount.view", "%s", root) < 0)
		return -1;
	fake_pause();
	result = view_child(fake_plan_root(p, root), fn, arg, e);
	fake_resume();
	return fake_end(result);
}

static int
mount_probe(enum mount_kind kind, const char *dir, struct err *e)
{
	if (fake_begin(e, "mount.probe", "%s %s", kind_word[kind], dir) < 0)
		return -1;
	return fake_end(0);
}

static int
mount_sweep(const char *root, unsigned *count, struct err *e)
{
	size_t len = strlen(root);

	if (fake_begin(e, "mount.sweep", "%s", root) < 0)
		return -1;
	*count = 0;
	for (size_t i = fake_state.nmounts; i-- > 0;) {
		const char *at = fake_state.mounts[i].root;

		if (strncmp(at, root, len) != 0 ||
		    (at[len] != '\0' && at[len] != '/'))
			continue;
		fake_state_remove_mount(&fake_state, i);
		++*count;
	}
	return fake_end(0);
}

const struct platform_mount_ops fake_mount_ops = {
	.attach = mount_attach,
	.detach = mount_detach,
	.view = mount_view,
	.probe = mount_probe,
	.sweep = mount_sweep,
};
