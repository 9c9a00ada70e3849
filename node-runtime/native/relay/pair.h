/* One connection through the relay: who came, where it leads, and what lies between. */
#ifndef RELAY_PAIR_H
#define RELAY_PAIR_H

#include <netinet/in.h>
#include <poll.h>

#include "relay.h"

struct half {
	int fd;
	unsigned char *rest; /* what came from here and did not fit into the other half yet; nothing more is read meanwhile */
	size_t length;
};

struct pair {
	struct pair *next;
	enum { PAIR_GREETING, PAIR_CONNECTING, PAIR_ASKING, PAIR_OPEN, PAIR_OVER } state;
	struct half near, far; /* who came; where it leads */
	int from_deputy;
	uid_t user;            /* of a deputy */
	struct in6_addr home;  /* of a relay: where it came from */
	long deadline;         /* monotonic ms, until it is open */
	char id[16];
	char line[LINE_MOST];  /* the greeting, then the answer of the relay over there */
	size_t length;
	char greeting[LINE_MOST];
};

/* NULL when there is no memory for it; the descriptor is closed then. */
struct pair *pair_new(int fd, long now);

/* What it waits for, and what that brought. */
void pair_poll(const struct pair *pair, struct pollfd fds[2]);
void pair_move(struct pair *pair, const struct pollfd fds[2]);

void pair_free(struct pair *pair);

#endif
