/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands.  Each is a table row in a file of its own (cmd_X.c), named once
 * in commands.def: its options with their letters, long names, the fields
 * of the request they become and their help; parsing, usage, help,
 * completion and the manual's option lists come from that row.
 *
 * To add one: cmd_X.c, its lines in commands.def and meson.build,
 * man/pot-X.1, a test in tests/cli.
 */
#ifndef POT_COMMAND_TABLE_H
#define POT_COMMAND_TABLE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/log.h"
#include "base/strv.h"
#include "model/framework.h"
#include "model/record.h"
#include "model/request.h"

enum option_kind {
	OPTION_FLAG,   /* no value; field gets "1" */
	OPTION_VALUE,  /* the last one wins */
	OPTION_LIST,   /* every one counts, in order */
	OPTION_SECRET, /* as LIST, NAME=VALUE whose value is not logged */
	OPTION_HELP,
	OPTION_VERBOSE, /* may be repeated */
	OPTION_QUIET,
	OPTION_FORMAT, /* --format json|text */
};

/* What a value names, for completion. */
enum option_names {
	NAMES_NONE,
	NAMES_POT,
	NAMES_RUNNING,
	NAMES_BASE,
	NAMES_FSCOMP,
	NAMES_FLAVOUR,
	NAMES_BRIDGE,
	NAMES_ATTRIBUTE,
	NAMES_LIMIT,
	NAMES_COMMAND,
	NAMES_SIGNAL,
	NAMES_SHELL,
	NAMES_FORMAT,
	NAMES_FILE,
	NAMES_DIR
};

struct option_row {
	char letter;	  /* 0: long only */
	const char *name; /* long name without dashes */
	enum option_kind kind;
	const char *arg;   /* name of the value in help */
	const char *field; /* of the request; NULL: the command's own */
	enum option_names names;
	const char *help;
};

#define OPTION_ROW_HELP                                           \
	{                                                         \
		'h', "help", OPTION_HELP, NULL, NULL, NAMES_NONE, \
		    "print this help"                             \
	}
#define OPTION_ROW_VERBOSE                                              \
	{                                                               \
		'v', "verbose", OPTION_VERBOSE, NULL, NULL, NAMES_NONE, \
		    "say more; may be repeated"                         \
	}
#define OPTION_ROW_QUIET                                                       \
	{                                                                      \
		'q', "quiet", OPTION_QUIET, NULL, NULL, NAMES_NONE, "say less" \
	}
#define OPTION_ROW_FORMAT                                               \
	{                                                               \
		0, "format", OPTION_FORMAT, "FORMAT", NULL, NAMES_NONE, \
		    "text or json"                                      \
	}
#define OPTION_ROW_POT(help)                                            \
	{                                                               \
		'p', "pot", OPTION_VALUE, "POT", "pot", NAMES_POT, help \
	}

struct cli;
struct engine;

enum command_flags {
	COMMAND_F_POT = 1 << 0,	     /* needs one, by -p */
	COMMAND_F_POT_WORD = 1 << 1, /* or by the first word */
	COMMAND_F_MANY = 1 << 2,     /* or several, one request each */
	COMMAND_F_REST = 1 << 3,     /* what follows the name is kept */
	COMMAND_F_LENIENT = 1 << 4,  /* an unknown option ends the options */
	COMMAND_F_HIDDEN = 1 << 5,
	COMMAND_F_ASKS = 1 << 6,	/* no audit; stdout is the answer */
	COMMAND_F_STDOUT = 1 << 7,	/* stdout is the answer (of the pot) */
	COMMAND_F_ARRAY = 1 << 8,	/* JSON is an array */
	COMMAND_F_ERROR_TWICE = 1 << 9, /* also on stdout, where an old
					 * consumer looks for it */
	COMMAND_F_LOCAL = 1 << 10,	/* asks nobody: there is no request */
};

struct command {
	const char *name;
	const char *aliases;	      /* blank separated, or NULL */
	const char *group;	      /* of the help: a word of groups.def */
	const char *summary;	      /* one line */
	const char *words;	      /* positional words in usage, or NULL */
	enum option_names words_name; /* what they are, for completion */
	const struct option_row *options;
	size_t noptions;
	unsigned flags;
	const char *verb;  /* NULL: the command's name */
	const char *needs; /* fields that have to be there, in this order */
	/* After parsing: checks and changes the request.  An ERR_USAGE is
	 * followed by the help. */
	int (*prepare)(struct cli *c, struct err *e);
	/* One record, as text; NULL: nothing is printed. */
	void (*print)(struct cli *c, const struct record *r);
	/* Tell an error of the engine otherwise than cli_tell() would; the exit
	 * status. */
	int (*tell)(struct cli *c, struct err *e);
	/* Instead of cli_each(cli_request); returns the exit status. */
	int (*run)(struct cli *c);
};

