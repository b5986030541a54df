/* The loss curve of a run as a picture. */
#ifndef REEL_TRAIN_PLOT_H
#define REEL_TRAIN_PLOT_H

#include "reel/status.h"

/* Draw the loss by step (points and a running mean) from the lines of a log
 * (step_log.h) to a PNG of 1000 x 500 pixels. A log without lines draws nothing. */
reel_status reel_plot_draw(const char *log_path, const char *png_path, const char *title);

#endif
