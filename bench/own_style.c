/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far `timbrel train` took the networks of music to a style: nats on files of the style that it did not learn from,
 * before and after; and the measures of what the networks draw, each nearer to the mean of the style's files or to that
 * of other music, by which measures tell the two apart.
 *
 *   own_style BEFORE AFTER STYLE_LIST OTHER_LIST
 *
 * The first two are files of models; a list has paths of MIDI files (bench/score_list.h). */
#include "app/music_kinds.h"
#include "bench/program.h"
#include "bench/rhythm_table.h"
#include "bench/score_list.h"
#include "timbrel/melody.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 400, DRAWS = 240, BARS = 16, KINDS_DRAWN = 2 };

typedef struct {
    TbScore score[MOST];
    size_t n;
} Scores;

static Scores style, other, drawn;

static void add_score(void *context, const char *path, const TbScore *score) {
    Scores *scores = context;
    (void)path;
    if (scores->n < MOST)
        need(tb_score_copy(score, &scores->score[scores->n++]));
}

/* ---- nats ---- */

/* The error of a model on the style's files: that of the first look of a fine-tuning. NAN: the file has no such model,
 * or the files nothing for it. */
static double nats_of(const MusicKind *kind, const void *data, size_t n_bytes) {
    void *model, *set, *tuned;
    Progress progress;
    MusicRun run = {.seed = 1, .steps = 1, .learning_rate = 1e-9, .progress = &progress, .before = NAN};
    if (kind->parse(data, n_bytes, &model) != TB_OK)
        return NAN;
    progress_begin(&progress, "measuring");
    need(kind->set_new(&set));
    for (size_t i = 0; i < style.n; i++)
        for (int held_out = 0; held_out < 2; held_out++)
            need(kind->add(set, &style.score[i], (int)i, held_out, NULL));
    run.set = set;
    run.start = model;
    if (kind->count(set, true) > 0) {
        need(kind->train(&run, &tuned));
        kind->free(tuned);
    }
    free(run.points);
    kind->set_free(set);
    kind->free(model);
    return run.before;
}

/* ---- measures ---- */

/* Those that describe how music sounds; not its length, its faults, or what a score of one part cannot have. */
static const char *const melody_measures[] = {"scale_consistency",
                                              "pc_entropy",
                                              "pitch_range",
                                              "used_pitches",
                                              "mean_interval",
                                              "leap_share",
                                              "density",
                                              "ioi",
                                              "note_len",
                                              "groove_consistency",
                                              "rep1",
                                              "rep2",
                                              "rep4",
                                              "self_sim",
                                              "empty_bars",
                                              "longest_same_note"};
static const char *const drum_measures[] = {"drum_repeat", "drum_match", "drum_groove", "drum_density", "drum_patterns",
                                            "vel_spread",  "vel_levels", "timing_ms",   "offbeat_ms"};

