#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "../common/records.h"
#include "fds.h"

/* Out of the way of 0 to FD_FREE, which are filled at the end. */
static int high(int fd)
{
	int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_FREE + 1);
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return copy;
}

static int open_pipe(struct stdio *stdio, int i)
{
	int ends[2];
	int *ours[] = { &stdio->in, &stdio->out, &stdio->err };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	stdio->child[i] = high(ends[i == 0 ? 0 : 1]);
	*ours[i] = high(ends[i == 0 ? 1 : 0]);
	return stdio->child[i] < 0 || *ours[i] < 0 ? -1 : 0;
}

/* OFLAGS:OFFSET:PATH. The flags are the kernel's own, as fcntl told them at home. */
static int open_file(struct stdio *stdio, int i, char *text)
{
	char *offset = cut_at(text, ':');
	char *path = offset == NULL ? NULL : cut_at(offset, ':');
	long flags = read_number(text, INT32_MAX), at = path == NULL ? -1 : read_number(offset, INT64_MAX);
	if (flags < 0 || at < 0) {
		errno = EINVAL;
		return -1;
	}
	flags &= O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_DIRECT | O_NOATIME;
	int fd = high(open(path, (int)flags | O_NOCTTY | O_CLOEXEC));
	stdio->child[i] = stdio->files[i] = fd;
	return fd < 0 || (lseek(fd, at, SEEK_SET) < 0 && errno != ESPIPE) ? -1 : 0;
}

static int hex_digit(char digit)
{
	return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static int read_hex(unsigned char *bytes, size_t length, const char *text)
{
	if (strlen(text) != 2 * length)
		return -1;
	for (size_t i = 0; i < length; i++) {
		int upper = hex_digit(text[2 * i]), lower = hex_digit(text[2 * i + 1]);
		if (upper < 0 || lower < 0)
			return -1;
		bytes[i] = (unsigned char)(upper << 4 | lower);
	}
	return 0;
}

/* ROWS:COLS:TERMIOSHEX. */
static int set_terminal(int fd, char *text)
{
	struct termios settings;
	char *columns = cut_at(text, ':');
	char *hex = columns == NULL ? NULL : cut_at(columns, ':');
	long rows = read_number(text, 65535), width = hex == NULL ? -1 : read_number(columns, 65535);
	if (rows < 0 || width < 0 || read_hex((unsigned char *)&settings, sizeof settings, hex) < 0) {
		errno = EINVAL;
		return -1;
	}
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)width };
	return ioctl(fd, TIOCSWINSZ, &size) < 0 || tcsetattr(fd, TCSANOW, &settings) < 0 ? -1 : 0;
}

/* Pid 1 is the leader of the session, so that the end of the program hangs up nobody else. */
static int open_terminal(struct stdio *stdio, const struct spec *spec)
{
	int zero = 0, number;
	char name[32];
	stdio->master = high(open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (stdio->master < 0 || ioctl(stdio->master, TIOCSPTLCK, &zero) < 0 || ioctl(stdio->master, TIOCGPTN, &number) < 0)
		return -1;
	snprintf(name, sizeof name, "/dev/pts/%d", number);
	stdio->slave = high(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (stdio->slave < 0 || ioctl(stdio->slave, TIOCSCTTY, 0) < 0)
		return -1;
	return set_terminal(stdio->slave, spec->tty);
}

static int open_one(struct stdio *stdio, int i, char *kind)
{
	if (kind == NULL || strcmp(kind, "null") == 0)
		return (stdio->child[i] = high(open("/dev/null", O_RDWR | O_CLOEXEC))) < 0 ? -1 : 0;
	if (strcmp(kind, "closed") == 0)
		return 0;
	if (strcmp(kind, "pipe") == 0)
		return open_pipe(stdio, i);
	if (strcmp(kind, "tty") == 0 && stdio->slave >= 0)
		return stdio->child[i] = stdio->slave, 0;
	if (strncmp(kind, "file:", 5) == 0)
		return open_file(stdio, i, kind + 5);
	if (strncmp(kind, "same:", 5) == 0 && kind[5] >= '0' && kind[5] < '0' + i && kind[6] == 0)
		return stdio->child[i] = stdio->child[kind[5] - '0'], 0;
	errno = EINVAL;
	return -1;
}

const char *stdio_open(struct stdio *stdio, const struct spec *spec)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	*stdio = (struct stdio){ { -1, -1, -1 }, -1, -1, -1, -1, -1, { -1, -1, -1 } };
	if (spec->tty != NULL && open_terminal(stdio, spec) < 0)
		return "terminal";
	for (int i = 0; i < 3; i++)
		if (open_one(stdio, i, spec->fds[i]) < 0)
			return names[i];
	return NULL;
}
