/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to engine/: a stereo widener. */
#ifndef TIMBREL_ENGINE_STEREO_WIDTH_H
#define TIMBREL_ENGINE_STEREO_WIDTH_H

#include "timbrel/base.h"

/* Pseudo-stereo after Schroeder ("An artificial stereophonic effect obtained from a single audio signal", JAES 1958):
 * the signal passes allpasses, which keep its spectrum and change the phase of each frequency, and is added to the left
 * and subtracted from the right. Their sum does not change, so nothing is lost in mono. Low frequencies stay in the
 * centre. */
typedef struct StereoWidth StereoWidth;

TB_NODISCARD TbStatus tbi_stereo_width_new(double sample_rate, StereoWidth **width); /* OFF */
void tbi_stereo_width_free(StereoWidth *width);
/* Adds the side signal of in[n] to left[n] and subtracts it from right[n], with a gain of `from` at the first sample
 * that grows by `step` per sample. RT */
void tbi_stereo_width_run(StereoWidth *width, const float *in, float from, float step, float *left, float *right,
                          int n);

#endif
