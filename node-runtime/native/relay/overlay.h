/* The relay's port on the overlay, in the network namespace the agent made for it. */
#ifndef RELAY_OVERLAY_H
#define RELAY_OVERLAY_H

#include <netinet/in.h>

/*
 * Looks whether the agent has (newly) said where to listen; enters the namespace then. Unix sockets with a path are the same in every
 * namespace. Returns the listening socket, or -1 while there is none.
 */
int overlay_listener(void);

/* A connection under way to the relay of a peer; -1 with errno. */
int overlay_connect(struct sockaddr_in6 to);

/* A peer that is gone without a word is noticed in about 15 s. */
void overlay_watch(int fd);

#endif
