#define _GNU_SOURCE
#include "stdin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/io.h"

enum { FRUGAL = 256 * 1024 };

static int copy[2] = { -1, -1 }; /* a pipe to look at what is in stdin without taking it */
static uint64_t gone;            /* read from stdin for good */
static off_t start = -1;         /* of a file, -1 for others */

void stdin_open(struct source *source, int fd)
{
	struct stat state;
	source->fd = fd;
	start = lseek(fd, 0, SEEK_CUR);
	if (fstat(fd, &state) < 0 || !S_ISFIFO(state.st_mode) || pipe2(copy, O_CLOEXEC | O_NONBLOCK) < 0)
		copy[0] = -1;
}

/* To the end of what was looked at: the rest of that is still in the pipe, and would be read once more. */
static int is_frugal(const struct source *source)
{
	return copy[0] >= 0 && (gone < FRUGAL || gone < source->ring.end) && !source->ended;
}

int stdin_wanted(const struct source *source)
{
	return is_frugal(source) ? gone == source->ring.end : ring_room(&source->ring) > 0;
}

/* What is in the pipe stays there until the job has taken it. */
static ssize_t look(struct source *source)
{
	ssize_t all = tee(source->fd, copy[1], ring_room(&source->ring), SPLICE_F_NONBLOCK);
	for (ssize_t left = all; left > 0;) {
		ssize_t n = ring_read(&source->ring, copy[0]);
		if (n <= 0)
			return -1;
		left -= n;
	}
	return all;
}

void stdin_read(struct source *source)
{
	int frugal = is_frugal(source);
	ssize_t n = frugal ? look(source) : ring_read(&source->ring, source->fd);
	if (n > 0 && !frugal)
		gone = source->ring.end;
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	source->ended = 1;
	source->fd = -1;
}

void stdin_taken(struct source *source)
{
	char bytes[4096];
	while (source->fd >= 0 && copy[0] >= 0 && gone < source->ring.base) {
		uint64_t left = source->ring.base - gone;
		ssize_t n = read_some(source->fd, bytes, left < sizeof bytes ? left : sizeof bytes);
		if (n <= 0)
			break;
		gone += (uint64_t)n;
	}
}

void stdin_finish(const struct source *source, int fd)
{
	if (start >= 0)
		lseek(fd, start + (off_t)source->ring.base, SEEK_SET);
}
