/* Finding and running a program as a shell does. */
#ifndef COMMON_EXEC_H
#define COMMON_EXEC_H

#include <stddef.h>

/* Why a program does not run. */
struct exec_failure {
	int error;
	char text[240];
};

/*
 * The file a shell would run for this name: 0, or ENOENT, or EACCES when what is there may not be run. `search`: the value of
 * PATH, or NULL. Folders that may not be looked into hold nothing.
 */
int find_program(const char *name, const char *search, char *path, size_t room);

/* Becomes the program, a script without #! by /bin/sh; returns only when that failed. */
void exec_program(char **argv, char **env, struct exec_failure *failure);

#endif
