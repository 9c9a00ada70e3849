/* Reading and writing whole pieces, in spite of signals and short counts. */
#ifndef PLUMPOS_IO_H
#define PLUMPOS_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes all of it, waiting where it must; -1 with errno when the other side is gone. */
int write_all(int fd, const void *bytes, size_t length);

/* Like read, but again when a signal came between. */
ssize_t read_some(int fd, void *bytes, size_t room);

uint32_t get_u32le(const unsigned char *bytes);
void put_u32le(unsigned char *bytes, uint32_t value);
uint64_t get_u64le(const unsigned char *bytes);
void put_u64le(unsigned char *bytes, uint64_t value);

/* Reads until the end, at most `most` bytes; an allocated block ended by one NUL more, or NULL with errno (E2BIG: more). */
char *read_whole(int fd, size_t most, size_t *length);

#endif
