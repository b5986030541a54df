/* Files: read whole, map, and write so that a half-written file is never seen. */
#ifndef REEL_BASE_FILE_H
#define REEL_BASE_FILE_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A read-only mapping, owned by the caller, released with reel_file_unmap(). */
typedef struct {
    const unsigned char *data;
    size_t size;
} reel_mapping;

reel_status reel_file_map(reel_mapping *out, const char *path);
void reel_file_unmap(reel_mapping *mapping);

/* Whole file as a NUL-terminated buffer, owned by the caller, released with free().
 * Fails with REEL_ERR_FORMAT when it is larger than `limit`. `size` may be NULL. */
reel_status reel_file_read(char **out, size_t *size, const char *path, size_t limit);

/* Writing goes to "PATH.tmp-PID" and becomes PATH on commit (flush, fsync, rename). */
typedef struct {
    FILE *stream;
    char *path, *temporary;
} reel_atomic_file;

reel_status reel_atomic_open(reel_atomic_file *out, const char *path);
reel_status reel_atomic_commit(reel_atomic_file *file);
void reel_atomic_abort(reel_atomic_file *file); /* removes the temporary file; legal after commit */

reel_status reel_file_write(const char *path, const void *bytes, size_t count);

/* mkdir -p */
reel_status reel_dir_make(const char *path);

int reel_file_exists(const char *path);

/* "A/B", owned by the caller, released with free(). NULL without memory. */
char *reel_path_join(const char *a, const char *b);

#endif
