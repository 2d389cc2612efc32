/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log records.  The input as output of a pot: formatted and parsed it comes
 * back to the byte.  The input as a line: what is taken for a record gives
 * the same line when it is formatted again.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/logline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char out[LOGLINE_MAX + 100];

/* The records in OUT hold DATA. */
static void
compare(const char *data, size_t len, size_t n)
{
	for (size_t at = 0; at < n;) {
		const char *end = memchr(out + at, '\n', n - at);
		struct logline r;

		assert(end != NULL);
		assert(logline_parse(out + at, (size_t)(end - (out + at)), &r));
		assert(r.len <= len && memcmp(r.text, data, r.len) == 0);
		data += r.len;
		len -= r.len;
		if (!r.is_partial) {
			assert(len > 0 && *data == '\n');
			data++;
			len--;
		}
		at = (size_t)(end + 1 - out);
	}
	assert(len == 0);
}

static void
check_line(const char *line, size_t len)
{
	char text[LOGLINE_MAX + 1];
	struct logline r;
	size_t used, n;

	if (memchr(line, '\n', len) != NULL || !logline_parse(line, len, &r))
		return;
	assert(r.text == line + LOGLINE_PREFIX_MAX);
	assert(r.len == len - LOGLINE_PREFIX_MAX);
	if (r.len == 0 && r.is_partial)
		return; /* never written */
	memcpy(text, r.text, r.len);
	text[r.len] = '\n';
	n = logline_format(out, sizeof(out), r.time_ns, r.stream, text,
	    r.len + (r.is_partial ? 0 : 1), &used);
	assert(n == len + 1);
	/* Second 60 is written as the next minute's 0. */
	assert(memcmp(out, line, len) == 0 || memcmp(line + 17, "60", 2) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;

	check_line(s, size);
	while (size > 0) {
		size_t used, n;

		n = logline_format(
		    out, sizeof(out), 1, LOGLINE_STDERR, s, size, &used);
		assert(used > 0 && used <= size && n <= sizeof(out));
		compare(s, used, n);
		s += used;
		size -= used;
	}
	return 0;
}
