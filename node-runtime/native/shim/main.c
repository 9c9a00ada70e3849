/*
 * shim: pid 1 of a job (inside, as `init`), and what starts it. Only the agent calls it.
 *   shim launch <specification             answers `started PID`, `exec ERRNO TEXT` or `failed STAGE ERRNO TEXT`
 *   shim restore -- PROGRAM… <specification  CRIU in the job's cgroup, groups and mounts, its network namespace as descriptor 9,
 *                                          `tty=` its terminal, by its name inside; descriptor 3 is left to it
 *   shim access <specification             which files of `arg=` its user could not open (again)
 *   shim locks|unlock PID…                 what stopped tasks hold, one JSON object a line; unlock: and lets it go
 *   shim relock PID… <lines of locks       takes them again; prints those that somebody else has now
 *   shim unrepair PID…                     TCP sockets that CRIU left in repair mode go on
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/io.h"
#include "access.h"
#include "launch.h"
#include "serve.h"
#include "tasks.h"

/* @param kept the last descriptor that stays open: one that the agent forgot to keep for itself is never a job's. */
static int with_spec(int (*run)(struct spec *spec, char **words), char **words, unsigned kept)
{
	static struct spec spec;
	size_t length;
	syscall(SYS_close_range, kept + 1, ~0U, 0);
	char *text = read_whole(STDIN_FILENO, SPEC_MOST, &length);
	const char *wrong = text == NULL ? "(too long)" : spec_parse(&spec, text, length);
	if (wrong == NULL)
		return run(&spec, words);
	printf("failed specification:%.100s 22 Invalid argument\n", wrong);
	return 1;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	if (argc == 2 && strcmp(argv[0], "init") == 0)
		return serve(atoi(verb));
	if (argc == 2 && strcmp(verb, "launch") == 0)
		return with_spec(launch, NULL, STDERR_FILENO);
	if (argc == 2 && strcmp(verb, "access") == 0)
		return with_spec(access_check, NULL, STDERR_FILENO);
	if (argc > 3 && strcmp(verb, "restore") == 0 && strcmp(argv[2], "--") == 0)
		return with_spec(restore, argv + 3, FD_PAGES);
	if (argc > 2 && (strcmp(verb, "locks") == 0 || strcmp(verb, "unlock") == 0))
		return locks_list(argv + 2, *verb == 'u');
	if (argc > 2 && strcmp(verb, "relock") == 0)
		return locks_take(argv + 2);
	if (argc > 2 && strcmp(verb, "unrepair") == 0)
		return sockets_unrepair(argv + 2);
	fprintf(stderr, "usage: shim launch | restore -- PROGRAM... | access | locks PID... | unlock PID... | relock PID... | unrepair PID...\n");
	return 2;
}
