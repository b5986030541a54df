/* Printing JSON results. */
#include "cli/result.h"

#include "cli/opt.h"

#include <stdio.h>

int cli_print_json(json_t *object)
{
    int failed =
        !object || json_dumpf(object, stdout, JSON_SORT_KEYS | JSON_REAL_PRECISION(9)) != 0;
    json_decref(object);
    if (failed || putchar('\n') == EOF) {
        fputs("reel: the JSON result cannot be printed\n", stderr);
        return CLI_FAILED;
    }
    return CLI_DONE;
}
