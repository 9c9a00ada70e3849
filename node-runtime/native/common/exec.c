#define _GNU_SOURCE
#include "exec.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

enum { HEAD = 128, PATH_MOST = 4096 };

static int is_folder(const char *path)
{
	struct stat state;
	return stat(path, &state) == 0 && S_ISDIR(state.st_mode);
}

int find_program(const char *name, const char *search, char *path, size_t room)
{
	int error = ENOENT;
	char place[PATH_MOST];
	if (*name == 0 || strlen(name) >= room)
		return ENOENT;
	strcpy(path, name);
	if (strchr(name, '/') != NULL)
		return 0;
	for (const char *next = search == NULL ? "/usr/local/bin:/usr/bin:/bin" : search; next != NULL; next = strchr(next, ':')) {
		next += *next == ':';
		int length = (int)strcspn(next, ":");
		int written = snprintf(place, sizeof place, length > 0 ? "%.*s/%s" : "%.*s%s", length, next, name);
		if (written < 0 || (size_t)written >= sizeof place || (size_t)written >= room || access(place, F_OK) < 0 || is_folder(place))
			continue;
		if (error == ENOENT || access(place, X_OK) == 0)
			strcpy(path, place);
		if (access(place, X_OK) == 0)
			return 0;
		error = EACCES;
	}
	return error;
}

/* The first bytes of a file, with a NUL behind them; none when it cannot be read. */
static size_t read_head(const char *path, char head[HEAD + 1])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read_some(fd, head, HEAD);
	if (fd >= 0)
		close(fd);
	head[n < 0 ? 0 : n] = 0;
	return n < 0 ? 0 : (size_t)n;
}

/* As bash decides it: a NUL in the first line makes it a binary. */
static int is_text(const char *path)
{
	char head[HEAD + 1];
	size_t length = read_head(path, head);
	const char *line = memchr(head, '\n', length);
	return memchr(head, 0, line == NULL ? length : (size_t)(line - head)) == NULL;
}

static void exec_by_shell(char *path, char **argv, char **env)
{
	size_t count = 0;
	while (argv[count] != NULL)
		count++;
	char **words = malloc((count + 2) * sizeof *words);
	if (words == NULL)
		return;
	words[0] = "sh";
	words[1] = path;
	memcpy(words + 2, argv + 1, count * sizeof *words);
	execve("/bin/sh", words, env);
	free(words);
}

static const char *machine_of(const char *head, size_t length)
{
	static const struct {
		unsigned short machine;
		const char *name;
	} machines[] = { { EM_AARCH64, "64-bit ARM" }, { EM_ARM, "ARM" },   { EM_RISCV, "RISC-V" },   { EM_PPC64, "64-bit PowerPC" }, { EM_PPC, "PowerPC" },
		         { EM_MIPS, "MIPS" },          { EM_S390, "IBM S/390" }, { EM_SPARCV9, "SPARC" }, { EM_386, "32-bit PCs" } };
	if (length < 20 || memcmp(head, ELFMAG, SELFMAG) != 0)
		return NULL;
	unsigned low = (unsigned char)head[18], high = (unsigned char)head[19];
	unsigned machine = head[EI_DATA] == ELFDATA2MSB ? low << 8 | high : high << 8 | low;
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return machine == EM_X86_64 ? NULL : "another kind of machine";
}

static void explain(const char *path, struct exec_failure *failure)
{
	char head[HEAD + 1];
	size_t length = read_head(path, head);
	const char *machine = failure->error == ENOEXEC ? machine_of(head, length) : NULL;
	head[strcspn(head, "\n")] = 0;
	if (machine != NULL)
		snprintf(failure->text, sizeof failure->text, "it is a program for %s; members are PCs (x86-64)", machine);
	else if (failure->error == ENOENT && length > 0 && strncmp(head, "#!", 2) == 0)
		snprintf(failure->text, sizeof failure->text, "its interpreter %s is missing", head + 2 + strspn(head + 2, " \t"));
	else if (failure->error == ENOENT && length > 0)
		snprintf(failure->text, sizeof failure->text, "the loader it asks for is missing");
	else
		snprintf(failure->text, sizeof failure->text, "%s", strerror(is_folder(path) && failure->error == EACCES ? EISDIR : failure->error));
}

void exec_program(char **argv, char **env, struct exec_failure *failure)
{
	const char *search = NULL;
	char path[PATH_MOST] = "";
	for (char **next = env; *next != NULL; next++)
		if (strncmp(*next, "PATH=", 5) == 0)
			search = *next + 5;
	failure->error = find_program(argv[0], search, path, sizeof path);
	if (failure->error == 0) {
		execve(path, argv, env);
		failure->error = errno;
	}
	if (failure->error == ENOEXEC && is_text(path)) {
		exec_by_shell(path, argv, env);
		failure->error = errno;
	}
	explain(path, failure);
}
