/* SPDX-License-Identifier: BSD-2-Clause */
/* The store of a test, seen from outside. */
#include "../storage_fixture.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/xmalloc.h"
#include "view.h"

static void
open_store(struct fixture *f)
{
	struct storage_options o = { .driver = f->driver,
		.fs_root = f->root,
		.platform = &platform_host,
		.no_sync = f->no_sync };
	struct err e = ERR_INIT;

	assert_ok(storage_open(&o, &f->s, &e), &e);
}

void
fixture_open(struct fixture *f, const char *top, const char *driver)
{
	static const char *const dirs[] = { "", "/jails", "/bases", "/fscomp" };
	size_t i;

	f->driver = driver;
	(void)str_copy(f->top, top, sizeof(f->top));
	(void)snprintf(f->root, sizeof(f->root), "%s/root", top);
	for (i = 0; i < COUNT_OF(dirs); i++) {
		auto_free char *path = xasprintf("%s%s", f->root, dirs[i]);

		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			fail_msg("%s: %s", path, strerror(errno));
	}
	open_store(f);
}

void
fixture_close(struct fixture *f)
{
	storage_close(f->s);
	f->s = NULL;
}

void
fixture_reopen(struct fixture *f)
{
	fixture_close(f);
	open_store(f);
}

void
fixture_pot(struct fixture *f, const char *pot)
{
	auto_free char *path = xasprintf("%s/jails/%s", f->root, pot);

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		fail_msg("%s: %s", path, strerror(errno));
}

static int
view(struct fixture *f, const char *volume, bool is_readonly, mount_view_fn *fn,
    void *arg, struct err *e)
{
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;

	if (storage_mount(f->s, volume, "/", is_readonly, &plan, e) < 0)
		return -1;
	return platform_host.mount->view(&plan, f->top, fn, arg, e);
}

static int
run_script(int root, void *arg, struct err *e)
{
	return edit_script(root, arg, e);
}

int
fixture_try_edit(
    struct fixture *f, const char *volume, const char *script, struct err *e)
{
	auto_free char *copy = xstrdup(script);

	return view(f, volume, false, run_script, copy, e);
}

void
fixture_edit(struct fixture *f, const char *volume, const char *script)
{
	struct err e = ERR_INIT;

	assert_ok(fixture_try_edit(f, volume, script, &e), &e);
}

struct listing {
	int fd; /* of a file: what a view does happens in a child */
};

static int
write_listing(int root, void *arg, struct err *e)
{
	const struct listing *l = arg;
	auto_buf struct buf b = BUF_INIT((size_t)1 << 24);

	if (edit_list(root, &b, e) < 0)
		return -1;
	if (io_write_all(l->fd, b.data, b.len) < 0)
		return err_sys(e, "listing");
	return 0;
}

char *
fixture_list(struct fixture *f, const char *volume)
{
	auto_free char *path = xasprintf("%s/listing", f->top);
	auto_buf struct buf b = BUF_INIT((size_t)1 << 24);
	struct listing l;
	struct err e = ERR_INIT;
	auto_close int fd =
	    open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	l.fd = fd;
	if (view(f, volume, true, write_listing, &l, &e) < 0)
		fail_msg("list %s: %s", volume, e.text);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_ok(io_read_all(fd, &b, "listing", &e), &e);
	return buf_take(&b);
}

void
fixture_check(struct fixture *f, const char *volume, const char *listing)
{
	auto_free char *found = fixture_list(f, volume);

	if (!str_eq(found, listing))
		fail_msg(
		    "%s\nexpected:\n%s\nfound:\n%s", volume, listing, found);
}

unsigned
fixture_layers(struct fixture *f)
{
	auto_free char *path = xasprintf("%s/layers", f->root);
	auto_strv struct strv names = STRV_INIT;
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e = ERR_INIT;

	if (fd < 0)
		return 0;
	assert_ok(dir_list(fd, &names, &e), &e);
	return (unsigned)names.n;
}

void
fixture_sweep(struct fixture *f, unsigned count)
{
	struct err e = ERR_INIT;
	unsigned n = 99;

	assert_ok(storage_sweep(f->s, true, &n, &e), &e);
	assert_int_equal(n, count);
	assert_ok(storage_sweep(f->s, false, &n, &e), &e);
	assert_int_equal(n, count);
	assert_ok(storage_sweep(f->s, false, &n, &e), &e);
	assert_int_equal(n, 0);
}

unsigned
fixture_snapshots(struct fixture *f, const char *volume)
{
	auto_strv struct strv names = STRV_INIT;
	struct err e = ERR_INIT;

	assert_ok(storage_snapshots(f->s, volume, &names, &e), &e);
	return (unsigned)names.n;
}

void
fixture_drivers(const char *dir, struct strv *out)
{
	auto_strv struct strv all = STRV_INIT;
	size_t i;

	storage_drivers(&all);
	for (i = 0; i < all.n; i++) {
		struct storage_options o = { .driver = all.v[i],
			.fs_root = dir,
			.platform = &platform_host };
		struct err e = ERR_INIT;

		if (storage_probe(&o, &e) == 0)
			strv_add(out, all.v[i]);
		else
			print_message("# no %s: %s\n", all.v[i], e.text);
	}
}
