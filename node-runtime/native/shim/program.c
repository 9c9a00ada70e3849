#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/exec.h"
#include "../common/io.h"
#include "fds.h"

int files_as_user(const struct spec *spec)
{
	if (setgroups(spec->group_count, spec->groups) < 0)
		return -1;
	setfsgid(spec->gid);
	setfsuid(spec->uid);
	return setfsuid((uid_t)-1) == (int)spec->uid ? 0 : -1;
}

int files_as_root(void)
{
	setfsuid(0);
	setfsgid(0);
	return setfsuid((uid_t)-1) == 0 ? 0 : -1;
}

int drop_rights(const struct spec *spec)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		if (spec->uid != 0 && prctl(PR_CAPBSET_DROP, capability) < 0)
			return -1;
	if (setgroups(spec->group_count, spec->groups) < 0 || setresgid(spec->gid, spec->gid, spec->gid) < 0 ||
	    setresuid(spec->uid, spec->uid, spec->uid) < 0)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int reset_signals(uint64_t ignored)
{
	sigset_t none;
	for (int number = 1; number < NSIG; number++)
		signal(number, ignored >> (number - 1) & 1 ? SIG_IGN : SIG_DFL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int set_limits(const struct spec *spec)
{
	umask((mode_t)spec->umask);
	for (size_t i = 0; i < spec->limit_count; i++)
		if (setrlimit(spec->limits[i].resource, &spec->limits[i].value) < 0)
			return -1;
	return setpriority(PRIO_PROCESS, 0, spec->nice);
}

/*
 * No program in a job gets an io_uring: nothing that has one can be moved, and all that use it go on without (Node.js has
 * one from its start, whatever it is told).
 */
static int without_io_uring(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYS_io_uring_setup, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, SYS_io_uring_register, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof steps / sizeof steps[0], steps };
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/*
 * In the child. A process group of its own in pid 1's session: a session of its own would be an orphaned group, which
 * ^Z does not stop. The working directory is entered as the user and nobody else: FUSE lets in only its owner.
 */
static enum start_stage prepare(const struct spec *spec, const struct stdio *stdio)
{
	setpgid(0, 0);
	if (stdio->slave >= 0) {
		signal(SIGTTOU, SIG_IGN);
		if (tcsetpgrp(stdio->slave, getpid()) < 0)
			return START_STDIO;
	}
	for (int i = 0; i < 3; i++)
		if ((stdio->child[i] < 0 ? close(i) : dup2(stdio->child[i], i)) < 0 && stdio->child[i] >= 0)
			return START_STDIO;
	if (set_limits(spec) < 0 || drop_rights(spec) < 0 || (spec->uid != 0 && without_io_uring() < 0) || reset_signals(spec->ignored) < 0)
		return START_RIGHTS;
	return chdir(spec->cwd == NULL ? "/" : spec->cwd) < 0 ? START_FOLDER : START_EXEC;
}

static void become(const struct spec *spec, const struct stdio *stdio, int report)
{
	static char *nothing[] = { NULL };
	struct start_failure failure = { .stage = prepare(spec, stdio) };
	failure.reason.error = errno;
	if (failure.stage == START_EXEC)
		exec_program(spec->args.at, spec->env.at == NULL ? nothing : spec->env.at, &failure.reason);
	write_all(report, &failure, sizeof failure);
	_exit(127);
}

pid_t program_start(const struct spec *spec, const struct stdio *stdio, int *report)
{
	int ends[2];
	pid_t wished = (pid_t)spec->pid;
	struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wished, .set_tid_size = wished > 1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	if (pid == 0)
		become(spec, stdio, ends[1]);
	int error = errno;
	close(ends[1]);
	*report = ends[0];
	errno = error;
	return pid;
}
