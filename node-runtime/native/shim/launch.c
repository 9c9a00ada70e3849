#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/unix.h"
#include "fds.h"
#include "mounts.h"
#include "program.h"

enum { FD_RESTORE_NET = 9 }; /* as criu is told */
#define RESTORE_TTY "restore-tty.so"

static int report_to;

static void fail(const char *stage)
{
	int error = errno;
	dprintf(report_to, "failed %.300s %d %s\n", stage, error, strerror(error));
	_exit(1);
}

static void join_cgroup(const struct spec *spec)
{
	char path[4096];
	if (spec->cgroup == NULL)
		return;
	snprintf(path, sizeof path, "%s/cgroup.procs", spec->cgroup);
	int procs = open(path, O_WRONLY | O_CLOEXEC);
	if (procs < 0 || write_all(procs, "0", 1) < 0)
		fail("cgroup");
	close(procs);
}

/* The agent's own is that of one who must live. */
static void forget_score(void)
{
	int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (score < 0 || write_all(score, "0", 1) < 0)
		fail("oom_score_adj");
	close(score);
}

static int open_netns(const struct spec *spec)
{
	int net = spec->netns == NULL ? -1 : open(spec->netns, O_RDONLY | O_CLOEXEC);
	if (spec->netns != NULL && net < 0)
		fail("netns");
	return net;
}

static void copy_self(void)
{
	struct stat state;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(SHIM_INSIDE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (to < 0 && errno == EEXIST)
		to = -2;
	if (from < 0 || to == -1 || fstat(from, &state) < 0)
		fail(SHIM_INSIDE);
	if (to >= 0 && (fchmod(to, 0755) < 0 || sendfile(to, from, NULL, (size_t)state.st_size) != state.st_size))
		fail(SHIM_INSIDE);
	close(from);
	close(to);
}

static void open_as_user(const struct spec *spec, struct stdio *stdio)
{
	if (files_as_user(spec) < 0)
		fail("user");
	const char *what = stdio_open(stdio, spec);
	if (what != NULL)
		fail(what);
	if (files_as_root() < 0)
		fail("user");
}

/* What pid 1 keeps goes to the numbers its copy looks for; everything else is closed with the exec. */
static void keep(const struct stdio *stdio, int listener)
{
	const int kept[] = { listener, stdio->in, stdio->out, stdio->err, stdio->master, stdio->slave,
		             stdio->files[0], stdio->files[1], stdio->files[2] };
	int null = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			fail("/dev/null");
	for (int i = 0; i < (int)(sizeof kept / sizeof kept[0]); i++)
		if (kept[i] < 0)
			close(FD_LISTEN + i);
		else if (dup2(kept[i], FD_LISTEN + i) < 0)
			fail("descriptors");
}

static void set_up(const struct spec *spec)
{
	const char *what;
	if (setsid() < 0 || (spec->host != NULL && sethostname(spec->host, strlen(spec->host)) < 0))
		fail("host name");
	if (mounts_make(spec, &what) < 0)
		fail(what);
	if (mounts_enter(spec) < 0)
		fail("root");
	copy_self();
}

static void await_exec(int report)
{
	static const char *const stages[] = { "descriptors", "rights", "cwd" };
	struct start_failure failure;
	if (read_some(report, &failure, sizeof failure) != sizeof failure)
		return;
	errno = failure.reason.error;
	if (failure.stage != START_EXEC)
		fail(stages[failure.stage]);
	dprintf(report_to, "exec %d %s\n", errno, failure.reason.text);
	_exit(1);
}

static void first_process(const struct spec *spec)
{
	struct stdio stdio;
	char number[16];
	int report;
	set_up(spec);
	/* Only root connects: the job's user must not read what she did not get yet. */
	int listener = fcntl(unix_listen(spec->socket, 0600), F_DUPFD_CLOEXEC, FD_FREE + 1);
	if (listener < 0)
		fail("socket");
	open_as_user(spec, &stdio);
	pid_t program = program_start(spec, &stdio, &report);
	if (program < 0)
		fail("pid");
	await_exec(report);
	report_to = fcntl(report_to, F_DUPFD_CLOEXEC, FD_FREE + 1);
	keep(&stdio, listener);
	if (drop_rights(spec) < 0)
		fail("rights");
	snprintf(number, sizeof number, "%d", program);
	char *argv[] = { "init", number, NULL }, *env[] = { NULL };
	execve(SHIM_INSIDE, argv, env);
	fail(SHIM_INSIDE);
}

int launch(struct spec *spec, char **words)
{
	(void)words;
	int ends[2];
	char line[1024];
	size_t length = 0;
	ssize_t n;
	report_to = STDOUT_FILENO;
	if (spec->root == NULL || spec->socket == NULL || spec->args.count == 0 || spec->uid == (uid_t)-1 || spec->gid == (gid_t)-1) {
		errno = EINVAL;
		fail("specification");
	}
	join_cgroup(spec);
	forget_score();
	int net = open_netns(spec);
	if (net >= 0 && setns(net, CLONE_NEWNET) < 0)
		fail("netns");
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		fail("unshare");
	pid_t first = fork();
	if (first == 0) {
		report_to = ends[1];
		first_process(spec);
	}
	close(ends[1]);
	while (first > 0 && (n = read_some(ends[0], line + length, sizeof line - length)) > 0)
		length += (size_t)n;
	if (length > 0)
		return write_all(STDOUT_FILENO, line, length) < 0 ? 1 : 0;
	if (first < 0 || waitpid(first, NULL, WNOHANG) != 0)
		fail("pid 1");
	return printf("started %d\n", first) < 0;
}

/* CRIU has a library of ours loaded, which lies beside this program (restore-tty.so): tasks get their terminal back by it. */
static void with_terminal(const char *terminal)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof RESTORE_TTY);
	char *name = length < 0 ? NULL : memrchr(path, '/', (size_t)length);
	if (name == NULL)
		fail(RESTORE_TTY);
	strcpy(name + 1, RESTORE_TTY);
	if (setenv("LD_PRELOAD", path, 1) < 0 || setenv("PLUMPOS_TERMINAL", terminal, 1) < 0)
		fail(RESTORE_TTY);
}

/* What CRIU loses unless its own process has it: the cgroup, the groups, no_new_privs and the flags of the root's mount. */
int restore(struct spec *spec, char **words)
{
	const char *what;
	report_to = STDERR_FILENO;
	join_cgroup(spec);
	int net = open_netns(spec), null = open("/dev/null", O_RDONLY);
	if (spec->mounts.count > 0 && (spec->root == NULL || unshare(CLONE_NEWNS) < 0))
		fail("mount namespace");
	if (spec->mounts.count > 0 && mounts_make(spec, &what) < 0)
		fail(what);
	if ((net >= 0 && dup2(net, FD_RESTORE_NET) < 0) || dup2(null, STDIN_FILENO) < 0)
		fail("descriptors");
	if (setgroups(spec->group_count, spec->groups) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail("groups");
	if (spec->tty != NULL)
		with_terminal(spec->tty);
	/* A dump whose memory nobody takes is to fail, and to let go of the tasks. */
	if (fcntl(FD_PAGES, F_GETFD) >= 0)
		signal(SIGPIPE, SIG_IGN);
	execvp(words[0], words);
	fail(words[0]);
	return 1;
}
