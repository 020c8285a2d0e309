/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays every factory preset: it sounds, is in tune, as loud as the others, does not clip, ends, and differs from all
 * others. */
#include "app/instruments.h"
#include "tests/run_tests.h"
#include "timbrel/engine.h"
#include "timbrel/measure.h"
#include "timbrel/presets.h"
#include "timbrel/session.h"
#include "timbrel/synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, HOLD = 2 * RATE, MOST = 12 * RATE, BLOCK = 480, KEYS = 3, VELOCITY = 100 };
static const int keys[KEYS] = {48, 60, 72};
static const int chord[4] = {60, 64, 67, 72};

/* ---- instruments, each made once ---- */

typedef struct {
    char name[TB_SOUND_NAME];
    TbInstrument *instrument;
} Made;

static TbModel *model;
static Made made[4 * 100];
static size_t n_made;

static const TbInstrument *find(const char *name) {
    for (size_t i = 0; i < n_made; i++)
        if (strcmp(made[i].name, name) == 0)
            return made[i].instrument;
    Made *m = &made[n_made++];
    snprintf(m->name, sizeof m->name, "%s", name);
    assert_int_equal(instrument_load(model, name, NULL, NULL, &m->instrument), TB_OK);
    return m->instrument;
}

/* ---- one preset ---- */

typedef struct {
    float *x[2]; /* [n] */
    size_t n;
    float peak;
    bool ended;
} Sound;

static void render(TbEngine *e, Sound *s, size_t n) {
    n = n < MOST - s->n ? n : MOST - s->n;
    tb_engine_render(e, s->x[0] + s->n, s->x[1] + s->n, n);
    for (size_t i = s->n; i < s->n + n; i++) {
        assert_true(isfinite(s->x[0][i]) && isfinite(s->x[1][i]));
        s->peak = fmaxf(s->peak, fmaxf(fabsf(s->x[0][i]), fabsf(s->x[1][i])));
    }
    s->n += n;
}

/* Presses, holds and releases the keys; renders until silence or a time limit. */
static void play(TbEngine *e, const int *key, int n_keys, Sound *s) {
    s->n = 0;
    s->peak = 0;
    for (int i = 0; i < n_keys; i++)
        tb_engine_event(e, 0, (const uint8_t[]){0x90, (uint8_t)key[i], VELOCITY}, 3);
    render(e, s, HOLD);
    for (int i = 0; i < n_keys; i++)
        tb_engine_event(e, 0, (const uint8_t[]){0x80, (uint8_t)key[i], 64}, 3);
    while (s->n < MOST && tb_engine_is_audible(e))
        render(e, s, BLOCK);
    s->ended = !tb_engine_is_audible(e);
}

/* Analyses the first second of the mono mix. */
static void listen(const Sound *s, TbAnalysis *analysis) {
    TbAudio audio = {.sample_rate = RATE, .n_samples = RATE};
    audio.samples = malloc(RATE * sizeof *audio.samples);
    for (size_t i = 0; i < RATE; i++)
        audio.samples[i] = 0.5f * (s->x[0][i] + s->x[1][i]);
    assert_int_equal(tb_analyze(&audio, &(TbAnalysisOptions){.size = sizeof(TbAnalysisOptions), .single_note = true},
                                NULL, NULL, analysis),
                     TB_OK);
    free(audio.samples);
}

typedef struct {
    char name[TB_PRESET_NAME];
    double cents[KEYS], lufs, alone, chord, seconds; /* peaks in dB, time after release */
    bool pitched, ended;
    float attribute[TB_ATTRIBUTES];
} Figures;

