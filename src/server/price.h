/* What a film costs: USD per second by resolution, for films from words and images or from films.
 */
#ifndef REEL_SERVER_PRICE_H
#define REEL_SERVER_PRICE_H

#include "reel/status.h"

enum { REEL_PRICE_RESOLUTIONS = 3 }; /* 480p, 720p, 1080p */

typedef struct {
    double from_text[REEL_PRICE_RESOLUTIONS]; /* or images */
    double from_video[REEL_PRICE_RESOLUTIONS];
} reel_prices;

/* The prices of the model page. */
extern const reel_prices reel_prices_default;

/* Read {"textOrImage": {"480p": 0.11, ...}, "video": {...}}; what is left out keeps its default.
 * Fails with REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT naming the field. */
reel_status reel_prices_load(reel_prices *out, const char *path);

/* USD for one film, rounded to a millionth. `resolution` is "480p", "720p" or "1080p". */
double reel_price_of(const reel_prices *prices, const char *resolution, int is_from_video,
                     double seconds);

#endif
