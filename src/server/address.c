/* The registries of special addresses (RFC 6890 and its updates), as two tables. */
#include "server/address.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IPV4_BITS = 96 }; /* where an IPv4 address begins within its mapped form */

typedef struct {
    const char *network;
    int bits;
} network;

/* Not public, in IPv4. */
static const network private_v4[] = {
    { "0.0.0.0", 8 },       /* this host */
    { "10.0.0.0", 8 },      /* private */
    { "100.64.0.0", 10 },   /* shared by carriers */
    { "127.0.0.0", 8 },     /* loopback */
    { "169.254.0.0", 16 },  /* link-local, and the metadata services of clouds */
    { "172.16.0.0", 12 },   /* private */
    { "192.0.0.0", 24 },    /* protocol assignments */
    { "192.0.2.0", 24 },    /* documentation */
    { "192.88.99.0", 24 },  /* 6to4 relays */
    { "192.168.0.0", 16 },  /* private */
    { "198.18.0.0", 15 },   /* benchmarks */
    { "198.51.100.0", 24 }, /* documentation */
    { "203.0.113.0", 24 },  /* documentation */
    { "224.0.0.0", 3 },     /* multicast, reserved, broadcast */
};

/* Not public within 2000::/3, the only public part of IPv6. */
static const network private_v6[] = {
    { "2001::", 23 },     /* protocol assignments: Teredo, ORCHID, benchmarks */
    { "2001:db8::", 32 }, /* documentation */
    { "2002::", 16 },     /* 6to4, which holds IPv4 addresses of any kind */
    { "3fff::", 20 },     /* documentation */
};

static int has_prefix(const uint8_t *bytes, const uint8_t *prefix, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    int mask = 0xff << (8 - rest) & 0xff;
    return memcmp(bytes, prefix, (size_t)whole) == 0 &&
           (rest == 0 || (bytes[whole] & mask) == (prefix[whole] & mask));
}

static int is_in(const uint8_t *bytes, int family, const network *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t prefix[16] = { 0 };
        if (inet_pton(family, table[i].network, prefix) == 1 &&
            has_prefix(bytes, prefix, table[i].bits)) {
            return 1;
        }
    }
    return 0;
}

static int is_public(const uint8_t bytes[16])
{
    static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff }; /* ::ffff:0:0/96 */
    static const uint8_t nat64[16] = { 0x00, 0x64, 0xff, 0x9b };    /* 64:ff9b::/96 */
    static const uint8_t global[16] = { 0x20 };                     /* 2000::/3 */
    if (has_prefix(bytes, mapped, IPV4_BITS) || has_prefix(bytes, nat64, IPV4_BITS)) {
        return !is_in(bytes + 12, AF_INET, private_v4, sizeof private_v4 / sizeof *private_v4);
    }
    return has_prefix(bytes, global, 3) &&
           !is_in(bytes, AF_INET6, private_v6, sizeof private_v6 / sizeof *private_v6);
}

static void map_v4(uint8_t out[16], const void *bytes)
{
    memset(out, 0, 10);
    memset(out + 10, 0xff, 2);
    memcpy(out + 12, bytes, 4);
}

int reel_address_is_allowed(const struct sockaddr *address, const reel_networks *allowed)
{
    uint8_t bytes[16];
    if (address->sa_family == AF_INET) {
        map_v4(bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr);
    } else if (address->sa_family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    } else {
        return 0;
    }
    for (int i = 0; i < allowed->count; i++) {
        if (has_prefix(bytes, allowed->list[i].bytes, allowed->list[i].bits)) {
            return 1;
        }
    }
    return is_public(bytes);
}

static reel_status parse_one(reel_networks *out, const char *text)
{
    char name[INET6_ADDRSTRLEN + 1];
    size_t length = strcspn(text, "/");
    uint8_t v4[4], bytes[16];
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    int first = 0;
    if (length < sizeof name && inet_pton(AF_INET, name, v4) == 1) {
        map_v4(bytes, v4);
        first = IPV4_BITS;
    } else if (length >= sizeof name || inet_pton(AF_INET6, name, bytes) != 1) {
        return REEL_FAIL(REEL_ERR_INVALID, "network: is \"%.60s\", expected one such as 10.0.0.0/8",
                         text);
    }
    char *end = NULL;
    long bits = text[length] ? strtol(text + length + 1, &end, 10) : 128 - first;
    if ((end && (*end || end == text + length + 1)) || bits < 0 || bits > 128 - first) {
        return REEL_FAIL(REEL_ERR_INVALID, "network: \"%.60s\" has no size from /0 to /%d", text,
                         128 - first);
    }
    if (out->count == REEL_NETWORKS_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "networks: expected at most %d", REEL_NETWORKS_MAX);
    }
    memcpy(out->list[out->count].bytes, bytes, sizeof bytes);
    out->list[out->count++].bits = first + (int)bits;
    return REEL_OK;
}

reel_status reel_networks_parse(reel_networks *out, const char *text)
{
    *out = (reel_networks){ 0 };
    while (text && *text) {
        char part[128];
        size_t length = strcspn(text, ",");
        if (length >= sizeof part) {
            return REEL_FAIL(REEL_ERR_INVALID, "network: \"%.60s\" is no network", text);
        }
        memcpy(part, text, length);
        part[length] = 0;
        REEL_TRY(parse_one(out, part));
        text += length + (text[length] == ',');
    }
    return REEL_OK;
}
