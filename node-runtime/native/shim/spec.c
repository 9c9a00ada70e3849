#define _GNU_SOURCE
#include "spec.h"

#include <stdlib.h>
#include <string.h>

#include "../common/records.h"

static int add(struct words *words, char *word)
{
	if ((words->count & (words->count + 1)) == 0) { /* 0, 1, 3, 7 ... */
		char **larger = realloc(words->at, (2 * words->count + 2) * sizeof *larger);
		if (larger == NULL)
			return -1;
		words->at = larger;
	}
	words->at[words->count++] = word;
	words->at[words->count] = NULL;
	return 0;
}

static int add_group(struct spec *spec, const char *text)
{
	long group = read_number(text, UINT32_MAX - 1L);
	if (group < 0 || spec->group_count == GROUPS_MOST)
		return -1;
	spec->groups[spec->group_count++] = (gid_t)group;
	return 0;
}

/* RESOURCE:SOFT:HARD; what does not fit into a signed number means without limit. */
static int add_limit(struct spec *spec, char *text)
{
	char *soft = cut_at(text, ':');
	char *hard = soft == NULL ? NULL : cut_at(soft, ':');
	long resource = read_number(text, RLIM_NLIMITS - 1);
	if (hard == NULL || resource < 0 || spec->limit_count == LIMITS_MOST)
		return -1;
	long most = read_number(hard, INT64_MAX), least = read_number(soft, INT64_MAX);
	struct rlimit value = { least < 0 ? RLIM_INFINITY : (rlim_t)least, most < 0 ? RLIM_INFINITY : (rlim_t)most };
	spec->limits[spec->limit_count++] = (struct limit){ (int)resource, value };
	return 0;
}

static int set_fd(struct spec *spec, char *text)
{
	char *kind = cut_at(text, ':');
	long fd = read_number(text, 2);
	if (kind == NULL || fd < 0)
		return -1;
	spec->fds[fd] = kind;
	return 0;
}

static int set_number(long *number, const char *text, long most)
{
	*number = read_number(text, most);
	return *number < 0 ? -1 : 0;
}

static int set_id(uint32_t *id, const char *text)
{
	long number = read_number(text, UINT32_MAX - 1L);
	*id = (uint32_t)number;
	return number < 0 ? -1 : 0;
}

static int set_octal(long *number, const char *text)
{
	char *end;
	*number = strtol(text, &end, 8);
	return *text >= '0' && *text <= '7' && *end == 0 && *number <= 0777 ? 0 : -1;
}

static int set_nice(int *nice, const char *text)
{
	long size = read_number(*text == '-' ? text + 1 : text, 20);
	*nice = (int)(*text == '-' ? -size : size);
	return size < 0 ? -1 : 0;
}

static int set_mask(uint64_t *mask, const char *text)
{
	char *end;
	*mask = strtoull(text, &end, 16);
	return *text == 0 || *end != 0 ? -1 : 0;
}

static int take(struct spec *spec, char *key, char *value)
{
	const struct {
		const char *key;
		char **to;
	} texts[] = { { "netns", &spec->netns },   { "overlayns", &spec->overlayns }, { "cgroup", &spec->cgroup }, { "root", &spec->root },
		      { "host", &spec->host },     { "cwd", &spec->cwd },             { "socket", &spec->socket }, { "tty", &spec->tty } };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(key, texts[i].key) == 0) {
			*texts[i].to = value;
			return 0;
		}
	return strcmp(key, "arg") == 0     ? add(&spec->args, value)
	       : strcmp(key, "env") == 0   ? add(&spec->env, value)
	       : strcmp(key, "mount") == 0 ? add(&spec->mounts, value)
	       : strcmp(key, "fd") == 0    ? set_fd(spec, value)
	       : strcmp(key, "group") == 0 ? add_group(spec, value)
	       : strcmp(key, "rlimit") == 0 ? add_limit(spec, value)
	       : strcmp(key, "uid") == 0   ? set_id(&spec->uid, value)
	       : strcmp(key, "gid") == 0   ? set_id(&spec->gid, value)
	       : strcmp(key, "pid") == 0   ? set_number(&spec->pid, value, 1 << 30)
	       : strcmp(key, "umask") == 0 ? set_octal(&spec->umask, value)
	       : strcmp(key, "nice") == 0  ? set_nice(&spec->nice, value)
	       : strcmp(key, "ignore") == 0 ? set_mask(&spec->ignored, value)
	       : strcmp(key, "id") == 0    ? 0
	                                   : -1;
}

const char *spec_parse(struct spec *spec, char *text, size_t length)
{
	struct records records = { text, text + length };
	struct record record;
	int got;
	*spec = (struct spec){ .uid = (uid_t)-1, .gid = (gid_t)-1, .umask = 022 };
	while ((got = records_next(&records, &record)) > 0)
		if (take(spec, record.key, record.value) < 0)
			return record.key;
	return got < 0 ? "(not a record)" : NULL;
}
