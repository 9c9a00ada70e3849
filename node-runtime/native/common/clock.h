/* Time that only goes on. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

long monotonic_ms(void);

void pause_ms(long milliseconds);

#endif
