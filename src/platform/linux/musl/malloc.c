/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc(3) for the programs that are linked with musl.  musl's own returns
 * memory to the kernel as soon as it can: thirty calls, and as many page
 * faults, on the way of one start, for buffers that are taken and given back.
 *
 * This one keeps what it has.  Blocks are powers of two, header included;
 * each size has a list of free ones, and new ones are cut from an arena.  What
 * is larger than the largest has a mapping of its own.  These programs have
 * one thread.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SHIFT_MIN  5  /* 32 bytes */
#define SHIFT_MAX  16 /* 64 KiB */
#define ARENA_SIZE ((size_t)128 << 10)
#define SIZE_LIMIT (SIZE_MAX / 2)

/* Behind it begins what the caller gets. */
struct block {
	alignas(max_align_t) size_t size; /* of all of it */
	struct block *next;
};

#define HEAD sizeof(struct block)

static struct block *free_blocks[SHIFT_MAX + 1];
static alignas(struct block) char first_arena[ARENA_SIZE];
static char *arena = first_arena;
static size_t arena_left = ARENA_SIZE;

static unsigned
shift_of(size_t size)
{
	unsigned shift = SHIFT_MIN;

	while (((size_t)1 << shift) < size)
		shift++;
	return shift;
}

static void *
map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* What was left of the arena before is free blocks now. */
static bool
arena_grow(void)
{
	void *p = map(ARENA_SIZE);

	if (p == NULL)
		return false;
	for (unsigned shift = SHIFT_MAX; shift >= SHIFT_MIN; shift--) {
		struct block *b = (void *)arena;

		if ((arena_left >> shift) == 0)
			continue;
		b->size = (size_t)1 << shift;
		b->next = free_blocks[shift];
		free_blocks[shift++] = b;
		arena += b->size;
		arena_left -= b->size;
	}
	arena = p;
	arena_left = ARENA_SIZE;
	return true;
}

static struct block *
block_new(size_t size)
{
	struct block *b = NULL;
	unsigned shift = shift_of(size);

	if (shift > SHIFT_MAX) {
		size = (size + 4095) & ~(size_t)4095;
		if ((b = map(size)) != NULL)
			b->size = size;
		return b;
	}
	if ((b = free_blocks[shift]) != NULL) {
		free_blocks[shift] = b->next;
		return b;
	}
	size = (size_t)1 << shift;
	if (arena_left < size && !arena_grow())
		return NULL;
	b = (void *)arena;
	arena += size;
	arena_left -= size;
	b->size = size;
	return b;
}

void *
malloc(size_t size)
{
	struct block *b = size > SIZE_LIMIT ? NULL : block_new(size + HEAD);

	if (b == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	return b + 1;
}

void
free(void *p)
{
	int saved = errno;

	if (p == NULL)
		return;
	struct block *b = (struct block *)p - 1;
	if (b->size > (size_t)1 << SHIFT_MAX) {
		(void)munmap(b, b->size);
		errno = saved;
		return;
	}
	b->next = free_blocks[shift_of(b->size)];
	free_blocks[shift_of(b->size)] = b;
}

void *
calloc(size_t n, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	/* A block may have been used before. */
	return (p = malloc(all)) == NULL ? NULL : memset(p, 0, all);
}

void *
realloc(void *p, size_t size)
{
	void *q;

	if (p == NULL)
		return malloc(size);
	struct block *b = (struct block *)p - 1;
	if (size <= b->size - HEAD)
		return p;
	if ((q = malloc(size)) == NULL)
		return NULL;
	memcpy(q, p, b->size - HEAD);
	free(p);
	return q;
}
