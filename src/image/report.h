/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pot-unpack tells of an image: lines KEY=VALUE, then the files of its
 * conf/, rewritten by the worker, each as a line and that many bytes.
 *
 *	pot-report 1
 *	os=Linux
 *	snapshot=1700000000
 *	left-out=2
 *	file pot.conf 0 123
 *	(123 bytes)
 *	end
 *
 * The third word of a file is 1 if it is executable.  Nothing of it is
 * believed: keys, names and sizes are those known here, or it is damaged.
 */
#ifndef POT_IMAGE_REPORT_H
#define POT_IMAGE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#define IMAGE_CONF_MAX	 ((size_t)1 << 20) /* of one file of conf/ */
#define IMAGE_REPORT_MAX ((size_t)8 << 20)

/* The files of conf/ that an image can have. */
enum image_conf {
	IMAGE_POT_CONF,
	IMAGE_FSCOMP_CONF,
	IMAGE_RESOLV_CONF,
	IMAGE_PRESTART,
	IMAGE_POSTSTART,
	IMAGE_PRESTOP,
	IMAGE_POSTSTOP,
	IMAGE_CONF_COUNT
};

const char *image_conf_name(enum image_conf f);
/* -1 if it is none of them. */
int image_conf_find(const char *name, size_t len);

struct image_report {
	struct {
		const char *data; /* in the text; NULL: the image has none */
		size_t len;
		bool is_executable;
	} file[IMAGE_CONF_COUNT];
	char os[32];
	char snapshot[32]; /* digits, or empty */
	uint64_t left_out; /* device nodes and sockets */
};

/* OUT points into TEXT. */
int image_report_parse(const char *text, size_t len, struct image_report *out,
    struct err *e) MUST_CHECK;

void image_report_begin(struct buf *out);
void image_report_add(struct buf *out, enum image_conf f, bool is_executable,
    const struct buf *b);
void image_report_end(
    struct buf *out, const char *os, const char *snapshot, uint64_t left_out);

#endif
