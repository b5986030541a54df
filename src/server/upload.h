/* Handing a finished film to the uploadEndpoint of its task. */
#ifndef REEL_SERVER_UPLOAD_H
#define REEL_SERVER_UPLOAD_H

#include "reel/status.h"
#include "server/address.h"

typedef struct {
    const char *url;
    const char *path;             /* "FOLDER/UUID.mp4" */
    const reel_networks *allowed; /* beside public addresses; NULL: anything */
    int attempts, seconds;        /* at most so many, in so much time all together */
    int (*is_stopped)(void *user);
    void *user;
} reel_upload;

/* PUT the file with its length and media type and no other header, as presigned URLs want it; what
 * fails is tried again. Fails with REEL_ERR_INVALID (the URL or its address), REEL_ERR_CANCELLED,
 * REEL_ERR_IO; the message may be told to the caller. */
reel_status reel_upload_film(const reel_upload *upload);

#endif
