#define _GNU_SOURCE
#include "local.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Files of these exist anew in every job, or nowhere else, or (FUSE) for nobody but their owner. */
static int is_private(const char *path)
{
	struct statfs fs;
	static const long private[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP2_SUPER_MAGIC, FUSE_SUPER_MAGIC };
	if (statfs(path, &fs) < 0)
		return 1;
	for (size_t i = 0; i < sizeof private / sizeof private[0]; i++)
		if ((long)fs.f_type == private[i])
			return 1;
	return 0;
}

static int is_job_device(const struct stat *state)
{
	unsigned number = minor(state->st_rdev); /* zero, full, random, urandom */
	return S_ISCHR(state->st_mode) && major(state->st_rdev) == 1 && (number == 5 || number == 7 || number == 8 || number == 9);
}

/* The name under which the job can open the very same file, with the rights of its user; 0 when there is none. */
static int find_path(int fd, const struct stat *state, char *path, size_t room)
{
	char link[32];
	struct stat there;
	int mode = fcntl(fd, F_GETFL) & O_ACCMODE;
	int needed = mode == O_RDONLY ? R_OK : mode == O_WRONLY ? W_OK : R_OK | W_OK;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, room - 1);
	if (length <= 0 || (size_t)length == room - 1)
		return 0;
	path[length] = 0;
	if (*path != '/' || stat(path, &there) < 0 || there.st_dev != state->st_dev || there.st_ino != state->st_ino)
		return 0;
	return (is_job_device(state) || (S_ISREG(state->st_mode) && !is_private(path))) && faccessat(AT_FDCWD, path, needed, AT_EACCESS) == 0;
}

static int is_null(const struct stat *state)
{
	return S_ISCHR(state->st_mode) && state->st_rdev == makedev(1, 3);
}

/* 2>&1: one pipe for both keeps the order of what is written, one open file its offset. */
static int same_as(int fd, const struct stat *state)
{
	struct stat other;
	for (int i = fd == 2; i < fd; i++) {
		if (fstat(i, &other) < 0 || other.st_dev != state->st_dev || other.st_ino != state->st_ino)
			continue;
		if (S_ISFIFO(state->st_mode) || S_ISSOCK(state->st_mode))
			return i > 0 ? i : -1;
		if (lseek(i, 0, SEEK_CUR) == lseek(fd, 0, SEEK_CUR) && fcntl(i, F_GETFL) == fcntl(fd, F_GETFL))
			return i;
	}
	return -1;
}

static enum kind look(int fd, int tty)
{
	struct stat state;
	char path[4096];
	if (fstat(fd, &state) < 0)
		return KIND_CLOSED;
	if (is_null(&state))
		return KIND_NULL;
	if (tty > 0 || (tty == 0 && isatty(fd)))
		return KIND_TTY;
	if (fd > 0 && same_as(fd, &state) >= 0)
		return KIND_SAME;
	return find_path(fd, &state, path, sizeof path) ? KIND_FILE : KIND_PIPE;
}

int local_look(struct local *local, int tty)
{
	int any = 0;
	*local = (struct local){ .terminal = -1 };
	for (int i = 0; i < 3; i++) {
		local->kind[i] = look(i, tty);
		any |= local->kind[i] == KIND_TTY ? 1 << i : 0;
	}
	if (any == 0)
		return 0;
	local->owner = tty > 0 || (any & 2);
	local->terminal = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	for (int i = 0; i < 3 && local->terminal < 0; i++)
		if (any & 1 << i)
			local->terminal = fcntl(i, F_DUPFD_CLOEXEC, 3);
	return tcgetattr(local->terminal, &local->cooked);
}

/* Where the terminal here stays as it is, it also echoes, edits lines and makes signals: the one in the job must not. */
static void describe_terminal(const struct local *local, struct text *request)
{
	struct winsize size = { 0 };
	struct termios settings = local->cooked;
	char hex[2 * sizeof settings + 1];
	ioctl(local->terminal, TIOCGWINSZ, &size);
	if (!local->owner) {
		settings.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL | ISIG);
		settings.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
		settings.c_oflag &= ~(tcflag_t)OPOST;
	}
	for (size_t i = 0; i < sizeof settings; i++)
		snprintf(hex + 2 * i, 3, "%02x", ((unsigned char *)&settings)[i]);
	text_record(request, "tty=%u:%u:%s", size.ws_row, size.ws_col, hex);
}

static long long offset_of(int fd)
{
	off_t offset = lseek(fd, 0, SEEK_CUR);
	return offset < 0 ? 0 : offset;
}

void local_describe(const struct local *local, struct text *request)
{
	static const char *const names[] = { "pipe", "null", "tty", "closed" };
	struct stat state;
	char path[4096];
	for (int i = 0; i < 3; i++) {
		enum kind kind = local->kind[i];
		if (kind < KIND_FILE)
			text_record(request, "fd=%d:%s", i, names[kind]);
		else if (fstat(i, &state) == 0 && kind == KIND_SAME)
			text_record(request, "fd=%d:same:%d", i, same_as(i, &state));
		else if (find_path(i, &state, path, sizeof path))
			text_record(request, "fd=%d:file:%d:%lld:%s", i, fcntl(i, F_GETFL), offset_of(i), path);
		else
			text_record(request, "fd=%d:null", i);
	}
	if (local->terminal >= 0)
		describe_terminal(local, request);
}

int local_is_kind(int fd, unsigned kind)
{
	struct stat state;
	return fstat(fd, &state) == 0 && (state.st_mode & S_IFMT) == kind;
}

void local_let_go(struct local *local, int now)
{
	int null = now ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
	for (int i = 1; i < 3; i++) {
		if (!local_is_kind(i, S_IFIFO) && !local_is_kind(i, S_IFSOCK))
			continue;
		local->kind[i] = KIND_NULL;
		if (null >= 0)
			dup2(null, i);
	}
	if (null >= 0)
		close(null);
}

/* A description of our own: O_NONBLOCK on the old one would be everybody's who shares it. */
void local_unblock(int fd)
{
	char name[32];
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	int flags = fcntl(fd, F_GETFL);
	int own = flags < 0 ? -1 : open(name, (flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own >= 0) {
		dup2(own, fd);
		close(own);
	}
}
