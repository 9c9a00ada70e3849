#include "ring.h"

#include <string.h>
#include <unistd.h>

static size_t piece(const struct ring *ring, uint64_t offset, size_t length)
{
	size_t straight = ring->size - (offset & (ring->size - 1));
	return length < straight ? length : straight;
}

static unsigned char *place(const struct ring *ring, uint64_t offset)
{
	return ring->bytes + (offset & (ring->size - 1));
}

ssize_t ring_read(struct ring *ring, int fd)
{
	ssize_t n = read(fd, place(ring, ring->end), piece(ring, ring->end, ring_room(ring)));
	if (n > 0)
		ring->end += (uint64_t)n;
	return n;
}

ssize_t ring_write(struct ring *ring, int fd, size_t most)
{
	size_t length = piece(ring, ring->base, ring_used(ring));
	ssize_t n = write(fd, place(ring, ring->base), length < most ? length : most);
	if (n > 0)
		ring->base += (uint64_t)n;
	return n;
}

int ring_put(struct ring *ring, uint64_t offset, const unsigned char *bytes, size_t length)
{
	if (offset > ring->end || length > UINT64_MAX - offset)
		return -1;
	if (offset + length <= ring->end)
		return 0;
	size_t known = (size_t)(ring->end - offset);
	bytes += known;
	length -= known;
	if (length > ring_room(ring))
		return -1;
	size_t first = piece(ring, ring->end, length);
	memcpy(place(ring, ring->end), bytes, first);
	memcpy(ring->bytes, bytes + first, length - first);
	ring->end += length;
	return 0;
}

size_t ring_look(const struct ring *ring, uint64_t offset, const unsigned char **bytes)
{
	*bytes = place(ring, offset);
	return piece(ring, offset, (size_t)(ring->end - offset));
}

int ring_drop(struct ring *ring, uint64_t offset)
{
	if (offset > ring->end)
		return -1;
	if (offset > ring->base)
		ring->base = offset;
	return 0;
}
