/* What the tasks of a job hold while they are stopped for a move: locks, and TCP sockets that CRIU left in repair mode. */
#ifndef SHIM_TASKS_H
#define SHIM_TASKS_H

#include <sys/types.h>

/* One lock, as fdinfo shows it. */
struct lock {
	int fd;
	char kind[8]; /* fcntl, flock, ofd, lease */
	char mode[8]; /* read, write */
	long long start, end; /* inclusive; -1: to the end of the file */
	char file[64]; /* device and inode */
};

/* One line of fdinfo: 1 a lock, 0 something else. */
int lock_parse(const char *line, struct lock *lock);

/* A lock as `shim locks` prints it, read again: 1, or 0 for what is none. `inside`: pid in the job's namespace. */
int lock_read(const char *line, int *inside, struct lock *lock);

/* Prints what these tasks hold, one JSON object a line; `unlock`: and releases it. 0, or 1 when something could not be. */
int locks_list(char **pids, int unlock);

/* Takes the locks on stdin again for these tasks; prints those that somebody else has now. */
int locks_take(char **pids);

/* Ends the repair mode of every TCP socket. */
int sockets_unrepair(char **pids);

/* A descriptor of another task as our own; -1 with errno. */
int steal_fd(pid_t pid, int fd);

/* fcntl(fd, F_SETLK, …) done by the stopped task itself, to whom such a lock belongs: 0 or -errno. */
long fcntl_in(pid_t pid, int fd, int type, long long start, long long end);

#endif
