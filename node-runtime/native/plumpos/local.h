/* The caller's stdin, stdout and stderr: what they are, and what the job gets in their place. */
#ifndef PLUMPOS_LOCAL_H
#define PLUMPOS_LOCAL_H

#include <termios.h>

#include "../common/text.h"

enum kind { KIND_PIPE, KIND_NULL, KIND_TTY, KIND_CLOSED, KIND_FILE, KIND_SAME };

struct local {
	enum kind kind[3];
	int terminal;           /* descriptor, or -1: the job has none */
	int owner;              /* we hand on every key as it is; otherwise the terminal here stays as it is */
	struct termios cooked;  /* its settings before us */
};

/* Looks at them; `tty`: 1 a terminal in any case, -1 none, 0 as it is. -1: there is no terminal. */
int local_look(struct local *local, int tty);

/* Adds the records fd= and tty=. */
void local_describe(const struct local *local, struct text *request);

/* Is it one of the S_IF… ? */
int local_is_kind(int fd, unsigned kind);

/*
 * For a detached job: outputs that are pipes are /dev/null to it, and `now` to us. They are for whoever waits for the pid; held
 * open by the job they would never end for her.
 */
void local_let_go(struct local *local, int now);

/* fd 0..2 of our own to read or write without waiting, where that can be had. */
void local_unblock(int fd);

#endif
