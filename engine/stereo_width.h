/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of engine/: what makes sound wide. */
#ifndef TIMBREL_ENGINE_STEREO_WIDTH_H
#define TIMBREL_ENGINE_STEREO_WIDTH_H

#include "timbrel/base.h"

/* Pseudo-stereo after Schroeder ("An artificial stereophonic effect obtained from a single audio signal", JAES 1958):
 * what has gone through allpasses, which leave its spectrum as it is and turn every frequency's phase differently, is
 * added on the left and taken away on the right. Their sum does not change, and nothing is lost in mono. Low
 * frequencies stay in the middle. */
typedef struct StereoWidth StereoWidth;

TB_NODISCARD TbStatus tbi_stereo_width_new(double sample_rate, StereoWidth **width); /* OFF */
void tbi_stereo_width_free(StereoWidth *width);
/* in[n]: what is to be spread, as much of it as it shall be wide. Its share of the sides goes from `from` by `step` per
 * sample. RT */
void tbi_stereo_width_run(StereoWidth *width, const float *in, float from, float step, float *left, float *right,
                          int n);

#endif
