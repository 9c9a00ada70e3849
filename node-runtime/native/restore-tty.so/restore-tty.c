/*
 * Loaded into CRIU for the restore of a job with a terminal. A task has its controlling terminal from its parent, since it
 * was forked, unless it leads its session; CRIU hands it to the leader alone, and when all have been forked (criu/tty.c), so a
 * shell below pid 1 could no longer tell the terminal whose turn it is: ^C would reach nobody but the shell. Pid 1 takes
 * it earlier here: when CRIU opens its transport socket in it, all mounts are there, and none was forked. So the terminal,
 * which CRIU opens later, is opened here, too, and handed to CRIU when it asks for it.
 *
 * For the C library that CRIU is linked with, whichever that is: nothing is asked of it but where errno and the environment are.
 */
#define _GNU_SOURCE
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../shim/launch.h"

/* Out of the way of all descriptors that pid 1 has, and of CRIU's own. */
enum { FD_HIGH = 500 };

/* A job's own terminal is the first of its devpts. */
#define PTMX "/dev/ptmx"
enum { NUMBER = 0 };

char *getenv(const char *name);

/* Both ends, while CRIU has not opened them. */
static int master = -1, slave = -1;

static long call(long number, long a, long b, long c, long d)
{
	long result;
	register long fourth __asm__("r10") = d;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
	return result;
}

static long or_errno(long result)
{
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

static int is_first(void)
{
	return call(SYS_getpid, 0, 0, 0, 0) == 1;
}

static void drop(int *fd)
{
	if (*fd >= 0)
		call(SYS_close, *fd, 0, 0, 0);
	*fd = -1;
}

static int high(long fd)
{
	int copy = (int)call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, FD_HIGH, 0), low = (int)fd;
	drop(&low);
	return copy;
}

/* Where it does not succeed, CRIU goes on as it would without us. */
static void take(const char *terminal)
{
	int number = -1, unlocked = 0;
	/* Not among the job's files yet? That would be a terminal of this machine. */
	if (call(SYS_access, (long)SHIM_INSIDE, F_OK, 0, 0) != 0)
		return;
	master = high(call(SYS_openat, AT_FDCWD, (long)PTMX, O_RDWR | O_NOCTTY | O_CLOEXEC, 0));
	call(SYS_ioctl, master, TIOCGPTN, (long)&number, 0);
	call(SYS_ioctl, master, TIOCSPTLCK, (long)&unlocked, 0);
	slave = number != NUMBER ? -1 : high(call(SYS_openat, AT_FDCWD, (long)terminal, O_RDWR | O_NOCTTY | O_CLOEXEC, 0));
	if (slave < 0 || call(SYS_ioctl, slave, TIOCSCTTY, 0, 0) < 0) {
		drop(&slave);
		drop(&master);
	}
}

int socket(int domain, int type, int protocol)
{
	static int done;
	const char *terminal = getenv("PLUMPOS_TERMINAL");
	if (!is_first()) {
		drop(&master);
		drop(&slave);
	} else if (domain == AF_UNIX && terminal != NULL && !done) {
		take(terminal);
		done = slave >= 0;
	}
	return (int)or_errno(call(SYS_socket, domain, type, protocol, 0));
}

static int ends_with(const char *text, const char *end)
{
	size_t length = 0, rest = 0;
	while (text[length] != 0)
		length++;
	while (end[rest] != 0)
		rest++;
	while (rest > 0 && length > 0 && text[length - 1] == end[rest - 1])
		length--, rest--;
	return rest == 0;
}

/* What the headers of our own C library call it is not the name in CRIU's. */
#undef openat64
int openat64(int folder, const char *path, int flags, ...)
{
	va_list rest;
	va_start(rest, flags);
	long mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
	va_end(rest);
	if (master < 0 || !is_first() || !ends_with(path, "/ptmx"))
		return (int)or_errno(call(SYS_openat, folder, (long)path, flags | O_LARGEFILE, mode));
	int opened = master;
	master = -1;
	call(SYS_fcntl, opened, F_SETFL, flags, 0);
	return opened;
}

/* CRIU makes it the controlling one when it has opened it; from then on it does not hang up without us. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list rest;
	va_start(rest, request);
	long result = call(SYS_ioctl, fd, (long)request, (long)va_arg(rest, void *), 0);
	va_end(rest);
	if (request == TIOCSCTTY && is_first())
		drop(&slave);
	return (int)or_errno(result);
}
