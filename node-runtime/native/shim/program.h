/* The program of a job: its descriptors, its start, and who it is. */
#ifndef SHIM_PROGRAM_H
#define SHIM_PROGRAM_H

#include "spec.h"

/* Ends of the program's descriptors; -1 where there is none. */
struct stdio {
	int child[3];
	int in, out, err, master, slave; /* ours */
	int files[3];
};

/* Opens what fd= and tty= ask for, with the rights of the user. NULL, or what failed (errno). */
const char *stdio_open(struct stdio *stdio, const struct spec *spec);

/* In pid 1: the program with the wished pid. The errno of a failed exec comes out of `report`, nothing of a good one. */
pid_t program_start(const struct spec *spec, const struct stdio *stdio, int *report);

/* Becomes the user for good, with no way to more rights. */
int drop_rights(const struct spec *spec);

/* Acts on files as the user for a while, and as root again. */
int files_as_user(const struct spec *spec);
int files_as_root(void);

#endif
