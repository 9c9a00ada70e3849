/* Signals on their way to the job, and job control. */
#ifndef PLUMPOS_SIGNALS_H
#define PLUMPOS_SIGNALS_H

#include "../common/stream.h"
#include "local.h"

/* A descriptor for all signals but those that the caller ignores, as nohup does: those are ignored in the job as well. */
int signals_open(void);

/* Hands on what has come; 1 when the window has another size. */
int signals_take(int fd, struct source *to, const struct local *local);

/* Stops as the job has been stopped, until somebody continues us. */
void signals_stop(int number, struct source *to, struct local *local);

#endif
