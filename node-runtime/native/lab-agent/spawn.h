/* Starting a program of a session. */
#ifndef LAB_SPAWN_H
#define LAB_SPAWN_H

#include "session.h"

/*
 * Starts argv with pipes, with a terminal (EXEC_TTY), or on its own (EXEC_DETACH: no descriptors, not waited for).
 * Fills pid, in, out, err. 0, or the errno of what failed: exec's own too.
 */
int spawn_program(struct session *session, char **argv, int flags);

#endif
