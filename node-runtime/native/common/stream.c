#define _GNU_SOURCE
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"

static unsigned char in_bytes[128 * 1024], out_bytes[128 * 1024], err_bytes[64 * 1024], screen_bytes[64 * 1024];
static unsigned char key_bytes[4096], signal_bytes[256];

struct ring channel_ring(enum channel channel)
{
	static const struct ring rings[CHANNELS] = {
		[CHANNEL_IN] = { .bytes = in_bytes, .size = sizeof in_bytes },
		[CHANNEL_OUT] = { .bytes = out_bytes, .size = sizeof out_bytes },
		[CHANNEL_ERR] = { .bytes = err_bytes, .size = sizeof err_bytes },
		[CHANNEL_SCREEN] = { .bytes = screen_bytes, .size = sizeof screen_bytes },
		[CHANNEL_KEYS] = { .bytes = key_bytes, .size = sizeof key_bytes },
		[CHANNEL_SIGNALS] = { .bytes = signal_bytes, .size = sizeof signal_bytes },
	};
	return rings[channel];
}

void stream_open(struct stream *stream, int fd)
{
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = fd;
	stream->have = stream->sent = stream->queued = 0;
}

/* Never reads beyond the frame under way, so that nothing has to be kept for the next call. */
int stream_read(struct stream *stream, struct stream_frame *frame)
{
	unsigned char *in = stream->in;
	size_t want = STREAM_HEAD;
	if (stream->have >= STREAM_HEAD)
		want += get_u32le(in + 4);
	if (stream->have < want) {
		ssize_t n = read_some(stream->fd, in + stream->have, want - stream->have);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return -1;
		stream->have += n > 0 ? (size_t)n : 0;
	}
	if (stream->have < STREAM_HEAD)
		return 0;
	uint32_t length = get_u32le(in + 4);
	if (length > STREAM_LONGEST || in[2] != 0 || in[3] != 0)
		return -1;
	if (stream->have < STREAM_HEAD + (size_t)length)
		return 0;
	*frame = (struct stream_frame){ in[0], in[1], length, get_u64le(in + 8), in + STREAM_HEAD };
	stream->have = 0;
	return 1;
}

int stream_send(struct stream *stream, uint8_t type, uint8_t arg, uint64_t offset, const void *payload, uint32_t length)
{
	if (!stream_waits(stream))
		stream->sent = stream->queued = 0;
	unsigned char *at = stream->out + stream->queued;
	if (stream->fd < 0 || stream->queued + STREAM_HEAD + length > sizeof stream->out)
		return 0;
	at[0] = type;
	at[1] = arg;
	at[2] = at[3] = 0;
	put_u32le(at + 4, length);
	put_u64le(at + 8, offset);
	if (length > 0)
		memcpy(at + STREAM_HEAD, payload, length);
	stream->queued += STREAM_HEAD + length;
	return 1;
}

ssize_t stream_flush(struct stream *stream)
{
	size_t before = stream->sent;
	while (stream->fd >= 0 && stream_waits(stream)) {
		ssize_t n = send(stream->fd, stream->out + stream->sent, stream->queued - stream->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0 && errno != EINTR)
			return -1;
		stream->sent += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)(stream->sent - before);
}

int source_frame(struct source *source, const struct stream_frame *frame)
{
	if (frame->type == STREAM_TAKEN && frame->length == 0 && frame->offset <= source->sent)
		return ring_drop(&source->ring, frame->offset);
	return -1;
}

int sink_frame(struct sink *sink, const struct stream_frame *frame)
{
	if (frame->type == STREAM_END && frame->length == 0 && frame->offset == sink->ring.end) {
		sink->ended = 1;
		return 0;
	}
	if (frame->type != STREAM_DATA || ring_put(&sink->ring, frame->offset, frame->payload, frame->length) < 0)
		return -1;
	if (sink->fd < 0) /* a reader who is gone takes everything */
		sink->ring.base = sink->taken = sink->ring.end;
	return 0;
}

int source_again(struct source *source, uint64_t wanted)
{
	if (wanted < source->ring.base || wanted > source->ring.end)
		return -1;
	source->sent = wanted;
	source->end_sent = 0;
	return 0;
}

void sink_again(struct sink *sink)
{
	sink->told = UINT64_MAX;
	sink->closed_sent = 0;
}

void source_pump(struct source *source, struct stream *stream, uint8_t channel)
{
	const unsigned char *bytes;
	if (source->sent < source->ring.end && !stream_waits(stream)) {
		size_t length = ring_look(&source->ring, source->sent, &bytes);
		if (length > STREAM_PIECE)
			length = STREAM_PIECE;
		stream_send(stream, STREAM_DATA, channel, source->sent, bytes, (uint32_t)length);
		source->sent += length;
	}
	if (source->ended && !source->end_sent && source->sent == source->ring.end)
		source->end_sent = stream_send(stream, STREAM_END, channel, source->sent, NULL, 0);
}

void sink_pump(struct sink *sink, struct stream *stream, uint8_t channel)
{
	if (sink->told != sink->taken && stream_send(stream, STREAM_TAKEN, channel, sink->taken, NULL, 0))
		sink->told = sink->taken;
	if (sink->closed && !sink->closed_sent)
		sink->closed_sent = stream_send(stream, STREAM_CLOSED, channel, 0, NULL, 0);
}
