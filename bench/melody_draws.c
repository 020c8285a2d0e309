/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Melodies that the network draws, beside those in FOLDER/LIST.txt, cut to the same 16 or 32 bars: the quantiles 10, 50
 * and 90 % of some measures of both, and the share of the draws that lie between the real ones' 10 and 90 %; for draws
 * of 32 bars also how many are in the key asked for, and how many return earlier material.
 *
 *   melody_draws MODEL LIST N OUT FOLDER ...
 *
 * LIST: such as test. N draws, of 16 and 32 bars in turn, with the metres and keys of the real ones in turn. Their MIDI
 * files and a list of them, draws.txt, are written to the folder OUT, which is there; "-": nowhere. */
#include "bench/draw_quantiles.h"
#include "bench/melody_sets.h"
#include "bench/program.h"
#include "melody/chords.h"
#include "melody/set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHORT = 16, LONG = 32 };

/* clang-format off */
#define SHOWN(X) \
    X(rep1) X(rep2) X(rep4) X(self_sim) X(scale_consistency) X(groove_consistency) X(density) X(pitch_range) \
    X(mean_interval) X(leap_share) X(longest_same_note) X(empty_bars) X(chord_tones) X(key_clarity)
/* clang-format on */

/* Notes that start on a strong beat over a chord, and those of them that are in it. */
typedef struct {
    size_t n, in_chord;
} StrongBeats;

static DrawMeasures real, drawn;
static StrongBeats real_beats, drawn_beats;

static void count_strong_beats(const TbMelody *m, StrongBeats *sum) {
    for (size_t i = 0; i < m->n_notes; i++) {
        const int32_t onset = m->notes[i].onset, bar = tbi_melody_bar_at(m, onset);
        const int32_t length = m->line[bar + 1] - m->line[bar], place = onset - m->line[bar];
        const bool halves =
            (m->denominator == 4 && m->numerator == 4) || (m->denominator == 8 && m->numerator % 6 == 0);
        const TbChord chord = tbi_melody_chord_at(m, onset);
        if ((place != 0 && !(halves && 2 * place == length)) || chord.root < 0)
            continue;
        sum->n++;
        sum->in_chord += tb_chord_pitches(chord) >> m->notes[i].pitch % 12 & 1;
    }
}

static void print_strong_beats(const char *name, const StrongBeats *s) {
    printf("%s: %.3f of %zu notes on strong beats are in their chord.\n", name, (double)s->in_chord / (double)s->n,
           s->n);
}

static void measure(const TbMelody *melody, TbMeasures *m, const char *path) {
    TbScore score;
    need(tb_melody_to_score(melody, &score));
    need(tb_score_measure(&score, TB_SCOPE_MELODY, m));
    if (path)
        need(tb_score_write(&score, path));
    tb_score_free(&score);
}

/* Long ones first: the melodies are shortened in place. */
static void measure_real(const MelodyExamples *e) {
    for (size_t i = 0; i < e->n; i++)
        count_strong_beats(&e->example[i].melody, &real_beats);
    for (int bars = LONG; bars >= SHORT; bars -= LONG - SHORT)
        for (size_t i = 0; i < e->n && real.n < DRAW_MEASURES_MOST; i++)
            if (melody_shorten(&e->example[i].melody, bars))
                measure(&e->example[i].melody, &real.of[real.n++], NULL);
}

/* Draws one, like the melody; returns whether the key that is found is the one asked for. */
static bool draw(const TbMelodyModel *model, const TbMelody *like, size_t i, const char *path) {
    TbMelodyOptions o;
    TbMelody melody;
    tb_melody_defaults(&o);
    o.seed = i + 1;
    o.bars = i % 2 ? LONG : SHORT;
    o.numerator = like->numerator;
    o.denominator = like->denominator;
    o.tonic = like->key.tonic;
    o.minor = like->key.minor;
    need(tb_melody_draw(model, &o, &melody));
    measure(&melody, &drawn.of[drawn.n], path);
    count_strong_beats(&melody, &drawn_beats);
    tb_melody_free(&melody);
    const TbKey key = drawn.of[drawn.n++].key;
    return key.tonic == o.tonic && key.minor == o.minor;
}

int main(int argc, char **argv) {
    TbMelodyModel *model;
    TbMelodySet *set;
    usage_if(argc < 6, "melody_draws MODEL LIST N OUT FOLDER ...");
    const size_t n = (size_t)atoi(argv[3]) < DRAW_MEASURES_MOST ? (size_t)atoi(argv[3]) : DRAW_MEASURES_MOST;
    const char *out = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
    char path[4096];
    need(tb_melody_model_read(argv[1], &model));
    need(tb_melody_set_new(&set));
    for (int i = 5; i < argc; i++)
        melody_set_read(argv[i], argv[2], set, true);
    const MelodyExamples *e = &set->part[true];
    FILE *list = NULL;
    if (out) {
        snprintf(path, sizeof path, "%s/draws.txt", out);
        list = fopen(path, "w");
    }
    size_t n_long = 0, in_key = 0, returning = 0;
    for (size_t i = 0; i < n && e->n; i++) {
        snprintf(path, sizeof path, "%s/draw%zu.mid", out ? out : "", i + 1);
        const bool right = draw(model, &e->example[i % e->n].melody, i, out ? path : NULL);
        if (list)
            fprintf(list, "draw%zu.mid\n", i + 1);
        if (i % 2 == 0)
            continue;
        n_long++;
        in_key += right;
        returning += drawn.of[i].rep2 > 0;
    }
    if (list)
        fclose(list);
    measure_real(e);
    printf("%zu real melodies, %zu draws; quantiles 10, 50, 90 %%\n", real.n, drawn.n);
#define PRINT(name) draw_print_measure(#name, offsetof(TbMeasures, name), &real, &drawn);
    SHOWN(PRINT)
    printf("Of %zu draws of %d bars %zu are in the key asked for, and %zu return two bars or more.\n", n_long, LONG,
           in_key, returning);
    print_strong_beats("real", &real_beats);
    print_strong_beats("drawn", &drawn_beats);
    tb_melody_set_free(set);
    tb_melody_model_free(model);
    return 0;
}
