/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes one sample: renders, tunes, loops or lets it decay, trims it and sets its level. */
#include "base/no_memory.h"
#include "sampler/key_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SUSTAINED_HOLD = 4, DECAYING_HOLD = 20; /* s */
static const double TUNED_BY = 1.5;                         /* s of a decay used to measure its pitch */
static const double MAX_CENTS = 50;
static const double IN_TUNE = 1;     /* cents: smaller errors are not worth a second rendering */
static const double AUDIBLE_DB = 75; /* below the loudest sample: the end of a decay */
static const double FADE_IN = 0.0005, FADE_OUT = 0.03,
                    CUT_FADE = 1;                     /* s; the last for notes truncated at the time limit */
enum { FADES = 4 };                                   /* attempts, each with half the crossfade of the one before */
static const double GOOD_DB = 0.3, GOOD_CLICK = 1.05; /* of a seam */
static const float MAX_PEAK = 0.98f;

typedef struct {
    const TbNoteRenderer *renderer;
    const TbSamplerOptions *options;
    double pitch; /* that it should have, as a MIDI note number */
    TbNoteOptions note;
} Source;

static TbStatus render(const Source *s, bool tone, bool noise, TbAudio *audio) {
    TbNoteOptions note = s->note;
    note.no_tone = !tone;
    note.no_noise = !noise;
    return s->renderer->note(s->renderer->context, &note, s->options->sample_rate, audio);
}

static TbStatus pad(TbAudio *a, size_t n) {
    if (a->n_samples >= n)
        return TB_OK;
    float *longer = realloc(a->samples, n * sizeof *longer);
    if (!longer)
        return tbi_no_memory("for a sample");
    memset(longer + a->n_samples, 0, (n - a->n_samples) * sizeof *longer);
    a->samples = longer;
    a->n_samples = n;
    return TB_OK;
}

/* The components of a note, padded to equal length. */
typedef struct {
    TbAudio tone, noise;
} Parts;

static void parts_free(Parts *p) {
    tb_audio_free(&p->tone);
    tb_audio_free(&p->noise);
}

static TbStatus render_tone(const Source *s, Parts *p) {
    tb_audio_free(&p->tone);
    TbStatus status = render(s, true, false, &p->tone);
    if (status == TB_OK)
        status = pad(&p->tone, p->noise.n_samples);
    return status == TB_OK ? pad(&p->noise, p->tone.n_samples) : status;
}

/* Mistuning of the tone between two samples; 0 when it cannot be measured. */
static TbStatus tuning(const Source *s, const TbAudio *tone, size_t from, size_t to, double *cents) {
    double f0 = 440 * exp2((s->pitch - 69) / 12);
    bool found;
    TbStatus status = TB_OK;
    *cents = 0;
    to = to < tone->n_samples ? to : tone->n_samples;
    if (s->renderer->has_pitch && from < to)
        status = tb_note_tuning(tone->samples + from, to - from, tone->sample_rate, f0, cents, &found);
    if (!(fabs(*cents) <= MAX_CENTS))
        *cents = 0;
    return status;
}

/* dB of `width` samples from `at` on, both components together. */
static double level_at(const Parts *p, size_t at, size_t width) {
    double sum = 1e-20;
    for (size_t j = at; j < at + width; j++)
        sum += ((double)p->tone.samples[j] + p->noise.samples[j]) * ((double)p->tone.samples[j] + p->noise.samples[j]);
    return 10 * log10(sum);
}

/* The time at which the level first comes within 3 dB of its maximum: a loop must not begin in an attack. */
static double time_of_plateau(const Parts *p) {
    double rate = p->tone.sample_rate, most = -INFINITY;
    size_t width = (size_t)(0.05 * rate), n = p->tone.n_samples / width, at = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, level_at(p, i * width, width));
    while (at + 1 < n && level_at(p, at * width, width) < most - 3)
        at++;
    return (double)(at * width) / rate;
}

static TbLoopOptions loop_options_for(const Source *s, const Parts *p) {
    TbLoopOptions options;
    double hold = s->note.hold;
    tb_loop_defaults(&options);
    options.shortest = fmin(options.shortest, 0.35 * hold);
    options.crossfade = fmin(options.crossfade, options.shortest / 4);
    options.earliest = fmax(fmin(options.earliest, 0.3 * hold), time_of_plateau(p) + 0.1 + options.crossfade);
    options.earliest = fmin(options.earliest, hold - options.shortest - 0.1);
    options.longest = fmax(options.shortest, fmin(options.longest, hold - options.earliest - 0.1));
    return options;
}

