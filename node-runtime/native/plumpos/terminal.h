/* The caller's terminal while the job has one of its own. */
#ifndef PLUMPOS_TERMINAL_H
#define PLUMPOS_TERMINAL_H

#include "local.h"

/* Takes it over where it is ours to use now. */
void terminal_enter(struct local *local);

/* Gives it back as it was; 1 when it had been taken. */
int terminal_leave(struct local *local);

/* May keys be read from it now? Not in the background, and not while a neighbour in the pipeline (a pager) has it. */
int terminal_readable(const struct local *local);

#endif
