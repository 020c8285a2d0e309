/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do the keys move this sound as a tone? The analyser finds a pitch in kick drums, in snares and now and then in a gust
 * of wind; but a falling pitch, or a tone that is a small part of a noise, is no note of a melody. */
#include "instrument/recorded_layer.h"
#include "synth/envelope.h"

#include <math.h>
#include <stdlib.h>

#define STANDS 1.0f      /* semitones between which a pitch stands */
#define SETTLED 0.5      /* of the frames that are heard, if it stands for so many ... */
#define HEARD 1e-3f      /* of the loudest frame's power */
#define TONAL 0.25       /* of all energy */
enum { LONG_TONE = 35 }; /* ... or for 0.2 s: a tom falls, too, but goes on */

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Does the pitch of this note stand for long enough? room[n_frames] */
static bool stands(const TbNote *note, float *room) {
    size_t heard = 0, longest = 0;
    float loudest = 0;
    for (size_t t = 0; t < note->n_frames; t++)
        loudest = fmaxf(loudest, note->frames[t].power);
    for (size_t t = 0; t < note->n_frames; t++)
        if (note->frames[t].power >= HEARD * loudest)
            room[heard++] = 12 * log2f(note->frames[t].f0);
    qsort(room, heard, sizeof *room, by_size);
    for (size_t low = 0, high = 0; low < heard; low++) {
        while (high < heard && room[high] <= room[low] + STANDS)
            high++;
        longest = high - low > longest ? high - low : longest;
    }
    return longest >= LONG_TONE || (double)longest >= SETTLED * (double)heard;
}

TbStatus tbi_scores_are_pitched(const TbScore *scores, size_t n, bool *pitched) {
    double all = 0, tonal = 0;
    TbStatus status = TB_OK;
    for (size_t s = 0; status == TB_OK && s < n; s++) {
        for (size_t i = 0; status == TB_OK && i < scores[s].n_notes; i++) {
            const TbNote *note = &scores[s].notes[i];
            float *room = malloc((note->n_frames + 1) * sizeof *room);
            status = room ? TB_OK : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory for an instrument.");
            double counts = room && note->pitched && stands(note, room) ? 1 : 0;
            for (size_t t = 0; t < note->n_frames; t++) {
                all += (double)note->frames[t].power;
                tonal += counts * (double)tbi_tonal_power(&note->frames[t]);
            }
            free(room);
        }
    }
    *pitched = tonal > TONAL * all;
    return status;
}
