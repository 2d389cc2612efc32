/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What our reader makes of the command file of a flavour: one line for each
 * command, its words separated by tabs; what is ignored is not there.
 */
#include <stdio.h>

#include "model/flavour.h"

int
main(int argc, char **argv)
{
	auto_flavour struct flavour f = FLAVOUR_INIT;
	struct err e = ERR_INIT;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: flavour_list FILE\n");
		return 2;
	}
	if (flavour_read(argv[1], &f, &e) < 0) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	for (size_t i = 0; i < f.n; i++) {
		if (!f.v[i].is_known)
			continue;
		printf("%s", f.v[i].verb);
		for (size_t k = 0; k < f.v[i].args.n; k++)
			printf("\t%s", f.v[i].args.v[k]);
		printf("\n");
	}
	return 0;
}
