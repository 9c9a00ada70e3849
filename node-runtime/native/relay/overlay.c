#define _GNU_SOURCE
#include "overlay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/records.h"
#include "relay.h"

static int listener = -1;
static struct sockaddr_in6 own; /* where we listen, and come from */
static struct timespec written; /* when the agent wrote what we follow */

static int open_listener(struct sockaddr_in6 at)
{
	int on = 1, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 128) == 0)
		return fd;
	close(fd);
	return -1;
}

static int enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -1 : setns(fd, CLONE_NEWNET);
	close(fd);
	return result;
}

/* `ADDR PORT`, perhaps `NAMESPACE` behind it. */
static int follow(char *line)
{
	char *number = cut_at(line, ' ');
	char *path = number == NULL ? NULL : cut_at(number, ' ');
	long port = number == NULL ? -1 : read_number(number, 65535);
	own = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	if (port < 1 || inet_pton(AF_INET6, line, &own.sin6_addr) != 1 || enter(path == NULL ? "/run/netns/plumpos" : path) < 0)
		return -1;
	return open_listener(own);
}

int overlay_listener(void)
{
	char line[LINE_MOST];
	struct stat state;
	if (stat(RELAY_FOLDER "/listen", &state) < 0)
		return listener;
	if (listener >= 0 && memcmp(&state.st_mtim, &written, sizeof written) == 0)
		return listener;
	int fd = open(RELAY_FOLDER "/listen", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read_some(fd, line, sizeof line - 1);
	close(fd);
	if (n <= 0)
		return listener;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	close(listener);
	listener = follow(line);
	written = state.st_mtim;
	return listener;
}

int overlay_connect(struct sockaddr_in6 to)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 from = own;
	to.sin6_port = own.sin6_port;
	from.sin6_port = 0;
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof from) < 0 || (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)) {
		close(fd);
		return -1;
	}
	overlay_watch(fd);
	return fd;
}

void overlay_watch(int fd)
{
	int on = 1, idle = 5, between = 3, count = 3, timeout_ms = 15000;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
