/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images that are streams of the storage's own (ZFS): the worker compresses
 * what is sent, and decompresses what is received, behind a pipe.  What it
 * says when it fails is told rather than that the other end has gone.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/spawn.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "engine/image.h"

#define SAID_MAX  ((size_t)4096)
#define BY_SIGNAL 128

struct worker {
	pid_t pid;
	int said; /* what it says */
};

/* Descriptors IN, OUT and DISK are 0, 3 and 4 of the worker. */
static int
begin(struct engine *g, const char *job, int in, int out, int disk,
    struct worker *w, struct err *e)
{
	auto_free char *path = xasprintf("%s/pot-unpack", g->fw->libexec_dir);
	auto_strv struct strv argv = STRV_INIT;
	struct spawn_opts o = { .path = path, .dirfd = -1, .nfds = 5 };
	auto_close int said = -1, says = -1;
	int p[2];

	if (io_pipe(p, e) < 0)
		return -1;
	said = p[0];
	says = p[1];
	strv_add(&argv, "pot-unpack");
	strv_add_words(&argv, job);
	o.argv = strv_argv(&argv);
	o.fds[0] = in;
	o.fds[1] = -1;
	o.fds[2] = says;
	o.fds[3] = out;
	o.fds[4] = disk;
	if (spawn_start(&o, &w->pid, e) < 0)
		return -1;
	w->said = take_fd(&said);
	return 0;
}

/* RC and E are how the other end fared. */
static int
end(struct worker *w, int rc, struct err *e)
{
	auto_buf struct buf text = BUF_INIT(SAID_MAX);
	struct err why = ERR_INIT, mine = ERR_INIT;
	int status = 0, read;

	read = io_read_all(w->said, &text, "worker", &mine);
	cleanup_close(&w->said);
	err_clear(&mine);
	if (spawn_wait(w->pid, &status, &why) < 0)
		status = 1;
	/* It was writing when the reader had all that it wanted. */
	if (status == 0 || status == BY_SIGNAL + SIGPIPE)
		return rc;
	err_clear(&why);
	text.data[strcspn(text.data, "\n")] = '\0';
	if (status < BY_SIGNAL && read == 0 && text.data[0] != '\0')
		(void)err_set(&why, ERR_CHILD, "pot-unpack: %s", text.data);
	else
		(void)err_set(&why, ERR_CHILD, "pot-unpack: %s %d",
		    status < BY_SIGNAL ? "exit" : "signal",
		    status < BY_SIGNAL ? status : status - BY_SIGNAL);
	*e = why;
	return -1;
}

int
image_send(struct engine *g, const char *pot, const char *snap, bool is_whole,
    const char *how, int to, struct err *e)
{
	auto_free char *owner = xasprintf("jails/%s", pot);
	auto_free char *job = xasprintf("compress %s", how);
	auto_close int from = -1, into = -1;
	struct storage *s;
	struct worker w;
	int p[2], rc;

	if (engine_storage(g, &s, e) < 0 || io_pipe(p, e) < 0)
		return -1;
	from = p[0];
	into = p[1];
	if (begin(g, job, from, to, -1, &w, e) < 0)
		return -1;
	cleanup_close(&from);
	rc = storage_send_pot(s, owner, snap, is_whole, into, e);
	cleanup_close(&into);
	return end(&w, rc, e);
}

int
image_receive(struct engine *g, const char *pot, int image, struct err *e)
{
	auto_free char *owner = xasprintf("jails/%s", pot), *job = NULL;
	auto_close int from = -1, into = -1;
	struct storage *s;
	struct worker w;
	uint64_t max;
	int p[2], rc, jails;

	if (engine_storage(g, &s, e) < 0 || image_max(g, &max, e) < 0 ||
	    engine_dir(g, DIR_JAILS, &jails, e) < 0 || io_pipe(p, e) < 0)
		return -1;
	from = p[0];
	into = p[1];
	if (lseek(image, 0, SEEK_SET) < 0)
		return err_sys(e, "image");
	job = xasprintf("decompress %llu", (unsigned long long)max);
	if (begin(g, job, image, into, jails, &w, e) < 0)
		return -1;
	cleanup_close(&into);
	rc = storage_receive_pot(s, owner, from, e);
	cleanup_close(&from);
	return end(&w, rc, e);
}
