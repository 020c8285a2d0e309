/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splits a sound into notes: at onsets, at pitch jumps, and where a note exceeds the maximum length. note_fit.c
 * analyses each segment. */
#include "base/grow.h"
#include "base/no_memory.h"
#include "base/options.h"
#include "synth/background.h"

#include <stdlib.h>
#include <string.h>

#define F0_LOWEST 8.0
#define F0_HIGHEST 20000.0

enum {
    LONGEST = 1292 * 4 * TB_HOP_SIZE, /* samples: 30 s; longer notes are split to bound memory */
    MAX_JUMPS = 256,
};

/* State of one analysis. */
typedef struct {
    const TbAudio *audio;
    TbAnalysisOptions options;
    TbAnalysis *analysis;
    size_t capacity, end;
    TbProgress progress;
    void *context;
} Work;

static TbStatus add_note(Work *w, const Segment *segment) {
    TbAnalysis *analysis = w->analysis;
    if (!tbi_grow(&analysis->notes, analysis->n_notes + 1, &w->capacity))
        return tbi_no_memory("to analyse this sound");
    TbNote *note = &analysis->notes[analysis->n_notes++];
    memset(note, 0, sizeof *note);
    size_t at = (size_t)(segment->x - w->audio->samples);
    note->start = (double)at / TB_ANALYSIS_RATE;
    TbStatus status = tbi_analyze_note(segment, w->options.f0, note);
    double done = (double)(at + segment->n) / (double)w->end;
    if (status == TB_OK && w->progress && !w->progress(w->context, done, "Listening"))
        status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    return status;
}

/* Analyses the samples from one onset to the next, as several notes if the pitch jumps. */
static TbStatus add_segment(Work *w, const Segment *whole) {
    const float *x = whole->x;
    size_t n = whole->n;
    PitchJump jumps[MAX_JUMPS];
    size_t n_jumps = 0;
    PitchTrack track = {0};
    TbStatus status = TB_OK;
    if (w->options.f0 <= 0) {
        status = tbi_find_pitch(x, n, w->options.f0_min, w->options.f0_max, &track);
        n_jumps = w->options.single_note ? 0 : tbi_pitch_jumps(&track, jumps, MAX_JUMPS);
    }
    for (size_t i = 0, from = 0, begin = 0; status == TB_OK && i <= n_jumps; i++) {
        size_t to = i < n_jumps ? jumps[i].at : track.n, stop = i < n_jumps ? tbi_place_jump(x, n, &jumps[i]) : n;
        Segment s = {.x = x + begin, .n = stop - begin};
        s.continued = i > 0 || whole->continued;
        s.continues = i < n_jumps || whole->continues;
        s.follows = i > 0 || whole->follows;
        s.cut = i < n_jumps || whole->cut;
        if (track.n > 0) /* no track if the pitch is given */
            s.track = (PitchTrack){
                .n = to - from, .f0 = track.f0 + from, .level = track.level + from, .dip = track.dip + from};
        status = add_note(w, &s);
        from = to;
        begin = stop;
    }
    tbi_pitch_track_free(&track);
    return status;
}

static TbStatus add_notes(Work *w) {
    size_t *starts = NULL, n_starts = 0;
    const float *x = w->audio->samples;
    TbStatus status = tbi_find_onsets(x, w->audio->n_samples, w->options.single_note, &starts, &n_starts, &w->end);
    for (size_t i = 0; status == TB_OK && i < n_starts; i++) {
        size_t stop = i + 1 < n_starts ? starts[i + 1] : w->end, first = starts[i];
        while (status == TB_OK && i + 1 < n_starts && w->options.f0 <= 0) { /* join the syllables of speech */
            size_t after = i + 2 < n_starts ? starts[i + 2] : w->end;
            bool same = false;
            status = tbi_same_phrase(x, first, stop, after, &same);
            if (!same)
                break;
            stop = after;
            i++;
        }
        for (size_t at = first; status == TB_OK && at < stop;) {
            size_t n = stop - at > LONGEST ? LONGEST : stop - at;
            Segment s = {.x = x + at, .n = n};
            s.follows = at > 0;
            s.cut = at + n < w->end;
            s.continued = at > first;
            s.continues = at + n < stop;
            status = add_segment(w, &s);
            at += n;
        }
    }
    free(starts);
    return status;
}

static TbStatus check(const TbAudio *audio, TbAnalysisOptions *o) {
    o->f0_min = o->f0_min > 0 ? o->f0_min : PITCH_LOWEST;
    o->f0_max = o->f0_max > 0 ? o->f0_max : PITCH_HIGHEST;
    if (!(audio->sample_rate > 0))
        return tb_fail(TB_ERR_ARGUMENT, "The sound has no sample rate.");
    if (!(o->f0_min >= F0_LOWEST && o->f0_max <= F0_HIGHEST && o->f0_min < o->f0_max)) {
        return tb_fail(TB_ERR_ARGUMENT, "The pitch range must be within %.0f to %.0f Hz, lowest first.", F0_LOWEST,
                       F0_HIGHEST);
    }
    if (o->f0 != 0 && !(o->f0 >= F0_LOWEST && o->f0 <= F0_HIGHEST))
        return tb_fail(TB_ERR_ARGUMENT, "The pitch must be between %.0f and %.0f Hz.", F0_LOWEST, F0_HIGHEST);
    return TB_OK;
}

static TbStatus copy_at_analysis_rate(const TbAudio *audio, TbAudio *copy) {
    copy->samples = malloc(audio->n_samples * sizeof *copy->samples);
    if (!copy->samples)
        return tbi_no_memory("to analyse this sound");
    memcpy(copy->samples, audio->samples, audio->n_samples * sizeof *copy->samples);
    copy->n_samples = audio->n_samples;
    copy->sample_rate = audio->sample_rate;
    return audio->sample_rate != TB_ANALYSIS_RATE ? tb_audio_resample(copy, TB_ANALYSIS_RATE) : TB_OK;
}

TbStatus tb_analyze(const TbAudio *audio, const TbAnalysisOptions *options, TbProgress progress, void *context,
                    TbAnalysis *analysis) {
    TbAudio copy = {0};
    Work work = {.audio = audio, .analysis = analysis, .progress = progress, .context = context};
    memset(analysis, 0, sizeof *analysis);
    TbStatus status = options ? tbi_options_read(options, &work.options, sizeof work.options) : TB_OK;
    status = status ? status : check(audio, &work.options);
    if (status != TB_OK || audio->n_samples == 0)
        return status;
    analysis->seconds = (double)audio->n_samples / audio->sample_rate;
    status = copy_at_analysis_rate(audio, &copy);
    work.audio = &copy;
    if (status == TB_OK)
        status = tbi_split_background(copy.samples, copy.n_samples, &analysis->background);
    if (status == TB_OK)
        status = add_notes(&work);
    tb_audio_free(&copy);
    if (status != TB_OK)
        tb_analysis_free(analysis);
    return status;
}

void tb_note_free(TbNote *note) {
    free(note->frames);
    free(note->phases);
    memset(note, 0, sizeof *note);
}

void tb_analysis_free(TbAnalysis *analysis) {
    for (size_t i = 0; i < analysis->n_notes; i++)
        tb_note_free(&analysis->notes[i]);
    free(analysis->notes);
    free(analysis->background.rumble);
    tb_width_free(&analysis->width);
    memset(analysis, 0, sizeof *analysis);
}
