/* Which addresses a stranger's URL may reach: the public ones, and networks that the operator adds.
 */
#ifndef REEL_SERVER_ADDRESS_H
#define REEL_SERVER_ADDRESS_H

#include "reel/status.h"

#include <stdint.h>
#include <sys/socket.h>

enum { REEL_NETWORKS_MAX = 32 };

/* Networks that are allowed although they are not public. A zeroed one allows none. */
typedef struct {
    int count;
    struct {
        uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
        int bits;          /* of 128 */
    } list[REEL_NETWORKS_MAX];
} reel_networks;

/* Read "10.0.0.0/8,127.0.0.1,fd00::/8"; NULL or "" allows none. REEL_ERR_INVALID names the part
 * that is no network. */
reel_status reel_networks_parse(reel_networks *out, const char *text);

/* Non-zero if `address` (AF_INET or AF_INET6) is one that anybody on the internet may be asked at
 * (the registries of RFC 6890), or lies in an allowed network. IPv4 within IPv6 (mapped,
 * translated) is judged as the IPv4 address that it is. */
int reel_address_is_allowed(const struct sockaddr *address, const reel_networks *allowed);

#endif
