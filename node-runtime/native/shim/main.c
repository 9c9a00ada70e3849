/*
 * shim: pid 1 of a job (inside, as `init`), and what starts it. Only the agent calls it.
 *   shim launch <specification     answers `started PID`, `exec ERRNO TEXT` or `failed STAGE ERRNO TEXT`
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/io.h"
#include "launch.h"
#include "serve.h"

static int with_spec(int (*run)(struct spec *spec))
{
	static struct spec spec;
	size_t length;
	char *text = read_whole(STDIN_FILENO, SPEC_MOST, &length);
	const char *wrong = text == NULL ? "(too long)" : spec_parse(&spec, text, length);
	if (wrong == NULL)
		return run(&spec);
	printf("failed specification:%.100s 22 Invalid argument\n", wrong);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[0], "init") == 0)
		return serve(atoi(argv[1]));
	if (argc == 2 && strcmp(argv[1], "launch") == 0)
		return with_spec(launch);
	fprintf(stderr, "usage: shim launch <specification\n");
	return 2;
}
