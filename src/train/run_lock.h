/* One training at a time in a run folder. */
#ifndef REEL_TRAIN_RUN_LOCK_H
#define REEL_TRAIN_RUN_LOCK_H

#include "reel/status.h"

/* Hold RUN_DIR/lock until reel_run_lock_release(); the system lets go of it when the process ends,
 * however it ends. REEL_ERR_INVALID when another process (or this one) holds it. */
reel_status reel_run_lock_take(int *lock, const char *run_dir);
void reel_run_lock_release(int *lock); /* legal on -1 */

#endif
