#define _GNU_SOURCE
#include "unix.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int open_at(const char *path, struct sockaddr_un *at)
{
	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof at->sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(at->sun_path, path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int given_up(int fd)
{
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

int unix_connect(const char *path)
{
	struct sockaddr_un at;
	int fd = open_at(path, &at);
	return fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0 ? given_up(fd) : fd;
}

int unix_listen(const char *path, unsigned mode)
{
	struct sockaddr_un at;
	int fd = open_at(path, &at);
	unlink(path);
	mode_t before = umask((mode_t)(~mode & 0777));
	int result = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&at, sizeof at);
	umask(before);
	return result < 0 || listen(fd, 128) < 0 ? given_up(fd) : fd;
}
