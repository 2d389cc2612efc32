/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pot-unpack: everything that reads and writes images.  pot starts it for one
 * job, which its first argument names; the job's descriptors are in a fixed
 * place.  It confines itself before it reads the first byte.
 *
 *	pack LEVEL KIND NAME TAG SNAPSHOT OS MACHINE
 *		the tree 0 becomes the archive 3, with the files of conf/,
 *		which are open from 4 on
 *	unpack MAX
 *		the archive 0 is laid out in the empty directory 3; what it
 *		has of conf/ goes into the report 4 (image/report.h)
 *	compress LEVEL KIND
 *		the stream 0 is compressed to 3
 *	decompress MAX
 *		the image 0 is decompressed to 3, for the disk of 4
 *	probe	tells what the image 0 is, on 1: "tar" or "zfs"
 *	conf	the directory conf/ 0 of an image goes into the report 4
 *	sign NAME
 *		the text 3 is signed with the secret key 0, on 1
 *	verify	is 3 the signature of the text 4 with the public key 0?
 *
 * Exit status 0, or 1 and why not as the last line on 2.  What becomes more
 * than MAX bytes is refused, and so is what would fill the disk.
 *
 * An image of directories is a tar archive (pax), in this order:
 *	pot-image	lines KEY=VALUE: format=1, os, name, tag, snapshot
 *	conf/FILE	the files of image/report.h
 *	m, m/...	the file tree, parents first
 */
#ifndef POT_UNPACK_H
#define POT_UNPACK_H

#include <archive.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/space.h"
#include "image/report.h"

#define UNPACK_CONF    "conf"
#define UNPACK_HEAD    "pot-image"
#define UNPACK_TREE    "m"
#define UNPACK_PATHMAX 4096

/* Address space of what reads an image. */
#define UNPACK_MEMORY ((uint64_t)2 << 30)

/* How much an image may become. */
struct unpack_bound {
	uint64_t max, taken; /* bytes */
	struct space space;  /* of the disk */
};

/* --- stream.c ----------------------------------------------------------- */

/* What libarchive says of its last failure. */
int unpack_failed(struct archive *a, const char *what, struct err *e);
/* Read FD, decompressing it; the archive is a tar, or raw. */
struct archive *unpack_reader(int fd, bool is_raw, struct err *e);
/* Write to FD, compressed with KIND at LEVEL. */
struct archive *unpack_writer(
    int fd, const char *kind, const char *level, bool is_raw, struct err *e);

int unpack_probe(struct err *e) MUST_CHECK;
int unpack_compress(const char *level, const char *kind, struct err *e)
    MUST_CHECK;
int unpack_decompress(struct unpack_bound *b, struct err *e) MUST_CHECK;
/* BYTES more.  ERR_LIMIT, ERR_NO_SPACE. */
int unpack_take(struct unpack_bound *b, uint64_t bytes, struct err *e)
    MUST_CHECK;

/* --- pack.c, extract.c, conf.c, sign.c ----------------------------------- */

struct pack_options {
	const char *level, *kind, *name, *tag, *snapshot, *os, *machine;
};

/* CONF is the first of IMAGE_CONF_COUNT descriptors, of the files of conf/ in
 * the order of enum image_conf; what is not open the pot does not have. */
int unpack_pack(int tree, int out, int conf, const struct pack_options *o,
    struct err *e) MUST_CHECK;

/* Lay out A in ROOT; the report into OUT. */
int unpack_extract(struct archive *a, int root, struct unpack_bound *b,
    struct buf *out, struct err *e) MUST_CHECK;

/*
 * RAW, a file of an image's conf/, into OUT as pot writes it; what pot could
 * not read again is ERR_CORRUPT.
 */
int unpack_canonical(enum image_conf f, const struct buf *raw, struct buf *out,
    struct err *e) MUST_CHECK;
/* All files of the directory into a report. */
int unpack_conf(int dir, struct buf *out, struct err *e) MUST_CHECK;

int unpack_sign(const char *name, int key, int text, struct buf *out,
    struct err *e) MUST_CHECK;
int unpack_verify(int key, int signature, int text, struct err *e) MUST_CHECK;

#endif
