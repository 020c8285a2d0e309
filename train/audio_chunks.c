/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts the recorded audio and its frames into chunks for training on raw audio. */
#include "train/dataset.h"

#include <math.h>
#include <string.h>

#define SPREAD_SECONDS 1.5 /* chunks are taken from the first part of a note, this long */

static uint8_t turn_to_byte(float turns) {
    return (uint8_t)((int)lrintf(turns * 256) & 255);
}

static bool cut(const TbNote *note, float loudest, const TbAudio *audio, size_t first, Chunk *chunk) {
    size_t at = (size_t)rint(note->start * TB_ANALYSIS_RATE) + first * TB_HOP_SIZE;
    if (at + CHUNK_SAMPLES > audio->n_samples)
        return false;
    float peak = 1e-6f;
    for (size_t i = 0; i < CHUNK_SAMPLES; i++)
        peak = fmaxf(peak, fabsf(audio->samples[at + i]));
    chunk->peak = peak;
    chunk->begins = first == 0;
    for (size_t i = 0; i < CHUNK_SAMPLES; i++)
        chunk->audio[i] = (int16_t)lrintf(audio->samples[at + i] / peak * 32767);
    for (size_t t = 0; t < CHUNK_FRAMES; t++) {
        const TbFrame *f = &note->frames[first + t];
        const TbPhases *p = &note->phases[first + t];
        tbi_dataset_pack(f, loudest, chunk->rows[t]);
        for (int k = 0; k < CHUNK_PARTS; k++)
            chunk->phases[t][k] = turn_to_byte(k < TB_HARMONICS ? p->harmonic[k] : p->partial[k - TB_HARMONICS]);
    }
    memcpy(chunk->ratio, note->frames[first + CHUNK_FRAMES / 2].ratio, sizeof chunk->ratio);
    return peak > 1e-4f;
}

size_t tbi_cut_chunks(const TbAnalysis *analysis, const TbAudio *audio, size_t most, Chunk *chunks) {
    const TbNote *note = NULL;
    float loudest = tbi_loudest_power(analysis);
    for (size_t i = 0; i < analysis->n_notes; i++)
        if (analysis->notes[i].n_frames >= CHUNK_FRAMES && analysis->notes[i].n_phases == analysis->notes[i].n_frames &&
            (!note || analysis->notes[i].seconds > note->seconds))
            note = &analysis->notes[i];
    if (!note)
        return 0;
    size_t last = note->n_frames - CHUNK_FRAMES, reach = (size_t)(SPREAD_SECONDS / TB_HOP), n = 0;
    reach = reach < last ? reach : last;
    most = most < reach + 1 ? most : reach + 1;
    for (size_t i = 0; i < most; i++) {
        /* denser near the onset, where the sound changes most */
        double p = most > 1 ? (double)i / (double)(most - 1) : 0;
        n += cut(note, loudest, audio, (size_t)(p * p * (double)reach), &chunks[n]);
    }
    return n;
}
