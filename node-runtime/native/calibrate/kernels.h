/* What is timed: two small programs in the L1 cache, of which one round is always the same work. */
#ifndef CALIBRATE_KERNELS_H
#define CALIBRATE_KERNELS_H

#include <stdint.h>

enum kernel { KERNEL_INTEGER, KERNEL_FLOAT, KERNELS };

enum { TABLE_WORDS = 1024 };

/* Of one thread; what stands in it depends on every round, so that the compiler can leave none out. */
struct state {
	uint64_t random;
	uint64_t table[TABLE_WORDS];
	double x, y, z, sum;
};

void state_init(struct state *state);

/* Whoever changes a kernel changes what 10 000 means: core/balance/calibration.ts has the reference's rounds per millisecond. */
void run_rounds(enum kernel kernel, struct state *state, int rounds);

#endif
