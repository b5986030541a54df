/* The finished films: sent over HTTP with ranges, removed when their time is over. */
#ifndef REEL_SERVER_FILES_H
#define REEL_SERVER_FILES_H

#include "reel/status.h"
#include "server/queue.h"

#include <microhttpd.h>
#include <stdint.h>

/* The part of a file that a Range header asks for. */
typedef enum { REEL_RANGE_WHOLE, REEL_RANGE_PART, REEL_RANGE_IMPOSSIBLE } reel_range_kind;

/* Read "bytes=A-B", "bytes=A-" or "bytes=-N" against a file of `size` bytes. Everything else, also
 * several ranges at once, is REEL_RANGE_WHOLE as RFC 9110 allows; *first and *count are always a
 * part of the file. */
reel_range_kind reel_range_parse(uint64_t *first, uint64_t *count, const char *header,
                                 uint64_t size);

/* Non-zero if `name` is "UUID.ENDING" in lower case, with the ending of a film, a still of one or
 * media that clients store, and so no path of any kind. */
int reel_file_name_is_valid(const char *name);

/* The media type of a name of ours by its ending, or NULL. Static. */
const char *reel_file_type(const char *name);

/* The reply for a film: 200, 206, 304, 404 or 416 in *http_status. NULL for 404 and 416 (the caller
 * writes the text; *size is then the size that 416 names) or without memory (500). Owned by the
 * caller, released with MHD_destroy_response(). */
struct MHD_Response *reel_file_respond(unsigned *http_status, uint64_t *size,
                                       struct MHD_Connection *connection, const char *dir,
                                       const char *name);

/* Remove the films of expired tasks. */
reel_status reel_files_sweep(reel_queue *queue, const char *dir);

/* Make the folder, and remove what a killed process left half-written there. */
reel_status reel_files_init(const char *dir);

#endif
