/* A real HTTP server of a test's own: remembers what it was sent, answers as it was told. */
#ifndef TESTS_SERVER_RECEIVER_H
#define TESTS_SERVER_RECEIVER_H

#include <stddef.h>

enum { RECEIVED_MAX = 64 };

/* A request as it came. Borrowed until the receiver is closed. */
typedef struct {
    char method[8], path[256];
    char headers[2048]; /* "Name: value\n" each, in the order of arrival */
    char *body;         /* NUL-terminated */
    size_t size;
} received;

typedef struct receiver receiver;

/* Listens at a free port of 127.0.0.1. Ends the program when it cannot. */
receiver *receiver_open(void);
void receiver_close(receiver *r);

/* "http://127.0.0.1:PORT/path"; borrowed until the eighth call after this one. */
const char *receiver_url(const receiver *r, const char *path);

/* What is answered from now on: a status, one header ("Location: ...", may be NULL), a body of
 * `size` bytes, which is copied. 200 and an empty body at first. */
void receiver_answer(receiver *r, unsigned status, const char *header, const void *body,
                     size_t size);

/* The first `count` requests from now on get `status` and an empty body instead. */
void receiver_refuse(receiver *r, int count, unsigned status);

/* How many requests came; the i-th of them. */
int receiver_count(receiver *r);
const received *receiver_get(receiver *r, int i);

/* Wait until `count` requests are there; 0 when a minute was not enough. */
int receiver_wait(receiver *r, int count);

#endif
