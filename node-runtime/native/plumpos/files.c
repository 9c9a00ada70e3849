#define _GNU_SOURCE
#include "files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/exec.h"
#include "../common/io.h"

enum { LINE = 256, DEPTH = 5 }; /* as far as the kernel reads, and goes */

/* The words behind #!, or NULL. */
static char *script_line(const char *path, char line[LINE])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read_some(fd, line, LINE - 1);
	if (fd >= 0)
		close(fd);
	if (n < 2 || memcmp(line, "#!", 2) != 0)
		return NULL;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	return line + 2;
}

/* `#!/usr/bin/env -S NAME=x python3 -u`: the first word that env looks for in PATH. */
static const char *word_of_env(char **rest)
{
	const char *word = strtok_r(NULL, " \t", rest);
	while (word != NULL && (*word == '-' || strchr(word, '=') != NULL))
		word = strtok_r(NULL, " \t", rest);
	return word;
}

/* The file of this name is told, and what runs it comes next; NULL when that is the kernel. */
static const char *describe_one(const char *name, char line[LINE], struct text *request)
{
	char path[PATH_MAX], real[PATH_MAX];
	char *rest = NULL;
	if (find_program(name, getenv("PATH"), path, sizeof path) != 0 || realpath(path, real) == NULL)
		return NULL;
	text_record(request, "file=%s", real);
	char *words = script_line(real, line);
	const char *next = words == NULL ? NULL : strtok_r(words, " \t", &rest);
	if (next == NULL || strcmp(basename(next), "env") != 0)
		return next;
	if (realpath(next, real) != NULL)
		text_record(request, "file=%s", real);
	return word_of_env(&rest);
}

void files_describe(const char *name, struct text *request)
{
	char lines[2][LINE];
	for (int i = 0; i < DEPTH && name != NULL; i++)
		name = describe_one(name, lines[i % 2], request);
}