/* The search constraints and the loops found, best first. */
typedef struct {
    TbLoopOptions options;
    TbLoop loop[TB_LOOPS];
    size_t n;
} Choice;

static TbStatus find(const Parts *p, Choice *c) {
    return tb_loop_find(p->tone.samples, p->tone.n_samples, p->tone.sample_rate, &c->options, c->loop, &c->n);
}

/* Finds loops of a tone in tune with the root, rendering at a corrected key if necessary. */
static TbStatus find_tuned(Source *s, Parts *p, Choice *c) {
    c->options = loop_options_for(s, p);
    for (int attempt = 0;; attempt++) {
        double cents;
        TbStatus status = find(p, c);
        if (status == TB_OK)
            status = tuning(s, &p->tone, c->loop[0].start, c->loop[0].end, &cents);
        if (status)
            return status;
        if (attempt > 0 || fabs(cents) <= IN_TUNE)
            return TB_OK;
        s->note.key -= cents / 100;
        status = render_tone(s, p);
        if (status)
            return status;
    }
}

static TbStatus make(const Parts *p, const TbLoop *loop, float *out) {
    return tb_loop_make(p->tone.samples, p->noise.samples, p->tone.n_samples, p->tone.sample_rate, loop, out);
}

/* The largest defect of a seam relative to its tolerance. */
static double fault(const TbLoopQuality *quality) {
    return fmax(fmax(quality->level_db, quality->spectrum_db) / GOOD_DB, quality->click / GOOD_CLICK);
}

/* A loop whose ends correlate well can still have an audible change of level, so loops are tried in order of
 * correlation until one sounds good; else the best is taken. Random modulation is correlated over short times only, and
 * needs shorter crossfades. */
static TbStatus choose(const Parts *p, Choice *c, float *out, TbSample *sample) {
    double least = INFINITY;
    TbStatus status = TB_OK;
    for (int attempt = 0; attempt < FADES && least > 1 && status == TB_OK; attempt++) {
        if (attempt > 0) {
            c->options.crossfade /= 2;
            status = find(p, c);
        }
        for (size_t i = 0; i < c->n && least > 1 && status == TB_OK; i++) {
            TbLoopQuality quality;
            status = make(p, &c->loop[i], out);
            if (status == TB_OK)
                status = tb_loop_measure(out, p->tone.sample_rate, &c->loop[i], &quality);
            if (status == TB_OK && fault(&quality) < least) {
                least = fault(&quality);
                sample->loop = c->loop[i];
                sample->quality = quality;
            }
        }
    }
    return status;
}

static TbStatus join(const Source *s, const Parts *p, Choice *c, TbSample *sample) {
    float *out = calloc(p->tone.n_samples + TB_LOOP_TAIL, sizeof *out);
    TbStatus status = out ? choose(p, c, out, sample) : tbi_no_memory("for a sample");
    if (status == TB_OK)
        status = make(p, &sample->loop, out);
    if (status == TB_OK)
        status = tuning(s, &p->tone, sample->loop.start, sample->loop.end, &sample->info.fine_tune_cents);
    if (status) {
        free(out);
        return status;
    }
    sample->audio = (TbAudio){out, sample->loop.end + TB_LOOP_TAIL, p->tone.sample_rate};
    return TB_OK;
}

/* TB_ERR_EMPTY: the note ends before a loop is possible. */
static TbStatus make_looped(Source *s, TbSample *sample) {
    Parts parts = {0};
    Choice choice;
    TbStatus status = render(s, false, true, &parts.noise);
    if (status == TB_OK)
        status = render_tone(s, &parts);
    if (status == TB_OK)
        status = find_tuned(s, &parts, &choice);
    if (status == TB_OK)
        status = join(s, &parts, &choice, sample);
    parts_free(&parts);
    return status;
}

static void crossfade(float *x, size_t n, bool in) {
    for (size_t i = 0; i < n; i++)
        x[i] *= (float)(0.5 - 0.5 * cos(M_PI * ((double)(in ? i : n - 1 - i) + 0.5) / (double)n));
}

