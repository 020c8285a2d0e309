/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to engine/: a reverb. */
#ifndef TIMBREL_ENGINE_REVERB_H
#define TIMBREL_ENGINE_REVERB_H

#include "timbrel/base.h"

/* A feedback delay network (Jot and Chaigne, "Digital delay networks for designing artificial reverberators", AES
 * 1991): eight delay lines, mixed by a Hadamard matrix and fed back through filters that make low frequencies decay
 * more slowly than high ones. The input passes a pre-delay, a high-pass and allpasses that raise the echo density
 * (Schroeder 1962). Left and right sum the lines with orthogonal signs, so that they are uncorrelated and their sum is
 * as loud as each. */
typedef struct Reverb Reverb;

TB_NODISCARD TbStatus tbi_reverb_new(double sample_rate, Reverb **reverb); /* OFF */
void tbi_reverb_free(Reverb *reverb);
/* Adds the reverb of in[2][n] to out[2][n]; in and out must not overlap. Non-finite samples count as silence. RT */
void tbi_reverb_run(Reverb *reverb, float *const in[2], float *const out[2], size_t n);
/* Whether the tail is still above -120 dB full scale; below, the reverb stops and clears its state. RT */
bool tbi_reverb_rings(const Reverb *reverb);

#endif
