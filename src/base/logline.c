/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatting, parsing and printing of log records.  Nothing here allocates
 * but logline_print(): the supervisor formats in static buffers.
 */
#include "base/logline.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

#define TIME_LEN (CLOCK_RFC3339_SIZE - 1)

static const char *const words[LOGLINE_STREAMS] = {
	[LOGLINE_STDOUT] = "stdout",
	[LOGLINE_STDERR] = "stderr",
	[LOGLINE_SYSTEM] = "system",
};

#define WORD_LEN 6 /* of each of them */

_Static_assert(TIME_LEN + 1 + WORD_LEN + 3 == LOGLINE_PREFIX_MAX,
    "what stands before the text has one length");

const char *
logline_stream_word(enum logline_stream stream)
{
	assert((size_t)stream < COUNT_OF(words));
	return words[stream];
}

int
logline_stream_parse(const char *word, enum logline_stream *out, struct err *e)
{
	char quoted[80];

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (str_eq(word, words[i])) {
			*out = (enum logline_stream)i;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID,
	    "stream '%s': expected stdout, stderr or system",
	    str_quote(quoted, sizeof(quoted), word));
}

size_t
logline_format(char *out, size_t size, uint64_t time_ns,
    enum logline_stream stream, const char *data, size_t len, size_t *used)
{
	char prefix[LOGLINE_PREFIX_MAX + 1];
	size_t n = 0, done = 0;

	assert((size_t)stream < COUNT_OF(words));
	(void)clock_format_rfc3339(prefix, time_ns);
	prefix[TIME_LEN] = ' ';
	memcpy(prefix + TIME_LEN + 1, words[stream], WORD_LEN);
	memcpy(prefix + TIME_LEN + 1 + WORD_LEN, " F ", 3);

	while (done < len) {
		const char *text = data + done, *end;
		size_t max = len - done, text_len;

		if (max > LOGLINE_TEXT_MAX + 1)
			max = LOGLINE_TEXT_MAX + 1;
		end = memchr(text, '\n', max);
		if (end != NULL)
			text_len = (size_t)(end - text);
		else
			text_len = max > LOGLINE_TEXT_MAX ? max - 1 : max;
		if (size - n < LOGLINE_PREFIX_MAX + text_len + 1)
			break;
		memcpy(out + n, prefix, LOGLINE_PREFIX_MAX);
		if (end == NULL)
			out[n + LOGLINE_PREFIX_MAX - 2] = 'P';
		n += LOGLINE_PREFIX_MAX;
		memcpy(out + n, text, text_len);
		n += text_len;
		out[n++] = '\n';
		done += text_len + (end != NULL ? 1 : 0);
	}
	*used = done;
	return n;
}

/* The shape of our own times; clock_parse() takes more than these. */
static bool
parse_time(const char *s, uint64_t *ns)
{
	char text[CLOCK_RFC3339_SIZE];
	struct err ignored = ERR_INIT;

	if (memchr(s, '\0', TIME_LEN) != NULL || s[10] != 'T' || s[19] != '.' ||
	    s[TIME_LEN - 1] != 'Z')
		return false;
	memcpy(text, s, TIME_LEN);
	text[TIME_LEN] = '\0';
	return clock_parse(text, 0, ns, &ignored) == 0;
}

bool
logline_parse(const char *line, size_t len, struct logline *out)
{
	const char *word = line + TIME_LEN + 1, *kind = word + WORD_LEN + 1;
	struct logline r = { .stream = LOGLINE_STREAMS };

	if (len < LOGLINE_PREFIX_MAX || len >= LOGLINE_MAX)
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (memcmp(word, words[i], WORD_LEN) == 0)
			r.stream = (enum logline_stream)i;
	}
	if (r.stream == LOGLINE_STREAMS || word[-1] != ' ' || kind[-1] != ' ' ||
	    (kind[0] != 'F' && kind[0] != 'P') || kind[1] != ' ' ||
	    !parse_time(line, &r.time_ns))
		return false;
	r.is_partial = kind[0] == 'P';
	r.text = line + LOGLINE_PREFIX_MAX;
	r.len = len - LOGLINE_PREFIX_MAX;
	*out = r;
	return true;
}

void
logline_print(
    struct logline_printer *p, const struct logline *r, struct buf *out)
{
	char time[CLOCK_RFC3339_SIZE];

	if (p->with_time && p->is_open && p->last != r->stream) {
		buf_add_char(out, '\n');
		p->is_open = false;
	}
	if (p->with_time && !p->is_open) {
		buf_add_str(out, clock_format_rfc3339(time, r->time_ns));
		buf_add_char(out, ' ');
	}
	buf_add(out, r->text, r->len);
	if (!r->is_partial)
		buf_add_char(out, '\n');
	p->is_open = r->is_partial;
	p->last = r->stream;
}
