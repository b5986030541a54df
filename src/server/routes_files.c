/* The route of the films. */
#include "server/files.h"
#include "server/routes.h"

#include <inttypes.h>
#include <stdio.h>

enum MHD_Result reel_get_file(reel_exchange *x)
{
    unsigned status;
    uint64_t size;
    struct MHD_Response *response =
        reel_file_respond(&status, &size, x->connection, x->config->files_dir, x->value);
    if (response) {
        return reel_exchange_send(x, status, response);
    }
    if (status == MHD_HTTP_RANGE_NOT_SATISFIABLE) {
        char text[64];
        snprintf(text, sizeof text, "bytes */%" PRIu64, size);
        response = reel_response_of_text("", "text/plain");
        if (response) {
            MHD_add_response_header(response, "Content-Range", text);
        }
        return reel_exchange_send(x, status, response);
    }
    return status == MHD_HTTP_NOT_FOUND
               ? reel_exchange_refuse(x, status, "mediaNotFound",
                                      "There is no such film, or its time is over.")
               : reel_exchange_fail(x, "file-failed");
}
