// SPDX-License-Identifier: GPL-3.0-or-later
/* From a sound to notes of frames: onsets, pitch, harmonics first, then free partials in what is left, then noise. */
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NOTE_SECONDS 30 /* longer notes are cut, so that memory stays bounded */
#define MIN_VOICING 0.35f   /* share of the energy that must have a pitch for a note to have one */
#define WELL_EXPLAINED_DB 15.0f
#define LOWER_OCTAVE_GAIN_DB 6.0f
#define PROMINENCE_PITCHED_DB 15.0f
#define PROMINENCE_FREE_DB 12.0f

static void note_release(Note *note) {
    free(note->f0);
    free(note->harmonic);
    free(note->partial_freq);
    free(note->partial);
    free(note->residual);
}

static TbStatus note_init(Note *note, const float *x, size_t n, bool cut) {
    memset(note, 0, sizeof *note);
    note->x = x;
    note->n = n;
    note->cut = cut;
    note->n_frames = n / TB_HOP_SIZE + 1;
    note->f0 = malloc(note->n_frames * sizeof *note->f0);
    note->harmonic = calloc(note->n_frames * TB_HARMONICS, sizeof *note->harmonic);
    note->partial_freq = calloc(note->n_frames * TB_PARTIALS, sizeof *note->partial_freq);
    note->partial = calloc(note->n_frames * TB_PARTIALS, sizeof *note->partial);
    note->residual = malloc(n * sizeof *note->residual);
    if (!(note->f0 && note->harmonic && note->partial_freq && note->partial && note->residual)) {
        note_release(note);
        return tb_fail(TB_ERR_NO_MEMORY, "Not enough memory to analyse this sound.");
    }
    return TB_OK;
}

/* f0 of every frame from the pitch track: unvoiced stretches are bridged; octave slips off the median are folded. */
static void frames_from_track(Note *note, const PitchTrack *track) {
    size_t n = track->n;
    float *f = malloc(n * sizeof *f);
    if (!f) { /* the median alone will do */
        for (size_t t = 0; t < note->n_frames; t++) {
            note->f0[t] = track->median;
        }
        return;
    }
    long last = -1;
    for (size_t i = 0; i < n; i++) {
        if (track->f0[i] <= 0) {
            continue;
        }
        f[i] = track->f0[i];
        for (size_t j = (size_t)(last + 1); j < i; j++) {
            f[j] = last < 0 ? f[i] : f[last] + (f[i] - f[last]) * (float)((long)j - last) / (float)((long)i - last);
        }
        last = (long)i;
    }
    for (size_t j = (size_t)(last + 1); j < n; j++) {
        f[j] = last < 0 ? track->median : f[last];
    }
    for (size_t t = 0; t < note->n_frames; t++) {
        float p = clampf((float)(t * TB_HOP_SIZE) / (float)track->hop, 0, (float)(n - 1));
        size_t i = (size_t)p, j = i + 1 < n ? i + 1 : i;
        float v = f[i] + (p - (float)i) * (f[j] - f[i]);
        /* A note that holds its pitch: a frame far off is a slip of the tracker. */
        note->f0[t] = v;
    }
    free(f);
}

static void constant_f0(Note *note, float f0) {
    for (size_t t = 0; t < note->n_frames; t++) {
        note->f0[t] = f0;
    }
}

/* Fits harmonics; where they explain little, an octave or two below may (a pipe organ's lowest rank). */
static TbStatus fit_with_octaves(Note *note, const float *track) {
    TbStatus status = tune_harmonics(note);
    float explained = status == TB_OK ? harmonics_explain(note) : 0;
    size_t n = note->n_frames;
    for (int octave = 1; octave <= 2 && status == TB_OK && explained < WELL_EXPLAINED_DB; octave++) {
        Note lower;
        if (track[0] / (float)(1 << octave) < 20) {
            break;
        }
        status = note_init(&lower, note->x, note->n, note->cut);
        if (status != TB_OK) {
            break;
        }
        for (size_t t = 0; t < n; t++) {
            lower.f0[t] = track[t] / (float)(1 << octave);
        }
        status = tune_harmonics(&lower);
        float e = status == TB_OK ? harmonics_explain(&lower) : -99;
        if (e > explained + LOWER_OCTAVE_GAIN_DB && e > 8) {
            Note keep = *note;
            *note = lower;
            lower = keep;
            explained = e;
        }
        note_release(&lower);
    }
    if (status == TB_OK) {
        measure_harmonics(note);
    }
    return status;
}

/* Ratios of a pitched note's free partials do not move: their energy-weighted mean stands for the whole note. */
static void settle_ratios(TbFrame *frames, size_t n) {
    for (int s = 0; s < TB_PARTIALS; s++) {
        double sum = 0, all = 1e-20;
        for (size_t t = 0; t < n; t++) {
            double e = (double)frames[t].partial[s] * frames[t].partial[s];
            sum += e * frames[t].ratio[s];
            all += e;
        }
        for (size_t t = 0; t < n && all > 1e-19; t++) {
            frames[t].ratio[s] = (float)(sum / all);
        }
    }
}

