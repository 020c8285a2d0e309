/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rhythms that the network draws, in the styles, tempi, metres and lengths of the pieces of a split of tables
 * (bench/rhythm_table.h), beside these: a piece of up to two bars is answered by a draw, a longer one by a section made
 * of a beat. Prints the quantiles of the measures of both.
 *
 *   rhythm_draws MODEL SPLIT OUT [N [CHANGE]] TABLE ...
 *
 * SPLIT: such as test. N draws (500). CHANGE: of the returns (0 .. 1; 0.6: players repeat a bar less exactly than the
 * beat of a track does). OUT, a folder that is there: rhythm001.mid ... and a list of them, draws.txt; real.txt, the
 * paths of the real ones; draws.md, some as text. */
#include "bench/draw_quantiles.h"
#include "bench/program.h"
#include "bench/rhythm_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_BARS = 64, MOST_PIECES = 2000, PRINTED = 24 };

/* clang-format off */
#define SHOWN(X) \
    X(drum_repeat) X(drum_match) X(drum_groove) X(drum_density) X(drum_patterns) X(timing_ms) X(offbeat_ms) \
    X(vel_spread)
/* clang-format on */

typedef struct {
    int style, numerator, denominator;
    double tempo;
    size_t n_bars;
} Piece;

static const char *split;
static Piece pieces[MOST_PIECES];
static size_t n_pieces;
static DrawMeasures real, drawn;

static FILE *open_in(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "\"%s\" cannot be written.\n", path);
        exit(1);
    }
    return file;
}

static void measure(const TbScore *score, DrawMeasures *m) {
    if (m->n < DRAW_MEASURES_MOST)
        need(tb_score_measure(score, TB_SCOPE_AUTO, &m->of[m->n++]));
}

/* A piece of the split; one in a metre that is not possible, or without drums, is left out. */
static void add(void *context, const RhythmRow *row, const TbScore *score) {
    TbBars bars;
    int32_t last = -1;
    if (strcmp(row->split, split) != 0 || n_pieces == MOST_PIECES)
        return;
    for (size_t i = 0; i < score->n_notes; i++)
        if (score->parts[score->notes[i].part].channel == TB_SCORE_DRUM_CHANNEL)
            last = score->notes[i].onset;
    if (last < 0)
        return;
    need(tb_bars_new(score, last + 1, &bars));
    const TbScoreMetre metre = tb_bars_metre(&bars, 0);
    const double minutes = tb_score_seconds(score, bars.line[1]) / 60;
    const int style = tb_rhythm_style_find(row->style);
    if (tb_rhythm_metre_is_possible(metre.numerator, metre.denominator)) {
        pieces[n_pieces++] = (Piece){.style = style < 0 ? TB_RHYTHM_ANY_STYLE : style,
                                     .numerator = metre.numerator,
                                     .denominator = metre.denominator,
                                     .tempo = (double)bars.line[1] / score->ticks_per_quarter / minutes,
                                     .n_bars = bars.n_bars < MOST_BARS ? bars.n_bars : MOST_BARS};
        measure(score, &real);
        fprintf(context, "%s\n", row->path);
    }
    tb_bars_free(&bars);
}

/* ---- draws ---- */

/* A line for each drum that plays: 9 is the loudest, + and - are a quarter of a step late and early. */
static void print_pattern(FILE *out, const TbRhythm *r) {
    const int n = tb_rhythm_steps(r), bar = n / TB_RHYTHM_BARS;
    for (int d = TB_DRUM_CLASSES - 1; d >= 0; d--) {
        char line[4 * TB_RHYTHM_STEPS] = "";
        bool any = false;
        for (int t = 0; t < n; t++) {
            const TbDrumHit hit = r->cell[t][d];
            any = any || hit.velocity > 0;
            sprintf(line + strlen(line), "%s%c%c", t % bar == 0 ? "|" : "",
                    hit.velocity > 0 ? (char)('0' + (int)(9.99f * hit.velocity)) : '.',
                    hit.velocity > 0 && hit.offset > 0.25f    ? '+'
                    : hit.velocity > 0 && hit.offset < -0.25f ? '-'
                                                              : ' ');
        }
        if (any)
            fprintf(out, "    %-13s %s|\n", tb_drum_class_name(d), line);
    }
    fprintf(out, "\n");
}

