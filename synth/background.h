/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recording has besides its notes: mains hum, and rumble below the notes. Both go on before the notes begin and
 * after they have died away, which is how they are told apart. Sounds are at the analysis rate. OFF. */
#ifndef TIMBREL_SYNTH_BACKGROUND_H
#define TIMBREL_SYNTH_BACKGROUND_H

#include "synth/internal.h"

/* out[(n - 1) / factor + 1]: every factor-th sample of x[n] (n > 0) after a linear-phase low-pass (Blackman-windowed
 * sinc of 2 reach + 1 taps) at `cutoff` cycles per sample; x is mirrored at its ends. TB_ERR_NO_MEMORY. */
TB_NODISCARD TbStatus tbi_lowpass(const float *x, size_t n, int factor, double cutoff, int reach, float *out);

/* Finds the hum of x[n]: fills the members hum_base, n_hum and hum of `background`, all 0 if there is none. */
TB_NODISCARD TbStatus tbi_find_hum(const float *x, size_t n, TbBackground *background);
/* Finds the rumble of x[n], which has no hum: fills cutoff, infrasound, n_rumble and rumble. infra[n_rumble], which the
 * caller frees with free(), is what is below hearing, at the same rate; NULL if there is no rumble. */
TB_NODISCARD TbStatus tbi_find_rumble(const float *x, size_t n, TbBackground *background, float **infra);

/* Adds `gain` times a sound at TB_RUMBLE_RATE, low[n_low], to out[n] at `rate`. */
TB_NODISCARD TbStatus tbi_add_upsampled(const float *low, size_t n_low, double rate, float gain, float *out, size_t n);
/* Adds `gain` times the hum to out[n] at `rate`. */
void tbi_add_hum(const TbBackground *background, double rate, float gain, float *out, size_t n);

/* Finds hum, rumble and DC, and takes them out of x[n]. */
TB_NODISCARD TbStatus tbi_split_background(float *x, size_t n, TbBackground *background);

#endif
