/* Addresses that a stranger's URL may and may not reach. */
#include "server/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static int is_allowed(const char *text, const char *networks)
{
    reel_networks allowed;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = { 0 };
    assert_int_equal(reel_networks_parse(&allowed, networks), REEL_OK);
    if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &address.v6.sin6_addr), 1);
        address.v6.sin6_family = AF_INET6;
    }
    return reel_address_is_allowed(&address.any, &allowed);
}

static void public_addresses_are_allowed(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "1.1.1.1",          "8.8.8.8",         "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",   "100.128.0.0",     "126.255.255.255", "128.0.0.0",
        "169.253.255.255",  "169.255.0.0",     "172.15.255.255",  "172.32.0.0",
        "192.0.1.0",        "192.167.255.255", "192.169.0.0",     "198.17.255.255",
        "198.20.0.0",       "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
        "2001:200::1",      "2003::1",         "3fff:1000::1",    "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        if (!is_allowed(addresses[i], NULL)) {
            fail_msg("%s is refused", addresses[i]);
        }
    }
}

static void addresses_that_are_not_public_are_refused(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.1.1.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
    };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        if (is_allowed(addresses[i], NULL)) {
            fail_msg("%s is allowed", addresses[i]);
        }
    }
}

static void a_network_that_is_named_is_allowed_and_no_other(void **state)
{
    (void)state;
    static const char networks[] = "10.1.0.0/16,127.0.0.1,fd00:1::/32";
    assert_true(is_allowed("10.1.2.3", networks));
    assert_true(is_allowed("::ffff:10.1.2.3", networks));
    assert_true(is_allowed("127.0.0.1", networks));
    assert_true(is_allowed("fd00:1:2::3", networks));
    assert_false(is_allowed("10.2.0.1", networks));
    assert_false(is_allowed("127.0.0.2", networks));
    assert_false(is_allowed("fd00:2::1", networks));
    assert_true(is_allowed("192.168.0.1", "0.0.0.0/0"));
    assert_false(is_allowed("::1", "0.0.0.0/0"));
    assert_true(is_allowed("::1", "::/0"));
}

static void what_is_no_network_is_named(void **state)
{
    (void)state;
    static const char *const bad[] = { "localhost",  "10.0.0.0/33", "10.0.0.0/-1",
                                       "10.0.0/8",   "10.0.0.0/8x", "10.0.0.0/",
                                       "fd00::/129", "1,2",         " 10.0.0.0/8" };
    reel_networks networks;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(reel_networks_parse(&networks, bad[i]), REEL_ERR_INVALID);
        assert_non_null(strstr(reel_error_message(), "network"));
    }
    assert_int_equal(reel_networks_parse(&networks, ""), REEL_OK);
    assert_int_equal(networks.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_allowed),
        cmocka_unit_test(addresses_that_are_not_public_are_refused),
        cmocka_unit_test(a_network_that_is_named_is_allowed_and_no_other),
        cmocka_unit_test(what_is_no_network_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
