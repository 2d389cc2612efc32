/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pot.conf of an older version brought to what create writes today
 * (reference 2.2, update-config; 12.4 has the history).  Doing it again
 * changes nothing.
 */
#ifndef POT_POTCONF_UPDATE_H
#define POT_POTCONF_UPDATE_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/strv.h"
#include "model/conf.h"
#include "model/potconf.h"

/*
 * Missing keys get their default, obsolete ones become what took their
 * place, one line is left of a key that has one value.  DONE gets a line for
 * each change; none means that C is as it was.  ERR_CORRUPT for an obsolete
 * value that means nothing; then C may have been changed in part.
 */
int pot_conf_update(struct conf *c, struct strv *done, struct err *e)
    MUST_CHECK;

/* The type of network that the keys ip4= and vnet= of versions before 0.8
 * stand for. */
enum pot_network pot_network_of_old(const struct conf *c, const char *ip4);

#endif
