/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/morph_picture.h"
#include "app/files.h"
#include "timbrel/plot.h"
#include "timbrel/sound.h"

#include <stdio.h>

bool morph_picture_wants(size_t i, size_t n) {
    if (n <= PICTURE_MORPHS)
        return true;
    /* Evenly spaced: i is drawn if one of the positions k (n - 1) / 4 rounds to it. */
    for (size_t k = 0; k < PICTURE_MORPHS; k++)
        if (i == (2 * k * (n - 1) + PICTURE_MORPHS - 1) / (2 * (PICTURE_MORPHS - 1)))
            return true;
    return false;
}

void morph_picture_add(MorphPicture *picture, TbAudio *audio, const char *title) {
    if (picture->n == PICTURE_MORPHS) {
        tb_audio_free(audio);
        return;
    }
    picture->morphs[picture->n] = *audio;
    snprintf(picture->titles[picture->n], sizeof picture->titles[0], "%s", title);
    picture->n++;
    *audio = (TbAudio){0};
}

void morph_picture_free(MorphPicture *picture) {
    for (size_t i = 0; i < picture->n; i++)
        tb_audio_free(&picture->morphs[i]);
    picture->n = 0;
}

TbStatus morph_picture_write(const MorphPicture *picture, const char *png, const TbAudio *sounds,
                             const char *const *names, size_t n_sounds) {
    const TbAudio *list[PICTURE_MORPHS + TB_MORPH_MAX];
    const char *titles[PICTURE_MORPHS + TB_MORPH_MAX];
    size_t n = 0;
    for (size_t i = 0; i < n_sounds; i++) {
        list[n] = &sounds[i];
        titles[n++] = path_base(names[i]);
        for (size_t k = 0; i == 0 && k < picture->n; k++) {
            list[n] = &picture->morphs[k];
            titles[n++] = picture->titles[k];
        }
    }
    return tb_plot_spectrograms(png, list, titles, n, NULL);
}