static void measure(const TbPreset *p, Sound *s, Figures *f) {
    const TbEngineOptions o = {
        .size = sizeof(TbEngineOptions), .sample_rate = RATE, .voices = 16, .stereo = true, .reverb = true, .seed = 1};
    const TbInstrument *corner[TB_PARTS] = {NULL};
    TbEngine *e;
    memcpy(f->name, p->name, sizeof f->name);
    for (int i = 0; i < p->n_sounds; i++)
        corner[i] = find(p->sound[i]);
    assert_int_equal(tb_engine_new(model, &o, &e), TB_OK);
    tb_engine_set_corners(e, corner, p->n_sounds);
    for (int i = 0; i < TB_CONTROLS; i++)
        tb_engine_set_control(e, (TbControl)i, p->control[i]);
    s->n = 0;
    render(e, s, RATE / 5); /* let controls settle */
    f->ended = f->pitched = true;
    f->alone = 0;
    for (int k = 0; k < KEYS; k++) {
        TbAnalysis analysis;
        play(e, &keys[k], 1, s);
        listen(s, &analysis);
        assert_true(analysis.n_notes > 0);
        const TbNote *note = &analysis.notes[0];
        f->pitched = f->pitched && note->pitched;
        f->cents[k] = 1200 * log2((double)note->f0 / (440 * exp2((keys[k] - 69) / 12.0)));
        f->ended = f->ended && s->ended;
        f->alone = fmax(f->alone, (double)s->peak);
        f->seconds = fmax(f->seconds, (double)(s->n - HOLD) / RATE);
        if (keys[k] == 60) {
            assert_int_equal(tb_loudness((const float *const[]){s->x[0], s->x[1]}, 2, 3 * RATE < s->n ? 3 * RATE : s->n,
                                         RATE, &f->lufs),
                             TB_OK);
            assert_int_equal(tb_note_attributes(note, f->attribute), TB_OK);
        }
        tb_analysis_free(&analysis);
    }
    play(e, chord, 4, s);
    f->ended = f->ended && s->ended;
    f->chord = (double)s->peak;
    tb_engine_free(e);
}

/* In attributes, in units of their spread among instruments. */
static double distance(const Figures *a, const Figures *b) {
    double sum = 0;
    for (int i = 0; i < TB_ATTRIBUTES; i++) {
        const TbAttributeInfo *info = tb_attribute_info(i);
        double d = (double)((a->attribute[i] - b->attribute[i]) / (info->max - info->min));
        sum += d * d;
    }
    return sqrt(sum);
}

static double db(double x) {
    return 20 * log10(x + 1e-9);
}

static void test_factory(void **state) {
    (void)state;
    size_t n = tb_factory_preset_count(), bytes;
    Figures *all = calloc(n, sizeof *all);
    Sound s = {{malloc(MOST * sizeof(float)), malloc(MOST * sizeof(float))}, 0, 0, false};
    double loudest = -INFINITY, softest = INFINITY;
    assert_true(n >= 24);
    printf("%-20s %6s %6s %6s  %6s %6s %6s %5s  brightness noisiness attack decay hollowness warmth movement\n", "",
           "C3", "C4", "C5", "LUFS", "peak", "chord", "end");
    for (size_t i = 0; i < n; i++) {
        TbPreset p;
        Figures *f = &all[i];
        const char *text = tb_factory_preset_text(i, &bytes);
        assert_int_equal(tb_preset_parse(text, bytes, &p), TB_OK);
        assert_string_equal(p.model, ""); /* the default model */
        measure(&p, &s, f);
        printf("%-20s %6.1f %6.1f %6.1f%c %6.1f %6.1f %6.1f %5.1f ", f->name, f->cents[0], f->cents[1], f->cents[2],
               f->pitched ? ' ' : '?', f->lufs, db(f->alone), db(f->chord), f->seconds);
        for (int a = 0; a < TB_ATTRIBUTES; a++)
            printf(" %8.1f", (double)tb_attribute_display(a, f->attribute[a]));
        printf("\n");
        loudest = fmax(loudest, f->lufs);
        softest = fmin(softest, f->lufs);
    }
    printf("loudness: %.1f to %.1f LUFS\n", softest, loudest);
    double nearest = INFINITY;
    const char *one = "", *two = "";
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(all[i].name, all[k].name);
            if (distance(&all[i], &all[k]) < nearest) {
                nearest = distance(&all[i], &all[k]);
                one = all[k].name;
                two = all[i].name;
            }
        }
    }
    printf("most similar: %s and %s, %.2f of the spread of instruments\n", one, two, nearest);
    assert_true(nearest > 0.1);
    for (size_t i = 0; i < n; i++) {
        const Figures *f = &all[i];
        for (int k = 0; k < KEYS; k++)
            assert_true(f->pitched && fabs(f->cents[k]) < 10);
        assert_true(f->chord < 1 && f->alone < 1);
        assert_true(f->ended && f->seconds < 10);
    }
    assert_true(loudest - softest <= 4);
    free(s.x[0]);
    free(s.x[1]);
    free(all);
}

static int set_up(void **state) {
    (void)state;
    return tb_default_model(&model);
}

static int tear_down(void **state) {
    (void)state;
    for (size_t i = 0; i < n_made; i++)
        tb_instrument_free(made[i].instrument);
    tb_model_free(model);
    return 0;
}

int main(void) {
    return RUN_TESTS(set_up, tear_down, test_factory);
}
