#define _GNU_SOURCE
#include "deputy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/io.h"
#include "link.h"
#include "signals.h"
#include "stdin.h"
#include "terminal.h"

enum { POLL_SIGNALS = CHANNELS, POLL_LINK, POLL_COUNT, CAREFUL = 4096, NEIGHBOUR_MS = 200 };

static struct source sources[CHANNELS]; /* IN, KEYS, SIGNALS */
static struct sink sinks[CHANNELS];     /* OUT, ERR, SCREEN */
static struct link relay = { .stream = { .fd = -1 } };
static struct local *local;
static int greeted, window_due, exited, wait_status, bye_sent;

static int is_sink(int channel)
{
	return channel >= CHANNEL_OUT && channel <= CHANNEL_SCREEN;
}

static void reader_gone(struct sink *sink, int fd)
{
	sink->fd = -1;
	sink->closed = 1;
	sink->ring.base = sink->taken = sink->ring.end;
	if (fd == local->terminal)
		sink->closed = 0; /* a terminal that hung up: nobody gets SIGPIPE for that */
	else
		close(fd);
}

static void put_out(struct sink *sink, short events)
{
	int most = fcntl(sink->fd, F_GETFL) & O_NONBLOCK ? (int)sink->ring.size : CAREFUL;
	if (events & (POLLERR | POLLHUP)) /* HUP: of a socket, or a terminal */
		reader_gone(sink, sink->fd);
	else if (ring_used(&sink->ring) > 0 && ring_write(&sink->ring, sink->fd, (size_t)most) < 0 && errno != EAGAIN && errno != EINTR)
		reader_gone(sink, sink->fd);
	else
		sink->taken = sink->ring.base;
}

static void end_output(int channel)
{
	struct sink *sink = &sinks[channel];
	if (!sink->ended || sink->fd < 0 || ring_used(&sink->ring) > 0)
		return;
	if (channel != CHANNEL_SCREEN)
		close(sink->fd);
	if (channel == CHANNEL_OUT && local->kind[2] == KIND_SAME)
		close(2);
	sink->fd = -1;
}

/* ^D in a terminal that stays as it is comes as an end of file, and more may follow. */
static void read_keys(short events)
{
	struct source *keys = &sources[CHANNEL_KEYS];
	ssize_t n = ring_read(&keys->ring, keys->fd);
	if (n == 0 && !(events & POLLHUP) && !local->owner)
		ring_put(&keys->ring, keys->ring.end, &local->cooked.c_cc[VEOF], 1);
	else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		keys->fd = -1;
}

static int greet(const struct stream_frame *frame)
{
	static const int ours[] = { CHANNEL_IN, CHANNEL_KEYS, CHANNEL_SIGNALS };
	if (frame->length != 24)
		return -1;
	for (int i = 0; i < 3; i++)
		if (source_again(&sources[ours[i]], get_u64le(frame->payload + 8 * i)) < 0)
			return -1;
	for (int i = CHANNEL_OUT; i <= CHANNEL_SCREEN; i++)
		sink_again(&sinks[i]);
	greeted = window_due = 1;
	return 0;
}

static void take_exit(const struct stream_frame *frame)
{
	exited = 1;
	wait_status = (int)frame->offset;
	for (int i = 0; i < 3; i++) {
		int64_t offset = (int64_t)get_u64le(frame->payload + 8 * i);
		if (local->kind[i] == KIND_FILE && offset >= 0)
			lseek(i, offset, SEEK_SET);
	}
}

static int input_closed(struct source *source)
{
	if (source != &sources[CHANNEL_IN])
		return -1;
	source->fd = -1;
	source->ended = 1;
	source->ring.base = source->ring.end = source->sent;
	close(0);
	return 0;
}

static int receive(const struct stream_frame *frame)
{
	if (frame->type == STREAM_HELLO)
		return greet(frame);
	if (frame->type == STREAM_STOPPED) {
		if (frame->arg != 0)
			signals_stop(frame->arg, &sources[CHANNEL_SIGNALS], local);
		return 0;
	}
	if (frame->type == STREAM_EXITED && frame->length == 24) {
		take_exit(frame);
		return 0;
	}
	if (frame->arg >= CHANNELS)
		return -1;
	if (is_sink(frame->arg))
		return sink_frame(&sinks[frame->arg], frame);
	if (frame->type == STREAM_CLOSED)
		return input_closed(&sources[frame->arg]);
	int result = source_frame(&sources[frame->arg], frame);
	if (frame->arg == CHANNEL_IN)
		stdin_taken(&sources[CHANNEL_IN]);
	return result;
}

static void say_hello(void)
{
	unsigned char wanted[24];
	for (int i = 0; i < 3; i++)
		put_u64le(wanted + 8 * i, sinks[CHANNEL_OUT + i].ring.end);
	stream_send(&relay.stream, STREAM_HELLO, 0, 0, wanted, sizeof wanted);
}

static void tell_window(void)
{
	struct winsize size;
	unsigned char bytes[8];
	window_due = 0;
	if (local->terminal < 0 || ioctl(local->terminal, TIOCGWINSZ, &size) < 0)
		return;
	put_u32le(bytes, size.ws_row | (uint32_t)size.ws_col << 16);
	put_u32le(bytes + 4, size.ws_xpixel | (uint32_t)size.ws_ypixel << 16);
	window_due = !stream_send(&relay.stream, STREAM_WINDOW, 0, 0, bytes, sizeof bytes);
}

