/* SPDX-License-Identifier: ISC */
/*
 * replay - runs a fuzz target over its corpus, without a fuzzer: what was
 * found once stays found, under every compiler and in `make asan`.
 *
 * usage: NAME FOLDER
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define REPLAY_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From a block of its exact size, so that ASan sees a step past its end. */
static int
replay_file(const char *path)
{
	uint8_t *data = NULL;
	long size = -1;
	FILE *file = fopen(path, "rb");

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size >= 0 && size <= REPLAY_MAX && fseek(file, 0, SEEK_SET) == 0)
		data = malloc(size > 0 ? (size_t)size : 1);
	if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size)
		size = -1;
	else
		LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	if (file != NULL)
		fclose(file);
	return size < 0 ? -1 : 0;
}

int
main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : ".";
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[4096];
	int files = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		printf("# %s\n", path);
		fflush(stdout);
		if (replay_file(path) != 0) {
			printf("not ok 1 - cannot read %s\n", path);
			return 1;
		}
		files++;
	}
	if (dir != NULL)
		closedir(dir);
	printf("ok 1 - empty input and %d files of %s\n", files, folder);
	return 0;
}
