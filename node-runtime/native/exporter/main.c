/*
 * exporter: what only C can do for exporting files to one user.
 *   exporter listen PORT ADDR UIDMAP GIDMAP PORTLIST   an nfsd listener whose credential maps only these ids
 *   exporter answer                                    "no" to whatever the kernel asks about exports
 * Both in the network namespace they are started in.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/records.h"

enum { CHANNELS_ASKED = 3, NO_FOR_SECONDS = 60 };

static void fail(const char *what)
{
	fprintf(stderr, "exporter: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

static int open_socket(const char *port, const char *address)
{
	int on = 1, fd = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
	long number = read_number(port, 65535);
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)number) };
	if (number < 1 || inet_pton(AF_INET6, address, &at.sin6_addr) != 1)
		errno = EINVAL;
	else if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0 &&
	         bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 64) == 0)
		return fd;
	fail(port);
	return -1;
}

/*
 * nfsd takes the credential of whoever opens its portlist for all connections of the socket, and reads every id a client sends through the
 * user namespace of it. So a child in a new one, mapped from outside, hands the socket over.
 */
static void hand_over(int fd, const char *portlist, int ready, int mapped)
{
	char number[16], byte;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWUSER) < 0)
		fail("user namespace");
	if (write_all(ready, "", 1) < 0 || read_some(mapped, &byte, 1) != 1)
		exit(1);
	snprintf(number, sizeof number, "%d\n", fd);
	write_file(portlist, number);
	exit(0);
}

/* `IN OUT COUNT;IN OUT COUNT…`, as uid_map has it in lines. */
static void write_map(pid_t pid, const char *name, char *map)
{
	char path[64];
	for (char *at = map; *at != 0; at++)
		if (*at == ';')
			*at = '\n';
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	write_file(path, map);
}

static int add_listener(char **words)
{
	int ready[2], mapped[2], status = 0;
	char byte;
	int fd = open_socket(words[0], words[1]);
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(mapped, O_CLOEXEC) < 0)
		fail("pipe");
	pid_t pid = fork();
	if (pid == 0)
		hand_over(fd, words[4], ready[1], mapped[0]);
	close(ready[1]);
	if (pid < 0 || read_some(ready[0], &byte, 1) != 1)
		return 1;
	write_map(pid, "uid_map", words[2]);
	write_map(pid, "gid_map", words[3]);
	write_all(mapped[1], "", 1);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

/* Each line of a request comes back with a time until which it means no. */
static void answer_one(int fd)
{
	char request[8192], reply[8192 + 32];
	ssize_t n = read_some(fd, request, sizeof request - 1);
	if (n <= 0)
		return;
	request[n] = 0;
	for (char *line = request, *next; *line != 0; line = next) {
		next = cut_at(line, '\n');
		if (next == NULL)
			next = line + strlen(line);
		int length = snprintf(reply, sizeof reply, "%s%s%ld\n", line, line[strlen(line) - 1] == ' ' ? "" : " ", (long)time(NULL) + NO_FOR_SECONDS);
		if (write(fd, reply, (size_t)length) < 0)
			fprintf(stderr, "exporter: %s: %s\n", line, strerror(errno));
	}
}

/* Never auth.unix.gid: to open that one makes every unknown user wait. */
static int answer(void)
{
	static const char *const names[CHANNELS_ASKED] = { "nfsd.export", "nfsd.fh", "auth.unix.ip" };
	struct pollfd fds[CHANNELS_ASKED];
	char path[64];
	for (int i = 0; i < CHANNELS_ASKED; i++) {
		snprintf(path, sizeof path, "/proc/net/rpc/%s/channel", names[i]);
		fds[i] = (struct pollfd){ .fd = open(path, O_RDWR | O_CLOEXEC), .events = POLLIN };
		if (fds[i].fd < 0)
			fail(path);
	}
	while (poll(fds, CHANNELS_ASKED, -1) >= 0 || errno == EINTR)
		for (int i = 0; i < CHANNELS_ASKED; i++)
			if (fds[i].revents)
				answer_one(fds[i].fd);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "listen") == 0)
		return add_listener(argv + 2);
	if (argc == 2 && strcmp(argv[1], "answer") == 0)
		return answer();
	fprintf(stderr, "usage: exporter listen PORT ADDR UIDMAP GIDMAP PORTLIST\n       exporter answer\n");
	return 2;
}
