/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target over the files of one directory, each once, and the
 * empty input, and reports in TAP.  What the fuzzers found stays found: the
 * inputs are tests of every build.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
is_file(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The target aborts when it finds a defect: a missing "ok" is the report. */
static int
run_file(const char *dir, const char *name)
{
	char path[4096];
	static uint8_t data[1 << 20];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return -1;
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return -1;
	size_t size = fread(data, 1, sizeof(data), f);
	int is_whole = ferror(f) == 0 && fgetc(f) == EOF;
	(void)fclose(f);
	if (!is_whole)
		return -1;

	/* A copy of the exact size, so that ASan sees a byte too far. */
	uint8_t *copy = malloc(size == 0 ? 1 : size);
	if (copy == NULL)
		return -1;
	for (size_t i = 0; i < size; i++)
		copy[i] = data[i];
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return 0;
}

int
main(int argc, char **argv)
{
	struct dirent **list = NULL;
	int failed = 0;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s corpus\n", argv[0]);
		return 2;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	int n = scandir(argv[1], &list, is_file, alphasort);
	if (n <= 0) {
		printf("1..1\nnot ok 1 - no inputs in %s\n", argv[1]);
		return 1;
	}
	printf("1..%d\n", n + 1);
	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("ok 1 - empty\n");
	for (int i = 0; i < n; i++) {
		int is_ok = run_file(argv[1], list[i]->d_name) == 0;
		printf("%sok %d - %s\n", is_ok ? "" : "not ", i + 2,
		    list[i]->d_name);
		failed += !is_ok;
		free(list[i]);
	}
	free(list);
	return failed > 0;
}
