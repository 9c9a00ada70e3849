#define _GNU_SOURCE
#include "pair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/unix.h"
#include "overlay.h"
#include "route.h"

struct pair *pair_new(int fd, long now)
{
	struct pair *pair = calloc(1, sizeof *pair);
	if (pair == NULL) {
		close(fd);
		return NULL;
	}
	pair->near.fd = fd;
	pair->far.fd = -1;
	pair->deadline = now + GREETING_MS;
	return pair;
}

void pair_free(struct pair *pair)
{
	free(pair->near.rest);
	free(pair->far.rest);
	close(pair->near.fd);
	if (pair->far.fd >= 0)
		close(pair->far.fd);
	free(pair);
}

void pair_poll(const struct pair *pair, struct pollfd fds[2])
{
	const struct half *near = &pair->near, *far = &pair->far;
	fds[0] = (struct pollfd){ .fd = near->fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = far->fd, .events = pair->state == PAIR_CONNECTING ? POLLOUT : POLLIN };
	if (pair->state == PAIR_CONNECTING || pair->state == PAIR_ASKING)
		fds[0].events = 0;
	if (pair->state != PAIR_OPEN)
		return;
	fds[0].events = (near->length == 0 ? POLLIN : 0) | (far->length > 0 ? POLLOUT : 0);
	fds[1].events = (far->length == 0 ? POLLIN : 0) | (near->length > 0 ? POLLOUT : 0);
}

/* A short answer into an empty socket; whoever does not take it is not worth waiting for. */
static void answer(struct pair *pair, const char *text)
{
	if (send(pair->near.fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 || *text != '+')
		pair->state = PAIR_OVER;
	else
		pair->state = PAIR_OPEN;
}

static void refuse(struct pair *pair)
{
	answer(pair, pair->from_deputy ? "-125 the job is not known here any more\n" : "-\n");
}

static void not_now(struct pair *pair)
{
	answer(pair, pair->from_deputy ? "w\n" : "-\n");
}

static void begin(struct pair *pair, const struct route *route)
{
	char text[LINE_MOST + 8];
	memcpy(pair->id, route->id, sizeof pair->id);
	if (route->kind == ROUTE_LOCAL) {
		pair->far.fd = unix_connect(route->text);
		if (pair->far.fd >= 0 && fcntl(pair->far.fd, F_SETFL, O_NONBLOCK) == 0)
			answer(pair, "+\n");
		else
			not_now(pair);
	} else if (route->kind == ROUTE_PEER) {
		memcpy(pair->greeting, route->greeting, sizeof pair->greeting);
		pair->far.fd = overlay_connect(route->address);
		pair->state = PAIR_CONNECTING;
		if (pair->far.fd < 0)
			not_now(pair);
	} else if (route->kind == ROUTE_WAIT) {
		not_now(pair);
	} else if (route->kind == ROUTE_OVER) {
		snprintf(text, sizeof text, "-%s\n", route->text);
		answer(pair, text);
	} else {
		refuse(pair);
	}
}

/* Byte by byte: what follows the line is not ours. 1 a whole line, 0 not yet, -1 gone or too long. */
static int read_line(struct pair *pair, int fd)
{
	while (pair->length + 1 < sizeof pair->line) {
		ssize_t n = read_some(fd, pair->line + pair->length, 1);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -1;
		if (pair->line[pair->length++] == '\n') {
			pair->line[pair->length - 1] = 0;
			pair->length = 0;
			return 1;
		}
	}
	return -1;
}

static void hear_greeting(struct pair *pair)
{
	int got = read_line(pair, pair->near.fd);
	if (got < 0)
		pair->state = PAIR_OVER;
	if (got <= 0)
		return;
	struct route route = pair->from_deputy ? route_out(pair->line, pair->user) : route_in(pair->line, &pair->home);
	begin(pair, &route);
}

static void connected(struct pair *pair)
{
	int error = 0;
	socklen_t size = sizeof error;
	getsockopt(pair->far.fd, SOL_SOCKET, SO_ERROR, &error, &size);
	size_t length = strlen(pair->greeting);
	if (error != 0 || send(pair->far.fd, pair->greeting, length, MSG_NOSIGNAL) != (ssize_t)length)
		not_now(pair);
	else
		pair->state = PAIR_ASKING;
}

static void hear_answer(struct pair *pair)
{
	int got = read_line(pair, pair->far.fd);
	if (got > 0 && strcmp(pair->line, "+") == 0)
		answer(pair, "+\n");
	else if (got != 0)
		not_now(pair);
}

/* Gives what is left to the other half: -1 when that is gone. */
static int give_rest(struct half *from, const struct half *to)
{
	ssize_t n = send(to->fd, from->rest, from->length, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	from->length -= (size_t)n;
	memmove(from->rest, from->rest + n, from->length);
	if (from->length == 0) {
		free(from->rest);
		from->rest = NULL;
	}
	return 0;
}

static int take(struct half *from, const struct half *to)
{
	static unsigned char bytes[PIECE];
	ssize_t n = read_some(from->fd, bytes, sizeof bytes);
	if (n <= 0)
		return n < 0 && errno == EAGAIN ? 0 : -1;
	ssize_t sent = send(to->fd, bytes, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	size_t rest = (size_t)(n - (sent < 0 ? 0 : sent));
	if (rest == 0)
		return 0;
	from->rest = malloc(rest);
	if (from->rest == NULL)
		return -1;
	memcpy(from->rest, bytes + (size_t)n - rest, rest);
	from->length = rest;
	return 0;
}

static void splice_bytes(struct pair *pair, const struct pollfd fds[2])
{
	struct half *halves[2] = { &pair->near, &pair->far };
	for (int i = 0; i < 2; i++) {
		struct half *from = halves[i], *to = halves[1 - i];
		int result = 0;
		if (from->length > 0 && fds[1 - i].revents)
			result = give_rest(from, to);
		else if (from->length == 0 && fds[i].revents)
			result = take(from, to);
		if (result < 0)
			pair->state = PAIR_OVER;
	}
}

void pair_move(struct pair *pair, const struct pollfd fds[2])
{
	if (pair->state == PAIR_OPEN)
		splice_bytes(pair, fds);
	else if (pair->state == PAIR_GREETING && fds[0].revents)
		hear_greeting(pair);
	else if (pair->state != PAIR_GREETING && fds[0].revents & (POLLHUP | POLLERR))
		pair->state = PAIR_OVER;
	else if (pair->state == PAIR_CONNECTING && fds[1].revents)
		connected(pair);
	else if (pair->state == PAIR_ASKING && fds[1].revents)
		hear_answer(pair);
}
