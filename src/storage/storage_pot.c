/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The face of all storage drivers for what is larger than a volume: pots,
 * bases, all of it.  Where a driver has no way of its own, what it does to
 * one volume is done to each.
 */
#include "storage/storage.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/str.h"
#include "base/xmalloc.h"
#include "storage/storage_impl.h"

#define MODE_POT ((mode_t)0755)

static int
lock_for(struct storage *s, const char *verb, const char *what,
    bool is_removing, struct lock *l, struct err *e)
{
	char who[VOLUME_SIZE + 32];

	glance_fini(s);
	str_fmt(who, sizeof(who), "%s %s", verb, what);
	return storage_lock(s,
	    is_removing && s->driver->removes_alone ? LOCK_EXCLUSIVE :
						      LOCK_SHARED,
	    who, l, e);
}

int
storage_init(struct storage *s, const char *cache, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;

	if (s->driver->init == NULL)
		return 0;
	if (storage_lock(s, LOCK_EXCLUSIVE, "init", &l, e) < 0)
		return -1;
	return s->driver->init(s, cache, e);
}

int
storage_fini(struct storage *s, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;

	if (s->driver->fini == NULL)
		return 0;
	if (storage_lock(s, LOCK_EXCLUSIVE, "de-init", &l, e) < 0)
		return -1;
	return s->driver->fini(s, e);
}

int
storage_attach(struct storage *s, const char *path, bool *is_new, struct err *e)
{
	*is_new = false;
	return s->driver->attach == NULL ?
	    0 :
	    s->driver->attach(s, path, is_new, e);
}

int
storage_create_pot(struct storage *s, const char *pot, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	auto_close int jails = -1;
	struct volume v;

	if (volume_parse_pot(pot, &v, e) < 0 ||
	    dir_open(s->rootfd, "jails", &jails, e) < 0)
		return -1;
	if (s->driver->create_pot != NULL) {
		if (lock_for(s, "create", pot, false, &l, e) < 0)
			return -1;
		return s->driver->create_pot(s, &v, e) < 0 ?
		    err_wrap(e, "create %s", pot) :
		    0;
	}
	if (mkdirat(jails, v.name, MODE_POT) < 0)
		return err_sys(e, "create %s", pot);
	return 0;
}

int
storage_destroy_pot(struct storage *s, const char *pot, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;

	if (volume_parse_pot(pot, &v, e) < 0)
		return -1;
	if (s->driver->destroy_pot == NULL)
		return 0;
	if (lock_for(s, "destroy", pot, true, &l, e) < 0)
		return -1;
	return s->driver->destroy_pot(s, &v, e) < 0 ?
	    err_wrap(e, "destroy %s", pot) :
	    0;
}

int
storage_adopt_base(
    struct storage *s, const char *dir, const char *base, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	auto_close int bases = -1;
	struct volume v;

	if (volume_parse(base, &v, e) < 0 ||
	    dir_open(s->rootfd, "bases", &bases, e) < 0)
		return -1;
	if (s->driver->adopt == NULL)
		return file_rename(
		    bases, dir, bases, v.name, FILE_F_SYNC | FILE_F_EXCL, e);
	if (lock_for(s, "create", base, false, &l, e) < 0)
		return -1;
	return s->driver->adopt(s, dir, &v, e);
}

/* One who has a way of his own to adopt a base makes it of several volumes. */
void
storage_base_volumes(struct storage *s, const char *base,
    const struct strv *parts, struct strv *out)
{
	strv_add(out, base);
	if (s->driver->adopt == NULL)
		return;
	for (size_t i = 0; i < parts->n; i++) {
		auto_free char *part = xasprintf("%s/%s", base, parts->v[i]);
		struct err ignored = ERR_INIT;
		struct volume v;

		if (storage_exists(s, part) &&
		    volume_parse(part, &v, &ignored) == 0 &&
		    !(s->driver->is_plain_part != NULL &&
			s->driver->is_plain_part(s, &v)))
			strv_add(out, part);
	}
}

/* Clones stand on a snapshot, copies on nothing; layers may stand on the
 * tree itself, which they take along when it is replaced. */
int
storage_detach_base(
    struct storage *s, const char *base, const char *snap, struct err *e)
{
	auto_strv struct strv users = STRV_INIT;

	if (s->driver->adopt != NULL)
		return 0;
	if (storage_dependents(s, base, &users, e) < 0)
		return -1;
	return users.n == 0 ? 0 : storage_revert(s, base, snap, e);
}

void
storage_sync_all(struct storage *s)
{
	const struct platform_host_ops *host = s->platform->host;
	struct err ignored = ERR_INIT;
	char type[32];

	if (!s->is_synced ||
	    (host != NULL && host->fs_type != NULL &&
		host->fs_type(s->rootfd, type, &ignored) == 0 &&
		str_eq(type, "tmpfs")))
		return;
	sync();
}

