/* Fuzz target: any bytes as a form, sent through libmicrohttpd as a client would. The first byte
 * chooses the kind of form; what comes out is checked as /v1/videos does. */
#include "server/form.h"

#include "server/check_parameters.h"
#include "server/video_fields.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { BODY_MAX = 8192, TURNS_MAX = 1000 };

typedef struct {
    char bytes[BODY_MAX];
    size_t length;
    int is_read;
} body;

static void read_form(struct MHD_Connection *connection, const body *b)
{
    json_t *error = NULL, *fields = reel_form_parse(&error, connection, b->bytes, b->length);
    if (!fields == !error || (fields && json_object_size(fields) > REEL_FORM_FIELDS_MAX)) {
        abort();
    }
    json_decref(error);
    error = NULL;
    if (fields && reel_video_fields_normalise(fields, &reel_video_create_fields) &&
        reel_check_object(&error, fields, &reel_video_create_fields)) {
        json_decref(reel_video_fields_task(&error, fields, REEL_VIDEO_FROM_WORDS, NULL));
    }
    json_decref(error);
    json_decref(fields);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **state)
{
    (void)path, (void)method, (void)version;
    body *b = user;
    if (!*state) {
        *state = b;
        return MHD_YES;
    }
    if (*data_size > 0) {
        size_t room = BODY_MAX - b->length, count = *data_size < room ? *data_size : room;
        memcpy(b->bytes + b->length, data, count);
        b->length += count;
        *data_size = 0;
        return MHD_YES;
    }
    read_form(connection, b);
    b->is_read = 1;
    return MHD_NO;
}

/* Blocks of data of a socket pair, so that the connection never waits. */
static int connect_to(struct MHD_Daemon *daemon)
{
    int ends[2];
    struct sockaddr_in address = { .sin_family = AF_INET };
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
        MHD_add_connection(daemon, ends[0], (struct sockaddr *)&address, sizeof address) !=
            MHD_YES) {
        abort();
    }
    return ends[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct MHD_Daemon *daemon;
    static body b;
    char head[256];
    if (!daemon) {
        daemon = MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request, &b,
                                  MHD_OPTION_END);
    }
    if (!daemon || size < 1 || size > BODY_MAX) {
        return 0;
    }
    const char *type =
        bytes[0] & 1 ? "application/x-www-form-urlencoded" : "multipart/form-data; boundary=b";
    int length = snprintf(head, sizeof head,
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: "
                          "%zu\r\n\r\n",
                          type, size - 1);
    b.length = 0;
    b.is_read = 0;
    int client = connect_to(daemon);
    if (write(client, head, (size_t)length) != length ||
        write(client, bytes + 1, size - 1) != (ssize_t)(size - 1)) {
        abort();
    }
    for (int i = 0; i < TURNS_MAX && !b.is_read; i++) {
        MHD_run_wait(daemon, 0);
    }
    if (!b.is_read) {
        abort(); /* the form was all there */
    }
    close(client);
    MHD_run_wait(daemon, 0);
    return 0;
}
