/*
 * plumpos: the command on the PATH. `run`, `sh` and the old names for them it does itself and then becomes the deputy of
 * the job; every other verb is Node.js's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/exec.h"
#include "../common/io.h"
#include "../common/records.h"
#include "deputy.h"
#include "files.h"
#include "options.h"

/* Records of the request, each ended by a newline: handed over the exec that gives the deputy its program's own words. */
#define ENVIRONMENT "PLUMPOS_DEPUTY"

extern char **environ;

/* Called by one of the old names, that name is the verb. The tools lie beside us, on a node in /usr/lib/plumpos. */
static int other_verb(const char *name, char **argv)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
	path[length < 0 ? 0 : length] = 0;
	char *slash = strrchr(path, '/');
	strcpy(slash == NULL ? path : slash + 1, "plumpos-tools");
	if (strcmp(name, "plumpos") == 0)
		argv++;
	else
		argv[0] = (char *)name;
	size_t count = 1;
	while (argv[count - 1] != NULL)
		count++;
	char *words[count + 1];
	words[0] = path;
	memcpy(words + 1, argv, count * sizeof *argv);
	execv(path, words);
	execv("/usr/lib/plumpos/plumpos-tools", words);
	fprintf(stderr, "plumpos: plumpos-tools: %s\n", strerror(errno));
	return 1;
}

static void describe_process(struct text *request)
{
	struct rlimit limit;
	struct sigaction action;
	uint64_t ignored = 0;
	mode_t mask = umask(0);
	umask(mask);
	text_record(request, "umask=%o", mask);
	text_record(request, "nice=%d", getpriority(PRIO_PROCESS, 0));
	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit(i, &limit) == 0)
			text_record(request, "rlimit=%d:%llu:%llu", i, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			ignored |= 1ULL << (number - 1);
	if (ignored != 0)
		text_record(request, "ignore=%llx", (unsigned long long)ignored);
}

static void add_words(struct text *request, const char *key, char **words)
{
	for (; *words != NULL; words++) {
		text_add(request, key, strlen(key));
		text_add(request, *words, strlen(*words) + 1);
	}
}

/* Takes our own variable out of the environment again. */
static char *take_options(void)
{
	const char *set = getenv(ENVIRONMENT);
	char *options = set == NULL ? NULL : strdup(set);
	unsetenv(ENVIRONMENT);
	return options;
}

/* Ends as the job ended, so that the shell sees a signal where there was one. */
static int end_as(int wait_status)
{
	struct rlimit none = { 0, 0 };
	sigset_t set;
	if (!WIFSIGNALED(wait_status))
		return WEXITSTATUS(wait_status);
	int number = WTERMSIG(wait_status);
	setrlimit(RLIMIT_CORE, &none);
	signal(number, SIG_DFL);
	kill(getpid(), number);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + number;
}

/* The starter of a detached job waits for this byte, to print the pid or end with our status. */
static void tell_starter(int fd, int status)
{
	unsigned char byte = (unsigned char)status;
	if (fd >= 0) {
		write_all(fd, &byte, 1);
		close(fd);
	}
}

static int complain(char **program, struct exec_failure failure)
{
	fprintf(stderr, "plumpos run: %s: %s\n", program[0], failure.text);
	return failure.error == ENOENT || failure.error == ENOTDIR ? 127 : 126;
}

static int run_here(char **program)
{
	struct exec_failure failure;
	exec_program(program, environ, &failure);
	return complain(program, failure);
}