/* One run of a command, or a line of a flavour. */
struct cli {
	const struct command *cmd;
	int argc;    /* the whole command line, */
	char **argv; /* for the title */
	struct request req;
	struct strv own;       /* values of options without a field, as */
	struct strv own_names; /* given, and the rows' long names */
	struct strv words;     /* positional words */
	struct strv pots;      /* what the command is about */
	struct buf audit;      /* the command line as syslog gets it */
	int verbosity;	       /* 1: errors and info */
	bool wants_help;
	bool quiet;
	bool json;
	bool in_flavour;     /* "-p POT" is not given */
	bool is_pot_option;  /* the pot was named by -p */
	bool is_stdout_lost; /* it can't be written */
	bool has_many;	     /* an option asks for a list of records */
	bool is_cancelled;   /* leave out the pots that are left */
	unsigned nrecords;   /* answered so far */
	struct buf out;	     /* for stdout */
	struct log log;
	struct engine *engine; /* open when first needed */
	char cwd[PATH_MAX];    /* where relative paths start */
	char prefix[PATH_MAX]; /* of the installation */
};

/* --- the table (commands.c) -------------------------------------------- */

/* All commands, in the order of the help. */
size_t command_count(void);
const struct command *command_at(size_t i);
const struct command *command_find(const char *name); /* or alias */
/* Topics of the help, in order: NULL past the end. */
const char *command_group_at(size_t i, const char **title);
/* Is NAME a command of pot that this version does not have? */
bool command_is_missing(const char *name);

/* --- one run (cli.c) ---------------------------------------------------- */

void cli_init(struct cli *c, const struct command *cmd);
void cli_fini(struct cli *c);
/* Parse, run, print: the exit status. */
int cli_main(struct cli *c, int argc, char **argv);

/* Value of an option of the command's own; NULL if it was not given. */
const char *cli_own(const struct cli *c, const char *long_name);

/* ERR_USAGE: "COMMAND: ..."; returns -1. */
int cli_usage(struct cli *c, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Tell an error, and the help if it is one of usage; the exit status. */
int cli_tell(struct cli *c, const struct err *e);

/* Of the engine, which is opened when first needed. */
const struct framework *cli_framework(struct cli *c, struct err *e);

typedef void cli_record_fn(struct cli *c, const struct record *r, void *arg);
/*
 * Encode and decode R and give it to the engine; its records go to FN, or
 * where FN is NULL to stdout.  *status is the verb's own.
 */
int cli_ask(struct cli *c, const struct request *r, cli_record_fn *fn,
    void *arg, int *status, struct err *e) MUST_CHECK;
/* The same, its error told: the exit status. */
int cli_request(struct cli *c, const struct request *r);
/* FN with one request for each pot that was named, or with the one there
 * is: the worst exit status. */
int cli_each(struct cli *c, int (*fn)(struct cli *c, const struct request *r));

/* Text for stdout; flushed before messages and at the end. */
#define cli_print(c, ...) buf_add_fmt(&(c)->out, __VA_ARGS__)
void cli_flush(struct cli *c);
/* Records as JSON, whether FN printed them or not. */
void cli_json(struct cli *c, const struct record *r);

/* PATH made absolute, the caller frees; NULL with E. */
char *cli_path(struct cli *c, const char *path, struct err *e);
/* The same for a field of the request, if it is there. */
int cli_path_field(struct cli *c, const char *field, struct err *e) MUST_CHECK;

/* --- parsing and help --------------------------------------------------- */

/* Parse argv behind the command's name; sets wants_help.  ERR_USAGE. */
int cli_parse(struct cli *c, int argc, char *const *argv, struct err *e)
    MUST_CHECK;
/* The same, then the checks that need no engine: all of a line of a
 * flavour. */
int cli_prepare(struct cli *c, int argc, char *const *argv, struct err *e)
    MUST_CHECK;
/* The option "flavour" as steps of the request (flavours.c): everything
 * that can be wrong with them is found here, before anything is made. */
int cli_flavours(struct cli *c, struct err *e) MUST_CHECK;
/* The command's help. */
void cli_help(const struct command *cmd, struct buf *out);
/* The commands by topic; with their summaries. */
void cli_usage_all(struct buf *out);
void cli_summaries(struct buf *out);

#endif
