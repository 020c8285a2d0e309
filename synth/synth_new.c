/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates synths, and renders whole analyses. */
#include "base/no_memory.h"
#include "synth/background.h"
#include "synth/render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The nearest number to n with no prime factors but 2, 3 and 5, for which the FFT is fast. */
static int smooth_size(int n) {
    for (int d = 0;; d++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            int v = n + sign * d, rest = v;
            for (int p = 2; p <= 5; p++)
                while (rest > 1 && rest % p == 0)
                    rest /= p;
            if (v > 0 && rest == 1)
                return v;
        }
    }
}

TbStatus tb_synth_new(double sample_rate, TbSynth **synth) {
    *synth = NULL;
    if (!(sample_rate >= 8000 && sample_rate <= 192000))
        return tb_fail(TB_ERR_ARGUMENT, "The sample rate must be from 8 kHz to 192 kHz.");
    TbSynth *s = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    if (!s)
        return tbi_no_memory("for a voice");
    memset(s, 0, sizeof *s);
    s->rate = sample_rate;
    s->hop = TB_HOP * sample_rate;
    s->max_hop = (int)ceil(s->hop) + 1;
    s->noise_hop = 16 * smooth_size((int)rint(s->hop / 16)); /* powers of 2 are faster still */
    s->noise_fft = 4 * s->noise_hop;
    s->n_bins = s->noise_fft / 2 + 1;
    size_t h = (size_t)s->noise_hop, fft = (size_t)s->noise_fft;
    TbStatus status = tb_fft_new(fft, &s->fft);
    s->tone = tbi_arena_floats(&s->memory, (size_t)s->max_hop);
    s->ahead = tbi_arena_floats(&s->memory, (size_t)s->max_hop);
    s->window = tbi_arena_floats(&s->memory, 2 * h);
    s->shaped = tbi_arena_floats(&s->memory, fft + 2);
    s->spectrum = tbi_arena_floats(&s->memory, fft + 2);
    s->tail = tbi_arena_floats(&s->memory, h);
    s->noise = tbi_arena_floats(&s->memory, h);
    s->bin_band = tbi_arena_alloc(&s->memory, (size_t)s->n_bins, sizeof *s->bin_band);
    s->bin_weight = tbi_arena_floats(&s->memory, (size_t)s->n_bins);
    if (status == TB_OK && s->memory.failed)
        status = tbi_no_memory("for a voice");
    if (status == TB_OK)
        status = tbi_noise_source_get(h, s->fft, &s->white);
    if (status != TB_OK) {
        tb_synth_free(s);
        return status;
    }
    tb_hann(s->window, 2 * h);
    for (int k = 0; k < s->n_bins && k * sample_rate / s->noise_fft <= TB_RATE / 2; k++) {
        tbi_band_position(k * sample_rate / s->noise_fft, &s->bin_band[k], &s->bin_weight[k]);
        s->n_shaped = k + 1;
    }
    for (int k = 0; k < TB_BANDS; k++) {
        /* White noise of power 1 covers half the sample rate; a band covers its fraction of half the analysis rate. */
        s->band_level[k] = (float)sample_rate / TB_RATE / tbi_band_fraction(k);
    }
    *synth = s;
    return TB_OK;
}

void tb_synth_free(TbSynth *s) {
    if (s) {
        tb_fft_free(s->fft);
        tbi_noise_source_release(s->white);
    }
    tbi_arena_free_owner(s);
}

static bool note_frame(void *context, size_t index, TbFrame *frame, const TbPhases **phases) {
    const TbNote *note = context;
    if (index >= note->n_frames)
        return false;
    *frame = note->frames[index];
    *phases = index < note->n_phases ? &note->phases[index] : NULL;
    return true;
}

TbStatus tb_synthesize(const TbAnalysis *analysis, double sample_rate, uint64_t seed, TbAudio *audio) {
    TbSynth *synth = NULL;
    memset(audio, 0, sizeof *audio);
    TbStatus status = tb_synth_new(sample_rate, &synth);
    if (status != TB_OK)
        return status;
    size_t n = (size_t)rint(analysis->seconds * sample_rate);
    audio->samples = calloc(n ? n : 1, sizeof *audio->samples);
    if (!audio->samples) {
        tb_synth_free(synth);
        return tbi_no_memory("for %.0f seconds of sound", analysis->seconds);
    }
    audio->n_samples = n;
    audio->sample_rate = sample_rate;
    for (size_t i = 0; i < analysis->n_notes; i++) {
        TbNote *note = &analysis->notes[i];
        size_t start = (size_t)rint(note->start * sample_rate);
        tb_synth_start(synth, note_frame, note, seed + i);
        if (start < n)
            tb_synth_render(synth, audio->samples + start, n - start);
    }
    tb_synth_free(synth);
    const TbBackground *b = &analysis->background;
    tbi_add_hum(b, sample_rate, 1, audio->samples, n);
    status = tbi_add_upsampled(b->rumble, b->n_rumble, sample_rate, 1, audio->samples, n);
    if (status != TB_OK)
        tb_audio_free(audio);
    return status;
}
