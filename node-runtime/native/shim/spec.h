/* What a job is to be, as the agent says it on stdin; see records.h. */
#ifndef SHIM_SPEC_H
#define SHIM_SPEC_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { GROUPS_MOST = 1024, LIMITS_MOST = 16, SPEC_MOST = 16 * 1024 * 1024 };

struct words {
	char **at; /* NULL behind the last */
	size_t count;
};

struct limit {
	int resource;
	struct rlimit value;
};

struct spec {
	char *netns, *overlayns, *cgroup, *root, *host, *cwd, *socket, *tty;
	uid_t uid;
	gid_t gid, groups[GROUPS_MOST];
	size_t group_count;
	struct limit limits[LIMITS_MOST];
	size_t limit_count;
	long pid, umask;
	int nice;
	uint64_t ignored; /* bit n-1: signal n is ignored, as nohup does */
	char *fds[3];
	struct words mounts, args, env;
};

/* Fills `spec` with pointers into `text`. NULL, or the record that is wrong. */
const char *spec_parse(struct spec *spec, char *text, size_t length);

#endif
