/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of processors: the text that kernels and people write for them
 * ("0-2,5"), and which processors a new pot is bound to.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "platform/limit.h"

#define WORD_BITS 64

bool
cpu_mask_has(const struct cpu_mask *m, unsigned cpu)
{
	return cpu < LIMIT_CPU_MAX &&
	    (m->bits[cpu / WORD_BITS] >> (cpu % WORD_BITS) & 1) != 0;
}

void
cpu_mask_add(struct cpu_mask *m, unsigned cpu)
{
	assert(cpu < LIMIT_CPU_MAX);
	m->bits[cpu / WORD_BITS] |= UINT64_C(1) << (cpu % WORD_BITS);
}

/* One item, "5" or "0-2". */
static bool
parse_range(const char **s, struct cpu_mask *out)
{
	uint64_t first, last;

	if (!str_take_u64(s, LIMIT_CPU_MAX - 1, &first))
		return false;
	last = first;
	if (**s == '-') {
		(*s)++;
		if (!str_take_u64(s, LIMIT_CPU_MAX - 1, &last) || last < first)
			return false;
	}
	for (; first <= last; first++)
		cpu_mask_add(out, (unsigned)first);
	return true;
}

int
cpu_mask_parse(const char *text, struct cpu_mask *out, struct err *e)
{
	struct cpu_mask m = { .bits = { 0 } };
	const char *s = text;
	char quoted[64];
	bool ok = true;

	while (ok && *s != '\0') {
		ok = parse_range(&s, &m) && (*s == '\0' || *s == ',');
		if (ok && *s == ',') {
			s++;
			ok = *s != '\0';
		}
	}
	if (!ok)
		return err_set(e, ERR_INVALID,
		    "cpu list '%s': expected numbers and ranges below %d, "
		    "as in 0-2,5",
		    str_quote(quoted, sizeof(quoted), text), LIMIT_CPU_MAX);
	*out = m;
	return 0;
}

void
cpu_mask_format(const struct cpu_mask *m, char out[LIMIT_CPU_LIST_SIZE])
{
	unsigned cpu = 0, last;
	size_t len = 0;

	out[0] = '\0';
	while (cpu < LIMIT_CPU_MAX) {
		if (!cpu_mask_has(m, cpu)) {
			cpu++;
			continue;
		}
		for (last = cpu; cpu_mask_has(m, last + 1); last++)
			;
		len += (size_t)snprintf(out + len, LIMIT_CPU_LIST_SIZE - len,
		    last > cpu ? "%s%u-%u" : "%s%u", len > 0 ? "," : "", cpu,
		    last);
		assert(len < LIMIT_CPU_LIST_SIZE);
		cpu = last + 1;
	}
}

void
cpu_choose(unsigned n, unsigned ncpu, const struct cpu_mask *pinned,
    size_t npinned, struct cpu_mask *out)
{
	size_t load[LIMIT_CPU_MAX] = { 0 };
	unsigned best;

	memset(out, 0, sizeof(*out));
	if (n >= ncpu)
		return;
	if (ncpu > LIMIT_CPU_MAX)
		ncpu = LIMIT_CPU_MAX;
	for (unsigned cpu = 0; cpu < ncpu; cpu++) {
		for (size_t i = 0; i < npinned; i++)
			load[cpu] += cpu_mask_has(&pinned[i], cpu);
	}
	for (; n > 0; n--) {
		best = ncpu;
		for (unsigned cpu = 0; cpu < ncpu; cpu++) {
			if (!cpu_mask_has(out, cpu) &&
			    (best == ncpu || load[cpu] < load[best]))
				best = cpu;
		}
		if (best == ncpu)
			return; /* more are wanted than a mask can hold */
		cpu_mask_add(out, best);
	}
}
