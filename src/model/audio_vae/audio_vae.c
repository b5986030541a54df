/* The audio VAE as a part of a model. */
#include "model/audio_vae/audio_vae.h"

#include "base/error.h"
#include "model/audio_vae/loudness.h"
#include "model/part.h"
#include "ops/concat.h"
#include "ops/slice.h"
#include "ops/spectrum.h"
#include "tensor/reuse.h"

static const char PART[] = "audio_vae";
static const double FADE_SECONDS = 0.002;

reel_status reel_audio_vae_init(reel_audio_vae *vae, const reel_audio_vae_config *config)
{
    *vae = (reel_audio_vae){ .config = *config };
    reel_weights_init_set(&vae->weights);
    reel_audio_encoder_declare(&vae->weights, &vae->encoder, config);
    reel_audio_decoder_declare(&vae->weights, &vae->decoder, config);
    reel_latent_stats_declare(&vae->weights, &vae->stats, config->latent_channels);
    reel_mel_options mel = { .bands = config->mel_bands,
                             .bins = reel_audio_vae_bins(config),
                             .sample_rate = config->sample_rate,
                             .low = (double)config->mel_low,
                             .high = (double)config->mel_high };
    reel_status status = reel_weights_alloc(&vae->weights);
    status = status < 0 ? status : reel_stft_init(&vae->stft, config->window, config->hop);
    status = status < 0 ? status : reel_mel_init(&vae->mel, &mel);
    if (status < 0) {
        reel_audio_vae_deinit(vae);
    }
    return status;
}

void reel_audio_vae_deinit(reel_audio_vae *vae)
{
    reel_mel_deinit(&vae->mel);
    reel_stft_deinit(&vae->stft);
    reel_weights_deinit(&vae->weights);
    *vae = (reel_audio_vae){ 0 };
}

static reel_status open_weights(reel_audio_vae *vae, const json_t *object, reel_safetensors *file)
{
    reel_audio_vae_config config = reel_audio_vae_config_mini();
    REEL_TRY(reel_audio_vae_config_read(&config, object));
    REEL_TRY(reel_audio_vae_init(vae, &config));
    reel_status status = reel_weights_load(&vae->weights, file);
    status = status < 0 ? status : reel_latent_stats_check(&vae->weights, &vae->stats);
    if (status < 0) {
        reel_audio_vae_deinit(vae);
    }
    return status;
}

reel_status reel_audio_vae_open(reel_audio_vae *vae, const char *path)
{
    reel_safetensors file;
    json_t *config = NULL;
    *vae = (reel_audio_vae){ 0 };
    REEL_TRY(reel_part_open(&file, &config, path, PART));
    reel_status status = open_weights(vae, config, &file);
    json_decref(config);
    reel_safetensors_close(&file);
    return status < 0 ? reel_fail_in(status, "%s", path) : REEL_OK;
}

reel_status reel_audio_vae_save(const reel_audio_vae *vae, const char *path, reel_dtype stored)
{
    return reel_part_save(&vae->weights, path, PART, reel_audio_vae_config_write(&vae->config),
                          stored);
}

/* Silence behind the sound until it fills whole latents. */
static reel_tensor *fill_last_latent(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *waveform)
{
    int64_t period = reel_audio_vae_samples_per_latent(&vae->config);
    int64_t missing = (period - waveform->dim[2] % period) % period;
    if (missing == 0) {
        return waveform;
    }
    int64_t dim[] = { waveform->dim[0], waveform->dim[1], missing };
    return reel_concat(rt, waveform, reel_zeros(rt, REEL_F32, 3, dim), 2);
}

reel_tensor *reel_audio_vae_magnitudes(reel_rt *rt, const reel_audio_vae *vae,
                                       reel_tensor *waveform)
{
    if (rt->status < 0 || waveform->rank != 3 || waveform->dim[1] != 2 || waveform->dim[2] < 1) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "audio VAE: waveform is %s, expected [B, 2, S]",
                                reel_shape(waveform).text);
    }
    waveform = fill_last_latent(rt, vae, waveform);
    reel_tensor *side[2];
    for (int c = 0; c < 2; c++) {
        reel_tensor *channel = reel_slice(rt, waveform, 1, c, 1);
        channel = REEL_VIEW(rt, channel, waveform->dim[0], waveform->dim[2]);
        side[c] = reel_magnitude(rt, reel_stft_spectrum(rt, &vae->stft, channel));
    }
    return reel_concat(rt, side[0], side[1], 2);
}

