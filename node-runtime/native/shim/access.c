#define _GNU_SOURCE
#include "access.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"

static int fail(const char *stage)
{
	printf("failed %.300s %d %s\n", stage, errno, strerror(errno));
	return 1;
}

static void tell_size(size_t number, const char *path)
{
	struct stat state;
	if (stat(path, &state) == 0)
		printf("%zu size %lld\n", number, (long long)state.st_blocks * 512);
}

static void tell_refusal(size_t number, const char *modes, const char *path)
{
	int mode = F_OK;
	for (; *modes != ':'; modes++)
		mode |= *modes == 'r' ? R_OK : *modes == 'w' ? W_OK : 0;
	if (access(path, mode) < 0)
		printf("%zu %d\n", number, errno);
}

static void each(const struct words *asked, int sizes)
{
	for (size_t i = 0; i < asked->count; i++) {
		const char *colon = strchr(asked->at[i], ':');
		if (colon == NULL || (*asked->at[i] == 's') != sizes)
			continue;
		if (sizes)
			tell_size(i, colon + 1);
		else
			tell_refusal(i, asked->at[i], colon + 1);
	}
}

int access_check(struct spec *spec, char **words)
{
	(void)words;
	each(&spec->args, 1);
	if (spec->root == NULL || chroot(spec->root) < 0 || chdir("/") < 0)
		return fail("root");
	if (drop_rights(spec) < 0)
		return fail("rights");
	each(&spec->args, 0);
	return 0;
}
