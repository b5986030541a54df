/* The arithmetic of a pass: a run on kernels that only count what the products would do. */
#ifndef REEL_BENCH_ARITHMETIC_H
#define REEL_BENCH_ARITHMETIC_H

#include "ops/kernels.h"

/* The kernels of this process, but that products count their operations (a multiply-add is two)
 * and leave their results as they are. */
const reel_kernels *reel_arithmetic_kernels(void);

/* Operations counted since the last call. One pass at a time in a process. */
double reel_arithmetic_take(void);

#endif
