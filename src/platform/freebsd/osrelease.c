/* SPDX-License-Identifier: BSD-2-Clause */
/* USERLAND_VERSION="14.1-RELEASE-p5", a line of /bin/freebsd-version. */
#include "platform/freebsd/osrelease.h"

#include <fcntl.h>
#include <string.h>

#include "base/beneath.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/io.h"

#define VERSION_FILE "bin/freebsd-version"
#define VERSION_MAX  ((size_t)64 << 10)
#define VERSION_CHARS                                          \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789.-_"

bool
osrelease_parse(const char *text, char out[OSRELEASE_SIZE])
{
	static const char key[] = "\nUSERLAND_VERSION=\"";
	const char *at = strstr(text, key);
	size_t len;

	if (at == NULL)
		return false;
	at += strlen(key);
	len = strspn(at, VERSION_CHARS);
	if (len == 0 || len >= OSRELEASE_SIZE || at[len] != '"')
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

bool
osrelease_of(const char *root, char out[OSRELEASE_SIZE])
{
	auto_buf struct buf b = BUF_INIT(VERSION_MAX);
	auto_close int rootfd = -1;
	auto_close int fd = -1;
	struct err ignored = ERR_INIT; /* a base need not have it */

	if (dir_open(AT_FDCWD, root, &rootfd, &ignored) < 0 ||
	    beneath_open(rootfd, VERSION_FILE, O_RDONLY, 0, &fd, &ignored) <
		0 ||
	    io_read_all(fd, &b, VERSION_FILE, &ignored) < 0 || b.len == 0)
		return false;
	return osrelease_parse(b.data, out);
}