static int be_deputy(char *options, char **program)
{
	struct text request = { 0 };
	struct local local;
	struct job job = { .pumped = 0 };
	const char *name = strrchr(program[0], '/');
	char *next;
	int status;
	int starter = (int)strtol(options, &options, 10), tty = (int)strtol(options, &options, 10), shell = (int)strtol(options, &options, 10);
	prctl(PR_SET_NAME, name == NULL ? program[0] : name + 1);
	text_record(&request, "verb=run");
	for (options += *options == '\n'; (next = cut_at(options, '\n')) != NULL; options = next)
		text_record(&request, "%s", options);
	if (local_look(&local, tty) < 0) {
		fprintf(stderr, "plumpos: --tty: there is no terminal here (PLUMP_USAGE)\n");
		return 2;
	}
	if (starter >= 0)
		local_let_go(&local, 0);
	local_describe(&local, &request);
	describe_process(&request);
	files_describe(program[0], &request);
	add_words(&request, "arg=", program);
	add_words(&request, "env=", environ);
	status = request.failed ? 125 : ask_run(&request, &job, !shell);
	free(request.bytes);
	if (status == ASK_NOBODY && shell)
		return run_here(program);
	if (status == ASK_NOBODY)
		status = no_agent();
	if (starter >= 0 && status == 0)
		local_let_go(&local, 1);
	tell_starter(starter, status);
	if (status != 0 || !deputy(&job, &local, &status))
		return status;
	ask_ended(&job, status, starter >= 0);
	return end_as(status);
}

/* --detach: the pid to print is the daemon's, which is made first. `silent`: the status where it says none. */
static int detach(unsigned char silent)
{
	int ends[2], null = open("/dev/null", O_RDWR);
	unsigned char status = silent;
	if (null < 0 || pipe(ends) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		setsid();
		dup2(null, 0);
		return ends[1];
	}
	close(ends[1]);
	FILE *out = local_is_kind(STDOUT_FILENO, S_IFREG) ? stderr : stdout; /* a file is the job's */
	if (pid < 0 || read_some(ends[0], &status, 1) < 0)
		exit(125);
	if (status != 0)
		exit(status);
	if (fprintf(out, "%d\n", pid) > 0 && fflush(out) == 0)
		exit(0);
	fprintf(stderr, "plumpos run: %d runs, but that could not be printed: %s\n", pid, strerror(errno));
	exit(1);
}

/* Inside a job there is no agent, and a job is already where it is to be: what it starts is started right here. */
static int is_job(void)
{
	return access("/dev/.plumpos/init", F_OK) == 0;
}

/* Only one that does not run has something to say. */
static int detach_here(char **program)
{
	struct local local = { .terminal = -1 };
	struct exec_failure failure;
	int starter = detach(0), err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (starter < 0 || fcntl(starter, F_SETFD, FD_CLOEXEC) < 0)
		return 125;
	local_let_go(&local, 1);
	exec_program(program, environ, &failure);
	dup2(err, STDERR_FILENO);
	int status = complain(program, failure);
	tell_starter(starter, status);
	return status;
}

static int start(const char *verb, char **words)
{
	struct options options;
	struct text line = { 0 };
	options_parse(&options, verb, words);
	if (options.help)
		return other_verb("help", (char *[]){ "help", strcmp(verb, "sh") == 0 ? "sh" : "run", NULL });
	if (is_job())
		return options.detach ? detach_here(options.program) : run_here(options.program);
	int starter = options.detach ? detach(125) : -1;
	text_record(&line, "%d %d %d", starter, options.tty, strcmp(verb, "sh") == 0);
	line.bytes[--line.length] = '\n';
	for (size_t i = 0; i < options.request.length; i++)
		text_add(&line, options.request.bytes[i] == 0 ? "\n" : &options.request.bytes[i], 1);
	text_add(&line, "", 1);
	setenv(ENVIRONMENT, line.bytes, 1);
	execv("/proc/self/exe", options.program);
	return be_deputy(take_options(), options.program); /* the words are too many for one exec: they stay as they are */
}

int main(int argc, char **argv)
{
	char *options = take_options();
	const char *name = strrchr(argv[0], '/');
	name = name == NULL ? argv[0] : name + 1;
	if (options != NULL && argc > 0)
		return be_deputy(options, argv);
	if (options_is_ours(name) && strcmp(name, "sh") != 0 && strcmp(name, "run") != 0)
		return start(name, argv + 1);
	if (argc > 1 && strcmp(name, "plumpos") == 0 && options_is_ours(argv[1]))
		return start(argv[1], argv + 2);
	return other_verb(name, argv);
}
