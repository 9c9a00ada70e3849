/*
 * relay: one per member, under init. Leads deputies and the relays of other members to the shims of jobs, and is in the way of every byte
 * so that the agent need not be. It keeps nothing: what may go where is in RELAY_FOLDER.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/io.h"
#include "../common/unix.h"
#include "overlay.h"
#include "pair.h"

enum { POLL_LOCAL, POLL_CONTROL, POLL_OVERLAY, POLL_PAIRS, TICK_MS = 1000 };

static struct pair *pairs;
static int pair_count, stranger_count;

static struct pair *accept_one(int listener)
{
	struct sockaddr_in6 from = { 0 };
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof from, peer_size = sizeof peer;
	int fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct pair *pair = fd < 0 ? NULL : pair_new(fd, monotonic_ms());
	if (pair == NULL)
		return NULL;
	if (from.sin6_family == AF_INET6)
		overlay_watch(fd);
	else
		pair->from_deputy = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0;
	pair->user = peer.uid;
	pair->home = from.sin6_addr;
	pair->next = pairs;
	pairs = pair;
	pair_count++;
	stranger_count++;
	return pair;
}

/* `close ID`: none of its connections is left when that is answered. */
static void control(int listener)
{
	char line[LINE_MOST];
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read_some(fd, line, sizeof line - 1);
	if (n > 6) {
		line[n] = 0;
		line[strcspn(line, "\n")] = 0;
		for (struct pair *pair = pairs; pair != NULL; pair = pair->next)
			if (strncmp(line, "close ", 6) == 0 && strcmp(pair->id, line + 6) == 0)
				pair->state = PAIR_OVER;
	}
	(void)n;
	if (fd < 0)
		return;
	write_all(fd, "ok\n", 3);
	close(fd);
}

/* Frees what is over, and the oldest of too many who have not said yet what they want. */
static void sweep(void)
{
	long now = monotonic_ms();
	struct pair **oldest = NULL;
	int strangers = 0;
	for (struct pair **link = &pairs; *link != NULL;) {
		struct pair *pair = *link;
		if (pair->state == PAIR_OVER || (pair->state != PAIR_OPEN && now > pair->deadline)) {
			*link = pair->next;
			pair_free(pair);
			pair_count--;
			continue;
		}
		if (pair->state == PAIR_GREETING) {
			strangers++;
			oldest = link;
		}
		link = &pair->next;
	}
	if (strangers > STRANGERS_MOST) {
		struct pair *pair = *oldest;
		*oldest = pair->next;
		pair_free(pair);
		pair_count--;
	}
}

static void serve(int local, int ctl)
{
	struct pollfd *fds = NULL;
	for (;;) {
		struct pollfd *larger = realloc(fds, (POLL_PAIRS + 2 * (size_t)pair_count) * sizeof *fds);
		if (larger != NULL)
			fds = larger;
		nfds_t count = POLL_PAIRS;
		fds[POLL_LOCAL] = (struct pollfd){ .fd = local, .events = POLLIN };
		fds[POLL_CONTROL] = (struct pollfd){ .fd = ctl, .events = POLLIN };
		fds[POLL_OVERLAY] = (struct pollfd){ .fd = overlay_listener(), .events = POLLIN };
		for (struct pair *pair = pairs; pair != NULL; pair = pair->next, count += 2)
			pair_poll(pair, fds + count);
		poll(fds, count, TICK_MS);
		count = POLL_PAIRS;
		for (struct pair *pair = pairs; pair != NULL; pair = pair->next, count += 2)
			pair_move(pair, fds + count);
		if (fds[POLL_CONTROL].revents)
			control(ctl);
		sweep();
		if (fds[POLL_LOCAL].revents)
			accept_one(local);
		if (fds[POLL_OVERLAY].revents)
			accept_one(fds[POLL_OVERLAY].fd);
	}
}

int main(void)
{
	struct rlimit files;
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	umask(022);
	if ((mkdir(RUN_FOLDER, 0755) < 0 && errno != EEXIST) || (mkdir(RELAY_FOLDER, 0700) < 0 && errno != EEXIST)) {
		perror("relay: " RELAY_FOLDER);
		return 1;
	}
	int local = unix_listen(RELAY_SOCKET, 0666), ctl = unix_listen(RUN_FOLDER "/relay.ctl", 0600);
	if (local < 0 || ctl < 0) {
		perror("relay: " RELAY_SOCKET);
		return 1;
	}
	serve(local, ctl);
}
