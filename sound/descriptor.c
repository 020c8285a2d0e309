/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A descriptor of a whole sound: one vector, for distances between sounds. */
#include "base/no_memory.h"
#include "timbrel/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ATTACK_FRAMES = 9, ENVELOPE = 8, LONG_SILENCE_DB = -60 }; /* 52 ms */

/* Ends of the time intervals of the loudness envelope, seconds after the note's onset. */
static const double envelope_end[ENVELOPE] = {0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2};

/* The parts of a descriptor, and their weights in a distance. Three of weight 0.7 together count somewhat more than
 * the first. */
enum { BODY, SPREAD, ATTACK, LOUDNESS, N_PARTS };
static const double weight[N_PARTS] = {1.0, 0.7, 0.7, 0.7};

static size_t part_size(int part, int latent_dim) {
    return part == LOUDNESS ? ENVELOPE : (size_t)latent_dim;
}

static size_t part_start(int part, int latent_dim) {
    return (size_t)part * (size_t)latent_dim;
}

size_t tb_descriptor_size(int latent_dim) {
    return part_start(N_PARTS - 1, latent_dim) + ENVELOPE;
}

static float loudest(const TbSound *sound) {
    float most = -200;
    for (size_t i = 0; i < sound->n_notes; i++)
        for (size_t t = 0; t < sound->notes[i].n_frames; t++)
            most = fmaxf(most, sound->notes[i].loudness[t]);
    return most;
}

/* Perceived loudness of a frame: power to the 0.3 (Stevens 1955, "The measurement of loudness"). */
static double frame_weight(const TbEncodedNote *note, size_t t, float most) {
    return pow(10, 0.3 * (note->loudness[t] - most) / 10);
}

typedef struct {
    double *sum, *squares, total; /* [latent_dim] */
} Moments;

static void add_frame(Moments *m, const float *z, int latent_dim, double w) {
    for (int k = 0; k < latent_dim; k++) {
        m->sum[k] += w * z[k];
        m->squares[k] += w * z[k] * z[k];
    }
    m->total += w;
}

/* The mean of the latents; also their standard deviation unless `spread` is NULL. */
static void mean_and_spread(const Moments *m, int latent_dim, float *mean, float *spread) {
    for (int k = 0; k < latent_dim; k++) {
        double mu = m->sum[k] / m->total;
        mean[k] = (float)mu;
        if (spread)
            spread[k] = (float)sqrt(fmax(0, m->squares[k] / m->total - mu * mu));
    }
}

/* Mean level, dB relative to the loudest frame, in time intervals after the onset of the note that contains it. */
static void loudness_envelope(const TbSound *sound, float most, float *envelope) {
    const TbEncodedNote *note = &sound->notes[0];
    for (size_t i = 1; i < sound->n_notes; i++)
        for (size_t t = 0; t < sound->notes[i].n_frames; t++)
            if (sound->notes[i].loudness[t] == most)
                note = &sound->notes[i];
    size_t t = 0;
    for (int k = 0; k < ENVELOPE; k++) {
        size_t end = (size_t)(envelope_end[k] / TB_HOP), n = end - t;
        double sum = 0;
        for (; t < end; t++)
            sum += t < note->n_frames ? fmax(note->loudness[t] - most, LONG_SILENCE_DB) : LONG_SILENCE_DB;
        envelope[k] = (float)(sum / (double)n);
    }
}

TbStatus tb_sound_descriptor(const TbSound *sound, float *descriptor) {
    int dim = sound->latent_dim;
    size_t n_frames = 0, width = (size_t)dim;
    for (size_t i = 0; i < sound->n_notes; i++)
        n_frames += sound->notes[i].n_frames;
    if (n_frames == 0)
        return tb_fail(TB_ERR_EMPTY, "The sound is silent.");
    double *sums = calloc(4 * width, sizeof *sums);
    if (!sums)
        return tbi_no_memory("to describe this sound");
    Moments attack = {sums, sums + width, 0}, body = {sums + 2 * width, sums + 3 * width, 0};
    float most = loudest(sound);
    for (size_t i = 0; i < sound->n_notes; i++) {
        const TbEncodedNote *note = &sound->notes[i];
        for (size_t t = 0; t < note->n_frames; t++)
            add_frame(t < ATTACK_FRAMES ? &attack : &body, note->z + t * width, dim, frame_weight(note, t, most));
    }
    mean_and_spread(&attack, dim, descriptor + part_start(ATTACK, dim), NULL);
    mean_and_spread(body.total > 0 ? &body : &attack, dim, descriptor + part_start(BODY, dim),
                    descriptor + part_start(SPREAD, dim));
    loudness_envelope(sound, most, descriptor + part_start(LOUDNESS, dim));
    free(sums);
    bool finite = true;
    for (size_t k = 0; k < tb_descriptor_size(dim); k++)
        finite = finite && isfinite(descriptor[k]);
    return finite ? TB_OK : tb_fail(TB_ERR_FORMAT, "The sound has latents that are not numbers.");
}

/* Centres one part of n descriptors and scales it to a mean square distance of 2 weight^2 between two of them. */
static void standardise_part(float *x, size_t n, size_t stride, size_t size, double part_weight) {
    double all = 0;
    for (size_t k = 0; k < size; k++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++)
            mean += x[i * stride + k] / (double)n;
        for (size_t i = 0; i < n; i++) {
            double d = x[i * stride + k] - mean;
            x[i * stride + k] = (float)d;
            all += d * d / (double)n;
        }
    }
    float scale = all > 1e-12 ? (float)(part_weight / sqrt(all)) : 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < size; k++)
            x[i * stride + k] *= scale;
}

void tb_descriptors_standardize(float *descriptors, size_t n, int latent_dim) {
    for (int part = 0; part < N_PARTS; part++)
        standardise_part(descriptors + part_start(part, latent_dim), n, tb_descriptor_size(latent_dim),
                         part_size(part, latent_dim), weight[part]);
}
