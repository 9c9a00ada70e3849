/* `shim access`: what a job's user could not open again; CRIU opens on the target with her rights and no others. */
#ifndef SHIM_ACCESS_H
#define SHIM_ACCESS_H

#include "spec.h"

/*
 * As uid, gid and groups of the specification, below its root, for each `arg=MODES:PATH`, MODES of `r`, `w`, or `-` for the
 * way there only. Prints `NUMBER ERRNO` for each that is refused, NUMBER counting from 0. `arg=s:PATH` is asked as root and
 * outside: prints `NUMBER size BYTES`, what the file occupies.
 */
int access_check(struct spec *spec, char **words);

#endif
