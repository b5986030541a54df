/* What the matrix product of this machine can do, to compare a training with. */
#ifndef REEL_TRAIN_PEAK_H
#define REEL_TRAIN_PEAK_H

/* Best of a few products of square matrices (1024 wide, and wider where those are over at once) on
 * the selected device, in GFLOP/s. Takes a few hundredths of a second; 0 when it cannot be
 * measured. */
double reel_peak_gflops(void);

#endif
