/* Log lines without what must not stand in a log. */
#ifndef REEL_BASE_REDACT_H
#define REEL_BASE_REDACT_H

#include <stddef.h>

/* Copy `line` to `out` (cut at size - 1 bytes), with *** in place of API keys ("apiKey", Bearer),
 * user names and passwords in URLs, their queries, and base64 of more than 96 digits; control
 * characters become spaces, so that one line stays one line. */
void reel_redact(char *out, size_t size, const char *line);

#endif