/* out[(bars + 1) / 2] */
static void draw(const TbRhythmModel *model, const Piece *like, uint64_t seed, double change, TbRhythm *out) {
    TbRhythmOptions o;
    TbRhythmSection section;
    tb_rhythm_defaults(&o);
    o.seed = seed;
    o.style = like->style;
    o.tempo = fmin(fmax(like->tempo, 20), 400);
    o.numerator = like->numerator;
    o.denominator = like->denominator;
    if (like->n_bars <= TB_RHYTHM_BARS) {
        need(tb_rhythm_draw(model, &o, out));
        return;
    }
    TbRhythm beat;
    need(tb_rhythm_draw_beat(model, &o, &beat));
    tb_rhythm_section_defaults(&section);
    section.n_bars = like->n_bars;
    section.change = change;
    need(tb_rhythm_section(model, &beat, &section, &o, out));
}

static void to_score(const TbRhythm *patterns, size_t n, TbScore *score) {
    const int32_t ticks = tb_grid_tick(480, TB_GRID_RHYTHM, tb_rhythm_steps(patterns));
    need(tb_rhythm_to_score(patterns, tb_drum_map(NULL), score));
    for (size_t i = 1; i < n; i++)
        need(tb_rhythm_add_to_score(&patterns[i], tb_drum_map(NULL), (int32_t)i * ticks, 0, score));
    tb_score_sort(score);
    score->end = (int32_t)n * ticks;
}

static void draw_all(const TbRhythmModel *model, const char *folder, size_t n, double change) {
    FILE *list = open_in(folder, "draws.txt"), *text = open_in(folder, "draws.md");
    for (size_t i = 0; i < n; i++) {
        const Piece *like = &pieces[i % n_pieces];
        TbRhythm patterns[MOST_BARS / 2];
        const size_t n_patterns = (like->n_bars + 1) / 2;
        char path[4096], name[32];
        TbScore score;
        draw(model, like, i + 1, change, patterns);
        to_score(patterns, n_patterns, &score);
        snprintf(name, sizeof name, "rhythm%03zu.mid", i + 1);
        snprintf(path, sizeof path, "%s/%s", folder, name);
        need(tb_score_write(&score, path));
        measure(&score, &drawn);
        tb_score_free(&score);
        fprintf(list, "%s\n", name);
        if (i < PRINTED) {
            fprintf(text, "%s: %s, %zu bars of %d/%d, %.0f bpm\n", name, tb_rhythm_style_name(like->style),
                    like->n_bars, like->numerator, like->denominator, like->tempo);
            print_pattern(text, &patterns[0]);
            if (n_patterns > 1)
                print_pattern(text, &patterns[n_patterns - 1]);
        }
    }
    fclose(list), fclose(text);
}

int main(int argc, char **argv) {
    TbRhythmModel *model;
    int i = 4;
    const size_t n = i < argc && atoi(argv[i]) > 0 ? (size_t)atoi(argv[i++]) : 500;
    const double change = i < argc && strspn(argv[i], "0123456789.") == strlen(argv[i]) ? atof(argv[i++]) : 0.6;
    usage_if(argc < 5 || i >= argc, "rhythm_draws MODEL SPLIT OUT [N [CHANGE]] TABLE ...");
    need(tb_rhythm_model_read(argv[1], &model));
    split = argv[2];
    FILE *paths = open_in(argv[3], "real.txt");
    for (; i < argc; i++)
        rhythm_table_read(argv[i], add, paths);
    fclose(paths);
    if (n_pieces == 0) {
        fprintf(stderr, "The tables have no rhythm in their split \"%s\".\n", split);
        return 1;
    }
    draw_all(model, argv[3], n, change);
    printf("%zu real pieces, %zu draws; quantiles 10, 50, 90 %%\n", real.n, drawn.n);
#define PRINT(name) draw_print_measure(#name, offsetof(TbMeasures, name), &real, &drawn);
    SHOWN(PRINT)
    tb_rhythm_model_free(model);
    return 0;
}
