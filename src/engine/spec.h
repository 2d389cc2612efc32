/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what a pot's files say to what the platform is asked for: the mount
 * plan, the command, the cell's specification.
 */
#ifndef POT_SPEC_H
#define POT_SPEC_H

#include "engine/pot.h"

/* Word of fscomp.conf's options: the host's files have the pot's ids. */
#define SPEC_IDMAP "idmap"

/* The pot's tree: its volumes, the entries of fscomp.conf, /tmp. */
int spec_plan(struct pot *p, struct mount_plan *plan, struct err *e) MUST_CHECK;

/* One entry of fscomp.conf as the plan has it. */
int spec_entry(struct pot *p, const struct fscomp_entry *f,
    struct mount_plan *plan, struct err *e) MUST_CHECK;

/* The volume that a dataset of fscomp.conf names ("zroot/pot/fscomp/F" is
 * "fscomp/F"), or NULL if it is none of ours. */
const char *spec_volume(struct engine *g, const char *source);

/* Argv of the pot's command: pot.arg lines, or pot.cmd split if it needs no
 * shell, else by the pot's /bin/sh. */
int spec_command(const struct pot *p, struct strv *argv, struct err *e)
    MUST_CHECK;

/* /etc/hosts and /etc/resolv.conf for this start (reference 7.11); either
 * may be NULL: leave it alone.  The caller frees. */
int spec_files(const struct pot *p, char **hosts, char **resolv, struct err *e)
    MUST_CHECK;

#endif
