#include "kernels.h"

void state_init(struct state *state)
{
	*state = (struct state){ .random = 88172645463325252u, .x = 0.3, .y = 0.4, .z = 0.5 };
	for (int i = 0; i < TABLE_WORDS; i++)
		state->table[i] = (uint64_t)i * 2654435761u;
}

/* Shifts, additions, a multiplication, a load and a store at a place nobody can foresee, and a branch of that kind. */
static void integer_rounds(struct state *state, int rounds)
{
	uint64_t random = state->random;
	while (rounds-- > 0) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		uint64_t *word = &state->table[random % TABLE_WORDS];
		if (*word & 0x10000)
			*word = *word * 6364136223846793005u + random;
		else
			*word = (*word >> 5) + (random ^ *word << 3);
	}
	state->random = random;
}

/* Three logistic maps, which stay between 0 and 1 and never become so small that the CPU needs help, and a division. */
static void float_rounds(struct state *state, int rounds)
{
	double x = state->x, y = state->y, z = state->z, sum = state->sum;
	while (rounds-- > 0) {
		x = 3.91 * x * (1 - x);
		y = 3.93 * y * (1 - y);
		z = 3.95 * z * (1 - z);
		sum = 0.5 * sum + (x + y) / (1 + z);
	}
	state->x = x;
	state->y = y;
	state->z = z;
	state->sum = sum;
}

void run_rounds(enum kernel kernel, struct state *state, int rounds)
{
	(kernel == KERNEL_INTEGER ? integer_rounds : float_rounds)(state, rounds);
}
