/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of engine/: a room. */
#ifndef TIMBREL_ENGINE_REVERB_H
#define TIMBREL_ENGINE_REVERB_H

#include "timbrel/base.h"

/* A feedback delay network (Jot and Chaigne, "Digital delay networks for designing artificial reverberators", AES
 * 1991): eight delay lines whose ends are mixed by a Hadamard matrix and fed back, each through a filter that makes it
 * decay as the room does, low notes more slowly than high ones. Before it a pause, a high-pass, and allpasses that make
 * the echoes dense from the start (Schroeder 1962). Left and right hear the lines with signs of their own, so their sum
 * is as loud as they are. */
typedef struct Reverb Reverb;

TB_NODISCARD TbStatus tbi_reverb_new(double sample_rate, Reverb **reverb); /* OFF */
void tbi_reverb_free(Reverb *reverb);
/* Adds the room's answer to in[2][n] to out[2][n]; in and out must not overlap. Samples that are not
 * finite count as silence. RT */
void tbi_reverb_run(Reverb *reverb, float *const in[2], float *const out[2], size_t n);
/* Still under 120 dB below full scale? It then stops, with all that is in it set to 0. RT */
bool tbi_reverb_rings(const Reverb *reverb);

#endif
