/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks like held-out pieces, for a referee to compare. Of each piece in FOLDER/LIST.txt the parts that a track can
 * have are taken (of drums and bass all, of melody and chords that with the most notes), in sections of up to 32 bars,
 * of 8 or more. Each draw is asked for the metre, tempo, key, bars, parts and style of one of these.
 *
 *   compose_like MODELS N OUT LIST FOLDER[:STYLE] ...
 *
 * N draws, spread evenly over all sections. Prints measures of both. OUT, a folder that is there: real001.mid ...,
 * draw001.mid ..., and lists of them, real.txt and draws.txt. */
#include "bench/draw_quantiles.h"
#include "bench/piece_sets.h"
#include "bench/program.h"
#include "timbrel/compose.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHORTEST = 8, LONGEST = 32, SECTIONS = 4 /* of a piece */, MOST_PARTS = 256, MOST_SECTIONS = 1000 };

/* clang-format off */
#define SHOWN(X) \
    X(rep1) X(rep2) X(rep4) X(scale_consistency) X(groove_consistency) X(density) X(key_clarity) X(pitch_range) \
    X(mean_interval) X(polyphony) X(chord_tones) X(empty_bars) X(drum_repeat) X(drum_groove) X(drum_density)
/* clang-format on */

typedef struct {
    FILE *list;
    const char *folder, *name;
    DrawMeasures measures;
} Output;

static Output real = {.name = "real"}, drawn = {.name = "draw"};
static TbComposeOptions section_options[MOST_SECTIONS];
static size_t n_sections;

static void begin(Output *o, const char *folder, const char *list) {
    char path[4096];
    o->folder = folder;
    snprintf(path, sizeof path, "%s/%s.txt", folder, list);
    o->list = fopen(path, "w");
    if (!o->list) {
        fprintf(stderr, "\"%s\" cannot be written.\n", path);
        exit(1);
    }
}

static void put(Output *o, const TbScore *score) {
    char path[4096];
    if (o->measures.n == DRAW_MEASURES_MOST)
        return;
    need(tb_score_measure(score, TB_SCOPE_ALL, &o->measures.of[o->measures.n++]));
    snprintf(path, sizeof path, "%s/%s%03zu.mid", o->folder, o->name, o->measures.n);
    need(tb_score_write(score, path));
    fprintf(o->list, "%s\n", strrchr(path, '/') + 1);
}

/* ---- real pieces ---- */

/* Leaves the parts that a track can have. Returns their roles; 0: the score has none, or too many parts to tell. */
static unsigned reduce(TbScore *score) {
    TbRole role[MOST_PARTS];
    size_t n[MOST_PARTS] = {0}, best[TB_ROLE_DRUMS + 1] = {0};
    bool keep[MOST_PARTS];
    unsigned roles = 0;
    if (score->n_parts > MOST_PARTS)
        return 0;
    need(tb_piece_roles(score, role));
    for (size_t i = 0; i < score->n_notes; i++)
        n[score->notes[i].part]++;
    for (size_t i = 0; i < score->n_parts; i++)
        best[role[i]] = n[i] > best[role[i]] ? n[i] : best[role[i]];
    for (size_t i = 0; i < score->n_parts; i++) {
        const bool single = role[i] == TB_ROLE_MELODY || role[i] == TB_ROLE_CHORDS;
        keep[i] = n[i] > 0 && role[i] != TB_ROLE_OTHER && (!single || n[i] == best[role[i]]);
        best[role[i]] += keep[i] && single; /* of two alike the first */
        roles |= keep[i] ? TB_COMPOSE_PART(role[i]) : 0;
    }
    tb_score_keep_parts(score, keep);
    return roles;
}

static void add_section(const TbScore *piece, size_t first, size_t n, const char *style) {
    TbComposeOptions *o = &section_options[n_sections];
    TbScore section;
    TbBars bars;
    TbKey key;
    need(tb_score_cut(piece, first, n, &section));
    const unsigned roles = reduce(&section);
    need(tb_score_key(&section, TB_SCOPE_ALL, &key));
    need(tb_bars_new(&section, section.end, &bars));
    const TbScoreMetre metre = tb_bars_metre(&bars, 0);
    const bool has_drums = roles >> TB_ROLE_DRUMS & 1;
    if ((roles & (roles - 1)) && key.tonic >= 0 && tb_melody_metre_is_possible(metre.numerator, metre.denominator) &&
        (!has_drums || tb_rhythm_metre_is_possible(metre.numerator, metre.denominator))) {
        const double tempo = 6e7 / section.tempos[0].us_per_quarter;
        tb_compose_defaults(o);
        o->bars = (int)n;
        o->parts = roles;
        o->tonic = key.tonic;
        o->minor = key.minor;
        o->numerator = metre.numerator;
        o->denominator = metre.denominator;
        o->tempo = tempo < 20 ? 20 : tempo > 400 ? 400 : tempo;
        o->style = tb_compose_style_find(style) > 0 ? tb_compose_style_find(style) : 0;
        n_sections++;
        put(&real, &section);
    }
    tb_bars_free(&bars);
    tb_score_free(&section);
}

static void take(void *context, const char *path, const TbScore *score, int style) {
    TbBars bars;
    (void)context, (void)path;
    need(tb_bars_new(score, tb_score_last_off(score), &bars));
    size_t first = score->n_notes ? tb_bars_find(&bars, score->notes[0].onset) : bars.n_bars;
    for (int k = 0; k < SECTIONS && first + SHORTEST <= bars.n_bars && n_sections < MOST_SECTIONS;
         k++, first += LONGEST) {
        const size_t left = bars.n_bars - first;
        add_section(score, first, left < LONGEST ? left : LONGEST, tb_piece_style_name(style));
    }
    tb_bars_free(&bars);
}

int main(int argc, char **argv) {
    enum { FIRST_FOLDER = 5 };
    TbMusicModels models;
    usage_if(argc <= FIRST_FOLDER || atoi(argv[2]) < 1, "compose_like MODELS N OUT LIST FOLDER[:STYLE] ...");
    const size_t n = (size_t)atoi(argv[2]);
    need(tb_music_models_read(argv[1], &models));
    begin(&real, argv[3], "real");
    begin(&drawn, argv[3], "draws");
    for (int i = FIRST_FOLDER; i < argc; i++) {
        PieceFolder folder;
        piece_folder_read(argv[i], &folder);
        piece_folder_each(&folder, argv[4], take, NULL);
    }
    for (size_t i = 0; i < n && n_sections > 0; i++) {
        TbComposeOptions o = section_options[i * n_sections / n % n_sections];
        TbScore score;
        o.seed = i + 1;
        need(tb_compose(&models, &o, &score, NULL));
        put(&drawn, &score);
        tb_score_free(&score);
    }
    fclose(real.list), fclose(drawn.list);
    printf("%zu real sections, %zu draws; quantiles 10, 50, 90 %%\n", real.measures.n, drawn.measures.n);
#define PRINT(name) draw_print_measure(#name, offsetof(TbMeasures, name), &real.measures, &drawn.measures);
    SHOWN(PRINT)
    tb_music_models_free(&models);
    return 0;
}
