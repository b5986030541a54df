/* Something to look at while the transformer learns: films made from fixed prompts. */
#ifndef REEL_TRAIN_DIT_SAMPLE_H
#define REEL_TRAIN_DIT_SAMPLE_H

#include "model/dit/dit.h"
#include "model/text_encoder/text_encoder.h"
#include "train/dit_options.h"

typedef struct {
    const reel_dit *dit;
    const reel_text_encoder *text_encoder;
    const char *model_dir; /* of the codecs */
    const reel_dit_options *options;
} reel_dit_sample;

/* Write sheet.png (a row of frames per prompt) and, for films, a film per prompt (0.mp4, ...) in
 * the shape of the first bucket with pictures. Writes nothing when there is none. */
reel_status reel_dit_sample_write(const reel_dit_sample *sample, const char *dir);

#endif