reel_tensor *reel_audio_vae_mel(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *magnitudes)
{
    int64_t bins = vae->stft.bins;
    reel_tensor *side[2];
    for (int c = 0; c < 2; c++) {
        side[c] = reel_linear(rt, reel_slice(rt, magnitudes, 2, c * bins, bins), &vae->mel.filters);
    }
    return reel_loudness(rt, reel_concat(rt, side[0], side[1], 2), vae->config.floor);
}

reel_posterior reel_audio_vae_posterior(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *mel)
{
    return reel_posterior_from(rt,
                               reel_audio_encoder_forward(rt, &vae->encoder, &vae->config, mel));
}

reel_tensor *reel_audio_vae_encode(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *waveform)
{
    reel_tensor *mel = reel_audio_vae_mel(rt, vae, reel_audio_vae_magnitudes(rt, vae, waveform));
    return reel_latent_normalise(rt, &vae->stats, reel_audio_vae_posterior(rt, vae, mel).mean);
}

/* Latents of a piece: some 1.5 s, and no less than what the vocoder runs over beside them. */
static int64_t piece_latents(const reel_audio_decoding *d)
{
    enum { FRAMES = 256 };
    const int64_t twice = 2 * d->vocoder.reach, per_latent = d->vae->config.frames_per_latent;
    const int64_t frames = twice > FRAMES ? twice : FRAMES;
    return (frames + per_latent - 1) / per_latent;
}

void reel_audio_decoding_begin(reel_rt *rt, reel_audio_decoding *d, const reel_audio_vae *vae,
                               reel_tensor *latent, int64_t samples)
{
    *d = (reel_audio_decoding){ .vae = vae, .samples = samples };
    d->latent = reel_latent_denormalise(rt, &vae->stats, latent);
    if (rt->status < 0 || d->latent->rank != 3) {
        reel_fail_tensor(rt, REEL_ERR_SHAPE, "audio VAE: latent is %s, expected [B, La, %d]",
                         reel_shape(latent).text, vae->config.latent_channels);
        return;
    }
    const reel_vocoder_options options = {
        .iterations = vae->config.phase_iterations,
        .samples = samples,
        .fade_samples = (int64_t)(FADE_SECONDS * vae->config.sample_rate),
    };
    const int64_t frames = d->latent->dim[1] * vae->config.frames_per_latent;
    reel_vocoder_begin(rt, &d->vocoder, &vae->stft, &options,
                       (int64_t[]){ d->latent->dim[0], frames });
}

reel_tensor *reel_audio_decoding_next(reel_rt *rt, reel_audio_decoding *d)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    const reel_audio_vae *vae = d->vae;
    const int64_t piece = piece_latents(d), left = d->latent->dim[1] - d->next;
    const int64_t count = left < piece ? left : piece;
    const int recording = rt->recording;
    rt->recording = 0;
    reel_tensor *loudness =
        reel_audio_decoder_part(rt, &vae->decoder, &vae->config, d->latent, d->next, count);
    reel_tensor *magnitudes = reel_loudness_to_magnitude(rt, loudness, vae->config.floor);
    REEL_DROP(rt, loudness);
    reel_tensor *sound = reel_vocoder_next(rt, &d->vocoder, magnitudes);
    REEL_DROP(rt, magnitudes);
    rt->recording = recording;
    d->next += count;
    d->done += rt->status < 0 ? 0 : sound->dim[2];
    return sound;
}

reel_tensor *reel_audio_vae_decode(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *latent,
                                   int64_t samples)
{
    reel_audio_decoding d;
    reel_audio_decoding_begin(rt, &d, vae, latent, samples);
    reel_tensor *sound = NULL;
    while (rt->status == REEL_OK && d.done < samples) {
        const reel_stretch stretch = reel_stretch_begin(rt);
        reel_tensor *next = reel_audio_decoding_next(rt, &d);
        sound = sound ? reel_concat(rt, sound, next, 2) : next;
        reel_stretch_keep(rt, &stretch, &sound, 1);
    }
    return rt->status < 0 ? &rt->poison : sound;
}
