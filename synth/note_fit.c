/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analyses a segment of sound as a note: harmonics first, then free partials in the residual, then noise. */
#include "base/no_memory.h"
#include "synth/envelope.h"
#include "synth/internal.h"
#include "synth/long_spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_VOICING 0.35f /* minimum voiced share for a note to be pitched */
#define PROMINENCE_PITCHED_DB 15.0f
#define PROMINENCE_FREE_DB 12.0f
#define CLEARLY_LESS 0.5
#define HIGH 2200.0f /* Hz: a pitch to be verified */
#define SILENT 1e-3f /* -30 dB */

enum { HIGH_HARMONICS = 4, HIGH_WINDOW = 1024 };

/* f0 of every frame from the pitch track, interpolated across unvoiced gaps. */
static TbStatus frames_from_track(Note *note, const PitchTrack *track, float median) {
    size_t n = track->n;
    float *f = malloc(n * sizeof *f);
    if (!f)
        return tbi_no_memory("to analyse this sound");
    long last = -1;
    for (size_t i = 0; i < n; i++) {
        if (track->f0[i] <= 0)
            continue;
        f[i] = track->f0[i];
        for (size_t j = (size_t)(last + 1); j < i; j++)
            f[j] = last < 0 ? f[i] : f[last] + (f[i] - f[last]) * (float)((long)j - last) / (float)((long)i - last);
        last = (long)i;
    }
    for (size_t j = (size_t)(last + 1); j < n; j++)
        f[j] = last < 0 ? median : f[last];
    for (size_t t = 0; t < note->n_frames; t++) {
        float p = clampf((float)(t * TB_HOP_SIZE) / PITCH_HOP, 0, (float)(n - 1));
        size_t i = (size_t)p, j = i + 1 < n ? i + 1 : i;
        note->f0[t] = f[i] + (p - (float)i) * (f[j] - f[i]);
    }
    free(f);
    return TB_OK;
}

static void constant_f0(Note *note, float f0) {
    for (size_t t = 0; t < note->n_frames; t++)
        note->f0[t] = f0;
}

/* Fixes the frequency ratios of a pitched note's free partials at their energy-weighted mean. */
static void settle_ratios(TbFrame *frames, size_t n) {
    for (int s = 0; s < TB_PARTIALS; s++) {
        double sum = 0, all = 1e-20;
        for (size_t t = 0; t < n; t++) {
            double e = (double)frames[t].partial[s] * frames[t].partial[s];
            sum += e * frames[t].ratio[s];
            all += e;
        }
        for (size_t t = 0; t < n && all > 1e-19; t++)
            frames[t].ratio[s] = (float)(sum / all);
    }
}

/* Converts the fit to frames and phases, and allocates `more` extra frames at the end. */
static TbStatus finish_note(Note *note, bool pitched, size_t more, TbNote *out) {
    size_t n = note->n_frames;
    out->n_frames = out->n_phases = n + more;
    out->frames = calloc(n + more, sizeof *out->frames);
    out->phases = calloc(n + more, sizeof *out->phases);
    if (!out->frames || !out->phases)
        return tbi_no_memory("to analyse this sound");
    for (size_t t = 0; t < n; t++) {
        TbFrame *f = &out->frames[t];
        TbPhases *p = &out->phases[t];
        f->f0 = note->f0[t];
        f->inharmonicity = pitched ? note->inharmonicity : 0;
        tbi_to_polar(note->harmonic + t * TB_HARMONICS, TB_HARMONICS, f->harmonic, p->harmonic);
        tbi_to_polar(note->partial + t * TB_PARTIALS, TB_PARTIALS, f->partial, p->partial);
        for (size_t k = 0; k < TB_PARTIALS; k++)
            f->ratio[k] = log2f(note->partial_freq[t * TB_PARTIALS + k] / note->f0[t]);
    }
    if (pitched)
        settle_ratios(out->frames, n);
    TbStatus status = tbi_fit_noise(note, out->frames);
    for (size_t t = 0; t < n; t++)
        out->frames[t].power = tbi_frame_power(&out->frames[t]);
    return status;
}

