#include "frame.h"

#include <errno.h>
#include <string.h>

#include "../common/io.h"

/* Never reads beyond the frame under way, so that nothing has to be kept for the next call. */
int frame_read(struct frame_reader *reader, int fd, struct frame *frame)
{
	size_t want = FRAME_HEAD;
	if (reader->have >= FRAME_HEAD) {
		uint32_t length = get_u32le(reader->bytes);
		if (length > FRAME_LONGEST)
			return -1;
		want += length;
	}
	if (reader->have < want) {
		ssize_t n = read_some(fd, reader->bytes + reader->have, want - reader->have);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return -1;
		if (n > 0)
			reader->have += (size_t)n;
	}
	if (reader->have < FRAME_HEAD || reader->have < FRAME_HEAD + (size_t)get_u32le(reader->bytes))
		return 0;
	frame->length = get_u32le(reader->bytes);
	frame->id = get_u32le(reader->bytes + 4);
	frame->type = reader->bytes[8];
	frame->payload = reader->bytes + FRAME_HEAD;
	frame->payload[frame->length] = 0;
	reader->have = 0;
	return 1;
}

int frame_send(int fd, uint32_t id, uint8_t type, const void *payload, uint32_t length)
{
	unsigned char head[FRAME_HEAD];
	put_u32le(head, length);
	put_u32le(head + 4, id);
	head[8] = type;
	if (write_all(fd, head, sizeof head) < 0)
		return -1;
	return length == 0 ? 0 : write_all(fd, payload, length);
}