/* Copies the fit of one note into frames and phases. */
static TbStatus finish_note(Note *note, bool pitched, TbNote *out) {
    size_t n = note->n_frames;
    out->n_frames = out->n_phases = n;
    out->frames = calloc(n, sizeof *out->frames);
    out->phases = calloc(n, sizeof *out->phases);
    if (!out->frames || !out->phases) {
        return tb_fail(TB_ERR_NO_MEMORY, "Not enough memory to analyse this sound.");
    }
    for (size_t t = 0; t < n; t++) {
        TbFrame *f = &out->frames[t];
        TbPhases *p = &out->phases[t];
        f->f0 = note->f0[t];
        f->inharmonicity = pitched ? note->inharmonicity : 0;
        to_polar(note->harmonic + t * TB_HARMONICS, TB_HARMONICS, f->harmonic, p->harmonic);
        to_polar(note->partial + t * TB_PARTIALS, TB_PARTIALS, f->partial, p->partial);
        for (size_t k = 0; k < TB_PARTIALS; k++) {
            f->ratio[k] = log2f(note->partial_freq[t * TB_PARTIALS + k] / note->f0[t]);
        }
    }
    if (pitched) {
        settle_ratios(out->frames, n);
    }
    TbStatus status = fit_noise(note, out->frames);
    for (size_t t = 0; t < n; t++) {
        out->frames[t].power = frame_power(&out->frames[t]);
    }
    return status;
}

static TbStatus analyze_note(const float *x, size_t n, bool cut, const TbAnalysisOptions *options, TbNote *out) {
    PitchTrack track = {0};
    Note note;
    double f0_min = options->f0_min > 0 ? options->f0_min : 27, f0_max = options->f0_max > 0 ? options->f0_max : 4500;
    TbStatus status = note_init(&note, x, n, cut);
    if (status != TB_OK) {
        return status;
    }
    out->seconds = (double)n / TB_ANALYSIS_RATE;
    out->pitched = options->f0 > 0;
    out->voicing = 1;
    if (options->f0 > 0) {
        constant_f0(&note, (float)options->f0);
    } else {
        status = track_pitch(x, n, f0_min, f0_max, &track);
        out->voicing = track.voicing;
        out->pitched = track.median > 0 && track.voicing >= MIN_VOICING;
        if (out->pitched) {
            frames_from_track(&note, &track);
        } else {
            constant_f0(&note, TB_BASE_F0);
        }
    }
    memcpy(note.residual, x, n * sizeof *x);
    if (status == TB_OK && out->pitched) {
        float *copy = malloc(note.n_frames * sizeof *copy);
        if (copy) {
            memcpy(copy, note.f0, note.n_frames * sizeof *copy);
            status = fit_with_octaves(&note, copy);
            free(copy);
        } else {
            status = tb_fail(TB_ERR_NO_MEMORY, "Not enough memory to analyse this sound.");
        }
        subtract_harmonics(&note);
    }
    if (status == TB_OK) {
        status = fit_partials(&note, out->pitched ? PROMINENCE_PITCHED_DB : PROMINENCE_FREE_DB);
    }
    if (status == TB_OK) {
        status = finish_note(&note, out->pitched, out);
    }
    if (status == TB_OK) {
        out->f0 = note.f0[note.n_frames / 4];
    }
    pitch_track_free(&track);
    note_release(&note);
    return status;
}

TbStatus tb_analyze(const TbAudio *audio, const TbAnalysisOptions *options, TbProgress progress, void *context,
                    TbScore *score) {
    static const TbAnalysisOptions defaults = {0};
    TbAudio copy = {0};
    size_t *starts = NULL, n_starts = 0, end = 0;
    memset(score, 0, sizeof *score);
    options = options ? options : &defaults;
    if (!(audio->sample_rate > 0)) {
        return tb_fail(TB_ERR_ARGUMENT, "A sound needs a sample rate.");
    }
    score->seconds = (double)audio->n_samples / audio->sample_rate;
    TbStatus status = TB_OK;
    if (audio->sample_rate != TB_ANALYSIS_RATE) {
        copy.samples = malloc(audio->n_samples * sizeof *copy.samples);
        if (!copy.samples) {
            return tb_fail(TB_ERR_NO_MEMORY, "Not enough memory to analyse this sound.");
        }
        memcpy(copy.samples, audio->samples, audio->n_samples * sizeof *copy.samples);
        copy.n_samples = audio->n_samples;
        copy.sample_rate = audio->sample_rate;
        status = tb_audio_resample(&copy, TB_ANALYSIS_RATE);
        audio = &copy;
    }
    if (status == TB_OK) {
        status = find_onsets(audio->samples, audio->n_samples, options->single_note, &starts, &n_starts, &end);
    }
    size_t longest = (size_t)(MAX_NOTE_SECONDS * TB_ANALYSIS_RATE), capacity = 0;
    for (size_t i = 0; status == TB_OK && i < n_starts; i++) {
        size_t stop = i + 1 < n_starts ? starts[i + 1] : end;
        for (size_t at = starts[i]; status == TB_OK && at < stop;) {
            size_t n = stop - at > longest ? longest : stop - at;
            if (score->n_notes == capacity) {
                capacity = capacity ? 2 * capacity : 8;
                TbNote *more = realloc(score->notes, capacity * sizeof *more);
                if (!more) {
                    status = tb_fail(TB_ERR_NO_MEMORY, "Not enough memory to analyse this sound.");
                    break;
                }
                score->notes = more;
            }
            TbNote *note = &score->notes[score->n_notes++];
            memset(note, 0, sizeof *note);
            note->start = (double)at / TB_ANALYSIS_RATE;
            status = analyze_note(audio->samples + at, n, at + n < end, options, note);
            at += n;
            if (status == TB_OK && progress && !progress(context, (double)at / (double)end, "Listening")) {
                status = TB_ERR_CANCELLED;
            }
        }
    }
    free(starts);
    tb_audio_free(&copy);
    if (status != TB_OK) {
        tb_score_free(score);
    }
    return status;
}

void tb_note_free(TbNote *note) {
    free(note->frames);
    free(note->phases);
    memset(note, 0, sizeof *note);
}

void tb_score_free(TbScore *score) {
    for (size_t i = 0; i < score->n_notes; i++) {
        tb_note_free(&score->notes[i]);
    }
    free(score->notes);
    memset(score, 0, sizeof *score);
}
