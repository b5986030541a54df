/* Greedy one-to-one pairing of two lists of times. */
#include "vabench/sync.h"

#include <math.h>

/* partner[i] of impact i: index of an onset, or -1; taken[j]: its impact, or -1. */
typedef struct {
    int partner[REEL_IMPACTS_MAX], taken[REEL_ONSETS_MAX];
} pairing;

static void pair_nearest(pairing *p, const reel_impacts *impacts, const reel_onsets *onsets)
{
    for (int i = 0; i < impacts->count; i++) {
        p->partner[i] = -1;
    }
    for (int j = 0; j < onsets->count; j++) {
        p->taken[j] = -1;
    }
    for (;;) {
        double nearest = REEL_SYNC_REACH;
        int impact = -1, onset = -1;
        for (int i = 0; i < impacts->count; i++) {
            for (int j = 0; j < onsets->count && p->partner[i] < 0; j++) {
                double apart = fabs(impacts->at[i].seconds - onsets->at[j].seconds);
                if (p->taken[j] < 0 && apart <= nearest) {
                    nearest = apart;
                    impact = i;
                    onset = j;
                }
            }
        }
        if (impact < 0) {
            return;
        }
        p->partner[impact] = onset;
        p->taken[onset] = impact;
    }
}

static int is_counted(double at, double seconds)
{
    return at >= REEL_SYNC_HEAD && at <= seconds - REEL_SYNC_TAIL;
}

void reel_sync_add(reel_sync *sums, const reel_impacts *impacts, const reel_onsets *onsets,
                   double seconds)
{
    pairing p;
    pair_nearest(&p, impacts, onsets);
    for (int i = 0; i < impacts->count; i++) {
        double at = impacts->at[i].seconds;
        if (!is_counted(at, seconds)) {
            continue;
        }
        sums->impacts++;
        if (p.partner[i] >= 0) {
            double apart = fabs(at - onsets->at[p.partner[i]].seconds);
            sums->heard += apart <= REEL_SYNC_SECONDS;
            sums->errors[(int)fmin(REEL_SYNC_ERRORS - 1, 1000.0 * apart)]++;
        }
    }
    for (int j = 0; j < onsets->count; j++) {
        double at = onsets->at[j].seconds;
        if (is_counted(at, seconds)) {
            int impact = p.taken[j];
            sums->onsets++;
            sums->seen +=
                impact >= 0 && fabs(at - impacts->at[impact].seconds) <= REEL_SYNC_SECONDS;
        }
    }
}

void reel_sync_sum(reel_sync *sums, const reel_sync *more)
{
    sums->impacts += more->impacts;
    sums->heard += more->heard;
    sums->onsets += more->onsets;
    sums->seen += more->seen;
    for (int i = 0; i < REEL_SYNC_ERRORS; i++) {
        sums->errors[i] += more->errors[i];
    }
}

double reel_sync_median_ms(const reel_sync *sums)
{
    int all = 0, below = 0, i = 0;
    for (int k = 0; k < REEL_SYNC_ERRORS; k++) {
        all += sums->errors[k];
    }
    if (all == 0) {
        return -1.0;
    }
    while (2 * (below + sums->errors[i]) < all) {
        below += sums->errors[i++];
    }
    return i + 0.5;
}
