/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Skein: the block cipher Threefish-1024 (section 3.3 of the paper) in the
 * chaining mode UBI (3.4), a configuration block first, an output block
 * last (3.5).
 */
#include "image/skein.h"

#include <string.h>
#include <unistd.h>

#include "base/io.h"

#define WORDS	     16
#define BLOCK	     128
#define ROUNDS	     80
#define KEY_PARITY   UINT64_C(0x1bd11bdaa9fc1a22)
#define TYPE_CONFIG  (UINT64_C(4) << 56)
#define TYPE_MESSAGE (UINT64_C(48) << 56)
#define TYPE_OUTPUT  (UINT64_C(63) << 56)
#define TWEAK_FIRST  (UINT64_C(1) << 62)
#define TWEAK_FINAL  (UINT64_C(1) << 63)
#define READ_SIZE    65536

static uint64_t
get64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static void
put64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

#define MIX(a, b, r)                                          \
	do {                                                  \
		(a) += (b);                                   \
		(b) = ((b) << (r) | (b) >> (64 - (r))) ^ (a); \
	} while (0)

/*
 * One round: the pairs of words in the order in which the permutation has
 * brought them, and their rotations (tables 3 and 4).  After four rounds of
 * different order the words stand where they were.
 */
#define ROUND(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, r0, r1, r2, r3, \
    r4, r5, r6, r7)                                                           \
	do {                                                                  \
		MIX(x[a], x[b], r0);                                          \
		MIX(x[c], x[d], r1);                                          \
		MIX(x[e], x[f], r2);                                          \
		MIX(x[g], x[h], r3);                                          \
		MIX(x[i], x[j], r4);                                          \
		MIX(x[k], x[l], r5);                                          \
		MIX(x[m], x[n], r6);                                          \
		MIX(x[o], x[p], r7);                                          \
	} while (0)

static void
add_subkey(uint64_t x[WORDS], const uint64_t key[WORDS + 1],
    const uint64_t tweak[3], unsigned s)
{
	for (unsigned i = 0; i < WORDS; i++)
		x[i] += key[(s + i) % (WORDS + 1)];
	x[13] += tweak[s % 3];
	x[14] += tweak[(s + 1) % 3];
	x[15] += s;
}

static void
four_rounds(uint64_t x[WORDS])
{
	ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 13, 8,
	    47, 8, 17, 22, 37);
	ROUND(0, 9, 2, 13, 6, 11, 4, 15, 10, 7, 12, 3, 14, 5, 8, 1, 38, 19, 10,
	    55, 49, 18, 23, 52);
	ROUND(0, 7, 2, 5, 4, 3, 6, 1, 12, 15, 14, 13, 8, 11, 10, 9, 33, 4, 51,
	    13, 34, 41, 59, 17);
	ROUND(0, 15, 2, 11, 6, 13, 4, 9, 14, 1, 8, 5, 10, 3, 12, 7, 5, 20, 48,
	    41, 47, 28, 16, 25);
}

static void
four_more_rounds(uint64_t x[WORDS])
{
	ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 41, 9, 37,
	    31, 12, 47, 44, 30);
	ROUND(0, 9, 2, 13, 6, 11, 4, 15, 10, 7, 12, 3, 14, 5, 8, 1, 16, 34, 56,
	    51, 4, 53, 42, 41);
	ROUND(0, 7, 2, 5, 4, 3, 6, 1, 12, 15, 14, 13, 8, 11, 10, 9, 31, 44, 47,
	    46, 19, 42, 44, 25);
	ROUND(0, 15, 2, 11, 6, 13, 4, 9, 14, 1, 8, 5, 10, 3, 12, 7, 9, 48, 35,
	    52, 23, 31, 37, 20);
}

/* The chain after one more block, of which LEN bytes count. */
static void
take_block(struct skein *s, const uint8_t block[BLOCK], size_t len)
{
	uint64_t key[WORDS + 1], x[WORDS], text[WORDS], tweak[3];

	s->tweak[0] += len;
	tweak[0] = s->tweak[0];
	tweak[1] = s->tweak[1];
	tweak[2] = tweak[0] ^ tweak[1];
	key[WORDS] = KEY_PARITY;
	for (size_t i = 0; i < WORDS; i++) {
		key[i] = s->chain[i];
		key[WORDS] ^= key[i];
		x[i] = text[i] = get64(block + 8 * i);
	}
	for (unsigned d = 0; d < ROUNDS / 4; d += 2) {
		add_subkey(x, key, tweak, d);
		four_rounds(x);
		add_subkey(x, key, tweak, d + 1);
		four_more_rounds(x);
	}
	add_subkey(x, key, tweak, ROUNDS / 4);
	for (size_t i = 0; i < WORDS; i++)
		s->chain[i] = x[i] ^ text[i];
	s->tweak[1] &= ~TWEAK_FIRST;
}

/* A message of one block, of a type of its own. */
static void
take_whole(struct skein *s, uint64_t type, const uint8_t *data, size_t len)
{
	uint8_t block[BLOCK] = { 0 };

	memcpy(block, data, len);
	s->tweak[0] = 0;
	s->tweak[1] = type | TWEAK_FIRST | TWEAK_FINAL;
	take_block(s, block, len);
}

void
skein_init(struct skein *s)
{
	/* Schema "SHA3", version 1, the output's length in bits, no tree. */
	uint8_t config[32] = { 'S', 'H', 'A', '3', 1 };

	memset(s, 0, sizeof(*s));
	put64(config + 8, UINT64_C(8) * SKEIN_SIZE);
	take_whole(s, TYPE_CONFIG, config, sizeof(config));
	s->tweak[0] = 0;
	s->tweak[1] = TYPE_MESSAGE | TWEAK_FIRST;
}

/* The last block is marked as such, so a full one waits for more. */
void
skein_update(struct skein *s, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		size_t n = BLOCK - s->used;

		if (n == 0) {
			take_block(s, s->block, BLOCK);
			s->used = 0;
			continue;
		}
		if (s->used == 0 && len > BLOCK) {
			take_block(s, p, BLOCK);
			n = BLOCK;
		} else {
			n = n < len ? n : len;
			memcpy(s->block + s->used, p, n);
			s->used += n;
		}
		p += n;
		len -= n;
	}
}

void
skein_final(struct skein *s, uint8_t out[SKEIN_SIZE])
{
	static const uint8_t counter[8];

	memset(s->block + s->used, 0, BLOCK - s->used);
	s->tweak[1] |= TWEAK_FINAL;
	take_block(s, s->block, s->used);
	take_whole(s, TYPE_OUTPUT, counter, sizeof(counter));
	for (size_t i = 0; i < WORDS; i++)
		put64(out + 8 * i, s->chain[i]);
}

const char *
skein_hex(char out[SKEIN_HEX_SIZE], const uint8_t digest[SKEIN_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SKEIN_SIZE; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[SKEIN_HEX_SIZE - 1] = '\0';
	return out;
}

int
skein_fd(int fd, uint8_t out[SKEIN_SIZE], struct err *e)
{
	static uint8_t buffer[READ_SIZE];
	struct skein s;
	ssize_t n;

	skein_init(&s);
	while ((n = io_read_full(fd, buffer, sizeof(buffer))) > 0)
		skein_update(&s, buffer, (size_t)n);
	if (n < 0)
		return err_sys(e, "read");
	skein_final(&s, out);
	return 0;
}
