#define _GNU_SOURCE
#include "tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	RED_ZONE = 512, /* below the stack pointer: not ours */
	STOPS_MOST = 8, /* a stopped task reports its stop again before it takes a step */
};

static const unsigned char SYSCALL[8] = { 0x0f, 0x05, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc };

static int copy(pid_t pid, uint64_t at, void *bytes, size_t length, int to_task)
{
	struct iovec here = { bytes, length }, there = { (void *)(uintptr_t)at, length };
	ssize_t n = to_task ? process_vm_writev(pid, &here, 1, &there, 1, 0) : process_vm_readv(pid, &here, 1, &there, 1, 0);
	return n == (ssize_t)length ? 0 : -1;
}

/* One step of the task through a system call that stands at its own place, which is mended afterwards. */
static long step(pid_t pid, struct user_regs_struct before, int fd, struct flock *lock)
{
	struct user_regs_struct regs = before;
	char kept[sizeof *lock];
	long code, word;
	int status;
	uint64_t place = (before.rsp - RED_ZONE - sizeof *lock) & ~15ULL;
	errno = 0;
	code = ptrace(PTRACE_PEEKTEXT, pid, before.rip, 0);
	if (errno != 0 || copy(pid, place, kept, sizeof kept, 0) < 0 || copy(pid, place, lock, sizeof *lock, 1) < 0)
		return -errno;
	memcpy(&word, SYSCALL, sizeof word);
	regs.rax = SYS_fcntl;
	regs.orig_rax = (uint64_t)-1;
	regs.rdi = (uint64_t)fd;
	regs.rsi = F_SETLK;
	regs.rdx = place;
	long result = -EIO;
	int ready = ptrace(PTRACE_POKETEXT, pid, before.rip, word) == 0 && ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0;
	for (int tries = 0; ready && tries < STOPS_MOST && regs.rip == before.rip; tries++)
		ready = ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0 && waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) &&
		        ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0;
	if (ready && regs.rip != before.rip)
		result = (long)regs.rax;
	ptrace(PTRACE_POKETEXT, pid, before.rip, code);
	copy(pid, place, kept, sizeof kept, 1);
	ptrace(PTRACE_SETREGS, pid, 0, &before);
	return result;
}

long fcntl_in(pid_t pid, int fd, int type, long long start, long long end)
{
	struct flock lock = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = end < 0 ? 0 : end - start + 1 };
	struct user_regs_struct regs;
	int status;
	long result = -EIO;
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
		return -errno;
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && waitpid(pid, &status, __WALL) == pid && ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0)
		result = step(pid, regs, fd, &lock);
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return result;
}
