#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/io.h"
#include "spawn.h"

enum { WORDS_MOST = 1024, TERMINAL_GRACE_MS = 100, PIPE_HOLDS = 128 * 1024 };

static void tell_exit(int port, uint32_t id, int status)
{
	unsigned char bytes[4];
	put_u32le(bytes, (uint32_t)status);
	frame_send(port, id, FRAME_EXIT, bytes, sizeof bytes);
}

/* The shell's own figures: 127 not found, 126 found but not to be run. */
static struct session *refuse(int port, struct session *session, const char *what, int error)
{
	char text[512];
	int n = snprintf(text, sizeof text, "lab-agent: %.400s: %s\n", what, strerror(error));
	frame_send(port, session->id, FRAME_STDERR, text, (uint32_t)n);
	tell_exit(port, session->id, error == ENOENT ? 127 : 126);
	free(session);
	return NULL;
}

static struct session *session_new(uint32_t id)
{
	struct session *session = calloc(1, sizeof *session);
	if (session != NULL) {
		session->id = id;
		session->in = session->out = session->err = -1;
	}
	return session;
}

struct session *session_exec(int port, const struct frame *frame)
{
	char *argv[WORDS_MOST + 1];
	int count = 0;
	struct session *session = session_new(frame->id);
	if (session == NULL) {
		tell_exit(port, frame->id, 126);
		return NULL;
	}
	char *end = (char *)frame->payload + frame->length;
	for (char *word = (char *)frame->payload + 1; word < end && count < WORDS_MOST; word += strlen(word) + 1)
		argv[count++] = word;
	argv[count] = NULL;
	if (count == 0 || count == WORDS_MOST)
		return refuse(port, session, "exec", E2BIG);
	int flags = frame->payload[0];
	int error = spawn_program(session, argv, flags);
	if (error != 0)
		return refuse(port, session, argv[0], error);
	session->tty = flags & EXEC_TTY;
	if (flags & EXEC_DETACH) {
		session->pid = 0; /* collected like any stray child, and never killed with the host */
		session->ended = 1;
	}
	return session;
}

struct session *session_connect(int port, const struct frame *frame)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct session *session = session_new(frame->id);
	if (session == NULL) {
		tell_exit(port, frame->id, 126);
		return NULL;
	}
	snprintf(to.sun_path, sizeof to.sun_path, "%s", (char *)frame->payload);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
		int error = errno;
		if (fd >= 0)
			close(fd);
		return refuse(port, session, to.sun_path, error);
	}
	session->in = session->out = fd;
	session->ended = 1;
	return session;
}

static void close_in(struct session *session)
{
	if (session->in < 0)
		return;
	if (session->in != session->out)
		close(session->in);
	else if (!session->tty)
		shutdown(session->in, SHUT_WR);
	else
		write_all(session->in, "\004", 1); /* ^D: a terminal has no other end of input */
	session->in = -1;
}

static void keep_stdin(struct session *session, const struct frame *frame)
{
	size_t room = sizeof session->stdin_bytes - session->waiting;
	size_t n = frame->length < room ? frame->length : room;
	memcpy(session->stdin_bytes + session->waiting, frame->payload, n);
	session->waiting += n;
}

void session_frame(struct session *session, const struct frame *frame)
{
	const unsigned char *bytes = frame->payload;
	if (frame->type == FRAME_STDIN)
		keep_stdin(session, frame);
	else if (frame->type == FRAME_STDIN_EOF)
		session->eof = 1;
	else if (frame->type == FRAME_SIGNAL && frame->length == 1 && session->pid > 0)
		kill(-session->pid, bytes[0]);
	else if (frame->type == FRAME_WINDOW && frame->length == 4 && session->out >= 0) {
		struct winsize size = { .ws_row = (unsigned short)(bytes[0] | bytes[1] << 8),
			                .ws_col = (unsigned short)(bytes[2] | bytes[3] << 8) };
		ioctl(session->out, TIOCSWINSZ, &size);
	}
}

int session_poll(const struct session *session, struct pollfd *fds)
{
	int count = 0;
	if (session->in >= 0 && session->waiting > 0)
		fds[count++] = (struct pollfd){ .fd = session->in, .events = POLLOUT };
	if (session->out >= 0)
		fds[count++] = (struct pollfd){ .fd = session->out, .events = POLLIN };
	if (session->err >= 0)
		fds[count++] = (struct pollfd){ .fd = session->err, .events = POLLIN };
	return count;
}

/* What the program does not take is thrown away but still acknowledged: the host must not wait for it. */
static int move_in(struct session *session, int port)
{
	unsigned char bytes[4];
	ssize_t n = 0;
	if (session->waiting > 0) {
		n = session->in < 0 ? -1 : write(session->in, session->stdin_bytes, session->waiting);
		if (n < 0 && session->in >= 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0) {
			n = (ssize_t)session->waiting;
			if (session->in >= 0 && session->in != session->out)
				close(session->in);
			session->in = -1;
		}
		session->waiting -= (size_t)n;
		memmove(session->stdin_bytes, session->stdin_bytes + n, session->waiting);
	}
	if (session->eof && session->waiting == 0)
		close_in(session);
	put_u32le(bytes, (uint32_t)n);
	return n == 0 ? 0 : frame_send(port, session->id, FRAME_TAKEN, bytes, sizeof bytes);
}

/* One piece of output; -1 when the port is gone. `*fd` becomes -1 at the end of the output. */
static int move_out(struct session *session, int port, int *fd, uint8_t type)
{
	unsigned char bytes[32 * 1024];
	if (*fd < 0)
		return 0;
	ssize_t n = read_some(*fd, bytes, sizeof bytes);
	/*
	 * A child of the program in the background may hold the pipe for ever. What the program itself wrote was in
	 * the pipe when it ended, so an empty pipe after that is the end; a terminal hands it on a little later.
	 */
	if (n > 0 && session->grace != 0)
		session->late += (size_t)n;
	if (n > 0 && session->late <= PIPE_HOLDS)
		return frame_send(port, session->id, type, bytes, (uint32_t)n);
	if (n < 0 && errno == EAGAIN && (session->grace == 0 || (session->tty && monotonic_ms() < session->grace)))
		return 0;
	if (session->in == *fd)
		session->in = -1;
	close(*fd);
	*fd = -1;
	return 0;
}

int session_move(struct session *session, int port)
{
	if (move_in(session, port) < 0)
		return -1;
	if (move_out(session, port, &session->out, FRAME_STDOUT) < 0)
		return -1;
	return move_out(session, port, &session->err, FRAME_STDERR);
}

int session_over(const struct session *session)
{
	return session->ended && session->out < 0 && session->err < 0;
}

void session_ended(struct session *session, int wait_status)
{
	session->pid = 0;
	session->ended = 1;
	session->grace = monotonic_ms() + TERMINAL_GRACE_MS;
	session->status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void session_free(struct session *session)
{
	if (session->pid > 0)
		kill(-session->pid, SIGKILL);
	if (session->in >= 0 && session->in != session->out)
		close(session->in);
	if (session->out >= 0)
		close(session->out);
	if (session->err >= 0)
		close(session->err);
	free(session);
}