/* Notes without an onset between them crossfade: the old one lasts CROSS - 1 more frames while it fades out, and the
 * new one fades in. */
enum { CROSS = 4 };

static void fade_in(TbNote *note) {
    for (size_t t = 0; t < CROSS && t < note->n_frames; t++)
        tbi_frame_scale(&note->frames[t], (float)t / CROSS);
}

/* Extends a note past frame n - 1 with its partials' phases advanced, fading out. */
static void extend_and_fade_out(TbNote *note, size_t n) {
    for (size_t t = n; t < note->n_frames; t++) {
        const TbFrame *f = &note->frames[n - 1];
        TbPhases *p = &note->phases[t];
        note->frames[t] = *f;
        *p = note->phases[t - 1];
        for (int k = 0; k < TB_HARMONICS; k++) {
            float h = (float)(k + 1);
            double phase = (double)(f->f0 * h * sqrtf(1 + f->inharmonicity * h * h)) * TB_HOP + (double)p->harmonic[k];
            p->harmonic[k] = (float)(phase - floor(phase));
        }
        for (int k = 0; k < TB_PARTIALS; k++) {
            double phase = (double)(f->f0 * exp2f(f->ratio[k])) * TB_HOP + (double)p->partial[k];
            p->partial[k] = (float)(phase - floor(phase));
        }
    }
    for (size_t t = n; t < note->n_frames; t++)
        tbi_frame_scale(&note->frames[t], 1 - (float)(t - n + 1) / CROSS);
}

/* Energy-weighted median of f0, by bisection. */
static float median_f0(const TbNote *note) {
    double all = 0, below = 0;
    float lo = 0, hi = 40000;
    for (size_t t = 0; t < note->n_frames; t++)
        all += note->frames[t].power;
    for (int i = 0; i < 24; i++) {
        float mid = lo > 0 ? sqrtf(lo * hi) : 100;
        below = 0;
        for (size_t t = 0; t < note->n_frames; t++)
            below += note->frames[t].f0 < mid ? note->frames[t].power : 0;
        lo = below < all / 2 ? mid : lo > 0 ? lo : 1;
        hi = below < all / 2 ? hi : mid;
    }
    return hi;
}

static TbStatus fit_pitched(Note *note) {
    float *track = malloc(note->n_frames * sizeof *track);
    if (!track)
        return tbi_no_memory("to analyse this sound");
    memcpy(track, note->f0, note->n_frames * sizeof *track);
    TbStatus status = tbi_fit_with_octaves(note, track);
    free(track);
    return status;
}

/* Replaces the fit by a falling sinusoid if that leaves a clearly smaller residual. */
static TbStatus prefer_sweep(Note *note, bool *pitched) {
    Note sweep;
    double residual_energy = 0, sweep_residual_energy = 0;
    bool found;
    TbStatus status = tbi_fit_pitch_sweep(note, &sweep, &found);
    if (status != TB_OK || !found)
        return status;
    tbi_subtract_harmonics(&sweep);
    for (size_t i = 0; i < note->n; i++) {
        residual_energy += (double)note->residual[i] * note->residual[i];
        sweep_residual_energy += (double)sweep.residual[i] * sweep.residual[i];
    }
    if (sweep_residual_energy < CLEARLY_LESS * residual_energy) {
        Note keep = *note;
        *note = sweep;
        sweep = keep;
        *pitched = true;
    }
    tbi_note_release(&sweep);
    return TB_OK;
}

/* The tracker finds a multiple of periods that are too short for it. Corrects a high pitch whose own frequency is
 * silent to the lowest of its harmonics that sounds; false if that is above what has a pitch. */
