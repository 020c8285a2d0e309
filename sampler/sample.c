// SPDX-License-Identifier: GPL-3.0-or-later
// One sample: rendered, tuned, looped or left to decay, cut where it is heard, at its level.
#include "sampler/key_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SUSTAINED_HOLD = 4, DECAYING_HOLD = 20;          // s
static const double IN_TUNE = 1;                                     // cents: less is not worth a second rendering
static const double AUDIBLE_DB = 75;                                 // under the loudest sample: where a decay ends
static const double FADE_IN = 0.0005, FADE_OUT = 0.03, CUT_FADE = 1; // s; the last for what had to be cut short
static const float FULL = 0.98f;

typedef struct {
    const TbNoteMaker *maker;
    const TbSamplerOptions *options;
    TbNoteOptions note;
} Source;

static TbStatus render(const Source *s, bool tone, bool noise, TbAudio *audio) {
    TbNoteOptions note = s->note;
    note.no_tone = !tone;
    note.no_noise = !noise;
    return s->maker->note(s->maker->context, &note, s->options->sample_rate, audio);
}

// A part of a note may be over before the other: silence makes them equally long.
static TbStatus pad(TbAudio *a, size_t n) {
    if (a->n_samples >= n)
        return TB_OK;
    float *longer = realloc(a->samples, n * sizeof *longer);
    if (!longer)
        return TB_ERR_NO_MEMORY;
    memset(longer + a->n_samples, 0, (n - a->n_samples) * sizeof *longer);
    a->samples = longer;
    a->n_samples = n;
    return TB_OK;
}

// Renders the tone of the note, at the key that makes it sound at its root: a first time, and once more if it is out of
// tune. *cents is what is left. where[2]: seconds between which the pitch is measured, when there is no loop.
static TbStatus tuned_tone(Source *s, const TbLoopOptions *looping, const double *where, TbAudio *tone, TbLoop *loop,
                           double *cents) {
    double rate = s->options->sample_rate, f0 = 440 * exp2((s->note.key - 69) / 12);
    for (int turn = 0;; turn++) {
        TbStatus status = render(s, true, false, tone);
        if (status)
            return status;
        *loop = (TbLoop){0};
        if (looping)
            status = tb_loop_find(tone->samples, tone->n_samples, rate, looping, loop);
        if (status) {
            tb_audio_free(tone);
            return status;
        }
        size_t from = looping ? loop->start : (size_t)(where[0] * rate);
        size_t to = looping ? loop->end : (size_t)(where[1] * rate);
        to = to < tone->n_samples ? to : tone->n_samples;
        bool pitch =
            s->maker->has_pitch && from < to && tb_note_tuning(tone->samples + from, to - from, rate, f0, cents);
        if (!pitch)
            *cents = 0;
        if (!pitch || turn > 0 || fabs(*cents) <= IN_TUNE)
            return TB_OK;
        s->note.key -= *cents / 100;
        tb_audio_free(tone);
    }
}

// When the sound is as loud as it gets, within 3 dB: a loop must not begin in an attack.
static double time_of_plateau(const TbAudio *a) {
    size_t width = (size_t)(0.05 * a->sample_rate), at = 0;
    double most = tb_note_level(a->samples, a->n_samples, a->sample_rate);
    while (at + width <= a->n_samples && tb_note_level(a->samples + at, width, a->sample_rate) < most - 3)
        at += width;
    return (double)at / a->sample_rate;
}

static TbStatus looping_for(const Source *s, TbLoopOptions *looping) {
    TbAudio whole;
    double hold = s->note.hold;
    TbStatus status = render(s, true, true, &whole);
    if (status)
        return status;
    tb_loop_defaults(looping);
    double plateau = time_of_plateau(&whole) + 0.1 + looping->fade;
    tb_audio_free(&whole);
    looping->shortest = fmin(looping->shortest, 0.35 * hold);
    looping->fade = fmin(looping->fade, looping->shortest / 4);
    looping->earliest = fmin(fmax(fmin(looping->earliest, 0.3 * hold), plateau), hold - looping->shortest - 0.1);
    looping->longest = fmax(looping->shortest, fmin(looping->longest, hold - looping->earliest - 0.1));
    return TB_OK;
}

