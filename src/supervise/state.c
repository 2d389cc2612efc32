/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state record.  Its numbers are a table, so that writing and reading
 * can't disagree.
 */
#include "supervise/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "supervise/supervise.h"

#define MAGIC	     "pot-stage 1 "
#define MAGIC_LEN    (sizeof(MAGIC) - 1)
#define CHECKSUM_LEN 16
#define SLOT_SIZE    512
#define NUMBER_LEN   21 /* of 64 bits, and a blank */

static const size_t numbers[] = {
	offsetof(struct state, pending),
	offsetof(struct state, end),
	offsetof(struct state, time_ns),
	offsetof(struct state, log_ino),
	offsetof(struct state, log_len),
	offsetof(struct state, done[0]),
	offsetof(struct state, done[1]),
	offsetof(struct state, echoed[0]),
	offsetof(struct state, echoed[1]),
	offsetof(struct state, cut[0]),
	offsetof(struct state, cut[1]),
	offsetof(struct state, dropped[0]),
	offsetof(struct state, dropped[1]),
	offsetof(struct state, oom),
};

_Static_assert(COUNT_OF(numbers) * sizeof(uint64_t) + STATE_TEXT_SIZE ==
	sizeof(struct state),
    "every number is in the table");
_Static_assert(MAGIC_LEN + CHECKSUM_LEN + 1 +
	    (COUNT_OF(numbers) + 1) * NUMBER_LEN + STATE_TEXT_SIZE <=
	SLOT_SIZE,
    "a record fits into its slot");

static uint64_t *
number_at(struct state *s, size_t i)
{
	return (uint64_t *)(void *)((char *)s + numbers[i]);
}

static char *
put_number(char *p, uint64_t v)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	while (n > 0)
		*p++ = digits[--n];
	*p++ = ' ';
	return p;
}

static void
put_checksum(char *p, const char *data, size_t len)
{
	uint64_t sum = str_hash(data, len);

	for (size_t i = CHECKSUM_LEN; i-- > 0; sum >>= 4)
		p[i] = "0123456789abcdef"[sum & 15];
}

/* Returns the length. */
static size_t
encode(char out[SLOT_SIZE], uint64_t sequence, struct state *s)
{
	char *body = out + MAGIC_LEN + CHECKSUM_LEN + 1, *p = body;
	size_t len = strlen(s->text);

	memcpy(out, MAGIC, MAGIC_LEN);
	p = put_number(p, sequence);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		p = put_number(p, *number_at(s, i));
	memcpy(p, s->text, len);
	p += len;
	*p++ = '\n';
	put_checksum(out + MAGIC_LEN, body, (size_t)(p - body));
	body[-1] = ' ';
	return (size_t)(p - out);
}

static bool
get_number(const char **p, const char *end, uint64_t *out)
{
	const char *s = *p;
	uint64_t v;

	/* *END is a newline, so the digits end before it. */
	if (s >= end || !str_take_u64(&s, UINT64_MAX, &v) || *s != ' ')
		return false;
	*p = s + 1;
	*out = v;
	return true;
}

static bool
decode(const char in[SLOT_SIZE], uint64_t *sequence, struct state *s)
{
	const char *body = in + MAGIC_LEN + CHECKSUM_LEN + 1, *p = body;
	const char *end = memchr(in, '\n', SLOT_SIZE);
	char sum[CHECKSUM_LEN];
	struct state t = { .pending = STATE_NONE };

	if (end == NULL || end < body || body[-1] != ' ' ||
	    memcmp(in, MAGIC, MAGIC_LEN) != 0)
		return false;
	put_checksum(sum, body, (size_t)(end + 1 - body));
	if (memcmp(sum, in + MAGIC_LEN, CHECKSUM_LEN) != 0 ||
	    !get_number(&p, end, sequence))
		return false;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		if (!get_number(&p, end, number_at(&t, i)))
			return false;
	}
	if (t.pending > STATE_NONE || (size_t)(end - p) >= sizeof(t.text))
		return false;
	memcpy(t.text, p, (size_t)(end - p));
	*s = t;
	return true;
}

static off_t
slot_offset(uint64_t sequence)
{
	return (sequence & 1) != 0 ? SLOT_SIZE : 0;
}

/* Both slots hold nothing valid: make them, so that the file never needs
 * more room than it has now. */
static int
state_make(struct state_file *f, struct err *e)
{
	for (int i = 0; i < 2; i++) {
		if (state_write(f, e) < 0)
			return -1;
	}
	return 0;
}

int
state_open(struct state_file *f, int rundir, struct err *e)
{
	auto_close int fd = openat(
	    rundir, RUN_STAGE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	char slot[SLOT_SIZE];
	bool is_found = false;

	if (fd < 0)
		return err_sys(e, "%s: open", RUN_STAGE);
	for (uint64_t i = 0; i < 2; i++) {
		uint64_t sequence = 0;
		struct state s;

		memset(slot, 0, sizeof(slot));
		if (pread(fd, slot, sizeof(slot), slot_offset(i)) < 0)
			return err_sys(e, "%s: read", RUN_STAGE);
		if (!decode(slot, &sequence, &s) ||
		    (is_found && sequence < f->sequence))
			continue;
		f->sequence = sequence;
		f->s = s;
		is_found = true;
	}
	f->fd = take_fd(&fd);
	if (!is_found && state_make(f, e) < 0) {
		state_close(f);
		return -1;
	}
	return 0;
}

void
state_close(struct state_file *f)
{
	cleanup_close(&f->fd);
}

int
state_write(struct state_file *f, struct err *e)
{
	uint64_t sequence = f->sequence + 1;
	char slot[SLOT_SIZE];
	size_t len = encode(slot, sequence, &f->s);
	ssize_t n = pwrite(f->fd, slot, len, slot_offset(sequence));

	if (n < 0)
		return err_sys(e, "%s: write", RUN_STAGE);
	if ((size_t)n < len)
		return err_set(e, ERR_NO_SPACE,
		    "%s: %zd bytes written, not %zu", RUN_STAGE, n, len);
	f->sequence = sequence;
	return 0;
}
