/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signal names.  Neither POSIX nor our systems' libraries share a function
 * for them, so the table is here; the numbers are the host's.
 */
#include "model/signame.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define NAME(n)            \
	{                  \
#n, SIG##n \
	}

/* Aliases come after the name that signame_format() prefers. */
static const struct {
	const char *name;
	int signo;
} names[] = {
	NAME(HUP),
	NAME(INT),
	NAME(QUIT),
	NAME(ILL),
	NAME(TRAP),
	NAME(ABRT),
	NAME(BUS),
	NAME(FPE),
	NAME(KILL),
	NAME(SEGV),
	NAME(SYS),
	NAME(PIPE),
	NAME(ALRM),
	NAME(TERM),
	NAME(URG),
	NAME(STOP),
	NAME(TSTP),
	NAME(CONT),
	NAME(CHLD),
	NAME(TTIN),
	NAME(TTOU),
	NAME(IO),
	NAME(XCPU),
	NAME(XFSZ),
	NAME(VTALRM),
	NAME(PROF),
	NAME(WINCH),
	NAME(USR1),
	NAME(USR2),
#ifdef SIGEMT
	NAME(EMT),
#endif
#ifdef SIGINFO
	NAME(INFO),
#endif
#ifdef SIGTHR
	NAME(THR),
#endif
#ifdef SIGLIBRT
	NAME(LIBRT),
#endif
#ifdef SIGSTKFLT
	NAME(STKFLT),
#endif
#ifdef SIGPWR
	NAME(PWR),
#endif
	/* aliases */
	NAME(IOT),
#ifdef SIGPOLL
	NAME(POLL),
#endif
#ifdef SIGCLD
	NAME(CLD),
#endif
};

/* "+N" or nothing after RTMIN, "-N" or nothing after RTMAX. */
static bool
rt_offset(const char *s, char sign, unsigned *n)
{
	struct err e = ERR_INIT;
	uint64_t v;

	*n = 0;
	if (s[0] == '\0')
		return true;
	if (s[0] != sign ||
	    str_u64("signal", s + 1, 0, (uint64_t)(SIGRTMAX - SIGRTMIN), &v,
		&e) < 0)
		return false;
	*n = (unsigned)v;
	return true;
}

static bool
find(const char *s, int *signo)
{
	char upper[SIGNAME_SIZE];
	size_t i;
	unsigned n;

	for (i = 0; i < sizeof(upper) - 1 && s[i] != '\0'; i++) {
		char c = s[i];

		upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	if (s[i] != '\0')
		return false;
	upper[i] = '\0';
	s = str_has_prefix(upper, "SIG") ? upper + 3 : upper;
	for (i = 0; i < COUNT_OF(names); i++) {
		if (strcmp(names[i].name, s) == 0) {
			*signo = names[i].signo;
			return true;
		}
	}
	if (str_has_prefix(s, "RTMIN") && rt_offset(s + 5, '+', &n)) {
		*signo = SIGRTMIN + (int)n;
		return true;
	}
	if (str_has_prefix(s, "RTMAX") && rt_offset(s + 5, '-', &n)) {
		*signo = SIGRTMAX - (int)n;
		return true;
	}
	return false;
}

int
signame_parse(const char *s, int *signo, struct err *e)
{
	char quoted[64];
	uint64_t v;

	if (str_is_digits(s)) {
		if (str_u64("signal", s, 1, (uint64_t)SIGRTMAX, &v, e) < 0)
			return -1;
		*signo = (int)v;
		return 0;
	}
	if (!find(s, signo))
		return err_set(e, ERR_INVALID, "signal '%s': not known",
		    str_quote(quoted, sizeof(quoted), s));
	return 0;
}

const char *
signame_format(char out[SIGNAME_SIZE], int signo)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (names[i].signo == signo) {
			str_fmt(out, SIGNAME_SIZE, "SIG%s", names[i].name);
			return out;
		}
	}
	if (signo == SIGRTMIN)
		str_fmt(out, SIGNAME_SIZE, "SIGRTMIN");
	else if (signo > SIGRTMIN && signo <= SIGRTMAX)
		str_fmt(out, SIGNAME_SIZE, "SIGRTMIN+%d", signo - SIGRTMIN);
	else
		str_fmt(out, SIGNAME_SIZE, "%d", signo);
	return out;
}

void
signame_list(struct strv *out)
{
	for (int signo = 1; signo < SIGRTMIN; signo++) {
		char name[SIGNAME_SIZE];

		(void)signame_format(name, signo);
		if (str_has_prefix(name, "SIG"))
			strv_add(out, name + 3);
	}
}
