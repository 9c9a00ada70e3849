/* Asking the agent for a job, and telling it how that ended. */
#ifndef PLUMPOS_ASK_H
#define PLUMPOS_ASK_H

#include "../common/text.h"

struct job {
	char id[16];
	char token[72];
	int pumped; /* bit N: the agent wants descriptor N, a file here, handed on like a pipe */
};

enum { ASK_NOBODY = -2 };

/*
 * 0 and the job, or the status to end with (everything to be said to the user has been said), or ASK_NOBODY when no agent is
 * there: after a minute, or, not `patient`, after two seconds in which none was reached.
 */
int ask_run(const struct text *request, struct job *job, int patient);

/* Says that there is no agent; the status to end with. */
int no_agent(void);

/* Tells the agent the raw wait status; `patient`: again and again until it hears. */
void ask_ended(const struct job *job, int wait_status, int patient);

#endif
