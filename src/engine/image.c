/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker for images, and the labels of pots.
 */
#include "engine/image.h"

#include <fcntl.h>
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
#define LABEL_TAG  "tag"
#define LABEL_SNAP "snapshot"

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

/* A value that does not fit is no label of ours. */
static void
take(const struct conf *c, const char *key, char out[IMAGE_WORD_MAX + 1])
{
	auto_free char *v = conf_get(c, key);

	out[0] = '\0';
	if (v != NULL && strlen(v) <= IMAGE_WORD_MAX)
		(void)str_copy(out, v, IMAGE_WORD_MAX + 1);
}

int
image_label_read(int potdir, struct image_label *out, struct err *e)
{
	auto_conf struct conf *c = NULL;

	*out = (struct image_label){ .tag = "" };
	if (!file_exists(potdir, LABEL_FILE))
		return 0;
	if (conf_read(potdir, LABEL_FILE, LABEL_FILE, &c, e) < 0)
		return -1;
	take(c, LABEL_TAG, out->tag);
	take(c, LABEL_SNAP, out->snapshot);
	return 0;
}

int
image_label_write(int potdir, const struct image_label *l, struct err *e)
{
	auto_conf struct conf *c = conf_new();

	conf_set(c, LABEL_TAG, l->tag);
	conf_set(c, LABEL_SNAP, l->snapshot);
	return conf_write(c, potdir, LABEL_FILE, FILE_F_SYNC, e);
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
