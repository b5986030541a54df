/* Latents of films that are not finished, kept in DATA/latents, so that a task whose last steps
 * fail (decoding, encoding, the disk) begins there the next time. */
#ifndef REEL_SERVER_LATENT_FILES_H
#define REEL_SERVER_LATENT_FILES_H

#include "reel/status.h"
#include "server/queue.h"

#include <stddef.h>

enum { REEL_LATENTS_PATH_SIZE = 4096 };

/* DIR/TASK-INDEX.safetensors */
void reel_latent_file_path(char out[REEL_LATENTS_PATH_SIZE], const char *dir, const reel_task *task,
                           int index);

/* Make the folder, and remove what a killed process left half-written there. */
reel_status reel_latent_files_init(const char *dir);

/* Remove the latents of every film that is written, and of every task that has ended or is gone. */
reel_status reel_latent_files_sweep(reel_queue *queue, const char *dir);

#endif
