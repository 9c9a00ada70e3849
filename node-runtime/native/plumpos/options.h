/* The command line of `run`, `sh` and the old names. */
#ifndef PLUMPOS_OPTIONS_H
#define PLUMPOS_OPTIONS_H

#include "../common/text.h"

struct options {
	struct text request; /* records for the agent */
	int tty;             /* 1 --tty, -1 --no-tty */
	int detach;
	char **program;      /* and its arguments */
};

/* Is this verb, or old name, ours? */
int options_is_ours(const char *verb);

/* Parses the words behind the verb; prints help (and ends with 0) or what is wrong (2). */
void options_parse(struct options *options, const char *verb, char **words);

#endif
