/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * potcpu (reference 9.2): which CPUs running pots are bound to, which ones a
 * new pot should have, and what would spread them evenly.  It only tells.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "cli/cli_platform.h"
#include "cli/tools.h"
#include "platform/limit.h"

struct pots {
	struct strv names;
	struct cpu_mask *v;
	bool *is_bound; /* to fewer than all */
	size_t n;
	unsigned ncpu;
};

static const char usage[] = "usage: potcpu [-qv] show\n"
			    "       potcpu [-qv] get-cpu [-n NUM]\n"
			    "       potcpu [-qv] rebalance\n";

static void
on_pot(struct cli *c, const struct record *r, void *arg)
{
	struct pots *p = arg;
	const char *list = record_get_str(r, "cpu_list");
	struct err ignored = ERR_INIT;
	struct cpu_mask mask;

	(void)c;
	if (cpu_mask_parse(list, &mask, &ignored) < 0)
		return; /* it has just ended */
	p->v = xreallocarray(p->v, p->n + 1, sizeof(*p->v));
	p->is_bound = xreallocarray(p->is_bound, p->n + 1, sizeof(bool));
	p->is_bound[p->n] = list[0] != '\0';
	for (unsigned i = 0; !p->is_bound[p->n] && i < p->ncpu; i++)
		cpu_mask_add(&mask, i);
	p->v[p->n++] = mask;
	strv_add(&p->names, record_get_str(r, "name"));
}

static int
load(struct cli *c, struct pots *p, struct err *e)
{
	auto_request struct request r = { .verb = NULL };
	struct host_facts host;
	int status;

	if (cli_platform.host->facts(&host, e) < 0)
		return -1;
	p->ncpu = host.ncpu;
	request_init(&r, "cpus");
	return cli_ask(c, &r, on_pot, p, &status, e);
}

static unsigned
count(const struct pots *p, size_t pot)
{
	unsigned n = 0;

	for (unsigned cpu = 0; cpu < p->ncpu; cpu++)
		n += cpu_mask_has(&p->v[pot], cpu);
	return n;
}

/* How many pots run on a CPU; those that are not bound do on each. */
static unsigned
load_of(const struct pots *p, unsigned cpu)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += cpu_mask_has(&p->v[i], cpu);
	return n;
}

static int
show(struct cli *c, const struct pots *p)
{
	for (size_t i = 0; i < p->n; i++) {
		cli_print(c, "pot %s:\n\tCPU requested: ", p->names.v[i]);
		if (p->is_bound[i])
			cli_print(c, "%u\n\tCPU used: ", count(p, i));
		else
			cli_print(c, "NA\n\tCPU used: not restricted");
		for (unsigned cpu = 0; p->is_bound[i] && cpu < p->ncpu; cpu++)
			if (cpu_mask_has(&p->v[i], cpu))
				cli_print(c, "%u ", cpu);
		cli_print(c, "\n");
	}
	for (unsigned cpu = 0; c->verbosity > 1 && cpu < p->ncpu; cpu++)
		cli_print(
		    c, "CPU %u : allocated %u pots\n", cpu, load_of(p, cpu));
	return 0;
}

/* In the order of their load, as scripts have always got them. */
static int
get_cpu(struct cli *c, const struct pots *p, unsigned n)
{
	unsigned left = n;

	if (n >= p->ncpu)
		return 0;
	for (unsigned load = 0; left > 0; load++)
		for (unsigned cpu = 0; left > 0 && cpu < p->ncpu; cpu++) {
			if (load_of(p, cpu) != load)
				continue;
			cli_print(c, "%s%u", left == n ? "" : ",", cpu);
			left--;
		}
	cli_print(c, "\n");
	return 0;
}

static int
rebalance(struct cli *c, const struct pots *p)
{
	unsigned min = 0, max = 0, next = 0;

	for (unsigned cpu = 0; cpu < p->ncpu; cpu++) {
		unsigned n = load_of(p, cpu);

		min = cpu == 0 || n < min ? n : min;
		max = n > max ? n : max;
	}
	if (max - min <= 1) {
		log_warn(&c->log, "no need to rebalance");
		return 0;
	}
	for (size_t i = 0; i < p->n; i++) {
		unsigned n = p->is_bound[i] ? count(p, i) : 0;

		for (unsigned k = 0; k < n; k++, next = (next + 1) % p->ncpu)
			cli_print(c, "%s%u", k == 0 ? "cpuset -l " : ",", next);
		if (n > 0)
			cli_print(c, " -j %s\n", p->names.v[i]);
	}
	return 0;
}

/* Options may stand before the command's name and behind it. */
static int
parse(struct cli *c, int argc, char **argv, const char **word, uint64_t *n)
{
	struct err e = ERR_INIT;
	int opt;

	*word = NULL;
	*n = 1;
	while (optind < argc) {
		if ((opt = getopt(argc, argv, "+n:qv")) == -1) {
			if (optind >= argc || *word != NULL)
				break;
			*word = argv[optind++];
			continue;
		}
		if (opt == 'v')
			c->verbosity++;
		else if (opt == 'n' &&
		    str_u64("-n", optarg, 1, LIMIT_CPU_MAX, n, &e) < 0)
			return cli_tell(c, &e);
		else if (opt == '?')
			return -1;
	}
	return optind < argc || *word == NULL ? -1 : 0;
}

int
potcpu_main(struct cli *c, int argc, char **argv)
{
	struct pots p = { .names = STRV_INIT };
	struct err e = ERR_INIT;
	const char *word;
	uint64_t n;
	int r = parse(c, argc, argv, &word, &n);

	if (r > 0)
		return r;
	if (r == 0 && load(c, &p, &e) < 0) {
		r = cli_tell(c, &e);
	} else if (r == 0 && str_eq(word, "show")) {
		r = show(c, &p);
	} else if (r == 0 && str_eq(word, "get-cpu")) {
		r = get_cpu(c, &p, (unsigned)n);
	} else if (r == 0 && str_eq(word, "rebalance")) {
		r = rebalance(c, &p);
	} else {
		log_error(&c->log, "%s", "potcpu: show, get-cpu or rebalance");
		cli_print(c, "%s", usage);
		r = 1;
	}
	strv_fini(&p.names);
	free(p.v);
	free(p.is_bound);
	return r;
}
