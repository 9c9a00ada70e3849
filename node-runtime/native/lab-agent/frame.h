/*
 * Frames of the command channel; the other half is builder/lab/frames.ts.
 * u32le length of the payload, u32le session id, u8 type, payload.
 */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum frame_type {
	FRAME_EXEC = 1,     /* flags, then argv, each word ended by NUL */
	FRAME_STDIN = 2,
	FRAME_STDIN_EOF = 3,
	FRAME_STDOUT = 4,
	FRAME_STDERR = 5,
	FRAME_EXIT = 6,     /* i32le: status, or 128 + signal */
	FRAME_SIGNAL = 7,   /* u8, to the process group */
	FRAME_HELLO = 8,    /* 8 bytes naming the host, sent back to it */
	FRAME_CONNECT = 9,  /* path of a unix socket, ended by NUL */
	FRAME_WINDOW = 10,  /* u16le rows, u16le columns */
	FRAME_TAKEN = 11,   /* u32le bytes of stdin passed on */
};

enum { EXEC_TTY = 1, EXEC_DETACH = 2 };

enum {
	FRAME_HEAD = 9,
	FRAME_LONGEST = 256 * 1024,
	STDIN_WINDOW = 64 * 1024, /* the host never has more of one session under way */
};

struct frame {
	uint32_t id;
	uint8_t type;
	uint32_t length;
	unsigned char *payload; /* one NUL stands behind it */
};

/* Bytes that came, up to one whole frame. */
struct frame_reader {
	size_t have;
	unsigned char bytes[FRAME_HEAD + FRAME_LONGEST + 1];
};

/* Reads what there is: 1 a frame is complete, 0 not yet, -1 the other side is gone or talks nonsense. */
int frame_read(struct frame_reader *reader, int fd, struct frame *frame);

/* Sends a frame whole; -1 when the other side is gone. */
int frame_send(int fd, uint32_t id, uint8_t type, const void *payload, uint32_t length);

#endif
