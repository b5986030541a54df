/* Results go to stdout: plain lines, or one JSON object with --json. */
#ifndef REEL_CLI_RESULT_H
#define REEL_CLI_RESULT_H

#include <jansson.h>

/* Print `object` on one line, keys sorted, and release it. Returns CLI_DONE, or CLI_FAILED when it
 * is NULL (no memory while it was built) or cannot be printed. */
int cli_print_json(json_t *object);

#endif
