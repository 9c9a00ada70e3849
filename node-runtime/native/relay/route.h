/* Where a connection may go: what the agent wrote into RELAY_FOLDER. */
#ifndef RELAY_ROUTE_H
#define RELAY_ROUTE_H

#include <netinet/in.h>
#include <sys/types.h>

#include "relay.h"

struct route {
	enum { ROUTE_REFUSED, ROUTE_LOCAL, ROUTE_PEER, ROUTE_WAIT, ROUTE_OVER } kind;
	char id[16];
	char text[LINE_MOST];        /* local: path of the shim's socket; over: `STATUS TEXT` */
	char greeting[LINE_MOST];    /* peer: what to say to its relay */
	struct sockaddr_in6 address; /* peer: where that is, without its port */
};

/* A deputy's `ID TOKEN`; `user` is who it is. */
struct route route_out(char *line, uid_t user);

/* A relay's `ID G TOKEN`, from the home with this address. */
struct route route_in(char *line, const struct in6_addr *from);

#endif
