/* Names and limits of the relay. */
#ifndef RELAY_H
#define RELAY_H

enum {
	LINE_MOST = 512,
	PIECE = 64 * 1024,
	GREETING_MS = 10000, /* so long a new connection may take to say what it wants, and its way to be open */
	STRANGERS_MOST = 256, /* connections that have not said it yet */
};

#ifndef RELAY_FOLDER
#define RELAY_FOLDER "/run/plumpos/relay"
#endif

#endif
