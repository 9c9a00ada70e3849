/* The program of a job: its descriptors, its start, and who it is. */
#ifndef SHIM_PROGRAM_H
#define SHIM_PROGRAM_H

#include "../common/exec.h"
#include "spec.h"

/* Ends of the program's descriptors; -1 where there is none. */
struct stdio {
	int child[3];
	int in, out, err, master, slave; /* ours */
	int files[3];
};

/* Opens what fd= and tty= ask for, with the rights of the user. NULL, or what failed (errno). */
const char *stdio_open(struct stdio *stdio, const struct spec *spec);

/* How far the program's process came. */
enum start_stage { START_STDIO, START_RIGHTS, START_FOLDER, START_EXEC };

struct start_failure {
	enum start_stage stage;
	struct exec_failure reason; /* its text only where the program could not be run */
};

/* In pid 1: the program with the wished pid. A start_failure comes out of `report`, nothing when it runs. */
pid_t program_start(const struct spec *spec, const struct stdio *stdio, int *report);

/* Becomes the user for good, with no way to more rights. */
int drop_rights(const struct spec *spec);

/* Acts on files as the user for a while, and as root again. */
int files_as_user(const struct spec *spec);
int files_as_root(void);

#endif
