/* Event streams: connections that sleep between two ticks. */
#include "server/events.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAMS_MAX = 256, HEARTBEAT_SECONDS = 15, BLOCK_SIZE = 4096, EVENT_MAX = 2 << 20 };

typedef struct stream stream;

struct stream {
    reel_events *owner;
    struct MHD_Connection *connection;
    char uuid[REEL_UUID_SIZE];
    int64_t key;
    reel_str text; /* what is being sent, from `at` on */
    size_t at;
    int state, progress; /* as last told; -1: nothing yet */
    int is_over, sleeps;
    unsigned number, preview; /* of the last event, of the last picture */
    double told;
    stream *before, *after;
};

struct reel_events {
    const reel_protocol *protocol;
    reel_previews *previews;
    pthread_mutex_t lock;
    stream *first;
    int count, stops;
};

/* The last event: the same text that a poll would get. */
static void tell_end(stream *s, const reel_task *task)
{
    char body[128];
    reel_caller caller = { .key = s->key, .transport = REEL_TRANSPORT_REST };
    reel_frames frames = { 0 };
    snprintf(body, sizeof body, "[{\"taskType\":\"getResponse\",\"taskUUID\":\"%s\"}]", s->uuid);
    s->is_over = 1;
    if (reel_protocol_handle(s->owner->protocol, &caller, body, strlen(body), &frames) == REEL_OK &&
        frames.count > 0) {
        reel_str_printf(&s->text, "id: %u\nevent: %s\ndata: %s\n\n", ++s->number,
                        task->state == REEL_TASK_DONE ? "result" : "error", frames.texts[0]);
    }
    reel_frames_deinit(&frames);
}

static void tell_preview(stream *s)
{
    reel_str image;
    reel_str_init(&image, EVENT_MAX / 2);
    if (reel_previews_tell(&image, &s->preview, s->owner->previews, s->uuid)) {
        reel_str_printf(&s->text,
                        "id: %u\nevent: preview\ndata: {\"taskUUID\":\"%s\",\"image\":\"%s\"}"
                        "\n\n",
                        ++s->number, s->uuid, image.text);
    }
    reel_str_deinit(&image);
}

/* Write the next event into s->text, if there is one. */
static void tell(stream *s)
{
    reel_task task;
    double now = reel_clock_seconds();
    reel_str_clear(&s->text);
    s->at = 0;
    if (reel_queue_find(&task, s->owner->protocol->queue, s->uuid, s->key) < 0) {
        s->is_over = 1;
        return;
    }
    if (reel_task_is_final(task.state)) {
        tell_end(s, &task);
    } else if ((int)task.state != s->state || task.progress != s->progress) {
        s->state = (int)task.state;
        s->progress = task.progress;
        reel_str_printf(&s->text,
                        "id: %u\nevent: progress\ndata: {\"taskUUID\":\"%s\",\"status\":\"%s\","
                        "\"progress\":%d}\n\n",
                        ++s->number, s->uuid,
                        task.state == REEL_TASK_QUEUED ? "queued" : "processing", task.progress);
    } else if (now - s->told >= HEARTBEAT_SECONDS) {
        reel_str_append(&s->text, ":\n\n");
    }
    if (!s->is_over) {
        tell_preview(s);
    }
    if (s->text.length > 0) {
        s->told = now;
    }
    reel_task_deinit(&task);
}

static ssize_t read_stream(void *user, uint64_t position, char *out, size_t size)
{
    (void)position;
    stream *s = user;
    if (s->at == s->text.length && !s->is_over) {
        tell(s);
    }
    size_t left = s->text.length - s->at;
    if (left > 0) {
        size_t count = left < size ? left : size;
        memcpy(out, s->text.text + s->at, count);
        s->at += count;
        return (ssize_t)count;
    }
    pthread_mutex_lock(&s->owner->lock);
    int ends = s->is_over || s->owner->stops;
    if (!ends) {
        s->sleeps = 1;
        MHD_suspend_connection(s->connection);
    }
    pthread_mutex_unlock(&s->owner->lock);
    return ends ? MHD_CONTENT_READER_END_OF_STREAM : 0;
}

static void free_stream(void *user)
{
    stream *s = user;
    pthread_mutex_lock(&s->owner->lock);
    *(s->before ? &s->before->after : &s->owner->first) = s->after;
    if (s->after) {
        s->after->before = s->before;
    }
    s->owner->count--;
    pthread_mutex_unlock(&s->owner->lock);
    reel_previews_unwatch(s->owner->previews, s->uuid);
    reel_str_deinit(&s->text);
    free(s);
}

/* Add to the list unless it is full. */
static int enlist(reel_events *events, stream *s)
{
    pthread_mutex_lock(&events->lock);
    int has_room = events->count < STREAMS_MAX && !events->stops;
    if (has_room) {
        s->after = events->first;
        if (s->after) {
            s->after->before = s;
        }
        events->first = s;
        events->count++;
    }
    pthread_mutex_unlock(&events->lock);
    return has_room;
}

struct MHD_Response *reel_events_respond(reel_events *events, struct MHD_Connection *connection,
                                         const char *uuid, int64_t key)
{
    stream *s = calloc(1, sizeof *s);
    if (!s) {
        return NULL;
    }
    s->owner = events;
    s->connection = connection;
    s->key = key;
    s->state = s->progress = -1;
    s->told = reel_clock_seconds();
    snprintf(s->uuid, sizeof s->uuid, "%s", uuid);
    reel_str_init(&s->text, EVENT_MAX);
    if (!enlist(events, s)) {
        reel_str_deinit(&s->text);
        free(s);
        return NULL;
    }
    reel_previews_watch(events->previews, uuid);
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE,
                                                                      read_stream, s, free_stream);
    if (!response) {
        free_stream(s);
        return NULL;
    }
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    return response;
}

void reel_events_tick(reel_events *events)
{
    pthread_mutex_lock(&events->lock);
    for (stream *s = events->first; s; s = s->after) {
        if (s->sleeps) {
            s->sleeps = 0;
            MHD_resume_connection(s->connection);
        }
    }
    pthread_mutex_unlock(&events->lock);
}

reel_status reel_events_open(reel_events **out, const reel_protocol *protocol,
                             reel_previews *previews)
{
    *out = calloc(1, sizeof **out);
    if (!*out) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the event streams");
    }
    (*out)->protocol = protocol;
    (*out)->previews = previews;
    pthread_mutex_init(&(*out)->lock, NULL);
    return REEL_OK;
}

void reel_events_stop(reel_events *events)
{
    pthread_mutex_lock(&events->lock);
    events->stops = 1;
    pthread_mutex_unlock(&events->lock);
    reel_events_tick(events);
}

void reel_events_close(reel_events *events)
{
    if (events) {
        pthread_mutex_destroy(&events->lock);
        free(events);
    }
}
