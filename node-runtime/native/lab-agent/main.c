/*
 * lab-agent PORT: the guest's side of the lab's command channel, on a virtio-serial port. Runs programs as root for
 * whoever owns the virtual machine; started only where a port of that name exists, which is never on a real PC.
 * PORT `-` is descriptor 3, a socket, served once (for tests).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/clock.h"
#include "session.h"

enum { SESSIONS_MOST = 200, HOST_ABSENT_MS = 100, TICK_MS = 50 };

static struct session *sessions;
static int session_count;
static unsigned char host_name[8];

static void drop(struct session **link)
{
	struct session *session = *link;
	*link = session->next;
	session_free(session);
	session_count--;
}

static void drop_all(void)
{
	while (sessions != NULL)
		drop(&sessions);
}

static void tell_over(int port, const struct session *session)
{
	unsigned char bytes[4] = { (unsigned char)session->status, (unsigned char)(session->status >> 8) };
	frame_send(port, session->id, FRAME_EXIT, bytes, sizeof bytes);
}

static void collect(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct session *session = sessions; session != NULL; session = session->next)
			if (session->pid == pid)
				session_ended(session, status);
}

/* The first word of every host. One we do not know means that the one before is gone, and its programs with it. */
static void hello(int port, const struct frame *frame)
{
	if (frame->length != sizeof host_name)
		return;
	if (memcmp(host_name, frame->payload, sizeof host_name) != 0)
		drop_all();
	memcpy(host_name, frame->payload, sizeof host_name);
	frame_send(port, 0, FRAME_HELLO, host_name, sizeof host_name);
}

static void begin(int port, const struct frame *frame)
{
	struct session *session = NULL;
	if (session_count < SESSIONS_MOST && frame->length > 0)
		session = frame->type == FRAME_EXEC ? session_exec(port, frame) : session_connect(port, frame);
	else
		frame_send(port, frame->id, FRAME_EXIT, "\176\0\0\0", 4);
	if (session == NULL)
		return;
	session->next = sessions;
	sessions = session;
	session_count++;
}

static void receive(int port, const struct frame *frame)
{
	if (frame->type == FRAME_HELLO)
		hello(port, frame);
	else if (frame->type == FRAME_EXEC || frame->type == FRAME_CONNECT)
		begin(port, frame);
	else
		for (struct session *session = sessions; session != NULL; session = session->next)
			if (session->id == frame->id)
				session_frame(session, frame);
}

static int move_all(int port)
{
	for (struct session **link = &sessions; *link != NULL;) {
		if (session_move(*link, port) < 0)
			return -1;
		if (session_over(*link)) {
			tell_over(port, *link);
			drop(link);
		} else {
			link = &(*link)->next;
		}
	}
	return 0;
}

/* Waits for anything to do; 1 when the port has something, -1 when its host is gone. */
static int wait_for_work(int port, int child_signal)
{
	static struct pollfd fds[2 + 3 * SESSIONS_MOST];
	struct signalfd_siginfo info;
	int count = 2, lingering = 0;
	fds[0] = (struct pollfd){ .fd = port, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = child_signal, .events = POLLIN };
	for (struct session *session = sessions; session != NULL; session = session->next) {
		count += session_poll(session, fds + count);
		lingering |= session->grace != 0;
	}
	poll(fds, (nfds_t)count, lingering ? TICK_MS : 1000);
	if (fds[1].revents & POLLIN && read(child_signal, &info, sizeof info) > 0)
		collect();
	if (fds[0].revents & POLLIN)
		return 1;
	return fds[0].revents & (POLLHUP | POLLERR | POLLNVAL) ? -1 : 0;
}

/* Serves one host until it goes away. */
static void serve(int port, int child_signal)
{
	static struct frame_reader reader;
	struct frame frame;
	reader.have = 0;
	for (;;) {
		int work = wait_for_work(port, child_signal);
		int got = work > 0 ? frame_read(&reader, port, &frame) : work;
		if (got > 0)
			receive(port, &frame);
		if (got < 0 || move_all(port) < 0)
			return;
	}
}

static int open_port(const char *path)
{
	int inherited = strcmp(path, "-") == 0;
	int port = inherited ? fcntl(3, F_DUPFD_CLOEXEC, 4) : open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port >= 0)
		fcntl(port, F_SETFL, O_NONBLOCK);
	if (inherited)
		close(3);
	return port;
}

int main(int argc, char **argv)
{
	sigset_t child;
	int port = argc == 2 ? open_port(argv[1]) : -1;
	if (port < 0) {
		fprintf(stderr, "usage: lab-agent PORT\n");
		sleep(1); /* started again by init: not too fast */
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	int child_signal = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	do {
		serve(port, child_signal);
		drop_all();
		collect();
		pause_ms(HOST_ABSENT_MS);
	} while (strcmp(argv[1], "-") != 0);
	return 0;
}
