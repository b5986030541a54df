/* First phases for magnitudes: phase gradient heap integration (Prusa, Balazs and Sondergaard 2017,
 * "A noniterative method for reconstruction of phase from STFT magnitude").
 *
 * For a window near exp(-pi t^2 / gamma) the slopes of s = log(magnitude) give those of the phase:
 *
 *     per hop   2 pi hop k / window + (hop window / gamma) ds/dk
 *     per bin   -pi - (gamma / (hop window)) ds/dn
 *
 * They are summed from the loudest bins outwards, so that errors gather where nothing is heard. A
 * struck sound keeps its beginning and a tone its pitch, which iterations from elsewhere only
 * approach slowly. */
#ifndef REEL_MODEL_AUDIO_VAE_PHASE_GRADIENT_H
#define REEL_MODEL_AUDIO_VAE_PHASE_GRADIENT_H

#include "model/audio_vae/stft.h"

/* A sound may come in pieces: the sums then begin at the last phases of the piece before, as those
 * of Prusa and Sondergaard 2016 ("Real-time spectrogram inversion using phase gradient heap
 * integration") do at every frame. */
typedef struct {
    reel_tensor *before; /* [B, 1, 2 * bins], what was returned for frame 0; NULL: nothing was */
    int64_t ahead;       /* last frames that belong to the next piece: where a sound is struck right
                          * behind, phases follow from what is loud there */
} reel_phase_piece;

/* magnitude: [B, N, bins], N * bins below 2^31
 * piece:     NULL for a whole sound
 * returns    [B, N, 2 * bins]: a spectrum of magnitude 1 with these phases, without the frames
 *            before and ahead. Deterministic. No gradient comes back. */
reel_tensor *reel_phase_gradient(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitude,
                                 const reel_phase_piece *piece);

#endif
