#define _GNU_SOURCE
#include "signals.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "terminal.h"

static uint64_t continued; /* offset behind the last SIGCONT handed on */

static void pass(struct source *to, int number, int to_group)
{
	unsigned char byte = (unsigned char)(number | (to_group ? 128 : 0));
	if (number >= 128 || ring_room(&to->ring) == 0)
		return;
	ring_put(&to->ring, to->ring.end, &byte, 1);
	if (number == SIGCONT)
		continued = to->ring.end;
}

static int is_own_pipe(const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGPIPE && info->ssi_pid == (uint32_t)getpid();
}

int signals_open(void)
{
	sigset_t set;
	struct sigaction action;
	memset(&set, 0xff, sizeof set); /* musl's sigfillset leaves out three that others use: RTMIN is one of them */
	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			sigdelset(&set, number);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int signals_take(int fd, struct source *to, const struct local *local)
{
	struct signalfd_siginfo info;
	int resized = 0;
	while (read(fd, &info, sizeof info) == sizeof info) {
		int number = (int)info.ssi_signo;
		if (number == SIGWINCH && local->terminal >= 0)
			resized = 1;
		else if (!is_own_pipe(&info))
			pass(to, number, info.ssi_code > 0 || number == SIGCONT); /* > 0: from the kernel, a key of the terminal */
	}
	return resized;
}

/* While we stop ourselves SIGCHLD is not blocked, which the agent sees: a stop of ours is that of the job, and it need not stop it. */
static void mark_own_stop(int how)
{
	sigset_t mark;
	sigemptyset(&mark);
	sigaddset(&mark, SIGCHLD);
	sigprocmask(how, &mark, NULL);
}

/*
 * Where nobody could continue us the kernel refuses, and the job goes on as it would have here. A stop the job told of before
 * it took our SIGCONT is over: we were stopped ourselves then, and heard of it late.
 */
void signals_stop(int number, struct source *to, struct local *local)
{
	sigset_t set;
	if (to->ring.base < continued)
		return;
	int raw = terminal_leave(local);
	sigemptyset(&set);
	sigaddset(&set, number);
	mark_own_stop(SIG_UNBLOCK);
	kill(raw && number == SIGTSTP ? 0 : getpid(), number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	mark_own_stop(SIG_BLOCK);
	sigpending(&set);
	if (!sigismember(&set, SIGCONT))
		pass(to, SIGCONT, 1);
}
