/* Prices by second and resolution. */
#include "server/price.h"

#include "base/error.h"
#include "base/json.h"

#include <math.h>
#include <string.h>

static const char *const resolutions[REEL_PRICE_RESOLUTIONS] = { "480p", "720p", "1080p" };

const reel_prices reel_prices_default = {
    .from_text = { 0.11, 0.14, 0.35 },
    .from_video = { 0.18, 0.25, 0.625 },
};

static reel_status read_row(double out[REEL_PRICE_RESOLUTIONS], const json_t *table,
                            const char *name)
{
    static const char *const keys[] = { "480p", "720p", "1080p", NULL };
    const json_t *row = json_object_get(table, name);
    if (!row) {
        return REEL_OK;
    }
    if (!json_is_object(row)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: expected an object", name);
    }
    reel_status status = reel_json_only(row, keys);
    for (int i = 0; i < REEL_PRICE_RESOLUTIONS && status == REEL_OK; i++) {
        status = reel_json_double(&out[i], row, resolutions[i], 0.0, 1e6);
    }
    return status == REEL_OK ? REEL_OK : reel_fail_in(status, "%s", name);
}

reel_status reel_prices_load(reel_prices *out, const char *path)
{
    static const char *const keys[] = { "textOrImage", "video", NULL };
    json_t *table;
    *out = reel_prices_default;
    REEL_TRY(reel_json_load(&table, path));
    reel_status status = reel_json_only(table, keys);
    if (status == REEL_OK) {
        status = read_row(out->from_text, table, "textOrImage");
    }
    if (status == REEL_OK) {
        status = read_row(out->from_video, table, "video");
    }
    json_decref(table);
    return status == REEL_OK ? REEL_OK : reel_fail_in(status, "%s", path);
}

double reel_price_of(const reel_prices *prices, const char *resolution, int is_from_video,
                     double seconds)
{
    const double *row = is_from_video ? prices->from_video : prices->from_text;
    for (int i = 0; i < REEL_PRICE_RESOLUTIONS; i++) {
        if (strcmp(resolution, resolutions[i]) == 0) {
            return round(row[i] * seconds * 1e6) / 1e6;
        }
    }
    return 0.0;
}