static int delivered(void)
{
	for (int i = CHANNEL_OUT; i <= CHANNEL_SCREEN; i++)
		if (ring_used(&sinks[i].ring) > 0)
			return 0;
	return exited;
}

static void queue_due(void)
{
	for (int i = 0; i < CHANNELS; i++)
		if (is_sink(i))
			sink_pump(&sinks[i], &relay.stream, (uint8_t)i);
		else
			source_pump(&sources[i], &relay.stream, (uint8_t)i);
	if (window_due)
		tell_window();
	if (delivered() && !bye_sent)
		bye_sent = stream_send(&relay.stream, STREAM_BYE, 0, 0, NULL, 0);
}

static void pump(void)
{
	ssize_t n;
	do {
		if (greeted)
			queue_due();
		n = stream_flush(&relay.stream);
		if (n < 0)
			link_drop(&relay);
	} while (n > 0 && greeted && !stream_waits(&relay.stream));
}

/* The status to end with, or 0. */
static int serve_link(void)
{
	struct stream_frame frame;
	if (!relay.answered) {
		int answer = link_answer(&relay);
		if (answer > 0)
			say_hello();
		return answer < 0 ? -answer : 0;
	}
	int got = stream_read(&relay.stream, &frame);
	if (got < 0 || (got > 0 && receive(&frame) < 0))
		link_drop(&relay);
	return 0;
}

static void wait_for_work(struct pollfd fds[POLL_COUNT], int signals)
{
	long timeout = -1;
	int readable = terminal_readable(local);
	for (int i = 0; i < CHANNELS; i++) {
		struct sink *sink = &sinks[i];
		fds[i] = (struct pollfd){ .fd = -1 };
		if (is_sink(i))
			fds[i] = (struct pollfd){ .fd = sink->fd, .events = ring_used(&sink->ring) > 0 ? POLLOUT : 0 };
		else if (i == CHANNEL_IN ? stdin_wanted(&sources[i]) : i == CHANNEL_KEYS && readable && ring_room(&sources[i].ring) > 0)
			fds[i] = (struct pollfd){ .fd = sources[i].fd, .events = POLLIN };
	}
	fds[POLL_SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	fds[POLL_LINK] = (struct pollfd){ .fd = relay.stream.fd, .events = POLLIN | (stream_waits(&relay.stream) ? POLLOUT : 0) };
	if (sources[CHANNEL_KEYS].fd >= 0 && !readable && !local->owner)
		timeout = NEIGHBOUR_MS;
	if (relay.stream.fd < 0) {
		timeout = relay.again - monotonic_ms();
		timeout = timeout < 0 ? 0 : timeout;
	}
	poll(fds, POLL_COUNT, (int)timeout);
}

static void serve_local(const struct pollfd fds[POLL_COUNT])
{
	if (fds[CHANNEL_IN].revents)
		stdin_read(&sources[CHANNEL_IN]);
	if (fds[CHANNEL_KEYS].revents)
		read_keys(fds[CHANNEL_KEYS].revents);
	for (int i = CHANNEL_OUT; i <= CHANNEL_SCREEN; i++) {
		if (sinks[i].fd >= 0 && fds[i].revents)
			put_out(&sinks[i], fds[i].revents);
		end_output(i);
	}
}

static void open_local(const struct job *job)
{
	for (int i = 0; i < CHANNELS; i++) {
		sources[i] = (struct source){ .ring = channel_ring(i), .fd = -1 };
		sinks[i] = (struct sink){ .ring = channel_ring(i), .fd = -1 };
	}
	for (int i = 0; i < 3; i++) {
		if (job->pumped >> i & 1)
			local->kind[i] = KIND_PIPE;
		if (local->kind[i] != KIND_PIPE)
			continue;
		local_unblock(i);
		if (i > 0)
			sinks[i].fd = i;
		else
			stdin_open(&sources[CHANNEL_IN], 0);
	}
	sources[CHANNEL_KEYS].fd = sinks[CHANNEL_SCREEN].fd = local->terminal;
}

int deputy(const struct job *job, struct local *caller, int *status)
{
	struct pollfd fds[POLL_COUNT];
	local = caller;
	int signals = signals_open();
	open_local(job);
	while (!(delivered() && (bye_sent || relay.stream.fd < 0) && !stream_waits(&relay.stream))) {
		terminal_enter(local);
		link_connect(&relay, job);
		greeted &= relay.answered;
		wait_for_work(fds, signals);
		if (fds[POLL_SIGNALS].revents)
			window_due |= signals_take(signals, &sources[CHANNEL_SIGNALS], local);
		int over = relay.stream.fd >= 0 && fds[POLL_LINK].revents ? serve_link() : 0;
		serve_local(fds);
		pump();
		if (over > 0) {
			terminal_leave(local);
			*status = over;
			return 0;
		}
	}
	terminal_leave(local);
	stdin_finish(&sources[CHANNEL_IN], 0);
	*status = wait_status;
	return 1;
}
