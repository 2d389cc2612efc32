/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and signatures of signify, which come with an image: divided by NUL
 * bytes, a public key, a signature, a secret key and a text. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "unpack/unpack.h"

static int
open_part(const char *name, const char *from, size_t len)
{
	fuzz_file(name, from, len);
	return openat(fuzz_dir(), name, O_RDONLY | O_CLOEXEC);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "public", "signature", "secret",
		"text" };
	auto_buf struct buf out = BUF_INIT((size_t)1 << 16);
	const char *p = (const char *)data, *end = p + size;
	struct err e = ERR_INIT;
	int fd[4];

	for (size_t i = 0; i < 4; i++) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));
		size_t len = i == 3 || nul == NULL ? (size_t)(end - p) :
						     (size_t)(nul - p);

		fd[i] = open_part(names[i], p, len);
		assert(fd[i] >= 0);
		p += len + (nul != NULL && i < 3);
	}
	assert((unpack_verify(fd[0], fd[1], fd[3], &e) < 0) == err_is_set(&e));
	err_clear(&e);
	assert(lseek(fd[3], 0, SEEK_SET) == 0);
	assert(
	    (unpack_sign("x", fd[2], fd[3], &out, &e) < 0) == err_is_set(&e));
	for (size_t i = 0; i < 4; i++)
		(void)close(fd[i]);
	return 0;
}