/* Corrects the key so that the note is in tune with the root, measured at its beginning. */
static TbStatus tune(Source *s, TbSample *sample) {
    double hold = s->note.hold, rate = s->options->sample_rate;
    s->note.hold = s->note.longest = fmin(hold, TUNED_BY);
    for (int attempt = 0; attempt < 2; attempt++) {
        TbAudio tone;
        double cents;
        TbStatus status = render(s, true, false, &tone);
        if (status)
            return status;
        status = tuning(s, &tone, (size_t)(0.05 * rate), tone.n_samples, &cents);
        tb_audio_free(&tone);
        if (status)
            return status;
        sample->info.fine_tune_cents = cents;
        if (attempt > 0 || fabs(cents) <= IN_TUNE)
            break;
        s->note.key -= cents / 100;
    }
    s->note.hold = s->note.longest = hold;
    return TB_OK;
}

static TbStatus make_decaying(Source *s, TbSample *sample) {
    double rate = s->options->sample_rate, hold = s->note.hold;
    TbStatus tuned = s->renderer->has_pitch ? tune(s, sample) : TB_OK;
    if (tuned)
        return tuned;
    TbStatus status = render(s, true, true, &sample->audio);
    if (status)
        return status;
    TbAudio *a = &sample->audio;
    size_t first, last, n = a->n_samples;
    tb_note_trim(a->samples, n, rate, AUDIBLE_DB, &first, &last);
    bool cut = (double)last > (double)n - 0.05 * rate && (double)n > (hold - 0.05) * rate;
    a->n_samples = last + 1;
    size_t end = (size_t)fmin((cut ? CUT_FADE : FADE_OUT) * rate, (double)a->n_samples / 4);
    crossfade(a->samples + a->n_samples - end, end, false);
    return TB_OK;
}

/* Trims the sample, sets its level, and completes its info. */
static void finish(TbSample *sample, double gain) {
    TbAudio *a = &sample->audio;
    size_t first, last;
    float most = 0;
    tb_note_trim(a->samples, a->n_samples, a->sample_rate, AUDIBLE_DB, &first, &last);
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
        crossfade(a->samples, in, true);
    for (size_t i = 0; i < a->n_samples; i++)
        most = fmaxf(most, fabsf(a->samples[i]));
    double fitting = most * gain > MAX_PEAK ? MAX_PEAK / (most * gain) : 1;
    for (size_t i = 0; i < a->n_samples; i++)
        a->samples[i] *= (float)(gain * fitting);
    sample->volume_db = -20 * log10(fitting);
    sample->info.gain_db = sample->volume_db;
    sample->info.loop_start = sample->loop.start;
    sample->info.loop_end = sample->loop.end;
}

TbStatus tbi_sample_make(const TbNoteRenderer *renderer, const TbSamplerOptions *o, const TbProbe *probe,
                         const TbZone *zone, const TbLayer *layer, TbSample *sample) {
    bool loop = probe->sustains && !o->no_loop;
    double hold = o->hold > 0 ? o->hold : probe->sustains ? SUSTAINED_HOLD : DECAYING_HOLD;
    /* A seed per key: a chord of identical modulation sounds like one voice. */
    uint64_t seed = o->seed * 1000003u + (uint64_t)zone->root * 131u + (uint64_t)layer->high;
    Source source = {renderer,
                     o,
                     tbi_key_pitch(o, zone->root),
                     {.size = sizeof(TbNoteOptions),
                      .key = tbi_key_pitch(o, zone->root),
                      .velocity = layer->high / 127.0,
                      .hold = hold,
                      .longest = hold,
                      .seed = seed}};
    *sample = (TbSample){.info = {.root_key = zone->root,
                                  .low_key = zone->low,
                                  .high_key = zone->high,
                                  .low_velocity = layer->low,
                                  .high_velocity = layer->high}};
    TbStatus status = loop ? make_looped(&source, sample) : TB_OK;
    if (!loop || status == TB_ERR_EMPTY) { /* this key does not sustain, though others do */
        sample->loop = (TbLoop){0};
        status = make_decaying(&source, sample);
    }
    if (status == TB_OK)
        finish(sample, probe->gain);
    return status;
}
