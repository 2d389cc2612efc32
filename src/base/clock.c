/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks and RFC 3339.  The calendar is computed here: the C library's
 * gmtime looks for a time zone file first, and timegm is not in POSIX.
 */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

#define NS_PER_S  UINT64_C(1000000000)
#define S_PER_DAY 86400
#define YEAR_MIN  1970
#define YEAR_MAX  2553 /* 64 bits of nanoseconds end in 2554 */

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		return 0; /* only for a clock that does not exist */
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t
clock_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t
clock_mono_ms(void)
{
	return clock_mono_ns() / 1000000;
}

uint64_t
clock_real_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t
clock_real_s(void)
{
	return (int64_t)(clock_real_ns() / NS_PER_S);
}

struct date {
	unsigned year, month, day;
};

static bool
is_leap(unsigned y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static unsigned
days_of_year(unsigned y)
{
	return is_leap(y) ? 366 : 365;
}

static unsigned
days_of_month(unsigned y, unsigned m)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };

	return days[m - 1] + (m == 2 && is_leap(y) ? 1U : 0U);
}

static struct date
date_of_day(uint64_t day)
{
	struct date d = { .year = YEAR_MIN, .month = 1 };

	while (day >= days_of_year(d.year))
		day -= days_of_year(d.year++);
	while (day >= days_of_month(d.year, d.month))
		day -= days_of_month(d.year, d.month++);
	d.day = (unsigned)day + 1;
	return d;
}

static uint64_t
day_of_date(const struct date *d)
{
	uint64_t day = d->day - 1;

	for (unsigned y = YEAR_MIN; y < d->year; y++)
		day += days_of_year(y);
	for (unsigned m = 1; m < d->month; m++)
		day += days_of_month(d->year, m);
	return day;
}

const char *
clock_format_rfc3339(char out[CLOCK_RFC3339_SIZE], uint64_t ns)
{
	uint64_t s = ns / NS_PER_S;
	struct date d = date_of_day(s / S_PER_DAY);
	unsigned in_day = (unsigned)(s % S_PER_DAY);

	/* The moduli tell the compiler what fits. */
	str_fmt(out, CLOCK_RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%09uZ",
	    d.year % 10000, d.month % 100, d.day % 100, in_day / 3600,
	    in_day / 60 % 60, in_day % 60, (unsigned)(ns % NS_PER_S));
	return out;
}

/* Exactly N digits at *P, between MIN and MAX; *P goes behind them. */
static bool
take_number(const char **p, int n, unsigned min, unsigned max, unsigned *out)
{
	unsigned v = 0;

	for (int i = 0; i < n; i++) {
		if (!chr_is_digit((*p)[i]))
			return false;
		v = v * 10 + (unsigned)((*p)[i] - '0');
	}
	*p += n;
	*out = v;
	return v >= min && v <= max;
}

static bool
take_char(const char **p, char c)
{
	if (chr_lower(**p) != c)
		return false;
	(*p)++;
	return true;
}

/* ".123": digits beyond the ninth are dropped. */
static bool
take_fraction(const char **p, uint64_t *ns)
{
	uint64_t unit = NS_PER_S;

	*ns = 0;
	if (!take_char(p, '.'))
		return true;
	if (!chr_is_digit(**p))
		return false;
	for (; chr_is_digit(**p); (*p)++) {
		unit /= 10;
		*ns += unit * (uint64_t)(**p - '0');
	}
	return true;
}

/* "Z", "+01:30", "-08:00": seconds east of Greenwich. */
static bool
take_offset(const char **p, int *east)
{
	unsigned hours, minutes;
	int sign = **p == '-' ? -1 : 1;

	*east = 0;
	if (take_char(p, 'z'))
		return true;
	if (!take_char(p, '+') && !take_char(p, '-'))
		return false;
	if (!take_number(p, 2, 0, 23, &hours) || !take_char(p, ':') ||
	    !take_number(p, 2, 0, 59, &minutes))
		return false;
	*east = sign * (int)(hours * 3600 + minutes * 60);
	return true;
}

static bool
take_date(const char **p, struct date *d)
{
	return take_number(p, 4, YEAR_MIN, YEAR_MAX, &d->year) &&
	    take_char(p, '-') && take_number(p, 2, 1, 12, &d->month) &&
	    take_char(p, '-') &&
	    take_number(p, 2, 1, days_of_month(d->year, d->month), &d->day);
}

static bool
parse_stamp(const char *s, uint64_t *ns)
{
	struct date d;
	unsigned hour, minute, second;
	uint64_t fraction;
	int64_t t;
	int east;

	if (!take_date(&s, &d))
		return false;
	t = (int64_t)day_of_date(&d) * S_PER_DAY;
	if (*s == '\0') {
		*ns = (uint64_t)t * NS_PER_S;
		return true;
	}
	/* 60 is a leap second: it is the next second's name here. */
	if ((!take_char(&s, 't') && !take_char(&s, ' ')) ||
	    !take_number(&s, 2, 0, 23, &hour) || !take_char(&s, ':') ||
	    !take_number(&s, 2, 0, 59, &minute) || !take_char(&s, ':') ||
	    !take_number(&s, 2, 0, 60, &second) ||
	    !take_fraction(&s, &fraction) || !take_offset(&s, &east) ||
	    *s != '\0')
		return false;
	t += (int64_t)(hour * 3600 + minute * 60 + second) - east;
	if (t < 0)
		return false;
	*ns = (uint64_t)t * NS_PER_S + fraction;
	return true;
}

struct age_row {
	char letter;
	uint64_t seconds;
};

static const struct age_row age_rows[] = {
	{ 's', 1 },
	{ 'm', 60 },
	{ 'h', 3600 },
	{ 'd', S_PER_DAY },
};

/* "90s": an age that goes behind the epoch means the epoch. */
static bool
parse_age(const char *s, uint64_t now_ns, uint64_t *ns)
{
	uint64_t age;

	if (!str_take_u64(&s, UINT64_MAX, &age))
		return false;
	for (size_t i = 0; i < COUNT_OF(age_rows); i++) {
		uint64_t unit = age_rows[i].seconds * NS_PER_S;

		if (s[0] != age_rows[i].letter || s[1] != '\0')
			continue;
		*ns = age <= now_ns / unit ? now_ns - age * unit : 0;
		return true;
	}
	return false;
}

static bool
parse_epoch(const char *s, uint64_t *ns)
{
	struct err e = ERR_INIT;
	uint64_t seconds;

	if (*s != '@')
		return false;
	if (str_u64("", s + 1, 0, UINT64_MAX / NS_PER_S, &seconds, &e) < 0)
		return false;
	*ns = seconds * NS_PER_S;
	return true;
}

int
clock_parse(const char *s, uint64_t now_ns, uint64_t *ns, struct err *e)
{
	char quoted[80];
	uint64_t t;

	if (!parse_stamp(s, &t) && !parse_epoch(s, &t) &&
	    !parse_age(s, now_ns, &t)) {
		return err_set(e, ERR_INVALID,
		    "time '%s': expected 2026-11-22T12:40:35Z, 2026-11-22, "
		    "@SECONDS or an age such as 10m",
		    str_quote(quoted, sizeof(quoted), s));
	}
	*ns = t;
	return 0;
}
