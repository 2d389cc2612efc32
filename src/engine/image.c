/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker for images, and the labels of pots.
 */
#include "engine/image.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "model/conf.h"

#define LABEL_FILE ".image"

/* What a label consists of: key in the file, note of the storage (":pot.tag"
 * and ":pot.snap" are the sh version's). */
static const struct {
	const char *key, *note;
	size_t offset;
} parts[] = {
	{ "image", "image", offsetof(struct image_label, image) },
	{ "tag", "tag", offsetof(struct image_label, tag) },
	{ "snapshot", "snap", offsetof(struct image_label, snapshot) },
};

int
image_unpack(struct engine *g, const char *args, const int *fds, size_t nfds,
    struct buf *out, struct err *e)
{
	auto_free char *path = xasprintf("%s/pot-unpack", g->fw->libexec_dir);
	auto_strv struct strv argv = STRV_INIT;
	struct spawn_opts o = { .path = path, .dirfd = -1 };

	if (access(path, X_OK) < 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "images: this pot was built without pot-unpack "
		    "(libarchive)");
	strv_add(&argv, "pot-unpack");
	strv_add_words(&argv, args);
	o.argv = strv_argv(&argv);
	o.nfds = (int)nfds;
	memcpy(o.fds, fds, nfds * sizeof(*fds));
	return spawn_run(&o, out, e);
}

int
image_max(struct engine *g, uint64_t *bytes, struct err *e)
{
	return str_size(
	    "POT_IMAGE_SIZE", framework_get(g->fw, FW_IMAGE_SIZE), bytes, e);
}

/* A value that does not fit is no label of ours. */
static void
take(struct image_label *l, size_t i, const char *value)
{
	char *out = (char *)l + parts[i].offset;

	if (strlen(value) <= IMAGE_WORD_MAX)
		(void)str_copy(out, value, IMAGE_WORD_MAX + 1);
}

static int
read_notes(
    struct storage *s, const char *pot, struct image_label *out, struct err *e)
{
	auto_free char *owner = xasprintf("jails/%s", pot);

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		auto_free char *value = NULL;

		if (storage_get_note(s, owner, parts[i].note, &value, e) < 0)
			return -1;
		take(out, i, value);
	}
	return 0;
}

int
image_label_read(struct engine *g, const char *pot, int potdir,
    struct image_label *out, struct err *e)
{
	auto_conf struct conf *c = NULL;
	struct storage *s;

	*out = (struct image_label){ .tag = "" };
	if (engine_storage(g, &s, e) < 0)
		return -1;
	if (storage_has_streams(s))
		return read_notes(s, pot, out, e);
	if (!file_exists(potdir, LABEL_FILE))
		return 0;
	if (conf_read(potdir, LABEL_FILE, LABEL_FILE, &c, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		auto_free char *value = conf_get(c, parts[i].key);

		if (value != NULL)
			take(out, i, value);
	}
	return 0;
}

int
image_label_write(struct engine *g, const char *pot, int potdir,
    const struct image_label *l, struct err *e)
{
	auto_free char *owner = xasprintf("jails/%s", pot);
	auto_conf struct conf *c = conf_new();
	struct storage *s;

	if (engine_storage(g, &s, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		const char *value = (const char *)l + parts[i].offset;

		if (!storage_has_streams(s))
			conf_set(c, parts[i].key, value);
		else if (value[0] != '\0' &&
		    storage_set_note(s, owner, parts[i].note, value, e) < 0)
			return -1;
	}
	return storage_has_streams(s) ?
	    0 :
	    conf_write(c, potdir, LABEL_FILE, FILE_F_SYNC, e);
}

int
image_open(int dirfd, const char *name, int *fdp, struct err *e)
{
	auto_close int fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "%s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "%s: not a file", name);
	*fdp = take_fd(&fd);
	return 0;
}
