/* `shim launch`: a job from its specification on stdin; one line of answer on stdout. */
#ifndef SHIM_LAUNCH_H
#define SHIM_LAUNCH_H

#include "spec.h"

/* Where pid 1's program lies inside the job: it must be in the job's own root, or nothing could be restored. */
#define SHIM_INSIDE "/dev/.plumpos/init"

/* What a dump writes the memory to, where it is open. */
enum { FD_PAGES = 3 };

int launch(struct spec *spec, char **words);

/* `shim restore -- PROGRAM…`: CRIU with what it does not restore itself. */
int restore(struct spec *spec, char **words);

#endif
