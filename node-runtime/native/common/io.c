#include "io.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t length)
{
	const unsigned char *next = bytes;
	while (length > 0) {
		ssize_t n = write(fd, next, length);
		if (n > 0) {
			next += n;
			length -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };
			if (poll(&wait, 1, 1000) > 0 && (wait.revents & (POLLHUP | POLLERR)))
				return -1;
		} else if (n < 0 && errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

ssize_t read_some(int fd, void *bytes, size_t room)
{
	ssize_t n;
	do
		n = read(fd, bytes, room);
	while (n < 0 && errno == EINTR);
	return n;
}

uint32_t get_u32le(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void put_u32le(unsigned char *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
}

uint64_t get_u64le(const unsigned char *bytes)
{
	return get_u32le(bytes) | (uint64_t)get_u32le(bytes + 4) << 32;
}

void put_u64le(unsigned char *bytes, uint64_t value)
{
	put_u32le(bytes, (uint32_t)value);
	put_u32le(bytes + 4, (uint32_t)(value >> 32));
}

char *read_whole(int fd, size_t most, size_t *length)
{
	size_t room = 4096;
	char *bytes = malloc(room);
	ssize_t n = 1;
	for (*length = 0; bytes != NULL && n > 0; *length += n > 0 ? (size_t)n : 0) {
		if (*length + 1 == room) {
			char *larger = room > most ? NULL : realloc(bytes, room *= 2);
			if (larger == NULL) {
				free(bytes);
				errno = E2BIG;
				return NULL;
			}
			bytes = larger;
		}
		n = read_some(fd, bytes + *length, room - 1 - *length);
	}
	if (bytes != NULL)
		bytes[*length] = 0;
	return bytes;
}
