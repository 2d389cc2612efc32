/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs at build time: writes the seccomp filters of a pot as C arrays of
 * BPF, for every machine, from policy.def.
 *
 * libseccomp says which number a call has.  The code is made here, since
 * the policy is nearly all numbers: a binary search over the ranges of equal
 * answers takes some 100 instructions for a machine, where one comparison
 * per call would be 350 that every start loads, the kernel compiles anew and
 * tries for each number.
 *
 * Filters are added up in the kernel and the strictest answer counts, so
 * that what attributes take away is a small filter of its own.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a)	  (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

#define VALUES_MAX 8
#define CODE_MAX   4096
#define RANGES_MAX 1024
#define BLOCKS_MAX 64
#define JUMP_MAX   255 /* of a conditional jump */

/* Numbers of system calls; 32 bit ARM has a few high ones. */
static const uint32_t windows[][2] = { { 0, 1024 }, { 0xf0000, 0xf0010 } };

enum kind { ALLOW, DENY, ONLY, EXCEPT };

struct rule {
	const char *name;
	uint32_t nr; /* where libseccomp may not know the name; or 0 */
	enum kind kind;
	enum kind nest_kind; /* in a filter that lets a pot nest */
	uint32_t arg, mask;
	uint32_t n;
	uint32_t values[VALUES_MAX];
	uint32_t error; /* of what is not allowed */
};

#define RULE(nm, no, k, nk, err_)  \
	{ .name = #nm,             \
		.nr = (no),        \
		.kind = (k),       \
		.nest_kind = (nk), \
		.error = (err_) },
#define RULE_ARG(nm, k, nk, err_, a, m, ...)                  \
	{ .name = #nm,                                        \
		.kind = (k),                                  \
		.nest_kind = (nk),                            \
		.error = (err_),                              \
		.arg = (a),                                   \
		.mask = (m),                                  \
		.n = sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, \
		.values = { __VA_ARGS__ } },

#define ALLOW(nm)	      RULE(nm, 0, ALLOW, ALLOW, EPERM)
#define ALLOW_NR(nm, no)      RULE(nm, no, ALLOW, ALLOW, EPERM)
#define NEST(nm)	      RULE(nm, 0, DENY, ALLOW, EPERM)
#define MISSING(nm)	      RULE(nm, 0, DENY, ALLOW, ENOSYS)
#define ONLY(nm, ...)	      RULE_ARG(nm, ONLY, ONLY, EPERM, __VA_ARGS__)
#define EXCEPT(nm, ...)	      RULE_ARG(nm, EXCEPT, EXCEPT, EPERM, __VA_ARGS__)
#define ONLY_OR_NEST(nm, ...) RULE_ARG(nm, ONLY, ALLOW, EPERM, __VA_ARGS__)

static const struct rule policy[] = {
#include "platform/linux/seccomp/policy.def"
};

/* What an attribute takes away.  32 bit x86 and ARM have ipc(2), whose
 * argument 0 is the number of the call proper. */
#define GONE(nm) RULE(nm, 0, DENY, DENY, ENOSYS)
#define GONE_IPC(...) \
	RULE_ARG(ipc, EXCEPT, EXCEPT, ENOSYS, 0, 0xffff, __VA_ARGS__)
#define REFUSED(nm, no) RULE(nm, no, DENY, DENY, EPERM)

static const struct rule no_shm[] = { GONE(shmat) GONE(shmctl) GONE(shmdt)
	    GONE(shmget) GONE_IPC(21, 22, 23, 24) };
static const struct rule no_sem[] = { GONE(semctl) GONE(semget) GONE(semop)
	    GONE(semtimedop) GONE(semtimedop_time64) GONE_IPC(1, 2, 3, 4) };
static const struct rule no_msg[] = { GONE(msgctl) GONE(msgget) GONE(msgrcv)
	    GONE(msgsnd) GONE_IPC(11, 12, 13, 14) };
/* Who may mount must not lift nodev and read-only of mounts he was given:
 * MS_REMOUNT, FSCONFIG_CMD_RECONFIGURE, mount_setattr. */
static const struct rule no_remount[] = { EXCEPT(mount, 3, 32, 32)
	    EXCEPT(fsconfig, 1, 0xffffffff, 7) REFUSED(fspick, 0)
		REFUSED(mount_setattr, 0) REFUSED(open_tree_attr, 467) };

struct filter {
	const char *name;
	const struct rule *rules;
	size_t n;
	bool is_nest;
	bool is_open; /* what has no rule is allowed */
};

static const struct filter filters[] = {
	{ "base", policy, COUNT_OF(policy), false, false },
	{ "nest", policy, COUNT_OF(policy), true, false },
	{ "no_shm", no_shm, COUNT_OF(no_shm), false, true },
	{ "no_sem", no_sem, COUNT_OF(no_sem), false, true },
	{ "no_msg", no_msg, COUNT_OF(no_msg), false, true },
	{ "no_remount", no_remount, COUNT_OF(no_remount), false, true },
};

struct machine {
	const char *macro;
	uint32_t arch[2]; /* AUDIT_ARCH_*: own, and 32 bit */
	uint32_t scmp_arch[2];
};

static const struct machine machines[] = {
	{ "__x86_64__", { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386 },
	    { SCMP_ARCH_X86_64, SCMP_ARCH_X86 } },
	{ "__aarch64__", { AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM },
	    { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM } },
};

/* What a number gets: answers without a rule are compared by their kind. */
struct answer {
	const struct rule *rule; /* for ONLY and EXCEPT */
	enum kind kind;
	uint32_t error;
};

struct range {
	uint32_t first;
	struct answer answer;
};

/*
 * Code of one machine, with jumps to blocks that are placed at its end: the
 * answers, each once.  Conditional jumps go 255 instructions far, which all
 * of it fits into.
 */
struct code {
	struct sock_filter v[CODE_MAX];
	size_t n;
};

struct block {
	struct answer answer;
	size_t at; /* where it is */
};

struct blocks {
	struct block v[BLOCKS_MAX];
	size_t n;
};

/* Where a jump is to go: to the next instruction, or to a block. */
enum { NEXT = -1 };

struct jump {
	int to[2]; /* if true, if false */
};

static struct jump jumps[CODE_MAX]; /* of the code that is being made */

static void
die(const char *what)
{
	(void)fprintf(stderr, "seccomp filters: %s\n", what);
	exit(1);
}

static PRINTF_LIKE(2, 3) void put(FILE *out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprintf(out, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("can't write");
}

static size_t
emit(struct code *c, uint16_t code, uint32_t k, uint32_t jt, uint32_t jf)
{
	if (c->n == CODE_MAX || jt > JUMP_MAX || jf > JUMP_MAX)
		die("code does not fit");
	c->v[c->n] = (struct sock_filter){
		.code = code, .jt = (uint8_t)jt, .jf = (uint8_t)jf, .k = k
	};
	jumps[c->n] = (struct jump){ { NEXT, NEXT } };
	return c->n++;
}

static void
emit_load(struct code *c, size_t offset)
{
	emit(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
emit_return(struct code *c, bool is_allowed, uint32_t error)
{
	emit(c, BPF_RET | BPF_K,
	    is_allowed ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | error, 0, 0);
}

/* Both machines are little-endian: the low half of an argument is first. */
static void
emit_rule(struct code *c, const struct rule *r, bool is_only)
{
	emit_load(
	    c, offsetof(struct seccomp_data, args) + sizeof(uint64_t) * r->arg);
	if (r->mask != UINT32_MAX)
		emit(c, BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
	for (uint32_t i = 0; i < r->n; i++)
		emit(c, BPF_JMP | BPF_JEQ | BPF_K, r->values[i], r->n - i, 0);
	emit_return(c, !is_only, r->error);
	emit_return(c, is_only, r->error);
}

static bool
answer_equal(const struct answer *a, const struct answer *b)
{
	return a->rule == b->rule && a->kind == b->kind && a->error == b->error;
}

static int
block_of(struct blocks *b, const struct answer *a)
{
	for (size_t i = 0; i < b->n; i++) {
		if (answer_equal(&b->v[i].answer, a))
			return (int)i;
	}
	if (b->n == BLOCKS_MAX)
		die("too many answers");
	b->v[b->n].answer = *a;
	return (int)b->n++;
}

/*
 * Binary search: one comparison for each border between two ranges.  What is
 * below it comes next, the rest is jumped to; a single range is its block.
 */
static void
emit_ranges(struct code *c, struct blocks *b, const struct range *r, size_t n)
{
	size_t half = n / 2, at;

	if (n == 1) {
		at = emit(c, BPF_JMP | BPF_JA, 0, 0, 0);
		jumps[at].to[0] = block_of(b, &r->answer);
		return;
	}
	at = emit(c, BPF_JMP | BPF_JGE | BPF_K, r[half].first, 0, 0);
	if (half == 1)
		jumps[at].to[1] = block_of(b, &r->answer);
	else
		emit_ranges(c, b, r, half);
	if (n - half == 1) {
		jumps[at].to[0] = block_of(b, &r[half].answer);
	} else {
		if (c->n - at - 1 > JUMP_MAX)
			die("jump is too far");
		c->v[at].jt = (uint8_t)(c->n - at - 1);
		emit_ranges(c, b, r + half, n - half);
	}
}

/* Place the blocks and let the jumps know. */
static void
emit_blocks(struct code *c, struct blocks *b)
{
	size_t end = c->n;

	for (size_t i = 0; i < b->n; i++) {
		const struct answer *a = &b->v[i].answer;

		b->v[i].at = c->n;
		if (a->rule != NULL)
			emit_rule(c, a->rule, a->kind == ONLY);
		else
			emit_return(c, a->kind == ALLOW, a->error);
	}
	for (size_t i = 0; i < end; i++) {
		size_t far[2] = { 0, 0 };

		for (int k = 0; k < 2; k++) {
			if (jumps[i].to[k] != NEXT)
				far[k] = b->v[jumps[i].to[k]].at - i - 1;
		}
		if (c->v[i].code == (BPF_JMP | BPF_JA)) {
			c->v[i].k = (uint32_t)far[0];
			continue;
		}
		if (far[0] > JUMP_MAX || far[1] > JUMP_MAX)
			die("jump is too far");
		if (far[0] != 0)
			c->v[i].jt = (uint8_t)far[0];
		if (far[1] != 0)
			c->v[i].jf = (uint8_t)far[1];
	}
}

static const struct rule *
rule_find(const struct filter *f, const char *name, uint32_t nr)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct rule *r = &f->rules[i];

		if (name != NULL ? strcmp(r->name, name) == 0 :
				   r->nr != 0 && r->nr == nr)
			return r;
	}
	return NULL;
}

static struct answer
answer_for(const struct filter *f, uint32_t arch, uint32_t nr)
{
	char *name = seccomp_syscall_resolve_num_arch(arch, (int)nr);
	const struct rule *r = rule_find(f, name, nr);
	struct answer a = { .kind = f->is_open ? ALLOW : DENY,
		.error = name != NULL ? EPERM : ENOSYS };

	if (r != NULL) {
		a.kind = f->is_nest ? r->nest_kind : r->kind;
		a.error = r->error;
		if (a.kind == ONLY || a.kind == EXCEPT)
			a.rule = r;
	}
	if (a.kind == ALLOW)
		a.error = 0;
	free(name);
	return a;
}

static void
emit_machine(struct code *c, const struct filter *f, uint32_t arch)
{
	static struct range ranges[RANGES_MAX];
	static struct blocks blocks;
	const struct answer unknown = { .kind = f->is_open ? ALLOW : DENY,
		.error = f->is_open ? 0 : ENOSYS };
	size_t n = 0;

	for (size_t w = 0; w < COUNT_OF(windows); w++) {
		for (uint32_t nr = windows[w][0]; nr <= windows[w][1]; nr++) {
			struct answer a = nr < windows[w][1] ?
			    answer_for(f, arch, nr) :
			    unknown;

			if (n > 0 && answer_equal(&a, &ranges[n - 1].answer))
				continue;
			if (n == RANGES_MAX)
				die("too many ranges");
			ranges[n++] = (struct range){ nr, a };
		}
	}
	emit_load(c, offsetof(struct seccomp_data, nr));
	blocks.n = 0;
	emit_ranges(c, &blocks, ranges, n);
	emit_blocks(c, &blocks);
}

/* ARCH 0, then both machines' code; a call of any other kind kills. */
static void
filter_make(struct code *c, const struct filter *f, const struct machine *m)
{
	static struct code part[2];

	c->n = 0;
	for (size_t i = 0; i < 2; i++) {
		part[i].n = 0;
		emit_machine(&part[i], f, m->scmp_arch[i]);
	}
	emit_load(c, offsetof(struct seccomp_data, arch));
	emit(c, BPF_JMP | BPF_JEQ | BPF_K, m->arch[0], 3, 0);
	emit(c, BPF_JMP | BPF_JEQ | BPF_K, m->arch[1], 0, 1);
	emit(c, BPF_JMP | BPF_JA, (uint32_t)part[0].n + 1, 0, 0);
	emit(c, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < part[i].n; k++)
			emit(c, part[i].v[k].code, part[i].v[k].k,
			    part[i].v[k].jt, part[i].v[k].jf);
	}
}

static void
filter_print(FILE *out, const struct filter *f, const struct code *c)
{
	put(out, "static const struct sock_filter code_%s[] = {\n", f->name);
	for (size_t i = 0; i < c->n; i++)
		put(out, "\t{ 0x%02x, %u, %u, 0x%08x },\n", c->v[i].code,
		    c->v[i].jt, c->v[i].jf, c->v[i].k);
	put(out, "};\n");
}

/* A row with a name that no machine has is a mistake. */
static void
names_check(const struct filter *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct rule *r = &f->rules[i];

		if (r->nr == 0 &&
		    seccomp_syscall_resolve_name(r->name) == __NR_SCMP_ERROR) {
			put(stderr, "%s: ", r->name);
			die("no system call of that name");
		}
	}
}

int
main(int argc, char **argv)
{
	static struct code c;
	FILE *out;

	if (argc != 2)
		die("usage: gen FILE");
	out = fopen(argv[1], "w");
	if (out == NULL)
		die("can't write");
	put(out, "/* Made by seccomp/gen.c from policy.def. */\n");
	for (size_t m = 0; m < COUNT_OF(machines); m++) {
		put(out, "#%s defined(%s)\n", m == 0 ? "if" : "elif",
		    machines[m].macro);
		for (size_t i = 0; i < COUNT_OF(filters); i++) {
			names_check(&filters[i]);
			filter_make(&c, &filters[i], &machines[m]);
			filter_print(out, &filters[i], &c);
		}
	}
	put(out,
	    "#else\n#error \"no seccomp filter for this machine\"\n"
	    "#endif\n");
	if (fclose(out) != 0)
		die("can't write");
	return 0;
}
