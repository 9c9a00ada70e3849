/* The job's stand-in at home: stdio, signals, window size and job control, until the job ends. */
#ifndef PLUMPOS_DEPUTY_H
#define PLUMPOS_DEPUTY_H

#include "ask.h"
#include "local.h"

/*
 * Returns 1 and the wait status of the job, or 0 and the exit status of what went wrong. All signals are blocked after it.
 */
int deputy(const struct job *job, struct local *local, int *status);

#endif
