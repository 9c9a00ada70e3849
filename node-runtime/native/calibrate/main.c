/*
 * calibrate CPU[,CPU…]…: how fast CPUs are. Each word is one hardware core: its CPUs, as the kernel numbers them. Prints a line for
 * each: rounds per millisecond of the integer and of the floating-point kernel on its first CPU, alone on that core; and where it
 * has SMT siblings, the same of one of them while all of them are busy. The cores are timed at the same time. Ends within 2 s, on a
 * machine that is very busy within 15 s.
 *
 * The thread's own CPU time counts, not the clock on the wall: other processes make no CPU slower. What takes the CPU away from the
 * whole machine without the kernel's knowing (a lab's --speed, which stops QEMU for some of every 20 ms) is in the thread's time, as it is in
 * everybody's. So that such a stop cannot fall between two slices, a slice has many of them; the best of several is taken, since
 * whatever else happens (interrupts, a cold cache, a clock that was low, a busy host) makes one only slower.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "../common/clock.h"
#include "kernels.h"

enum {
	CORES_MOST = 8,
	THREADS_MOST = 64,
	SLICE_MS = 180,
	/* A slice that was cut short says nothing below this. */
	SLICE_LEAST_MS = 20,
	ALONE_SLICES = 3,
	SHARED_SLICES = 2,
	/* Between two looks at the clock at first, doubled until it is LOOK_MS: a look is not for nothing, and no CPU's share of it the same. */
	CHUNK_FIRST = 1000,
	LOOK_MS = 1,
	/* A machine so busy that a slice does not come to its end: each has its own time, or the last ones would have none. */
	SLICE_WALL_MS = 1500,
	/* Who works has the right of way. */
	NICE = 10,
};

struct thread {
	pthread_t id;
	int core, cpu;
	/* The first of its core: is there in both parts. */
	int first;
	int failed;
	double alone[KERNELS], shared[KERNELS];
};

static struct thread threads[THREADS_MOST];
static int thread_count, core_count, siblings[CORES_MOST];
static pthread_barrier_t barrier;
/* One of those that run has had its slice: the others would be alone from now on. */
static int over;

static double thread_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/* Rounds per millisecond, 0 when it had too little of the CPU to say. */
static double slice(enum kernel kernel, struct state *state)
{
	double start = thread_ms(), now = start, rounds = 0;
	long deadline = monotonic_ms() + SLICE_WALL_MS;
	int chunk = CHUNK_FIRST;
	while (now - start < SLICE_MS && !__atomic_load_n(&over, __ATOMIC_RELAXED) && monotonic_ms() < deadline) {
		double before = now;
		run_rounds(kernel, state, chunk);
		rounds += chunk;
		now = thread_ms();
		if (now - before < LOOK_MS)
			chunk *= 2;
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	return now - start < SLICE_LEAST_MS ? 0 : rounds / (now - start);
}

/* All threads come here together; only those that take part run. */
static void best_of(int slices, int takes_part, struct state *state, double best[KERNELS])
{
	for (int i = 0; i < slices * KERNELS; i++) {
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			over = 0;
		pthread_barrier_wait(&barrier);
		double rate = takes_part ? slice(i % KERNELS, state) : 0;
		if (rate > best[i % KERNELS])
			best[i % KERNELS] = rate;
	}
}

static void *measure(void *argument)
{
	struct thread *thread = argument;
	struct state state;
	cpu_set_t only;
	CPU_ZERO(&only);
	CPU_SET(thread->cpu, &only);
	if (sched_setaffinity(0, sizeof only, &only) < 0)
		thread->failed = errno;
	state_init(&state);
	best_of(ALONE_SLICES, thread->first, &state, thread->alone);
	if (thread_count > core_count)
		best_of(SHARED_SLICES, siblings[thread->core] > 1, &state, thread->shared);
	return NULL;
}

/* `0,4`: one thread for each CPU of the core. 0 when it is no such list. */
static int add_core(char *word)
{
	int core = core_count++;
	for (char *rest = word;; rest++) {
		char *begin = rest;
		long cpu = strtol(begin, &rest, 10);
		if (rest == begin || cpu < 0 || cpu >= CPU_SETSIZE || thread_count == THREADS_MOST)
			return 0;
		threads[thread_count++] = (struct thread){ .core = core, .cpu = (int)cpu, .first = begin == word };
		siblings[core]++;
		if (*rest != ',')
			return *rest == 0;
	}
}

static int run_all(void)
{
	pthread_barrier_init(&barrier, NULL, (unsigned)thread_count);
	for (int i = 0; i < thread_count; i++) {
		int error = pthread_create(&threads[i].id, NULL, measure, &threads[i]);
		if (error != 0)
			return error;
	}
	for (int i = 0; i < thread_count; i++)
		pthread_join(threads[i].id, NULL);
	return 0;
}

/* Of siblings that are busy together: the mean of those that had a slice; 0 when none had. */
static double mean_shared(int core, enum kernel kernel)
{
	double sum = 0;
	int count = 0;
	for (int i = 0; i < thread_count; i++)
		if (threads[i].core == core && threads[i].shared[kernel] > 0) {
			sum += threads[i].shared[kernel];
			count++;
		}
	return count == 0 ? 0 : sum / count;
}

static void print_core(int core)
{
	const struct thread *first = threads;
	while (first->core != core)
		first++;
	printf("%.0f %.0f", first->alone[KERNEL_INTEGER], first->alone[KERNEL_FLOAT]);
	if (siblings[core] > 1)
		printf(" %.0f %.0f", mean_shared(core, KERNEL_INTEGER), mean_shared(core, KERNEL_FLOAT));
	putchar('\n');
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (core_count == CORES_MOST || !add_core(argv[i])) {
			fprintf(stderr, "calibrate: '%s' is no core\n", argv[i]);
			return 2;
		}
	if (core_count == 0) {
		fputs("usage: calibrate CPU[,CPU...]...\n", stderr);
		return 2;
	}
	setpriority(PRIO_PROCESS, 0, NICE);
	int error = run_all();
	for (int i = 0; error == 0 && i < thread_count; i++)
		error = threads[i].failed;
	if (error != 0) {
		fprintf(stderr, "calibrate: %s\n", strerror(error));
		return 1;
	}
	for (int core = 0; core < core_count; core++)
		print_core(core);
	return 0;
}
