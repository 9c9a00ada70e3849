#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/io.h"
#include "../common/records.h"
#include "../common/unix.h"

enum { PAUSE_MS = 50, PAUSE_MOST_MS = 1000 };

void link_drop(struct link *link)
{
	stream_open(&link->stream, -1);
	if (link->answered || link->pause == 0)
		link->pause = PAUSE_MS;
	link->again = monotonic_ms() + link->pause;
	link->pause = 2 * link->pause < PAUSE_MOST_MS ? 2 * link->pause : PAUSE_MOST_MS;
	link->answered = 0;
}

void link_connect(struct link *link, const struct job *job)
{
	char line[128];
	if (link->stream.fd >= 0 || monotonic_ms() < link->again)
		return;
	int length = snprintf(line, sizeof line, "%s %s\n", job->id, job->token);
	int fd = unix_connect(RELAY_SOCKET);
	stream_open(&link->stream, fd);
	link->length = 0;
	if (fd < 0 || write_all(fd, line, (size_t)length) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		link_drop(link);
}

static int over(struct link *link)
{
	link->line[strcspn(link->line, "\n")] = 0;
	char *text = cut_at(link->line, ' ');
	long status = read_number(link->line + 1, 255);
	if (text != NULL && *text != 0)
		fprintf(stderr, "plumpos run: %s\r\n", text);
	return status < 1 ? -125 : (int)-status;
}

int link_answer(struct link *link)
{
	while (link->length + 1 < sizeof link->line) {
		ssize_t n = read_some(link->stream.fd, link->line + link->length, 1);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0 || link->line[link->length++] == '\n')
			break;
	}
	link->line[link->length] = 0;
	if (strcmp(link->line, "+\n") == 0) {
		link->answered = 1;
		return 1;
	}
	if (link->line[0] == '-' && strchr(link->line, '\n') != NULL)
		return over(link);
	link_drop(link);
	return 0;
}
