/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every rhythm that is made has to be. */
#ifndef TIMBREL_TESTS_VALID_RHYTHM_H
#define TIMBREL_TESTS_VALID_RHYTHM_H

#include "timbrel/rhythm.h"

/* Every hit has a possible velocity and offset, and cells without one are empty, as are those from tb_rhythm_steps on.
 */
static inline bool rhythm_is_valid(const TbRhythm *r) {
    for (int t = 0; t < TB_RHYTHM_STEPS; t++)
        for (int d = 0; d < TB_DRUM_CLASSES; d++) {
            const TbDrumHit hit = r->cell[t][d];
            const bool rest = hit.velocity == 0 && hit.offset == 0;
            if (!rest && !(t < tb_rhythm_steps(r) && hit.velocity >= 1 / 127.0f && hit.velocity <= 1 &&
                           hit.offset > -0.5f && hit.offset <= 0.5f))
                return false;
        }
    return true;
}

#endif
