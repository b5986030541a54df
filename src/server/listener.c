/* Addresses to listen at. */
#include "server/listener.h"

#include "base/error.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static reel_status split(char *host, const char **port, const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    int has_brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    const char *from = has_brackets ? text + 1 : text;
    length -= has_brackets ? 2 : 0;
    if (!colon || length >= REEL_HOST_SIZE - 2 || colon[1 + strspn(colon + 1, "0123456789")] != 0 ||
        colon[1] == 0 || (!has_brackets && memchr(from, ':', length))) {
        return REEL_FAIL(REEL_ERR_INVALID, "listen: is \"%s\", expected ADDRESS:PORT", text);
    }
    memcpy(host, from, length);
    host[length] = 0;
    *port = colon + 1;
    return REEL_OK;
}

static int open_at(const struct addrinfo *address)
{
    int one = 1;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->ai_protocol);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int code = errno;
        close(fd);
        errno = code;
        return -1;
    }
    return fd;
}

static int port_of(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &size);
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port)
                                         : ntohs(((struct sockaddr_in *)&address)->sin_port);
}

reel_status reel_listener_open(int *fd, char host[REEL_HOST_SIZE], int *port, const char *listen)
{
    char name[REEL_HOST_SIZE];
    const char *service = NULL;
    *fd = -1;
    REEL_TRY(split(name, &service, listen));
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    int code = getaddrinfo(name[0] ? name : NULL, service, &hints, &found);
    if (code != 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "listen: %s: %s", listen, gai_strerror(code));
    }
    for (struct addrinfo *a = found; a && *fd < 0; a = a->ai_next) {
        *fd = open_at(a);
    }
    code = errno;
    freeaddrinfo(found);
    if (*fd < 0) {
        return REEL_FAIL(REEL_ERR_IO, "listen: %s: %s", listen, strerror(code));
    }
    *port = port_of(*fd);
    snprintf(host, REEL_HOST_SIZE, strchr(name, ':') ? "[%.*s]" : "%.*s", REEL_HOST_SIZE - 3,
             name[0] ? name : "0.0.0.0");
    return REEL_OK;
}

int reel_host_is_local(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "localhost") == 0 ||
           strcmp(host, "[::1]") == 0;
}
