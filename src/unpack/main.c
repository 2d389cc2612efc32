/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot-unpack: see unpack.h.  Each job is a row: how many arguments it has,
 * what it may still do, and the function.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "platform/confine.h"
#include "unpack/unpack.h"

static int
do_pack(char **arg, struct err *e)
{
	struct pack_options o = { .level = arg[0],
		.kind = arg[1],
		.name = arg[2],
		.tag = arg[3],
		.snapshot = arg[4],
		.os = arg[5],
		.machine = arg[6] };

	return unpack_pack(0, 3, 4, &o, e);
}

static int
answer(int fd, const struct buf *b, struct err *e)
{
	if (io_write_all(fd, b->data, b->len) < 0)
		return err_sys(e, "answer");
	return 0;
}

static int
do_unpack(char **arg, struct err *e)
{
	auto_buf struct buf report = BUF_INIT(IMAGE_REPORT_MAX);
	struct unpack_bound b = { .space = { .fd = 3 } };
	struct archive *a;
	int rc;

	if (str_u64("size", arg[0], 0, UINT64_MAX, &b.max, e) < 0)
		return -1;
	a = unpack_reader(0, false, e);
	if (a == NULL)
		return -1;
	rc = unpack_extract(a, 3, &b, &report, e);
	(void)archive_read_free(a);
	return rc < 0 ? -1 : answer(4, &report, e);
}

static int
do_compress(char **arg, struct err *e)
{
	return unpack_compress(arg[0], arg[1], e);
}

static int
do_decompress(char **arg, struct err *e)
{
	struct unpack_bound b = { .space = { .fd = 4 } };

	if (str_u64("size", arg[0], 0, UINT64_MAX, &b.max, e) < 0)
		return -1;
	return unpack_decompress(&b, e);
}

static int
do_probe(char **arg, struct err *e)
{
	(void)arg;
	return unpack_probe(e);
}

static int
do_conf(char **arg, struct err *e)
{
	auto_buf struct buf report = BUF_INIT(IMAGE_REPORT_MAX);

	(void)arg;
	if (unpack_conf(0, &report, e) < 0)
		return -1;
	return answer(4, &report, e);
}

static int
do_sign(char **arg, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(BUF_TEXT_MAX);

	if (unpack_sign(arg[0], 0, 3, &b, e) < 0)
		return -1;
	return answer(1, &b, e);
}

static int
do_verify(char **arg, struct err *e)
{
	(void)arg;
	return unpack_verify(0, 3, 4, e);
}

static const struct {
	const char *name;
	int nargs;
	int (*fn)(char **arg, struct err *e);
	struct confine confine;
} jobs[] = {
	/* Compressing with all processors takes what it takes. */
	{ "pack", 7, do_pack, { CONFINE_READ, 0, 0 } },
	{ "unpack", 1, do_unpack, { CONFINE_WRITE, 3, UNPACK_MEMORY } },
	{ "compress", 2, do_compress, { CONFINE_PURE, -1, 0 } },
	{ "decompress", 1, do_decompress, { CONFINE_PURE, -1, UNPACK_MEMORY } },
	{ "probe", 0, do_probe, { CONFINE_PURE, -1, UNPACK_MEMORY } },
	{ "conf", 0, do_conf, { CONFINE_READ, 0, UNPACK_MEMORY } },
	{ "sign", 1, do_sign, { CONFINE_PURE, -1, UNPACK_MEMORY } },
	{ "verify", 0, do_verify, { CONFINE_PURE, -1, UNPACK_MEMORY } },
};

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;

	for (size_t i = 0; argc > 1 && i < COUNT_OF(jobs); i++) {
		if (!str_eq(argv[1], jobs[i].name) || argc != 2 + jobs[i].nargs)
			continue;
		if (confine_files(&jobs[i].confine, &e) == 0 &&
		    jobs[i].fn(argv + 2, &e) == 0)
			return 0;
		(void)fprintf(stderr, "%s\n", e.text);
		/* libarchive does not free all when a write has failed. */
		_exit(1);
	}
	(void)fprintf(stderr, "pot-unpack: unknown job\n");
	return 1;
}