static bool fix_high_pitch(const Note *note, PitchTrack *track, float f0) {
    float freq[HIGH_HARMONICS], scratch[HIGH_WINDOW + DEMODULATE_SCRATCH], power[HIGH_HARMONICS] = {0}, top = 0;
    for (int k = 0; k < HIGH_HARMONICS; k++)
        freq[k] = f0 * (float)(k + 1);
    for (long i = 1; i < 8; i++) {
        Cpx c[HIGH_HARMONICS];
        tbi_demodulate(note->x, note->n, (long)note->n * i / 8, HIGH_WINDOW, freq, HIGH_HARMONICS, c, scratch);
        for (int k = 0; k < HIGH_HARMONICS; k++)
            power[k] += c[k].re * c[k].re + c[k].im * c[k].im;
    }
    for (int k = 0; k < HIGH_HARMONICS; k++)
        top = fmaxf(top, power[k]);
    int lowest = 0;
    while (lowest + 1 < HIGH_HARMONICS && power[lowest] < SILENT * top)
        lowest++;
    for (size_t t = 0; t < track->n; t++)
        track->f0[t] *= (float)(lowest + 1);
    return freq[lowest] < (float)PITCH_HIGHEST;
}

/* Looks into the spectrum for what has no clear period: chords, and stiff strings, whose pitch becomes *f0. */
static TbStatus find_in_spectrum(const Segment *segment, TbNote *out, float *f0) {
    TbStatus status = TB_OK;
    if (segment->n >= 2 * LONG_LEAST)
        status = tbi_chord_root(segment->x, segment->n, &out->root);
    out->chord = out->root > 0;
    if (status == TB_OK && !out->chord && !out->pitched && segment->n >= LONG_LEAST)
        status = tbi_stiff_string(segment->x, segment->n, f0);
    return status;
}

TbStatus tbi_analyze_note(const Segment *segment, double known_f0, TbNote *out) {
    Note note;
    TbStatus status = tbi_note_init(&note, segment->x, segment->n, segment->follows, segment->cut);
    if (status != TB_OK)
        return status;
    PitchTrack track = segment->track; /* its arrays may be modified: segments do not overlap */
    float median = tbi_track_median(&track, &out->voicing);
    out->seconds = (double)segment->n / TB_ANALYSIS_RATE;
    out->pitched = median > 0 && out->voicing >= MIN_VOICING;
    if (out->pitched && median > HIGH && known_f0 <= 0) {
        out->pitched = fix_high_pitch(&note, &track, median);
        median = tbi_track_median(&track, &out->voicing);
    }
    float string = 0;
    if (known_f0 <= 0)
        status = find_in_spectrum(segment, out, &string);
    if (known_f0 > 0 || string > 0) {
        out->pitched = true;
        out->voicing = 1;
        constant_f0(&note, known_f0 > 0 ? (float)known_f0 : string);
    } else if (status == TB_OK && out->pitched) {
        tbi_fix_octave_slips(&track, median);
        status = frames_from_track(&note, &track, median);
    } else {
        constant_f0(&note, TB_BASE_F0);
    }
    if (status == TB_OK && out->pitched) {
        status = fit_pitched(&note);
        if (status == TB_OK && known_f0 <= 0 && string <= 0)
            status = tbi_mute_unvoiced(&note, &track);
        if (status == TB_OK)
            status = tbi_fit_harmonic_attack(&note);
        if (status == TB_OK)
            tbi_subtract_harmonics(&note);
    } else if (status == TB_OK) {
        memcpy(note.residual, note.x, note.n * sizeof *note.x);
    }
    if (status == TB_OK && known_f0 <= 0 && !segment->continued)
        status = prefer_sweep(&note, &out->pitched);
    if (status == TB_OK)
        status = tbi_fit_partials(&note, out->pitched ? PROMINENCE_PITCHED_DB : PROMINENCE_FREE_DB);
    if (status == TB_OK)
        status = finish_note(&note, out->pitched, segment->continues ? CROSS - 1 : 0, out);
    if (status == TB_OK) {
        out->f0 = median_f0(out);
        if (!out->chord)
            out->root = out->pitched ? out->f0 : 0;
        extend_and_fade_out(out, note.n_frames);
        if (segment->continued)
            fade_in(out);
    }
    tbi_note_release(&note);
    return status;
}
