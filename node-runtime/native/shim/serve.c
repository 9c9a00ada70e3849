#define _GNU_SOURCE
#include "serve.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/io.h"
#include "channels.h"
#include "fds.h"

enum { SETTLE_MS = 60 }; /* a stop shorter than this is only somebody who moves the job */

enum { POLL_CHILD = CHANNELS, POLL_LISTEN, POLL_NEWCOMER, POLL_CLIENT, POLL_COUNT };

static struct stream client = { .fd = -1 }, newcomer = { .fd = -1 };
static struct program program;
static int stop_told, exit_told, bye;

static int get_u16le(const unsigned char *bytes)
{
	return bytes[0] | bytes[1] << 8;
}

static void resize(const unsigned char *bytes)
{
	struct winsize size = { (unsigned short)get_u16le(bytes), (unsigned short)get_u16le(bytes + 2),
		                (unsigned short)get_u16le(bytes + 4), (unsigned short)get_u16le(bytes + 6) };
	ioctl(FD_MASTER, TIOCSWINSZ, &size);
}

/* -1 for nonsense: who talks so is not served any more. */
static int receive(const struct stream_frame *frame)
{
	if (frame->type == STREAM_BYE && exit_told) {
		bye = 1;
		return 0;
	}
	if (frame->type == STREAM_WINDOW && frame->length == 8) {
		resize(frame->payload);
		return 0;
	}
	if (frame->arg >= CHANNELS)
		return -1;
	if (!is_source(frame->arg))
		return sink_frame(&sinks[frame->arg], frame);
	if (frame->type != STREAM_CLOSED)
		return source_frame(&sources[frame->arg], frame);
	channel_close(&sources[frame->arg]);
	return 0;
}

/* A hello says what its sender wants next, and hears the same from us; everything goes on from there. */
static int greet(const struct stream_frame *frame)
{
	static const int ours[] = { CHANNEL_IN, CHANNEL_KEYS, CHANNEL_SIGNALS };
	unsigned char answer[24];
	if (frame->type != STREAM_HELLO || frame->length != sizeof answer)
		return -1;
	for (int i = 0; i < 3; i++) {
		if (source_again(&sources[CHANNEL_OUT + i], get_u64le(frame->payload + 8 * i)) < 0)
			return -1;
		sink_again(&sinks[ours[i]]);
		put_u64le(answer + 8 * i, sinks[ours[i]].ring.end);
	}
	stream_open(&client, newcomer.fd);
	newcomer.fd = -1;
	stop_told = exit_told = 0;
	stream_send(&client, STREAM_HELLO, 0, 0, answer, sizeof answer);
	return 0;
}

/* Only one who says hello properly takes the place of the one before. */
static void serve_newcomer(void)
{
	struct stream_frame frame;
	int got = stream_read(&newcomer, &frame);
	if (got > 0 && frame.type == STREAM_QUIET)
		stream_open(&client, -1);
	if (got != 0 && (got < 0 || greet(&frame) < 0))
		stream_open(&newcomer, -1);
}

static void tell_exit(void)
{
	unsigned char offsets[24];
	for (int i = 0; i < 3; i++)
		put_u64le(offsets + 8 * i, (uint64_t)lseek(FD_FILE + i, 0, SEEK_CUR));
	exit_told = stream_send(&client, STREAM_EXITED, 0, (uint32_t)program.wait_status, offsets, sizeof offsets);
}

static void queue_due(void)
{
	for (int i = 0; i < CHANNELS; i++)
		if (is_source(i))
			source_pump(&sources[i], &client, (uint8_t)i);
		else
			sink_pump(&sinks[i], &client, (uint8_t)i);
	if (program.stopped != stop_told && monotonic_ms() - program.changed >= SETTLE_MS &&
	    stream_send(&client, STREAM_STOPPED, (uint8_t)program.stopped, 0, NULL, 0))
		stop_told = program.stopped;
	if (program.exited && !exit_told && channels_drained())
		tell_exit();
}

static void pump(void)
{
	ssize_t n;
	do {
		queue_due();
		n = stream_flush(&client);
		if (n < 0)
			stream_open(&client, -1);
	} while (n > 0 && !stream_waits(&client));
}

static void wait_for_work(struct pollfd fds[POLL_COUNT], int child_signal)
{
	channels_poll(fds);
	fds[POLL_CHILD] = (struct pollfd){ .fd = child_signal, .events = POLLIN };
	fds[POLL_LISTEN] = (struct pollfd){ .fd = FD_LISTEN, .events = POLLIN };
	fds[POLL_NEWCOMER] = (struct pollfd){ .fd = newcomer.fd, .events = POLLIN };
	fds[POLL_CLIENT] = (struct pollfd){ .fd = client.fd, .events = POLLIN | (stream_waits(&client) ? POLLOUT : 0) };
	poll(fds, POLL_COUNT, program.stopped != stop_told && client.fd >= 0 ? SETTLE_MS : -1);
}

int serve(pid_t pid)
{
	struct pollfd fds[POLL_COUNT];
	struct signalfd_siginfo info;
	struct stream_frame frame;
	sigset_t child;
	program.pid = pid;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_SETMASK, &child, NULL);
	channels_open(); /* first: a new descriptor takes the number of a channel that is not there */
	int child_signal = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	program_collect(&program);
	while (!bye) {
		wait_for_work(fds, child_signal);
		if (fds[POLL_CHILD].revents && read(child_signal, &info, sizeof info) > 0)
			program_collect(&program);
		if (fds[POLL_CLIENT].revents) {
			int got = stream_read(&client, &frame);
			if (got < 0 || (got > 0 && receive(&frame) < 0))
				stream_open(&client, -1);
		}
		if (fds[POLL_NEWCOMER].revents)
			serve_newcomer();
		if (fds[POLL_LISTEN].revents)
			stream_open(&newcomer, accept4(FD_LISTEN, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
		channels_move(fds, &program);
		pump();
	}
	return WIFSIGNALED(program.wait_status) ? 128 + WTERMSIG(program.wait_status) : WEXITSTATUS(program.wait_status);
}
