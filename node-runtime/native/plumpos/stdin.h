/* The caller's stdin on its way to the job. */
#ifndef PLUMPOS_STDIN_H
#define PLUMPOS_STDIN_H

#include "../common/stream.h"

/* `fd` is read from now on; a pipe first only as the job takes it, so that a loop's list is not eaten by its first job. */
void stdin_open(struct source *source, int fd);

/* Is there a point in reading now? */
int stdin_wanted(const struct source *source);

void stdin_read(struct source *source);

/* After the job has taken something: that much is gone from the pipe. */
void stdin_taken(struct source *source);

/* After the job: a file goes on where the job left it. */
void stdin_finish(const struct source *source, int fd);

#endif
