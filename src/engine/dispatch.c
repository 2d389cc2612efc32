/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher: every request comes through here, and what is wrong with
 * it is refused before its verb's function runs.
 */
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "engine/supervisor.h"
#include "engine/verbs.h"

static const struct verb verbs[] = {
#define VERB(name, fn, flags, fields) { name, fields, flags, fn },
#include "engine/verbs.def"
#undef VERB
};

static const struct verb *
find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (str_eq(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static int
check(const struct verb *v, const struct request *r, struct err *e)
{
	for (size_t i = 0; i < r->names.n; i++)
		if (!str_has_word(v->fields, r->names.v[i]))
			return err_set(e, ERR_USAGE, "%s: unknown field %s",
			    v->name, r->names.v[i]);
	if ((v->flags & VERB_F_ROOT) != 0 && r->uid != 0)
		return err_set(
		    e, ERR_DENIED, "%s: needs to be run as root", v->name);
	return 0;
}

/* Before any verb but init and the like: POT_FS_ROOT has to be there and
 * readable (reference 1.5). */
static int
preflight(struct engine *g, const struct request *r, struct err *e)
{
	int root;

	if (engine_dir(g, DIR_ROOT, &root, e) == 0)
		return 0;
	if (e->code == ERR_NOT_FOUND)
		return err_wrap(e, "pot is not initialised (pot init)");
	if (e->code == ERR_DENIED && r->uid != 0)
		return err_wrap(e,
		    "pots are shown to root and the members of the group %s "
		    "alone (who joins it has to log in again)",
		    framework_get(g->fw, FW_GROUP));
	return -1;
}

int
engine_request(struct engine *g, const struct request *r, const struct sink *s,
    int *status, struct err *e)
{
	const struct verb *v = find(r->verb);
	struct call c = { .g = g, .req = r, .sink = s, .log = &s->log };
	const char *pot;

	if (v == NULL)
		return err_set(e, ERR_USAGE, "%s: unknown verb", r->verb);
	if (check(v, r, e) < 0)
		return -1;
	if ((v->flags & VERB_F_NO_ROOT_DIR) == 0 && preflight(g, r, e) < 0)
		return -1;
	pot = request_get(r, "pot");
	if ((v->flags & VERB_F_POT) != 0 && pot != NULL && r->uid == 0)
		supervisor_ensure(g, pot, &s->log);
	if (v->fn(&c, e) < 0)
		return -1;
	*status = c.status;
	return 0;
}
