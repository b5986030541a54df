/* Log lines of the library go through one callback; the library itself never prints. */
#ifndef REEL_BASE_LOG_H
#define REEL_BASE_LOG_H

typedef enum { REEL_LOG_DEBUG, REEL_LOG_INFO, REEL_LOG_WARN, REEL_LOG_ERROR } reel_log_level;

typedef void (*reel_log_fn)(reel_log_level level, const char *line, void *user);

/* Install the sink; NULL (the default) drops every line. Not thread-safe: call it at start. */
void reel_log_set(reel_log_fn sink, void *user);

void reel_log(reel_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
