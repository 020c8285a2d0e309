/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "note/interpolate.h"
#include "note/detail.h"

#include <math.h>

typedef struct {
    size_t i, j;
    float w;
} Between;

static Between between(const TbEncodedNote *note, double p) {
    double last = (double)(note->n_frames - 1);
    p = p > 0 ? p < last ? p : last : 0;
    size_t i = (size_t)p;
    return (Between){i, i + 1 < note->n_frames ? i + 1 : i, (float)(p - (double)i)};
}

void tbi_note_z(const TbEncodedNote *note, int latent_dim, double p, float *z) {
    Between b = between(note, p);
    size_t n = (size_t)latent_dim;
    for (size_t k = 0; k < n; k++)
        z[k] = note->z[b.i * n + k] + b.w * (note->z[b.j * n + k] - note->z[b.i * n + k]);
}

float tbi_note_f0(const TbEncodedNote *note, double p) {
    Between b = between(note, p);
    float a = note->f0_track[b.i];
    return b.w == 0 ? a : a * powf(note->f0_track[b.j] / a, b.w);
}

float tbi_note_loudness(const TbEncodedNote *note, double p) {
    Between b = between(note, p);
    return note->loudness[b.i] + b.w * (note->loudness[b.j] - note->loudness[b.i]);
}

void tbi_note_detail(const TbEncodedNote *note, double p, float *x) {
    Between b = between(note, p);
    tbi_detail_unpack(note->detail + b.i * TB_FEATURES, x);
    if (b.w > 0) {
        float y[TB_FEATURES];
        tbi_detail_unpack(note->detail + b.j * TB_FEATURES, y);
        for (int k = 0; k < TB_FEATURES; k++)
            x[k] += b.w * (y[k] - x[k]);
    }
}

void tbi_note_frame_condition(float f0, float loudness, float *condition) {
    TbFrame f = {.f0 = fminf(fmaxf(f0, 25), 4500), .power = powf(10, fminf(fmaxf(loudness, -80), 3) / 10)};
    tb_frame_to_condition(&f, condition);
}
