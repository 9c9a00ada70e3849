#define _GNU_SOURCE
#include "route.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/records.h"

/* Words between single blanks, the last one with all that is left; missing ones stay empty. */
static int split(char *line, char *words[], int most)
{
	static char nothing[] = "";
	int count = 0;
	for (int i = 0; i < most; i++)
		words[i] = nothing;
	for (char *next = line; next != NULL && count < most; line = next) {
		next = count + 1 < most ? cut_at(line, ' ') : NULL;
		words[count++] = line;
	}
	return count;
}

/* Ids are hex digits: nothing else gets into a file name. */
static int is_id(const char *id)
{
	size_t length = strlen(id);
	return length > 0 && length < 16 && strspn(id, "0123456789abcdef") == length;
}

static int read_entry(const char *direction, const char *id, char *line)
{
	char path[128];
	if (!is_id(id))
		return -1;
	snprintf(path, sizeof path, RELAY_FOLDER "/%s-%s", direction, id);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read_some(fd, line, LINE_MOST - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	return 0;
}

/* Takes as long whatever is wrong with it. */
static int is_secret(const char *given, const char *secret)
{
	size_t length = strlen(secret);
	unsigned char different = strlen(given) != length || length == 0;
	for (size_t i = 0; !different && i < length; i++)
		different |= (unsigned char)(given[i] ^ secret[i]);
	return !different;
}

static struct route to_peer(struct route route, char *place)
{
	char *words[3];
	route.address.sin6_family = AF_INET6;
	if (split(place, words, 3) != 3 || inet_pton(AF_INET6, words[0], &route.address.sin6_addr) != 1)
		return route;
	snprintf(route.greeting, sizeof route.greeting, "%s %s %s\n", route.id, words[1], words[2]);
	route.kind = ROUTE_PEER;
	return route;
}

struct route route_out(char *line, uid_t user)
{
	char entry[LINE_MOST], *given[2], *words[4];
	struct route route = { .kind = ROUTE_REFUSED };
	split(line, given, 2);
	if (read_entry("out", given[0], entry) < 0 || split(entry, words, 4) < 3)
		return route;
	if ((user != 0 && read_number(words[0], UINT32_MAX) != (long)user) || !is_secret(given[1], words[1]))
		return route;
	snprintf(route.id, sizeof route.id, "%s", given[0]);
	snprintf(route.text, sizeof route.text, "%s", words[3]);
	if (strcmp(words[2], "peer") == 0)
		return to_peer(route, words[3]);
	route.kind = strcmp(words[2], "local") == 0  ? ROUTE_LOCAL
	             : strcmp(words[2], "wait") == 0 ? ROUTE_WAIT
	             : strcmp(words[2], "over") == 0 ? ROUTE_OVER
	                                             : ROUTE_REFUSED;
	return route;
}

struct route route_in(char *line, const struct in6_addr *from)
{
	char entry[LINE_MOST], *given[3], *words[4];
	struct in6_addr home;
	struct route route = { .kind = ROUTE_REFUSED };
	split(line, given, 3);
	if (read_entry("in", given[0], entry) < 0 || split(entry, words, 4) != 4)
		return route;
	if (inet_pton(AF_INET6, words[0], &home) != 1 || memcmp(&home, from, sizeof home) != 0)
		return route;
	if (strcmp(given[1], words[1]) != 0 || !is_secret(given[2], words[2]))
		return route;
	snprintf(route.id, sizeof route.id, "%s", given[0]);
	snprintf(route.text, sizeof route.text, "%s", words[3]);
	route.kind = ROUTE_LOCAL;
	return route;
}
