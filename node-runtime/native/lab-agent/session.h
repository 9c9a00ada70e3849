/* One program or connection that the host asked for. */
#ifndef LAB_SESSION_H
#define LAB_SESSION_H

#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

#include "frame.h"

struct session {
	struct session *next;
	uint32_t id;
	pid_t pid;   /* 0: a connection, or a program that was collected */
	int in;      /* stdin of the program, terminal or socket; -1 when closed */
	int out;     /* -1 when at its end; the same descriptor as `in` for terminal and socket */
	int err;
	int status;  /* what FRAME_EXIT will say */
	int tty;
	int ended;   /* the program is gone, or there is none */
	long grace;  /* 0, or the program has ended: monotonic ms until which a terminal's output is waited for */
	size_t late; /* bytes that came after its end */
	int eof;     /* the host closes stdin once what waits is written */
	size_t waiting;
	unsigned char stdin_bytes[STDIN_WINDOW];
};

/* Starts what an exec or connect frame asks for. NULL: refused, and the host has been told why. */
struct session *session_exec(int port, const struct frame *frame);
struct session *session_connect(int port, const struct frame *frame);

/* Anything else the host says to a session. */
void session_frame(struct session *session, const struct frame *frame);

/* Adds what the session waits for; returns how many entries it took (at most 3). */
int session_poll(const struct session *session, struct pollfd *fds);

/* Moves bytes both ways as far as that goes now; -1 when the port is gone. */
int session_move(struct session *session, int port);

/* Nothing more will come: the exit status can be told. */
int session_over(const struct session *session);

/* Its program was collected with this wait status. */
void session_ended(struct session *session, int wait_status);

/* Kills the program if there still is one, closes everything, frees. */
void session_free(struct session *session);

#endif
