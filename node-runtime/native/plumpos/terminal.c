#define _GNU_SOURCE
#include "terminal.h"

#include <unistd.h>

static int entered;

static int in_foreground(const struct local *local)
{
	pid_t group = tcgetpgrp(local->terminal);
	return group < 0 || group == getpgrp(); /* no job control on a terminal that is not our own */
}

void terminal_enter(struct local *local)
{
	struct termios raw;
	if (!local->owner || local->terminal < 0 || entered || !in_foreground(local))
		return;
	if (tcgetattr(local->terminal, &local->cooked) < 0)
		return;
	raw = local->cooked;
	cfmakeraw(&raw);
	entered = tcsetattr(local->terminal, TCSADRAIN, &raw) == 0;
}

int terminal_leave(struct local *local)
{
	int was = entered;
	if (entered && in_foreground(local))
		tcsetattr(local->terminal, TCSADRAIN, &local->cooked);
	entered = 0;
	return was;
}

int terminal_readable(const struct local *local)
{
	struct termios now;
	if (local->terminal < 0 || (!local->owner && local->kind[0] != KIND_TTY))
		return 0;
	if (local->owner)
		return entered;
	return in_foreground(local) && tcgetattr(local->terminal, &now) == 0 && (now.c_lflag & ICANON);
}
