#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "../common/io.h"

/* Descriptors of a program about to start: the child's ends and ours. */
struct ends {
	int child[3];
	int ours[3];
};

static int open_pipes(struct ends *ends)
{
	for (int i = 0; i < 3; i++) {
		int pair[2];
		if (pipe2(pair, O_CLOEXEC) < 0)
			return errno;
		ends->child[i] = pair[i == 0 ? 0 : 1];
		ends->ours[i] = pair[i == 0 ? 1 : 0];
	}
	return 0;
}

static int open_terminal(struct ends *ends)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return errno;
	ends->ours[0] = ends->ours[1] = master;
	if (grantpt(master) < 0 || unlockpt(master) < 0)
		return errno;
	const char *name = ptsname(master);
	int slave = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (slave < 0)
		return errno;
	for (int i = 0; i < 3; i++)
		ends->child[i] = slave;
	return 0;
}

static int open_nothing(struct ends *ends)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return errno;
	for (int i = 0; i < 3; i++)
		ends->child[i] = null;
	return 0;
}

static void close_once(int fds[3])
{
	for (int i = 0; i < 3; i++) {
		int seen = fds[i] < 0;
		for (int j = 0; j < i; j++)
			seen |= fds[j] == fds[i];
		if (!seen)
			close(fds[i]);
	}
}

/* In the child. A new session, so that a signal for its group reaches all it starts; exec's errno goes to `report`. */
static void become(char **argv, const struct ends *ends, int flags, int report)
{
	sigset_t none;
	sigemptyset(&none);
	setsid();
	for (int i = 0; i < 3; i++)
		dup2(ends->child[i], i);
	if (flags & EXEC_TTY)
		ioctl(0, TIOCSCTTY, 0);
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setenv("TERM", "linux", 0);
	execvp(argv[0], argv);
	int error = errno;
	write_all(report, &error, sizeof error);
	_exit(127);
}

static int start(struct session *session, char **argv, const struct ends *ends, int flags)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	pid_t pid = fork();
	if (pid == 0)
		become(argv, ends, flags, report[1]);
	int error = pid < 0 ? errno : 0;
	close(report[1]);
	if (pid > 0 && read_some(report[0], &error, sizeof error) <= 0)
		error = 0;
	close(report[0]);
	if (error == 0)
		session->pid = pid;
	return error;
}

int spawn_program(struct session *session, char **argv, int flags)
{
	struct ends ends = { { -1, -1, -1 }, { -1, -1, -1 } };
	int error = flags & EXEC_DETACH ? open_nothing(&ends) : flags & EXEC_TTY ? open_terminal(&ends) : open_pipes(&ends);
	if (error == 0)
		error = start(session, argv, &ends, flags);
	close_once(ends.child);
	if (error != 0) {
		close_once(ends.ours);
		return error;
	}
	session->in = ends.ours[0];
	session->out = ends.ours[1];
	session->err = ends.ours[2];
	for (int i = 0; i < 3; i++)
		if (ends.ours[i] >= 0)
			fcntl(ends.ours[i], F_SETFL, O_NONBLOCK);
	return 0;
}
