/* Impacts by modal synthesis: a struck body is a sum of decaying sines.
 *
 * Material decides the ratios, levels and decays of the modes and the colour of the noise of the
 * contact; the diameter decides the pitch (inversely); the strength scales the level and, more
 * steeply, the contact noise. (Modal synthesis: Adrien 1991; van den Doel and Pai 1998.) */
#ifndef REEL_WORLD_MODAL_H
#define REEL_WORLD_MODAL_H

#include "reel/status.h"
#include "world/attributes.h"

#include <stdint.h>

/* The sound of one blow, starting at sample 0 with no delay: body [count], click [count], each
 * with a peak of 1; zero at the end. */
typedef struct {
    float *body, *click;
    int count, click_count; /* click is silent from click_count on */
    double click_share;     /* its level beside the body's, at full strength */
} reel_strike;

/* Owned by the caller, released with reel_strike_deinit(). REEL_ERR_MEMORY. */
reel_status reel_strike_init(reel_strike *out, reel_object object, double diameter,
                             int sample_rate);
void reel_strike_deinit(reel_strike *strike);

/* Pitch of the lowest strong mode in Hz. */
double reel_strike_pitch(reel_object object, double diameter);

#endif
