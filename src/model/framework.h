/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The framework's configuration: PREFIX/etc/pot/pot.default.conf
 * (mandatory) and pot.conf (optional), where PREFIX/bin/pot is the real
 * path of the executable (reference 1.1, 3.1).  Both are sh assignments:
 * names, quotes, comments, $VAR, ${VAR}, which we parse ourselves.  A file
 * with anything else is evaluated by /bin/sh, in an empty environment, if
 * root (or the caller) owns it and nobody else can write it; a warning names
 * the line, and the result is kept in the platform's run directory until a
 * file changes or the host boots.  The variables are a table
 * (framework.def): name, default, help.  An empty value is the default.
 *
 * A PREFIX that ends in usr is a distribution's, or one that was moved: its
 * configuration is in etc/pot beside usr, if usr has none.
 */
#ifndef POT_FRAMEWORK_H
#define POT_FRAMEWORK_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/log.h"
#include "platform/platform.h"

enum framework_var {
#define FRAMEWORK_VAR(id, name, fallback, help) FW_##id,
#include "model/framework.def"
#undef FRAMEWORK_VAR
	FW_COUNT
};

struct framework {
	char *value[FW_COUNT]; /* never NULL */
	char *prefix;	       /* PREFIX */
	char *config_dir;      /* PREFIX/etc/pot; for usr beside it */
	char *flavour_dir;     /* PREFIX/etc/pot/flavours */
	char *libexec_dir;     /* PREFIX/libexec/pot: pot-init, ... */
	/* Other assignments (POT_NETWORK_em1=...), by name. */
	struct strv other_names, other_values;
};

void framework_free(struct framework *f);

/* Read the configuration of the installation at PREFIX.  Defaults that
 * depend on the system come from P.  L gets warnings. */
int framework_load(const char *prefix, const struct platform *p,
    const struct log *l, struct framework **out, struct err *e) MUST_CHECK;

/* PREFIX from the running executable's real path. */
int framework_find_prefix(
    const struct platform *p, char *out, size_t size, struct err *e) MUST_CHECK;

const char *framework_get(const struct framework *f, enum framework_var v);
/* POT_NETWORK_<if> and the like; NULL if not set. */
const char *framework_other(const struct framework *f, const char *name);

/*
 * Parse one file's text: 0 if all of it was understood; 1 if not, with
 * *line the first line that needs a shell; -1 on errors that a shell would
 * not accept either.  Assignments are added to names/values (later wins);
 * $VAR refers to them.  Exposed for tests and fuzzing.
 */
int framework_parse(const char *what, const char *text, size_t len,
    struct strv *names, struct strv *values, unsigned *line, struct err *e)
    MUST_CHECK;

#endif
