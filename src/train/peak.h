/* What the matrix product of this machine can do, to compare a training with. */
#ifndef REEL_TRAIN_PEAK_H
#define REEL_TRAIN_PEAK_H

/* Best of a few products of 1024 x 1024 matrices on the threads that the kernels use, in GFLOP/s.
 * Takes a few hundredths of a second; 0 when it cannot be measured. */
double reel_peak_gflops(void);

#endif
