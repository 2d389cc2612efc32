/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verb prepare (reference 6.4), the entry of orchestrators: an image is
 * imported if it is not there yet, cloned, and given what a task needs.
 * Each step is the request that a person would have made; none holds a lock
 * while another one runs (D29).
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/engine.h"
#include "engine/image.h"
#include "engine/verbs.h"
#include "model/request_line.h"

struct prepare {
	struct call *c;
	struct image_ref ref;
	struct pot_name image; /* the imported pot */
	struct pot_name pot;   /* the new one */
};

static void
no_record(void *arg, const struct record *r)
{
	(void)arg;
	(void)r;
}

static int
ask(struct prepare *p, struct request *r, int *status, struct err *e)
{
	const struct sink s = { .record = no_record, .log = *p->c->log };

	r->uid = p->c->req->uid;
	r->gid = p->c->req->gid;
	return engine_request(p->c->g, r, &s, status, e);
}

/* All values of FROM's field NAME as the field TO. */
static void
pass(const struct prepare *p, struct request *r, const char *name,
    const char *to)
{
	auto_strv struct strv all = STRV_INIT;

	request_all(p->c->req, name, &all);
	for (size_t i = 0; i < all.n; i++)
		request_add(r, to, all.v[i]);
}

/* Letters that a name may not have become '_', as the dots of an image's. */
static int
new_name(struct prepare *p, const char *alloc, struct err *e)
{
	const char *base = request_get(p->c->req, "name");
	auto_free char *text =
	    xasprintf("%s_%s", base != NULL ? base : p->image.s, alloc);

	for (char *s = text; *s != '\0'; s++)
		if (*s == '.')
			*s = '_';
	return name_parse_new("pot", text, &p->pot, e);
}

static int
import(struct prepare *p, struct err *e)
{
	auto_request struct request r;
	const char *url = request_get(p->c->req, "url");
	struct err why = ERR_INIT;
	int status;

	request_init(&r, "import");
	if (pot_exists(p->c->g, p->image.s))
		return 0;
	if (url == NULL || url[0] == '\0')
		return err_set(e, ERR_USAGE,
		    "prepare: %s is not imported, and there is no URL",
		    p->image.s);
	request_add(&r, "image", p->ref.name);
	request_add(&r, "tag", p->ref.tag);
	pass(p, &r, "url", "url");
	pass(p, &r, "key", "key");
	pass(p, &r, "env", "env");
	if (ask(p, &r, &status, &why) == 0)
		return 0;
	/* Another one was faster: so much the better. */
	if (why.code == ERR_EXISTS && pot_exists(p->c->g, p->image.s))
		return 0;
	*e = why;
	return -1;
}

/* A change of the new pot, made before anybody sees it. */
static void
add_step(struct request *clone, struct request *step)
{
	auto_buf struct buf b = BUF_INIT(REQUEST_MAX);

	buf_add_str(&b, "request:");
	request_add(step, "origin", "prepare");
	request_line_format(step, &b);
	request_add(clone, "flavour-step", b.data);
	request_fini(step);
}

/* VERB with all values of FIELD, if there are any. */
static void
add_list(const struct prepare *p, struct request *clone, const char *verb,
    const char *field)
{
	struct request step;

	if (!request_has(p->c->req, field))
		return;
	request_init(&step, verb);
	pass(p, &step, field, field);
	add_step(clone, &step);
}

static void
add_attributes(struct request *clone)
{
	static const char *const attributes[][2] = { { "persistent", "NO" },
		{ "no-rc-script", "YES" }, { "prunable", "YES" },
		{ "localhost-tunnel", "YES" }, { "no-etc-hosts", "YES" },
		{ "no-tmpfs", "YES" } };

	for (size_t i = 0; i < COUNT_OF(attributes); i++) {
		struct request step;

		request_init(&step, "set-attribute");
		request_add(&step, "attribute", attributes[i][0]);
		request_add(&step, "value", attributes[i][1]);
		add_step(clone, &step);
	}
}

/* The pot is there when it is all that it has to be, or not at all. */
static int
clone(struct prepare *p, struct err *e)
{
	static const char *const fields[] = { "network", "ip", "bridge",
		"stack", "dns" };
	auto_request struct request r;
	int status;

	request_init(&r, "clone");
	request_add(&r, "pot", p->pot.s);
	request_add(&r, "from", p->image.s);
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		pass(p, &r, fields[i], fields[i]);
	add_list(p, &r, "set-cmd", "cmd");
	add_attributes(&r);
	add_list(p, &r, "export-ports", "port");
	return ask(p, &r, &status, e);
}

/* The caller's descriptors are those of a start in the foreground. */
static int
start(struct prepare *p, struct err *e)
{
	auto_request struct request r, stop;
	struct err why = ERR_INIT, ignored = ERR_INIT;
	int status = 0;

	request_init(&stop, "stop");
	request_init(&r, "start");
	request_add(&r, "pot", p->pot.s);
	memcpy(r.fds, p->c->req->fds, sizeof(r.fds));
	r.nfds = p->c->req->nfds;
	if (ask(p, &r, &status, &why) == 0 && status == 0)
		return 0;
	request_add(&stop, "pot", p->pot.s);
	if (ask(p, &stop, &status, &ignored) < 0)
		log_warn(p->c->log, "%s", ignored.text);
	if (!err_is_set(&why))
		(void)err_set(&why, ERR_STATE, "its command failed");
	*e = why;
	(void)err_recode(e, ERR_STATE);
	return err_wrap(e, "start %s", p->pot.s);
}

int
verb_prepare(struct call *c, struct err *e)
{
	struct prepare p = { .c = c };
	const char *name, *tag, *alloc, *network, *bridge;

	if (request_need(c->req, "image", &name, e) < 0 ||
	    request_need(c->req, "tag", &tag, e) < 0 ||
	    request_need(c->req, "alloc", &alloc, e) < 0 ||
	    image_ref_parse(name, tag, &p.ref, e) < 0 ||
	    image_ref_local(&p.ref, &p.image, e) < 0 ||
	    new_name(&p, alloc, e) < 0)
		return -1;
	network = request_get(c->req, "network");
	bridge = request_get(c->req, "bridge");
	if (network != NULL && str_eq(network, "private-bridge") &&
	    bridge == NULL)
		return err_set(e, ERR_USAGE,
		    "prepare: private-bridge needs the name of a bridge");
	if (pot_exists(c->g, p.pot.s))
		return err_set(
		    e, ERR_EXISTS, "pot %s: exists already", p.pot.s);
	if (import(&p, e) < 0 || clone(&p, e) < 0)
		return -1;
	if (request_has(c->req, "start"))
		return start(&p, e);
	log_info(c->log, "%s is prepared: pot start %s", p.pot.s, p.pot.s);
	return 0;
}
