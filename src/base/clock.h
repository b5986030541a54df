/* Time. */
#ifndef REEL_BASE_CLOCK_H
#define REEL_BASE_CLOCK_H

/* Seconds on a clock that never steps back; only differences mean anything. */
double reel_clock_seconds(void);

/* CPU seconds used by this process on all its threads. */
double reel_clock_cpu_seconds(void);

#endif
