/* The program of a job and what it reads and writes, as channels of the job stream. */
#ifndef SHIM_CHANNELS_H
#define SHIM_CHANNELS_H

#include <poll.h>
#include <sys/types.h>

#include "../common/stream.h"

extern struct source sources[CHANNELS]; /* OUT, ERR, SCREEN */
extern struct sink sinks[CHANNELS];     /* IN, KEYS, SIGNALS */

struct program {
	pid_t pid;
	int exited, wait_status;
	int stopped;        /* the signal that stopped it, or 0 */
	long changed;       /* when that changed, monotonic ms */
};

static inline int is_source(int channel)
{
	return channel >= CHANNEL_OUT && channel <= CHANNEL_SCREEN;
}

void channels_open(void);

/* One entry a channel, then what they say is done. */
void channels_poll(struct pollfd fds[CHANNELS]);
void channels_move(const struct pollfd fds[CHANNELS], const struct program *program);

/* Whoever read this channel at home is gone. */
void channel_close(struct source *source);

/* After the end of the program: everything it wrote has been read and sent. */
int channels_drained(void);

/* Collects whatever has ended, stopped or gone on. */
void program_collect(struct program *program);

#endif
