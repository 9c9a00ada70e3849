#define _GNU_SOURCE
#include "channels.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/clock.h"
#include "fds.h"

enum {
	FRUGAL = 256 * 1024, /* so much of stdin is counted as taken only when the program has read it */
	SMALL_PIPE = 4096,
	LARGE_PIPE = 65536,
};

struct source sources[CHANNELS];
struct sink sinks[CHANNELS];

static int open_fd(int fd)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ? -1 : fd;
}

void channels_open(void)
{
	static const int fds[CHANNELS] = { FD_IN, FD_OUT, FD_ERR, FD_MASTER, FD_MASTER, FD_LISTEN };
	for (int i = 0; i < CHANNELS; i++) {
		int fd = open_fd(fds[i]);
		sources[i] = (struct source){ .ring = channel_ring(i), .fd = fd, .ended = fd < 0 };
		sinks[i] = (struct sink){ .ring = channel_ring(i), .fd = fd };
	}
	if (sinks[CHANNEL_IN].fd >= 0)
		fcntl(FD_IN, F_SETPIPE_SZ, SMALL_PIPE);
}

static int is_frugal(const struct sink *sink)
{
	return sink == &sinks[CHANNEL_IN] && sink->ring.base < FRUGAL;
}

void channels_poll(struct pollfd fds[CHANNELS])
{
	for (int i = 0; i < CHANNELS; i++) {
		struct source *source = &sources[i];
		struct sink *sink = &sinks[i];
		fds[i] = (struct pollfd){ .fd = -1 };
		if (is_source(i) && ring_room(&source->ring) > 0)
			fds[i] = (struct pollfd){ .fd = source->fd, .events = POLLIN };
		else if (i == CHANNEL_IN || (i == CHANNEL_KEYS && ring_used(&sink->ring) > 0))
			fds[i] = (struct pollfd){ .fd = sink->fd };
		if (!is_source(i) && (ring_used(&sink->ring) > 0 || sink->taken < sink->ring.base))
			fds[i].events = POLLOUT;
	}
}

/* What the program has read of its stdin, although more may lie in the pipe. */
static void count_taken(struct sink *in)
{
	int unread = 0;
	if (in->fd >= 0 && ioctl(in->fd, FIONREAD, &unread) == 0)
		in->taken = in->ring.base - (uint64_t)unread;
}

static void reader_gone(struct sink *sink)
{
	if (sink == &sinks[CHANNEL_IN]) {
		count_taken(sink);
		close(sink->fd);
		sink->closed = 1;
	}
	sink->fd = -1;
	sink->ring.base = sink->ring.end;
}

/* A pipe of one page can be written to only while it is empty: that is how we know that the program took what was in it. */
static void feed(struct sink *sink, short events)
{
	struct ring *ring = &sink->ring;
	int frugal = is_frugal(sink);
	if (events & POLLERR) {
		reader_gone(sink);
		return;
	}
	if (!(events & POLLOUT))
		return;
	sink->taken = ring->base;
	if (ring_used(ring) > 0 && ring_write(ring, sink->fd, frugal ? SMALL_PIPE : ring->size) < 0 && errno != EAGAIN)
		reader_gone(sink);
	if (frugal && !is_frugal(sink))
		fcntl(sink->fd, F_SETPIPE_SZ, LARGE_PIPE);
	if (!is_frugal(sink))
		sink->taken = ring->base;
}

static void end_input(struct sink *in)
{
	if (!in->ended || in->fd < 0 || in->taken < in->ring.end)
		return;
	close(in->fd);
	in->fd = -1;
}

static void end_output(struct source *source)
{
	if (source->fd >= 0 && source->fd != FD_MASTER)
		close(source->fd);
	source->fd = -1;
	source->ended = 1;
}

void channel_close(struct source *source)
{
	end_output(source);
	source->ring.base = source->ring.end = source->sent;
}

static void draw(struct source *source)
{
	ssize_t n = ring_read(&source->ring, source->fd);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		end_output(source);
}

static void pass_signals(struct sink *sink, const struct program *program)
{
	const unsigned char *bytes;
	while (ring_used(&sink->ring) > 0) {
		ring_look(&sink->ring, sink->ring.base, &bytes);
		pid_t group = sinks[CHANNEL_KEYS].fd < 0 ? -1 : tcgetpgrp(FD_MASTER);
		if (!program->exited)
			kill(*bytes < 128 ? program->pid : group > 0 ? -group : -program->pid, *bytes & 127);
		sink->ring.base++;
	}
	sink->taken = sink->ring.base;
}

/*
 * A process left behind may hold an output open for ever. What the program itself wrote was there when it ended: an empty
 * pipe after that is the end of it.
 */
static void draw_last(struct source *source)
{
	while (source->fd >= 0 && ring_room(&source->ring) > 0) {
		if (ring_read(&source->ring, source->fd) > 0)
			continue;
		source->dry = 1;
		if (source->fd == FD_MASTER || errno != EAGAIN)
			end_output(source);
		return;
	}
}

void channels_move(const struct pollfd fds[CHANNELS], const struct program *program)
{
	for (int i = 0; i < CHANNELS; i++) {
		if (i == CHANNEL_SIGNALS)
			pass_signals(&sinks[i], program);
		else if (is_source(i) && program->exited && !sources[i].dry)
			draw_last(&sources[i]);
		else if (is_source(i) && fds[i].revents)
			draw(&sources[i]);
		else if (!is_source(i) && fds[i].revents)
			feed(&sinks[i], fds[i].revents);
	}
	end_input(&sinks[CHANNEL_IN]);
	if (program->exited && is_frugal(&sinks[CHANNEL_IN]))
		count_taken(&sinks[CHANNEL_IN]);
}

int channels_drained(void)
{
	for (int i = CHANNEL_OUT; i <= CHANNEL_SCREEN; i++)
		if (!(sources[i].ended || sources[i].dry) || sources[i].sent < sources[i].ring.end)
			return 0;
	return 1;
}

void program_collect(struct program *program)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		if (pid != program->pid || program->exited)
			continue;
		program->stopped = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
		program->changed = monotonic_ms();
		program->exited = WIFEXITED(status) || WIFSIGNALED(status);
		program->wait_status = status;
	}
}
