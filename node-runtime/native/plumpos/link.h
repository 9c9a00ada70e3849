/* The deputy's way to the job: the relay, asked again until it leads there. */
#ifndef PLUMPOS_LINK_H
#define PLUMPOS_LINK_H

#include "../common/stream.h"
#include "ask.h"

struct link {
	struct stream stream; /* fd -1: no connection now */
	int answered;         /* the relay has said yes: from here on it is the job stream */
	long again;           /* monotonic ms of the next attempt */
	long pause;
	size_t length;
	char line[512];
};

/* Tries to connect when it is time. */
void link_connect(struct link *link, const struct job *job);

/* Breaks the connection off; tried again after a pause that grows. */
void link_drop(struct link *link);

/*
 * Reads the relay's answer: 1 it is the job stream now, 0 not yet. When the relay says that it is over, prints why and
 * returns the status to end with, negative.
 */
int link_answer(struct link *link);

#endif
