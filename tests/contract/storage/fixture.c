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

#if __has_include(<sys/xattr.h>)
#include <sys/xattr.h>
#define HAS_XATTR 1
#else
#define HAS_XATTR 0
#endif

#define POOL "POT_TEST_ZPOOL"

static void
open_store(struct fixture *f)
{
	struct storage_options o = { .driver = f->driver,
		.fs_root = f->root,
		.zfs_root = f->zfs_root,
		.platform = &platform_host,
		.no_sync = f->no_sync };
	struct err e = ERR_INIT;

	assert_ok(storage_open(&o, &f->s, &e), &e);
}

static bool
has_attrs(const struct fixture *f)
{
#if HAS_XATTR
	auto_free char *path = xasprintf("%s/fscomp", f->root);

	return setxattr(path, "user.test", "1", 1, 0) == 0;
#else
	(void)f;
	return false;
#endif
}

void
fixture_open(struct fixture *f, const char *top, const char *driver)
{
	static unsigned count;
	struct err e = ERR_INIT;
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
	if (str_eq(driver, "zfs"))
		str_fmt(f->zfs_root, sizeof(f->zfs_root), "%s/t%ld.%u",
		    getenv(POOL), (long)getpid(), count++);
	open_store(f);
	assert_ok(storage_init(f->s, NULL, &e), &e);
	f->has_attrs = has_attrs(f);
}

void
fixture_close(struct fixture *f)
{
	struct err e = ERR_INIT;

	if (f->s == NULL)
		return;
	if (storage_fini(f->s, &e) < 0)
		print_message("# %s\n", e.text);
	storage_close(f->s);
	f->s = NULL;
}

void
fixture_reopen(struct fixture *f)
{
	storage_close(f->s);
	open_store(f);
}

void
fixture_settle(struct fixture *f)
{
	struct err e = ERR_INIT;

	if (!str_eq(f->driver, "zfs"))
		return;
	/* Each of them waits for what was written before. */
	assert_ok(storage_create(f->s, "fscomp/settle", &e), &e);
	assert_ok(storage_destroy(f->s, "fscomp/settle", &e), &e);
}

void
fixture_pot(struct fixture *f, const char *pot)
{
	auto_free char *path = xasprintf("%s/jails/%s", f->root, pot);
	auto_free char *name = xasprintf("jails/%s", pot);
	struct err e = ERR_INIT;

	if (access(path, F_OK) < 0)
		assert_ok(storage_create_pot(f->s, name, &e), &e);
}

static int
view(struct fixture *f, const char *volume, bool is_readonly, mount_view_fn *fn,
    void *arg, struct err *e)
{
	auto_mount_plan struct mount_plan plan = MOUNT_PLAN_INIT;
	auto_free char *place = NULL;

	if (storage_mount(f->s, volume, "/", is_readonly, &plan, e) < 0)
		return -1;
	/* Apart: on FreeBSD its end unmounts all that is below it. */
	place = xasprintf("%s/view", f->top);
	if (mkdir(place, 0755) < 0 && errno != EEXIST)
		return err_sys(e, "%s", place);
	return platform_host.mount->view(&plan, place, fn, arg, e);
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
	const char *pool = getenv(POOL);
	size_t i;

	if (pool != NULL)
		strv_add(&all, "zfs");
	else
		storage_drivers(&all);
	for (i = 0; i < all.n; i++) {
		struct storage_options o = { .driver = all.v[i],
			.fs_root = dir,
			.zfs_root = pool,
			.platform = &platform_host };
		struct err e = ERR_INIT;

		if (storage_probe(&o, &e) == 0)
			strv_add(out, all.v[i]);
		else
			print_message("# no %s: %s\n", all.v[i], e.text);
	}
}

char *
fixture_describe(struct fixture *f, const char *const *volumes, size_t n)
{
	auto_buf struct buf b = BUF_INIT((size_t)1 << 22);

	for (size_t i = 0; i < n; i++) {
		auto_strv struct strv snaps = STRV_INIT;
		auto_free char *list = NULL;
		struct err e = ERR_INIT;

		if (!storage_exists(f->s, volumes[i]))
			continue;
		list = fixture_list(f, volumes[i]);
		buf_add_fmt(&b, "== %s\n%s", volumes[i], list);
		assert_ok(storage_snapshots(f->s, volumes[i], &snaps, &e), &e);
		for (size_t k = 0; k < snaps.n; k++)
			buf_add_fmt(&b, "@%s\n", snaps.v[k]);
	}
	return buf_take(&b);
}

int
fixture_main(const struct fixture_suite *suite, int argc, char **argv)
{
	auto_strv struct strv drivers = STRV_INIT, names = STRV_INIT;
	struct CMUnitTest *tests;
	char *states;
	const char *dir = getenv("POT_TEST_DIR");
	size_t cases = 0, n = 0;
	int failed;

	while (suite->case_name(cases) != NULL)
		cases++;
	fixture_drivers(dir != NULL ? dir : "/tmp", &drivers);
	tests = xcalloc(drivers.n * cases, sizeof(*tests));
	states = xcalloc(drivers.n * cases, suite->state_size);
	for (size_t i = 0; i < drivers.n; i++)
		for (size_t k = 0; k < cases; k++, n++) {
			void *state = states + n * suite->state_size;

			*(struct fixture_plan *)state =
			    (struct fixture_plan){ .driver = drivers.v[i],
				    .index = k };
			strv_add_fmt(&names, "%s: %s", drivers.v[i],
			    suite->case_name(k));
			tests[n] = (struct CMUnitTest){
				.name = names.v[n],
				.test_func = suite->run,
				.setup_func = suite->setup,
				.teardown_func = suite->teardown,
				.initial_state = state,
			};
		}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	failed = _cmocka_run_group_tests(suite->name, tests, n, NULL, NULL);
	free(tests);
	free(states);
	return failed;
}
