/* The command line of `run`, `sh` and the old names. */
#ifndef PLUMPOS_OPTIONS_H
#define PLUMPOS_OPTIONS_H

#include "../common/text.h"

struct options {
	struct text request; /* records for the agent */
	int tty;             /* 1 --tty, -1 --no-tty */
	int detach;
	int help;
	char **program;      /* and its arguments */
};

/* Is this verb, or old name, ours? */
int options_is_ours(const char *verb);

/* Parses the words behind the verb; what is wrong with them is printed, and ends us with 2. */
void options_parse(struct options *options, const char *verb, char **words);

#endif