int
storage_snapshot_pot(struct storage *s, const char *pot,
    const struct strv *volumes, const char *snap, bool is_running,
    struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;
	size_t i;

	if (s->driver->snapshot_pot != NULL) {
		if (volume_parse_pot(pot, &v, e) < 0 ||
		    volume_check_snap(snap, e) < 0 ||
		    lock_for(s, "snapshot", pot, false, &l, e) < 0)
			return -1;
		return s->driver->snapshot_pot(s, &v, snap, e) < 0 ?
		    err_wrap(e, "snapshot %s@%s", pot, snap) :
		    0;
	}
	for (i = 0; i < volumes->n; i++)
		if (storage_snapshot(s, volumes->v[i], snap, is_running, e) < 0)
			return -1;
	return 0;
}

int
storage_snapshot_destroy_pot(struct storage *s, const char *pot,
    const struct strv *volumes, const char *snap, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;
	size_t i;

	if (s->driver->snapshot_destroy_pot != NULL) {
		if (volume_parse_pot(pot, &v, e) < 0 ||
		    volume_check_snap(snap, e) < 0 ||
		    lock_for(s, "purge", pot, true, &l, e) < 0)
			return -1;
		return s->driver->snapshot_destroy_pot(s, &v, snap, e) < 0 ?
		    err_wrap(e, "purge %s@%s", pot, snap) :
		    0;
	}
	for (i = 0; i < volumes->n; i++) {
		if (storage_snapshot_destroy(s, volumes->v[i], snap, e) == 0)
			continue;
		if (e->code != ERR_NOT_FOUND)
			return -1;
		err_clear(e);
	}
	return 0;
}

int
storage_revert_pot(struct storage *s, const char *pot,
    const struct strv *volumes, const char *snap, struct err *e)
{
	auto_lock struct lock l = LOCK_INIT;
	struct volume v;
	size_t i;

	for (i = 0; i < volumes->n; i++)
		if (storage_revert(s, volumes->v[i], snap, e) < 0)
			return -1;
	if (s->driver->revert_pot == NULL)
		return 0;
	if (volume_parse_pot(pot, &v, e) < 0 ||
	    lock_for(s, "revert", pot, true, &l, e) < 0)
		return -1;
	return s->driver->revert_pot(s, &v, snap, e) < 0 ?
	    err_wrap(e, "revert %s@%s", pot, snap) :
	    0;
}

bool
storage_keeps_conf(const struct storage *s)
{
	return s->driver->snapshot_pot != NULL;
}

bool
storage_has_streams(const struct storage *s)
{
	return s->driver->send_pot != NULL;
}

static int
stream_pot(struct storage *s, const char *pot, struct volume *v, struct err *e)
{
	if (!storage_has_streams(s))
		return err_set(e, ERR_UNSUPPORTED,
		    "storage driver %s: has no streams of pots",
		    s->driver->name);
	return volume_parse_pot(pot, v, e);
}

int
storage_send_pot(struct storage *s, const char *pot, const char *snap,
    bool is_whole, int fd, struct err *e)
{
	struct volume v;

	if (stream_pot(s, pot, &v, e) < 0 || volume_check_snap(snap, e) < 0)
		return -1;
	return s->driver->send_pot(s, &v, snap, is_whole, fd, e) < 0 ?
	    err_wrap(e, "send %s@%s", pot, snap) :
	    0;
}

int
storage_receive_pot(struct storage *s, const char *pot, int fd, struct err *e)
{
	struct volume v;

	if (stream_pot(s, pot, &v, e) < 0)
		return -1;
	return s->driver->receive_pot(s, &v, fd, e) < 0 ?
	    err_wrap(e, "receive %s", pot) :
	    0;
}

int
storage_resnap_pot(struct storage *s, const char *pot, struct err *e)
{
	struct volume v;

	if (stream_pot(s, pot, &v, e) < 0)
		return -1;
	return s->driver->resnap_pot(s, &v, e) < 0 ?
	    err_wrap(e, "snapshots of %s", pot) :
	    0;
}

int
storage_origin(
    struct storage *s, const char *volume, char **origin, struct err *e)
{
	struct volume v;

	if (volume_parse(volume, &v, e) < 0)
		return -1;
	if (s->driver->origin == NULL) {
		*origin = NULL;
		return 0;
	}
	return s->driver->origin(s, &v, origin, e) < 0 ?
	    err_wrap(e, "origin of %s", volume) :
	    0;
}

static int
check_key(const char *key, struct err *e)
{
	const char *p = key;

	while (chr_is_alpha(*p))
		p++;
	return p > key && *p == '\0' ?
	    0 :
	    err_set(e, ERR_INVALID, "note '%s': expected letters", key);
}

int
storage_set_note(struct storage *s, const char *pot, const char *key,
    const char *value, struct err *e)
{
	struct volume v;

	if (stream_pot(s, pot, &v, e) < 0 || check_key(key, e) < 0)
		return -1;
	return s->driver->set_note(s, &v, key, value, e) < 0 ?
	    err_wrap(e, "%s: note %s", pot, key) :
	    0;
}

int
storage_get_note(struct storage *s, const char *pot, const char *key,
    char **value, struct err *e)
{
	struct volume v;

	if (stream_pot(s, pot, &v, e) < 0 || check_key(key, e) < 0)
		return -1;
	return s->driver->get_note(s, &v, key, value, e) < 0 ?
	    err_wrap(e, "%s: note %s", pot, key) :
	    0;
}
