#define _GNU_SOURCE
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/records.h"

static int flag_of(const char *name)
{
	return strcmp(name, "ro") == 0       ? MS_RDONLY
	       : strcmp(name, "nosuid") == 0 ? MS_NOSUID
	       : strcmp(name, "nodev") == 0  ? MS_NODEV
	       : strcmp(name, "noexec") == 0 ? MS_NOEXEC
	                                     : -1;
}

static long flags_of(char *text)
{
	long flags = 0;
	for (char *next = text; text != NULL && *text != 0; text = next) {
		next = cut_at(text, ',');
		int flag = flag_of(text);
		if (flag < 0)
			return -1;
		flags |= flag;
	}
	return flags;
}

/* Home's files may hold any link: none of them leads out of the job's root. */
static int open_target(const char *root, const char *target)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top < 0 || strcmp(target, "/") == 0)
		return top;
	int fd = (int)syscall(SYS_openat2, top, target, &how, sizeof how);
	int error = errno;
	close(top);
	errno = error;
	return fd;
}

static int with_flags(const char *at, unsigned long flags)
{
	return mount(NULL, at, NULL, MS_BIND | MS_REMOUNT | flags, NULL);
}

/* mount_setattr(2), which not every C library knows; for these four flags its numbers are those of mount(2). */
struct attributes {
	uint64_t set, clear, propagation, user;
};
enum { SETATTR = 442, RECURSIVE = 0x8000 };

/* Those below it, too. */
static int tree_with_flags(int top, unsigned long flags)
{
	struct attributes attributes = { .set = flags };
	return (int)syscall(SETATTR, top, "", AT_EMPTY_PATH | RECURSIVE, &attributes, sizeof attributes);
}

static int mount_nfs(const struct spec *spec, const char *source, const char *at, unsigned long flags, const char *data)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int overlay = spec->overlayns == NULL ? -1 : open(spec->overlayns, O_RDONLY | O_CLOEXEC);
	int result = here < 0 || overlay < 0 || setns(overlay, CLONE_NEWNET) < 0 ? -1 : 0;
	if (result == 0) {
		result = mount(source, at, "nfs4", flags, data);
		int error = errno;
		if (setns(here, CLONE_NEWNET) < 0)
			return -1;
		errno = error;
	}
	int error = errno;
	close(here);
	close(overlay);
	errno = error;
	return result;
}

/* A folder is covered by an empty one, a file by the job's own /dev/null: that is restored without options. */
static int mask(const struct spec *spec, const char *at)
{
	char null[4096];
	struct stat state;
	if (stat(at, &state) < 0)
		return errno == ENOENT ? 0 : -1;
	if (S_ISDIR(state.st_mode))
		return mount("tmpfs", at, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,mode=555");
	snprintf(null, sizeof null, "%s/dev/null", spec->root);
	return mount(null, at, NULL, MS_BIND, NULL);
}

static int make(const struct spec *spec, const char *kind, const char *source, const char *at, unsigned long flags, const char *data)
{
	if (strcmp(kind, "bind") == 0)
		return mount(source, at, NULL, MS_BIND, NULL) < 0 ? -1 : flags == 0 ? 0 : 1;
	if (strcmp(kind, "tree") == 0)
		return mount(source, at, NULL, MS_BIND | MS_REC, NULL) < 0 ? -1 : 1;
	if (strcmp(kind, "remount") == 0)
		return with_flags(at, flags);
	if (strcmp(kind, "mask") == 0)
		return mask(spec, at);
	if (strcmp(kind, "nfs4") == 0)
		return mount_nfs(spec, source, at, flags, data);
	if (strcmp(kind, "proc") == 0 || strcmp(kind, "sysfs") == 0 || strcmp(kind, "devpts") == 0 || strcmp(kind, "tmpfs") == 0)
		return mount(kind, at, kind, flags, data);
	errno = EINVAL;
	return -1;
}

/* Whatever home has mounted there: the kernel mounts no /sys over the same one. */
static int detach(const struct spec *spec, const char *target)
{
	char at[32];
	for (;;) {
		int fd = open_target(spec->root, target);
		if (fd < 0)
			return -1;
		snprintf(at, sizeof at, "/proc/self/fd/%d", fd);
		int result = umount2(at, MNT_DETACH), error = errno;
		close(fd);
		if (result < 0)
			return error == EINVAL ? 0 : -1;
	}
}

/* KIND, SOURCE, TARGET, FLAGS, DATA between tabs. */
static int one(const struct spec *spec, char *line)
{
	char *fields[5] = { line };
	char at[32];
	for (int i = 1; i < 5; i++)
		fields[i] = fields[i - 1] == NULL ? NULL : cut_at(fields[i - 1], '\t');
	long flags = fields[4] == NULL ? -1 : flags_of(fields[3]);
	if (flags < 0) {
		errno = EINVAL;
		return -1;
	}
	if (strcmp(fields[0], "detach") == 0)
		return detach(spec, fields[2]);
	int target = open_target(spec->root, fields[2]);
	if (target < 0)
		return strcmp(fields[0], "mask") == 0 && errno == ENOENT ? 0 : -1;
	snprintf(at, sizeof at, "/proc/self/fd/%d", target);
	int result = make(spec, fields[0], fields[1], at, (unsigned long)flags, fields[4]);
	close(target);
	if (result > 0) { /* the bind is on top of it now */
		target = open_target(spec->root, fields[2]);
		snprintf(at, sizeof at, "/proc/self/fd/%d", target);
		int tree = strcmp(fields[0], "tree") == 0;
		result = target < 0 ? -1 : tree ? tree_with_flags(target, (unsigned long)flags) : with_flags(at, (unsigned long)flags);
		close(target);
	}
	return result;
}

/* Home's whole tree goes on as home's: what is mounted or taken away there later is so in the job. */
static unsigned long propagation(const struct spec *spec)
{
	for (size_t i = 0; i < spec->mounts.count; i++)
		if (strncmp(spec->mounts.at[i], "tree\t", 5) == 0)
			return MS_SLAVE;
	return MS_PRIVATE;
}

int mounts_make(const struct spec *spec, const char **what)
{
	*what = "/";
	if (mount(NULL, "/", NULL, MS_REC | propagation(spec), NULL) < 0)
		return -1;
	for (size_t i = 0; i < spec->mounts.count; i++) {
		*what = spec->mounts.at[i];
		if (one(spec, spec->mounts.at[i]) < 0)
			return -1;
	}
	return 0;
}

int mounts_enter(const struct spec *spec)
{
	if (chdir(spec->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return -1;
	return chdir("/");
}
