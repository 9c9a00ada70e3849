#define _GNU_SOURCE
#include "tasks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

int steal_fd(pid_t pid, int fd)
{
	int task = (int)syscall(SYS_pidfd_open, pid, 0);
	int own = task < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, task, fd, 0);
	int error = errno;
	close(task);
	errno = error;
	return own;
}

/* `lock: 1: FLOCK  ADVISORY  WRITE 359 00:13:11691 0 EOF` */
int lock_parse(const char *line, struct lock *lock)
{
	static const char *const kinds[][2] = { { "FLOCK", "flock" }, { "POSIX", "fcntl" }, { "OFDLCK", "ofd" }, { "LEASE", "lease" } };
	char kind[8], mode[8], end[24];
	if (sscanf(line, "lock: %*d: %7s %*s %7s %*d %63s %lld %23s", kind, mode, lock->file, &lock->start, end) != 5)
		return 0;
	*lock->kind = 0;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kind, kinds[i][0]) == 0)
			strcpy(lock->kind, kinds[i][1]);
	strcpy(lock->mode, strcmp(mode, "WRITE") == 0 ? "write" : "read");
	lock->end = strcmp(end, "EOF") == 0 ? -1 : atoll(end);
	return *lock->kind != 0 && strspn(lock->file, "0123456789abcdef:") == strlen(lock->file);
}

#define FORMAT "{\"inside\":%d,\"fd\":%d,\"kind\":\"%s\",\"mode\":\"%s\",\"start\":%lld,\"end\":%lld"

int lock_read(const char *line, int *inside, struct lock *lock)
{
	int n = sscanf(line, "{\"inside\":%d,\"fd\":%d,\"kind\":\"%7[a-z]\",\"mode\":\"%7[a-z]\",\"start\":%lld,\"end\":%lld", inside, &lock->fd, lock->kind,
	               lock->mode, &lock->start, &lock->end);
	return n == 6 && lock->fd >= 0;
}

/* 0, or -errno. `take` 0: let go. */
static long change(pid_t pid, const struct lock *lock, int take)
{
	int write = strcmp(lock->mode, "write") == 0;
	if (strcmp(lock->kind, "fcntl") == 0)
		return fcntl_in(pid, lock->fd, !take ? F_UNLCK : write ? F_WRLCK : F_RDLCK, lock->start, lock->end);
	int fd = steal_fd(pid, lock->fd);
	long result = fd < 0 ? -errno : 0;
	if (strcmp(lock->kind, "flock") == 0) {
		result = fd < 0 || flock(fd, !take ? LOCK_UN : (write ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 ? result : -errno;
	} else if (strcmp(lock->kind, "ofd") == 0) {
		struct flock range = { .l_type = (short)(!take ? F_UNLCK : write ? F_WRLCK : F_RDLCK), .l_whence = SEEK_SET, .l_start = lock->start };
		range.l_len = lock->end < 0 ? 0 : lock->end - lock->start + 1;
		result = fd < 0 || fcntl(fd, F_OFD_SETLK, &range) == 0 ? result : -errno;
	} else {
		result = -EOPNOTSUPP;
	}
	close(fd);
	return result;
}

static int print(int inside, const struct lock *lock, long result)
{
	printf(FORMAT, inside, lock->fd, lock->kind, lock->mode, lock->start, lock->end);
	if (*lock->file != 0)
		printf(",\"file\":\"%s\"", lock->file);
	printf(result == 0 ? "}\n" : ",\"error\":\"%s\"}\n", strerror((int)-result));
	return result != 0;
}

/* The pid of a task in the innermost namespace; -1 when it is gone. */
static int pid_inside(const char *pid)
{
	char path[64], line[256];
	int inside = -1;
	snprintf(path, sizeof path, "/proc/%.20s/status", pid);
	FILE *status = fopen(path, "re");
	while (status != NULL && fgets(line, sizeof line, status) != NULL)
		if (strncmp(line, "NSpid:", 6) == 0)
			inside = atoi(strrchr(line, '\t') + 1);
	if (status != NULL)
		fclose(status);
	return inside;
}

/* Every lock that shows at one descriptor. */
static int at_descriptor(const char *pid, const char *fd, int inside, int unlock)
{
	char path[64], line[256];
	int failed = 0;
	struct lock lock = { .fd = atoi(fd) };
	snprintf(path, sizeof path, "/proc/%.20s/fdinfo/%.20s", pid, fd);
	FILE *info = fopen(path, "re");
	while (info != NULL && fgets(line, sizeof line, info) != NULL)
		if (lock_parse(line, &lock))
			failed |= print(inside, &lock, unlock ? change(atoi(pid), &lock, 0) : 0);
	if (info != NULL)
		fclose(info);
	return failed;
}

static int each_descriptor(const char *pid, int (*visit)(const char *pid, const char *fd, int inside, int flag), int flag)
{
	char path[64];
	struct dirent *entry;
	int failed = 0, inside = pid_inside(pid);
	snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	DIR *folder = opendir(path);
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			failed |= visit(pid, entry->d_name, inside, flag);
	if (folder != NULL)
		closedir(folder);
	return failed;
}

int locks_list(char **pids, int unlock)
{
	int failed = 0;
	for (; *pids != NULL; pids++)
		failed |= each_descriptor(*pids, at_descriptor, unlock);
	return failed;
}

int locks_take(char **pids)
{
	char line[512];
	struct lock lock = { 0 };
	int inside, failed = 0;
	while (fgets(line, sizeof line, stdin) != NULL) {
		char **pid = pids;
		if (!lock_read(line, &inside, &lock))
			return 1;
		while (*pid != NULL && pid_inside(*pid) != inside)
			pid++;
		long result = *pid == NULL ? -ESRCH : change(atoi(*pid), &lock, 1);
		if (result != 0)
			failed |= print(inside, &lock, result);
	}
	return failed;
}

static int unrepair(const char *pid, const char *fd, int inside, int flag)
{
	int on = 0, protocol = 0, own = steal_fd(atoi(pid), atoi(fd));
	socklen_t size = sizeof on, protocol_size = sizeof protocol;
	(void)inside;
	(void)flag;
	if (own < 0)
		return 0;
	int failed = 0;
	if (getsockopt(own, SOL_SOCKET, SO_PROTOCOL, &protocol, &protocol_size) == 0 && protocol == IPPROTO_TCP &&
	    getsockopt(own, IPPROTO_TCP, TCP_REPAIR, &on, &size) == 0 && on != 0) {
		int off = -1; /* without a window probe, which would be answered by a copy that may live */
		failed = setsockopt(own, IPPROTO_TCP, TCP_REPAIR, &off, sizeof off) < 0;
		printf("{\"inside\":%d,\"fd\":%s,\"unrepaired\":%s}\n", inside, fd, failed ? "false" : "true");
	}
	close(own);
	return failed;
}

int sockets_unrepair(char **pids)
{
	int failed = 0;
	for (; *pids != NULL; pids++)
		failed |= each_descriptor(*pids, unrepair, 0);
	return failed;
}
