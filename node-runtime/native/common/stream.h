/*
 * The job stream between deputy and shim; the other half is node-runtime/network/job-stream.
 * u8 type, u8 arg, u16le 0, u32le length of the payload, u64le offset, payload. Offsets count the bytes of a channel from
 * its start, so that a new connection goes on exactly where the old one broke.
 */
#ifndef PLUMPOS_STREAM_H
#define PLUMPOS_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "ring.h"

enum stream_type {
	/* Both ways, arg = channel. */
	STREAM_DATA = 'D',
	STREAM_END = 'F',    /* no more bytes from offset on */
	STREAM_TAKEN = 'A',  /* everything before offset has arrived where it belongs */
	STREAM_CLOSED = 'C', /* the reader is gone: SIGPIPE for whoever writes on */
	STREAM_HELLO = 'H',  /* 3 x u64le: offsets wanted next of the three channels towards the sender */
	/* Deputy to shim. */
	STREAM_WINDOW = 'W', /* u16le rows, columns, x pixels, y pixels */
	STREAM_BYE = 'B',    /* everything has arrived: shim may end */
	STREAM_QUIET = 'Q',  /* from root on the host: shim closes all its connections */
	/* Shim to deputy. */
	STREAM_STOPPED = 'T', /* arg = the signal that stopped the program, 0 continued */
	STREAM_EXITED = 'X',  /* offset = wait status; 3 x i64le: offsets of regular files on 0, 1, 2, -1 none */
};

enum channel {
	CHANNEL_IN,      /* to the program */
	CHANNEL_OUT,     /* from the program */
	CHANNEL_ERR,
	CHANNEL_SCREEN,  /* output of its terminal */
	CHANNEL_KEYS,    /* input of its terminal */
	CHANNEL_SIGNALS, /* one byte each: the number, +128 for the whole foreground group */
	CHANNELS,
};

enum {
	STREAM_HEAD = 16,
	STREAM_LONGEST = 65536,
	STREAM_PIECE = 16384, /* we send no longer ones */
};

struct stream_frame {
	uint8_t type;
	uint8_t arg;
	uint32_t length;
	uint64_t offset;
	const unsigned char *payload;
};

/* The empty ring of a channel; as large at both ends, so that what has not been taken always fits at the other. */
struct ring channel_ring(enum channel channel);

/* A connection; fd -1: none. */
struct stream {
	int fd;
	size_t have, sent, queued;
	unsigned char in[STREAM_HEAD + STREAM_LONGEST];
	unsigned char out[STREAM_HEAD + STREAM_PIECE + 1024];
};

/* Takes over a descriptor, or none (-1); the one before is closed. */
void stream_open(struct stream *stream, int fd);

/* Reads what there is: 1 a frame is complete, 0 not yet, -1 the other side is gone or talks nonsense. */
int stream_read(struct stream *stream, struct stream_frame *frame);

/* Queues a frame: 1, or 0 when there is no room for it now. */
int stream_send(struct stream *stream, uint8_t type, uint8_t arg, uint64_t offset, const void *payload, uint32_t length);

/* Writes what is queued as far as that goes: bytes written, -1 when the other side is gone. */
ssize_t stream_flush(struct stream *stream);

static inline int stream_waits(const struct stream *stream)
{
	return stream->queued > stream->sent;
}

/* One channel at the end its bytes come from. */
struct source {
	struct ring ring;
	int fd; /* -1: nothing more is read */
	uint64_t sent;
	int ended, end_sent;
	int dry; /* read empty after the end of the program */
};

/* One channel at the end its bytes go to. */
struct sink {
	struct ring ring;
	int fd; /* -1: nobody reads any more */
	uint64_t taken, told;
	int ended;
	int closed, closed_sent;
};

/* What the other side says about one of our channels: 0, or -1 for nonsense. */
int source_frame(struct source *source, const struct stream_frame *frame);
int sink_frame(struct sink *sink, const struct stream_frame *frame);

/* A new connection: from `wanted` on again. */
int source_again(struct source *source, uint64_t wanted);
void sink_again(struct sink *sink);

/* Queue what is due; data only into an empty queue, so that small frames never wait behind much of it. */
void source_pump(struct source *source, struct stream *stream, uint8_t channel);
void sink_pump(struct sink *sink, struct stream *stream, uint8_t channel);

#endif
