#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/io.h"
#include "../common/unix.h"
#include "fds.h"
#include "mounts.h"
#include "program.h"

static int report_to;

static void fail(const char *stage)
{
	int error = errno;
	dprintf(report_to, "failed %.300s %d %s\n", stage, error, strerror(error));
	_exit(1);
}

const char *enter_namespaces(const struct spec *spec, int flags)
{
	char path[4096];
	if (spec->cgroup != NULL) {
		snprintf(path, sizeof path, "%s/cgroup.procs", spec->cgroup);
		int procs = open(path, O_WRONLY | O_CLOEXEC);
		if (procs < 0 || write_all(procs, "0", 1) < 0)
			return "cgroup";
		close(procs);
	}
	int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); /* the agent's own is that of one who must live */
	if (score < 0 || write_all(score, "0", 1) < 0)
		return "oom_score_adj";
	close(score);
	if (spec->netns != NULL) {
		int net = open(spec->netns, O_RDONLY | O_CLOEXEC);
		if (net < 0 || ((flags & CLONE_NEWPID) && setns(net, CLONE_NEWNET) < 0))
			return "netns";
		close(net);
	}
	return unshare(flags) < 0 ? "unshare" : NULL;
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
	if (chdir(spec->cwd == NULL ? "/" : spec->cwd) < 0)
		fail("cwd");
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

static void first_process(const struct spec *spec)
{
	struct stdio stdio;
	char number[16];
	int exec_report, error = 0;
	set_up(spec);
	/* Only root connects: the job's user must not read what she did not get yet. */
	int listener = fcntl(unix_listen(spec->socket, 0600), F_DUPFD_CLOEXEC, FD_FREE + 1);
	if (listener < 0)
		fail("socket");
	open_as_user(spec, &stdio);
	pid_t program = program_start(spec, &stdio, &exec_report);
	if (program < 0)
		fail("pid");
	if (read_some(exec_report, &error, sizeof error) > 0) {
		dprintf(report_to, "exec %d %s\n", error, strerror(error));
		_exit(1);
	}
	if (chdir("/") < 0)
		fail("/");
	report_to = fcntl(report_to, F_DUPFD_CLOEXEC, FD_FREE + 1);
	keep(&stdio, listener);
	if (drop_rights(spec) < 0)
		fail("rights");
	snprintf(number, sizeof number, "%d", program);
	char *argv[] = { "init", number, NULL }, *env[] = { NULL };
	execve(SHIM_INSIDE, argv, env);
	fail(SHIM_INSIDE);
}

int launch(struct spec *spec)
{
	int ends[2];
	char line[1024];
	size_t length = 0;
	ssize_t n;
	report_to = STDOUT_FILENO;
	if (spec->root == NULL || spec->socket == NULL || spec->args.count == 0 || spec->uid == (uid_t)-1 || spec->gid == (gid_t)-1) {
		errno = EINVAL;
		fail("specification");
	}
	const char *what = enter_namespaces(spec, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS);
	if (what != NULL || pipe2(ends, O_CLOEXEC) < 0)
		fail(what == NULL ? "pipe" : what);
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
