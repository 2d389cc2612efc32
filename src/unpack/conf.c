/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conf/ of an image, as pot itself would have written it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "model/attributes.h"
#include "model/conf.h"
#include "model/fscomp.h"
#include "model/potconf.h"
#include "unpack/unpack.h"

/* Comments and what is no key are dropped, keys of later versions kept. */
static bool
is_key(const char *key)
{
	if (key[0] == '\0' || strlen(key) > 100)
		return false;
	for (const char *p = key; *p != '\0'; p++)
		if (!chr_is_alnum(*p) && strchr("._-", *p) == NULL)
			return false;
	return true;
}

static int
canonical_pot(const struct buf *raw, struct buf *out, struct err *e)
{
	auto_conf struct conf *c = NULL, *clean = conf_new();
	struct pot_config *config = NULL;
	const char *key, *value;

	if (conf_parse("pot.conf", raw->data, raw->len, &c, e) < 0)
		return -1;
	for (size_t i = 0; conf_line(c, i, &key, &value); i++)
		if (is_key(key))
			conf_add(clean, key, value);
	if (pot_config_load("pot.conf", clean, &config, e) < 0)
		return -1;
	pot_config_free(config);
	if (attr_check(clean, e) < 0)
		return err_wrap(e, "pot.conf");
	conf_format(clean, out);
	return 0;
}

static int
canonical_fscomp(const struct buf *raw, struct buf *out, struct err *e)
{
	auto_fscomp struct fscomp f = FSCOMP_INIT;

	/* An entry of old is below the root of a pot that nobody knows here;
	 * who trusts the image sees what became of it. */
	if (fscomp_parse("fscomp.conf", raw->data, raw->len, "/", &f, e) < 0)
		return -1;
	fscomp_format(&f, out);
	return 0;
}

static int
canonical_text(const struct buf *raw, struct buf *out, struct err *e)
{
	if (memchr(raw->data, '\0', raw->len) != NULL)
		return err_set(e, ERR_CORRUPT, "not a text");
	buf_add(out, raw->data, raw->len);
	return 0;
}

static int
canonical_script(const struct buf *raw, struct buf *out, struct err *e)
{
	(void)e;
	buf_add(out, raw->data, raw->len);
	return 0;
}

int
unpack_canonical(
    enum image_conf f, const struct buf *raw, struct buf *out, struct err *e)
{
	static int (*const forms[IMAGE_CONF_COUNT])(
	    const struct buf *, struct buf *, struct err *) = {
		[IMAGE_POT_CONF] = canonical_pot,
		[IMAGE_FSCOMP_CONF] = canonical_fscomp,
		[IMAGE_RESOLV_CONF] = canonical_text,
	};

	if ((forms[f] != NULL ? forms[f] : canonical_script)(raw, out, e) < 0)
		return -1;
	return buf_check(out, image_conf_name(f), e);
}

static int
add_file(int dir, enum image_conf f, struct buf *out, struct err *e)
{
	auto_buf struct buf raw = BUF_INIT(IMAGE_CONF_MAX);
	auto_buf struct buf text = BUF_INIT(IMAGE_CONF_MAX);
	const char *name = image_conf_name(f);
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "%s", name);
	if (file_read(dir, name, &raw, e) < 0 ||
	    unpack_canonical(f, &raw, &text, e) < 0)
		return -1;
	image_report_add(out, f, (st.st_mode & 0111) != 0, &text);
	return 0;
}

int
unpack_conf(int dir, struct buf *out, struct err *e)
{
	image_report_begin(out);
	for (int f = 0; f < IMAGE_CONF_COUNT; f++)
		if (add_file(dir, (enum image_conf)f, out, e) < 0)
			return err_wrap(e, "conf");
	image_report_end(out, "", "", 0);
	return buf_check(out, "report", e);
}
