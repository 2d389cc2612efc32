/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams: libarchive's filters with or without its tar, from and to
 * descriptors.
 */
#include "unpack/unpack.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"

#define BLOCK ((size_t)1 << 16)

int
unpack_failed(struct archive *a, const char *what, struct err *e)
{
	const char *text = archive_error_string(a);
	char shown[256];

	if (archive_errno(a) == ENOSPC || archive_errno(a) == EDQUOT)
		return err_set(e, ERR_NO_SPACE, "%s: no space left", what);
	return err_set(e, ERR_CORRUPT, "%s: %s", what,
	    str_quote(shown, sizeof(shown), text != NULL ? text : "damaged"));
}

struct archive *
unpack_reader(int fd, bool is_raw, struct err *e)
{
	struct archive *a = archive_read_new();
	int rc;

	if (a == NULL) {
		(void)err_set(e, ERR_SYSTEM, "archive: no memory");
		return NULL;
	}
	(void)archive_read_support_filter_xz(a);
	(void)archive_read_support_filter_zstd(a);
	rc = is_raw ? archive_read_support_format_raw(a) :
		      archive_read_support_format_tar(a);
	if (rc != ARCHIVE_OK ||
	    archive_read_open_fd(a, fd, BLOCK) != ARCHIVE_OK) {
		(void)unpack_failed(a, "image", e);
		(void)archive_read_free(a);
		return NULL;
	}
	return a;
}

static int
set_filter(
    struct archive *a, const char *kind, const char *level, struct err *e)
{
	int rc = str_eq(kind, "zstd") ? archive_write_add_filter_zstd(a) :
					archive_write_add_filter_xz(a);

	/* ARCHIVE_WARN: it would run a program for it. */
	if (rc != ARCHIVE_OK)
		return err_set(e, ERR_UNSUPPORTED,
		    "compression %s: libarchive was built without it", kind);
	if (archive_write_set_filter_option(
		a, NULL, "compression-level", level) != ARCHIVE_OK)
		return unpack_failed(a, "compression level", e);
	/* Where it knows of threads. */
	if (archive_write_set_filter_option(a, "xz", "threads", "0") !=
	    ARCHIVE_OK)
		archive_clear_error(a);
	return 0;
}

struct archive *
unpack_writer(
    int fd, const char *kind, const char *level, bool is_raw, struct err *e)
{
	struct archive *a = archive_write_new();

	if (a == NULL) {
		(void)err_set(e, ERR_SYSTEM, "archive: no memory");
		return NULL;
	}
	if (set_filter(a, kind, level, e) < 0)
		goto fail;
	if ((is_raw ?
		    archive_write_set_format_raw(a) :
		    archive_write_set_format_pax_restricted(a)) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
	    archive_write_open_fd(a, fd) != ARCHIVE_OK) {
		(void)unpack_failed(a, "image", e);
		goto fail;
	}
	return a;
fail:
	(void)archive_write_free(a);
	return NULL;
}

/* A replication stream of ZFS begins with a record of type 0, and in it,
 * in the sender's byte order, this number. */
static bool
is_zfs(const unsigned char *p, size_t n)
{
	static const unsigned char magic[] = { 0xac, 0xcb, 0xba, 0xf5, 0x02, 0,
		0, 0 };
	unsigned char swapped[sizeof(magic)];

	for (size_t i = 0; i < sizeof(magic); i++)
		swapped[i] = magic[sizeof(magic) - 1 - i];
	return n >= 8 + sizeof(magic) &&
	    (memcmp(p + 8, magic, sizeof(magic)) == 0 ||
		memcmp(p + 8, swapped, sizeof(magic)) == 0);
}

/* A tar archive, and its first file is ours. */
static bool
is_tar(const unsigned char *p, size_t n)
{
	return n >= 512 && memcmp(p + 257, "ustar", 5) == 0 &&
	    memcmp(p, UNPACK_HEAD, sizeof(UNPACK_HEAD)) == 0;
}

static int
open_raw(int fd, struct archive **out, struct err *e)
{
	struct archive *a = unpack_reader(fd, true, e);
	struct archive_entry *entry;

	if (a == NULL)
		return -1;
	if (archive_read_next_header(a, &entry) != ARCHIVE_OK) {
		(void)unpack_failed(a, "image", e);
		(void)archive_read_free(a);
		return -1;
	}
	*out = a;
	return 0;
}

int
unpack_probe(struct err *e)
{
	unsigned char head[512];
	struct archive *a = NULL;
	size_t len = 0;
	la_ssize_t n;
	const char *word;

	if (open_raw(STDIN_FILENO, &a, e) < 0)
		return -1;
	while (len < sizeof(head) &&
	    (n = archive_read_data(a, head + len, sizeof(head) - len)) > 0)
		len += (size_t)n;
	(void)archive_read_free(a);
	if (is_tar(head, len))
		word = "tar\n";
	else if (is_zfs(head, len))
		word = "zfs\n";
	else
		return err_set(e, ERR_CORRUPT,
		    "image: neither a stream of ZFS nor an archive of pot");
	if (io_write_all(STDOUT_FILENO, word, strlen(word)) < 0)
		return err_sys(e, "answer");
	return 0;
}

int
unpack_take(struct unpack_bound *b, uint64_t bytes, struct err *e)
{
	char text[STR_SIZE_TEXT];

	if (bytes > b->max - b->taken)
		return err_set(e, ERR_LIMIT,
		    "image: it becomes more than %s (POT_IMAGE_SIZE)",
		    str_format_size(text, b->max));
	b->taken += bytes;
	return space_take(&b->space, bytes, e);
}

int
unpack_decompress(struct unpack_bound *b, struct err *e)
{
	static char data[BLOCK];
	struct archive *a = NULL;
	la_ssize_t n;
	int rc = 0;

	if (open_raw(STDIN_FILENO, &a, e) < 0)
		return -1;
	while (rc == 0 && (n = archive_read_data(a, data, sizeof(data))) != 0) {
		if (n < 0)
			rc = unpack_failed(a, "image", e);
		else if (unpack_take(b, (uint64_t)n, e) < 0)
			rc = -1;
		else if (io_write_all(3, data, (size_t)n) < 0)
			rc = err_sys(e, "write");
	}
	(void)archive_read_free(a);
	return rc;
}

static int
copy_in(struct archive *a, struct err *e)
{
	static char data[BLOCK];
	struct archive_entry *entry = archive_entry_new();
	ssize_t n;
	int rc = 0;

	archive_entry_set_pathname(entry, "data");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_unset_size(entry);
	if (archive_write_header(a, entry) != ARCHIVE_OK)
		rc = unpack_failed(a, "image", e);
	while (rc == 0 &&
	    (n = io_read_full(STDIN_FILENO, data, sizeof(data))) != 0) {
		if (n < 0)
			rc = err_sys(e, "read");
		else if (archive_write_data(a, data, (size_t)n) != n)
			rc = unpack_failed(a, "image", e);
	}
	archive_entry_free(entry);
	return rc;
}

int
unpack_compress(const char *level, const char *kind, struct err *e)
{
	struct archive *a = unpack_writer(3, kind, level, true, e);
	int rc;

	if (a == NULL)
		return -1;
	rc = copy_in(a, e);
	if (rc == 0 && archive_write_close(a) != ARCHIVE_OK)
		rc = unpack_failed(a, "image", e);
	(void)archive_write_free(a);
	return rc;
}
