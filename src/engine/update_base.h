/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the verb update-base has worked out and the operation carries out.
 */
#ifndef POT_UPDATE_BASE_H
#define POT_UPDATE_BASE_H

#include "engine/bases.h"
#include "model/family.h"

struct update_input {
	const struct request *req; /* env: the caller's, for the script */
	const struct family *family;
	int out, err; /* the script's output, or -1 */
};

#endif
