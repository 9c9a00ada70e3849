/* Unix sockets by their path, and where the agent's and the relay's lie. */
#ifndef PLUMPOS_UNIX_H
#define PLUMPOS_UNIX_H

#define RUN_FOLDER "/run/plumpos"
#define RUN_SOCKET RUN_FOLDER "/run.sock"
#define RELAY_SOCKET RUN_FOLDER "/relay.sock"

/* -1 with errno. */
int unix_connect(const char *path);

/* Takes the place of an older socket of that name; -1 with errno. */
int unix_listen(const char *path, unsigned mode);

#endif