static double measure_named(const TbMeasures *m, const char *name) {
#define FIND(member)                                                                                                   \
    if (strcmp(name, #member) == 0)                                                                                    \
        return m->member;
    TB_MEASURES(FIND)
    return NAN;
}

typedef struct {
    double mean, deviation;
    size_t n;
} Spread;

/* The melody alone, as the network reads it. */
static bool melody_of(const TbScore *score, size_t first, size_t n, TbScore *part) {
    TbMelody melody;
    if (tb_melody_from_score(score, first, n, &melody) != TB_OK)
        return false; /* a metre that it does not read */
    const bool possible = tb_melody_to_score(&melody, part) == TB_OK;
    tb_melody_free(&melody);
    return possible;
}

/* The drums or the melody, of as many bars as the draws have at most, from the first note on: pieces of one length
 * are compared. false: it has none. */
static bool cut(const TbScore *whole, bool drums, TbScore *part) {
    TbScore kept;
    TbBars bars;
    bool keep[UINT16_MAX];
    const size_t length = drums ? TB_RHYTHM_BARS : BARS;
    need(tb_score_copy(whole, &kept));
    for (size_t i = 0; i < kept.n_parts; i++)
        keep[i] = (kept.parts[i].channel == TB_SCORE_DRUM_CHANNEL) == drums;
    tb_score_keep_parts(&kept, keep);
    bool any = kept.n_notes > 0;
    if (any) {
        need(tb_bars_new(&kept, tb_score_last_off(&kept), &bars));
        const size_t first = tb_bars_find(&bars, kept.notes[0].onset), left = bars.n_bars - first;
        const size_t n = left < length ? left : length;
        if (drums)
            need(tb_score_cut(&kept, first, n, part));
        else
            any = melody_of(&kept, first, n, part);
        tb_bars_free(&bars);
    }
    tb_score_free(&kept);
    return any;
}

static Spread spread_of(const Scores *scores, const char *name, bool drums) {
    double sum = 0, squares = 0;
    Spread s = {0};
    for (size_t i = 0; i < scores->n; i++) {
        TbScore part;
        TbMeasures m;
        if (!cut(&scores->score[i], drums, &part))
            continue;
        need(tb_score_measure(&part, drums ? TB_SCOPE_ALL : TB_SCOPE_MELODY, &m));
        const double x = measure_named(&m, name);
        if (isfinite(x))
            sum += x, squares += x * x, s.n++;
        tb_score_free(&part);
    }
    s.mean = s.n ? sum / (double)s.n : NAN;
    s.deviation = s.n ? sqrt(fmax(0, squares / (double)s.n - s.mean * s.mean)) : NAN;
    return s;
}

/* ---- draws ---- */

static void draw_melodies(const TbMelodyModel *model) {
    for (int i = 0; i < DRAWS; i++) {
        const TbScore *like = &style.score[(size_t)i % style.n];
        TbMelodyOptions o;
        TbMelody m = {0};
        TbKey key = {0};
        tb_melody_defaults(&o);
        o.seed = (uint64_t)i + 1000;
        o.bars = BARS;
        o.temperature = o.top_p = 1;
        if (tb_melody_metre_is_possible(like->metres[0].numerator, like->metres[0].denominator)) {
            o.numerator = like->metres[0].numerator;
            o.denominator = like->metres[0].denominator;
        }
        if (tb_score_key(like, TB_SCOPE_AUTO, &key) == TB_OK && key.tonic >= 0) {
            o.tonic = key.tonic;
            o.minor = key.minor;
        }
        need(tb_melody_draw(model, &o, &m));
        need(tb_melody_to_score(&m, &drawn.score[drawn.n++]));
        tb_melody_free(&m);
    }
}

static void draw_rhythms(const TbRhythmModel *model) {
    for (int i = 0; i < DRAWS; i++) {
        const TbScore *like = &style.score[(size_t)i % style.n];
        TbRhythmOptions o;
        TbRhythm r;
        tb_rhythm_defaults(&o);
        o.seed = (uint64_t)i + 1000;
        o.tempo = fmin(400, fmax(20, 6e7 / like->tempos[0].us_per_quarter));
        if (tb_rhythm_metre_is_possible(like->metres[0].numerator, like->metres[0].denominator)) {
            o.numerator = like->metres[0].numerator;
            o.denominator = like->metres[0].denominator;
        }
        need(tb_rhythm_draw(model, &o, &r));
        need(tb_rhythm_to_score(&r, tb_drum_map(NULL), &drawn.score[drawn.n++]));
    }
}

static void clear_draws(void) {
    while (drawn.n > 0)
        tb_score_free(&drawn.score[--drawn.n]);
}

/* Of the measures that tell the style from other music (a fifth of a deviation apart or more): how many of the draws
 * are nearer to the style. */
static void compare(const char *const *names, size_t n_names, bool drums, const char *which, bool print) {
    size_t nearer = 0, all = 0;
    for (size_t i = 0; i < n_names; i++) {
        const Spread s = spread_of(&style, names[i], drums), o = spread_of(&other, names[i], drums),
                     d = spread_of(&drawn, names[i], drums);
        if (!(fabs(s.mean - o.mean) > 0.2 * sqrt(0.5 * (s.deviation * s.deviation + o.deviation * o.deviation))) ||
            d.n == 0)
            continue;
        const bool near = fabs(d.mean - s.mean) < fabs(d.mean - o.mean);
        if (print)
            printf("    %-20s style %9.3f  other %9.3f  drawn %9.3f  %s\n", names[i], s.mean, o.mean, d.mean,
                   near ? "nearer" : "-");
        nearer += near;
        all++;
    }
    printf("  %s: %zu of %zu measures nearer to the style (%.0f %%)\n", which, nearer, all,
           all ? 100.0 * (double)nearer / (double)all : 0);
}

static void measure_draws(int kind, const void *data, size_t n_bytes, const char *which, bool print) {
    void *model;
    if (music_kinds[kind].parse(data, n_bytes, &model) != TB_OK)
        return;
    if (kind == 0)
        draw_rhythms(model);
    else
        draw_melodies(model);
    if (kind == 0)
        compare(drum_measures, sizeof drum_measures / sizeof *drum_measures, true, which, print);
    else
        compare(melody_measures, sizeof melody_measures / sizeof *melody_measures, false, which, print);
    clear_draws();
    music_kinds[kind].free(model);
}

int main(int argc, char **argv) {
    void *data[2];
    size_t n_bytes[2];
    usage_if(argc != 5, "own_style BEFORE AFTER STYLE_LIST OTHER_LIST");
    for (int i = 0; i < 2; i++)
        need(tb_read_file(argv[i + 1], TB_MAX_TENSOR_FILE, &data[i], &n_bytes[i]));
    score_list_each(argv[3], add_score, &style);
    score_list_each(argv[4], add_score, &other);
    tb_set_threads(1);
    for (int k = 0; k < MUSIC_KINDS; k++) {
        const double before = nats_of(&music_kinds[k], data[0], n_bytes[0]);
        const double after = nats_of(&music_kinds[k], data[1], n_bytes[1]);
        if (isnan(before) || isnan(after))
            continue;
        printf("%s: %.4f nats a %s before, %.4f after: %.1f %% fewer\n", music_kinds[k].plural, before,
               music_kinds[k].per, after, 100 * (1 - after / before));
        for (int i = 0; i < 2 && k < KINDS_DRAWN; i++)
            measure_draws(k, data[i], n_bytes[i], i ? "draws after" : "draws before", i);
    }
    for (int i = 0; i < 2; i++)
        free(data[i]);
    return 0;
}
