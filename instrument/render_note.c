/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renders one note of an instrument to audio. */
#include "base/grow.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "instrument/recorded_layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_RELEASE 30.0 /* seconds */
enum { BLOCK = 4096 };

typedef struct {
    const TbModel *model;
    TbPlayedNote note;
    const TbNoteOptions *options;
    float *scratch;
    double longest;
} Player;

/* A TbFrameSource. */
static bool next_frame(void *context, size_t index, TbFrame *frame, const TbPhases **phases) {
    Player *p = context;
    TbPlayedNote *note = &p->note;
    double now = (double)index * TB_HOP;
    (void)phases;
    if (note->over || now > p->longest)
        return false;
    note->held = now < p->options->hold;
    tb_notes_next(p->model, (TbPlayedNote *[]){note}, 1, p->scratch, (TbFrame *[]){frame});
    if (p->options->no_noise)
        memset(frame->band, 0, sizeof frame->band);
    if (p->options->no_tone) {
        memset(frame->harmonic, 0, sizeof frame->harmonic);
        memset(frame->partial, 0, sizeof frame->partial);
    }
    return true;
}

static TbStatus render_all(TbSynth *synth, double longest, double rate, TbAudio *audio) {
    size_t room = 0, most = (size_t)ceil(longest * rate) + 1;
    for (bool more = true; more && audio->n_samples < most;) {
        if (!tbi_grow(&audio->samples, audio->n_samples + BLOCK, &room))
            return tbi_no_memory("for a note");
        memset(audio->samples + audio->n_samples, 0, BLOCK * sizeof *audio->samples);
        more = tb_synth_render(synth, audio->samples + audio->n_samples, BLOCK);
        audio->n_samples += BLOCK;
    }
    while (audio->n_samples > 1 && audio->samples[audio->n_samples - 1] == 0)
        audio->n_samples--;
    audio->n_samples = audio->n_samples < most ? audio->n_samples : most;
    return TB_OK;
}

TbStatus tb_instrument_note(const TbInstrument *instrument, const TbNoteOptions *given, double sample_rate,
                            TbAudio *audio) {
    TbNoteOptions own, *options = &own;
    TbSynth *synth = NULL;
    *audio = (TbAudio){.sample_rate = sample_rate};
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    if (status)
        return status;
    Player p = {.model = instrument->model, .options = options};
    p.longest = options->longest > 0 ? options->longest : options->hold + LONGEST_RELEASE;
    p.scratch = malloc(tb_notes_scratch(p.model, 1) * sizeof *p.scratch);
    status = p.scratch ? tb_synth_new(sample_rate, &synth) : tbi_no_memory("for a note");
    if (status == TB_OK) {
        p.note = (TbPlayedNote){.part = {instrument},
                                .weight = {1},
                                .key = (float)options->key,
                                .velocity = (float)options->velocity,
                                .held = true};
        tb_note_start(&p.note, options->seed);
        tb_synth_start(synth, next_frame, &p, options->seed + 1);
        status = render_all(synth, p.longest, sample_rate, audio);
    }
    if (status != TB_OK)
        tb_audio_free(audio);
    tb_synth_free(synth);
    free(p.scratch);
    return status;
}