// TB_ERR_EMPTY: it ends before a loop could.
static TbStatus make_looped(Source *s, TbSample *sample) {
    TbLoopOptions looping;
    TbAudio tone = {0}, noise = {0};
    TbStatus status = looping_for(s, &looping);
    if (status == TB_OK)
        status = tuned_tone(s, &looping, NULL, &tone, &sample->loop, &sample->info.fine_tune_cents);
    if (status)
        return status;
    status = render(s, false, true, &noise);
    if (status == TB_OK)
        status = pad(&noise, tone.n_samples);
    float *out = calloc(sample->loop.end + TB_LOOP_TAIL, sizeof *out);
    if (status == TB_OK && !out)
        status = TB_ERR_NO_MEMORY;
    if (status == TB_OK)
        status = tb_loop_make(tone.samples, noise.samples, tone.n_samples, tone.sample_rate, &sample->loop, out);
    if (status == TB_OK)
        status = tb_loop_measure(out, tone.sample_rate, &sample->loop, &sample->seam);
    if (status == TB_OK)
        sample->audio = (TbAudio){out, sample->loop.end + TB_LOOP_TAIL, tone.sample_rate};
    else
        free(out);
    tb_audio_free(&tone);
    tb_audio_free(&noise);
    return status;
}

static void fade(float *x, size_t n, bool in) {
    for (size_t i = 0; i < n; i++)
        x[i] *= (float)(0.5 - 0.5 * cos(M_PI * ((double)(in ? i : n - 1 - i) + 0.5) / (double)n));
}

static TbStatus make_decaying(Source *s, TbSample *sample) {
    static const double where[2] = {0.05, 1.5};
    TbAudio tone;
    TbLoop none;
    double rate = s->options->sample_rate, hold = s->note.hold;
    if (s->maker->has_pitch) { // only its beginning is needed
        s->note.hold = s->note.longest = fmin(hold, 1.6);
        TbStatus status = tuned_tone(s, NULL, where, &tone, &none, &sample->info.fine_tune_cents);
        if (status)
            return status;
        tb_audio_free(&tone);
        s->note.hold = s->note.longest = hold;
    }
    TbStatus status = render(s, true, true, &sample->audio);
    if (status)
        return status;
    TbAudio *a = &sample->audio;
    size_t first, last, n = a->n_samples;
    tb_note_heard(a->samples, n, rate, AUDIBLE_DB, &first, &last);
    bool cut = (double)last > (double)n - 0.05 * rate && (double)n > (hold - 0.05) * rate;
    a->n_samples = last + 1;
    size_t end = (size_t)fmin((cut ? CUT_FADE : FADE_OUT) * rate, (double)a->n_samples / 4);
    fade(a->samples + a->n_samples - end, end, false);
    return TB_OK;
}

// Takes away the silence before it, brings it to its level, and says so in info.
static void finish(TbSample *sample, double gain) {
    TbAudio *a = &sample->audio;
    size_t first, last;
    float most = 0;
    tb_note_heard(a->samples, a->n_samples, a->sample_rate, AUDIBLE_DB, &first, &last);
    if (sample->loop.end && first > sample->loop.start)
        first = 0;
    memmove(a->samples, a->samples + first, (a->n_samples - first) * sizeof *a->samples);
    a->n_samples -= first;
    if (sample->loop.end) {
        sample->loop.start -= first;
        sample->loop.end -= first;
    }
    size_t in = (size_t)(FADE_IN * a->sample_rate);
    if (in < a->n_samples && (!sample->loop.end || in < sample->loop.start))
        fade(a->samples, in, true);
    for (size_t i = 0; i < a->n_samples; i++)
        most = fmaxf(most, fabsf(a->samples[i]));
    double fitting = most * gain > FULL ? FULL / (most * gain) : 1;
    for (size_t i = 0; i < a->n_samples; i++)
        a->samples[i] *= (float)(gain * fitting);
    sample->volume_db = -20 * log10(fitting);
    sample->info.gain_db = sample->volume_db;
    sample->info.loop_start = sample->loop.start;
    sample->info.loop_end = sample->loop.end;
}

TbStatus tb_sample_make(const TbNoteMaker *maker, const TbSamplerOptions *o, const TbNature *nature, const TbZone *zone,
                        const TbLayer *layer, TbSample *sample) {
    bool loop = nature->sustains && !o->no_loop;
    double hold = o->hold > 0 ? o->hold : nature->sustains ? SUSTAINED_HOLD : DECAYING_HOLD;
    // Each key moves in its own way: a chord of one vibrato sounds like one voice.
    uint64_t seed = o->seed * 1000003u + (uint64_t)zone->root * 131u + (uint64_t)layer->high;
    Source source = {maker, o, {zone->root, layer->high / 127.0, .hold = hold, .longest = hold, .seed = seed}};
    *sample = (TbSample){.info = {.root_key = zone->root,
                                  .low_key = zone->low,
                                  .high_key = zone->high,
                                  .low_velocity = layer->low,
                                  .high_velocity = layer->high}};
    TbStatus status = loop ? make_looped(&source, sample) : TB_ERR_EMPTY;
    if (status == TB_ERR_EMPTY) { // this key does not last, though others do
        sample->loop = (TbLoop){0};
        status = make_decaying(&source, sample);
    }
    if (status == TB_OK)
        finish(sample, nature->gain);
    return status;
}
