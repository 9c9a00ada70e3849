/* Bytes of one direction of a stream, by their offset from its start: what has been taken in and not yet given away. */
#ifndef PLUMPOS_RING_H
#define PLUMPOS_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ring {
	uint64_t base; /* the oldest byte still here */
	uint64_t end;  /* one behind the newest */
	unsigned char *bytes;
	size_t size;   /* a power of two */
};

static inline size_t ring_used(const struct ring *ring)
{
	return (size_t)(ring->end - ring->base);
}

static inline size_t ring_room(const struct ring *ring)
{
	return ring->size - ring_used(ring);
}

/* Like read and write of what lies in one piece; write gives away what it wrote. */
ssize_t ring_read(struct ring *ring, int fd);
ssize_t ring_write(struct ring *ring, int fd, size_t most);

/* Takes in bytes that begin at `offset`, whatever of them is new; -1 when some are missing before them or there is no room. */
int ring_put(struct ring *ring, uint64_t offset, const unsigned char *bytes, size_t length);

/* The bytes from `offset` on that lie in one piece. */
size_t ring_look(const struct ring *ring, uint64_t offset, const unsigned char **bytes);

/* Gives away everything before `offset`; -1 when that was never here. */
int ring_drop(struct ring *ring, uint64_t offset);

#endif
