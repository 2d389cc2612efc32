/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the host that are not pot's and that init and de-init change: the
 * rules of pf, and syslogd's flags in rc.conf.  Each change is told, and the
 * file as it was is kept beside it as FILE.bkp-pot.
 */
#ifndef POT_ENGINE_HOST_FILES_H
#define POT_ENGINE_HOST_FILES_H

#include "engine/engine_impl.h"

/*
 * By the fields of c's request: pf-file (absolute; "": none; missing: what
 * rc.conf says, on a host that has one), no-pf, no-syslog, explain (flags).
 * With explain nothing is changed: a record (file, diff) for each.
 */
int host_files_init(struct call *c, struct err *e) MUST_CHECK;
int host_files_deinit(struct call *c, struct err *e) MUST_CHECK;

#endif
