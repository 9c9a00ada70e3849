/* The mounts of a job, in a mount namespace of its own. */
#ifndef SHIM_MOUNTS_H
#define SHIM_MOUNTS_H

#include "spec.h"

/* Makes them below spec->root, in their order; -1 with errno and `*what` naming the one that failed. */
int mounts_make(const struct spec *spec, const char **what);

/* spec->root becomes `/`, and what was above it is gone. */
int mounts_enter(const struct spec *spec);

#endif
