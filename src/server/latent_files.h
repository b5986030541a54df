/* Latents of films that are not finished, kept in DATA/latents, so that a task whose last steps
 * fail (decoding, encoding, the disk) begins there the next time. */
#ifndef REEL_SERVER_LATENT_FILES_H
#define REEL_SERVER_LATENT_FILES_H

#include "reel/status.h"
#include "server/queue.h"

#include <stddef.h>

enum { REEL_LATENTS_PATH_SIZE = 4096 };

/* DIR/TASK-INDEX.safetensors; the folder is made by reel_files_init(). */
void reel_latent_file_path(char out[REEL_LATENTS_PATH_SIZE], const char *dir, const reel_task *task,
                           int index);

/* Remove the latents of every film that is written, and of every task that has ended or is gone. */
reel_status reel_latent_files_sweep(reel_queue *queue, const char *dir);

#endif
