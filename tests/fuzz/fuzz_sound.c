/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are an encoded sound or refused; a sound that is accepted has the properties that synthesis relies on. */
#include "tests/fuzz/fuzz.h"
#include "timbrel/sound.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TbSound sound;
    TbStatus status = tb_sound_parse(data, size, &sound);
    if (fuzz_refused(status, sound.n_notes == 0 && !sound.notes))
        return 0;
    require(sound.seconds >= 0 && sound.seconds < 86400 && sound.latent_dim >= 1 && sound.latent_dim <= 256);
    unsigned sum = 0;
    for (size_t i = 0; i < sound.n_notes; i++) {
        const TbEncodedNote *n = &sound.notes[i];
        require(n->n_frames >= 1 && n->f0 > 0 && isfinite(n->inharmonicity) && n->start >= 0 && n->seconds >= 0);
        require(i == 0 || n->start >= n[-1].start);
        for (size_t t = 0; t < n->n_frames; t++)
            require(isfinite(n->f0_track[t]) && n->f0_track[t] > 0 && isfinite(n->loudness[t]));
        for (size_t k = 0; k < n->n_frames * (size_t)sound.latent_dim; k++)
            require(isfinite(n->z[k]));
        for (size_t k = 0; n->detail && k < n->n_frames * TB_FEATURES; k++)
            sum += n->detail[k];
        for (size_t k = 0; n->phase_detail && k < n->n_frames * (TB_HARMONICS + TB_PARTIALS); k++)
            sum += n->phase_detail[k];
    }
    volatile unsigned used = sum;
    (void)used;
    tb_sound_free(&sound);
    return 0;
}
