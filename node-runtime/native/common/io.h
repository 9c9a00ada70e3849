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

#endif
