/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/music_kinds.h"
#include "base/grow.h"
#include "timbrel/melody.h"
#include "timbrel/piece.h"
#include "timbrel/rhythm.h"

#include <math.h>
#include <stdio.h>

/* Fine-tuning is short: a low rate, few steps, and looks often. A tenth of what is learned is music that the network
 * draws itself ("pseudo-rehearsal", Robins 1995), which keeps what it knew. */
enum {
    LOOK_EVERY = 25, /* steps */
    PATIENCE = 10,   /* looks */
    MELODY_BATCH = 8,
    RECALLED_MELODIES = 48,
    RECALLED_RHYTHMS = 160,
    RECALLED_PIECES = 12,
    RECALLED_BARS = 8,
    PIECE_LOOKS = 64
};
static const double RHYTHM_RATE = 1e-3, MELODY_RATE = 1e-3, PIECE_RATE = 7e-4, AVERAGE = 0.98, RECALLED_SHARE = 0.1;

/* ---- what all runs share ---- */

static bool add_point(MusicRun *run, uint64_t step, double seconds, double learned, double held_out) {
    if (!tbi_grow_by_one(&run->points, run->n_points)) {
        run->failed = true;
        return false;
    }
    run->points[run->n_points++] = (MusicPoint){step, seconds, learned, held_out};
    run->step = step;
    return true;
}

/* After each look. */
static bool take_progress(MusicRun *run, const TbTrainingProgress *p) {
    run->before = p->before;
    run->lowest = p->lowest;
    return add_point(run, p->step, p->seconds, p->loss > 0 ? p->loss : NAN, p->held_out);
}

static bool stop(void *context) {
    MusicRun *run = context;
    char text[100] = "";
    run->step++;
    if (run->n_points > 0 && run->before > 0) /* it is judged */
        snprintf(text, sizeof text, "foresees %.0f %% better", 100 * fmax(0, 1 - run->lowest / run->before));
    run->interrupted = !progress_report(run->progress, (double)run->step / (double)run->steps, text);
    return run->interrupted;
}

static void set_plan(MusicRun *run, double rate, TbTrainingPlan *plan) {
    plan->seed = run->seed;
    plan->steps = run->steps;
    plan->learning_rate = isfinite(run->learning_rate) ? run->learning_rate : rate;
    plan->average = AVERAGE;
    plan->look_every = LOOK_EVERY;
    plan->patience = PATIENCE;
    plan->seconds = run->seconds;
    plan->checkpoint = run->checkpoint;
    plan->resume = run->resume;
    plan->fine_tune = true;
    plan->stop = stop;
    plan->context = run;
}

/* Plan and options of a network's run: its defaults, and what all networks have in common. */
#define TAKE_RUN(name, run, rate, plan, o)                                                                             \
    (tb_##name##_train_defaults(&plan, &o), set_plan(run, rate, &plan), o.start = run->start, o.also = run->also,      \
     o.also_share = RECALLED_SHARE, o.context = run, o.report = name##_report)

/* The functions of a MusicKind that differ in their types alone. */
#define SAME_FUNCTIONS(name, Name)                                                                                     \
    static TbStatus name##_set_new(void **set) {                                                                       \
        return tb_##name##_set_new((Tb##Name##Set **)set);                                                             \
    }                                                                                                                  \
    static void name##_set_free(void *set) {                                                                           \
        tb_##name##_set_free(set);                                                                                     \
    }                                                                                                                  \
    static size_t name##_count(const void *set, bool held_out) {                                                       \
        return tb_##name##_set_count(set, held_out);                                                                   \
    }                                                                                                                  \
    static TbStatus name##_parse(const void *data, size_t n_bytes, void **model) {                                     \
        return tb_##name##_model_parse(data, n_bytes, (Tb##Name##Model **)model);                                      \
    }                                                                                                                  \
    static TbStatus name##_print(const void *model, void **data, size_t *n_bytes) {                                    \
        return tb_##name##_model_print(model, data, n_bytes);                                                          \
    }                                                                                                                  \
    static void name##_free(void *model) {                                                                             \
        tb_##name##_model_free(model);                                                                                 \
    }                                                                                                                  \
    static bool name##_report(void *context, const Tb##Name##Report *report) {                                         \
        return take_progress(context, &report->progress);                                                              \
    }
SAME_FUNCTIONS(rhythm, Rhythm)
SAME_FUNCTIONS(melody, Melody)
SAME_FUNCTIONS(piece, Piece)

/* ---- rhythms ---- */

static TbStatus rhythm_add(void *set, const TbScore *score, int group, bool held_out, size_t *n) {
    return tb_rhythm_set_add(set, score, tb_drum_map(NULL), TB_RHYTHM_ANY_STYLE, group, held_out, n);
}

static TbStatus rhythm_draw(const void *model, int i, TbScore *score) {
    TbRhythmOptions o;
    TbRhythm drawn;
    tb_rhythm_defaults(&o);
    o.seed = (uint64_t)i;
    o.style = i % TB_RHYTHM_STYLES;
    o.tempo = 70 + i * 37 % 90;
    TbStatus status = tb_rhythm_draw(model, &o, &drawn);
    return status ? status : tb_rhythm_to_score(&drawn, tb_drum_map(NULL), score);
}

/* ---- melodies ---- */

static TbStatus melody_add(void *set, const TbScore *score, int group, bool held_out, size_t *n) {
    (void)group;
    return tb_melody_set_add(set, score, held_out, n);
}

static TbStatus melody_draw(const void *model, int i, TbScore *score) {
    static const int metres[][2] = {{4, 4}, {3, 4}, {6, 8}, {2, 4}};
    TbMelodyOptions o;
    TbMelody drawn = {0};
    tb_melody_defaults(&o);
    o.seed = (uint64_t)i;
    o.temperature = o.top_p = 1;
    o.numerator = metres[i % 4][0];
    o.denominator = metres[i % 4][1];
    o.tonic = i * 5 % 12;
    o.minor = i % 3 == 0;
    TbStatus status = tb_melody_draw(model, &o, &drawn);
    status = status ? status : tb_melody_to_score(&drawn, score);
    tb_melody_free(&drawn);
    return status;
}

/* ---- pieces ---- */

static TbStatus piece_add(void *set, const TbScore *score, int group, bool held_out, size_t *n) {
    (void)group;
    return tb_piece_set_add(set, score, TB_PIECE_ANY_STYLE, 1, held_out, n);
}

/* A score without notes says what is to be drawn. */
static TbStatus blank(int i, TbScore *score) {
    static const int metres[][2] = {{4, 4}, {3, 4}, {4, 4}, {6, 8}};
    enum { TICKS = 480 };
    const int *metre = metres[i % 4];
    TbStatus status = tb_score_new(TICKS, score);
    if (status)
        return status;
    score->end = RECALLED_BARS * metre[0] * TICKS * 4 / metre[1];
    status = tb_score_add_metre(score, 0, metre[0], metre[1]);
    status = status ? status : tb_score_add_tempo(score, 0, 6e7 / (80 + i * 37 % 60));
    return status ? status : tb_score_add_key(score, 0, i % 7 - 3, i % 3 == 0);
}

static TbStatus piece_draw(const void *model, int i, TbScore *score) {
    const unsigned parts = tb_piece_role_bit(TB_ROLE_CHORDS) | tb_piece_role_bit(TB_ROLE_BASS) |
                           tb_piece_role_bit(TB_ROLE_MELODY) | (i % 2 ? tb_piece_role_bit(TB_ROLE_DRUMS) : 0);
    TbPieceOptions o;
    TbScore given = {0};
    tb_piece_defaults(&o);
    o.seed = (uint64_t)i;
    o.temperature = o.top_p = 1;
    o.style = i % (TB_PIECE_STYLES - 1);
    TbStatus status = blank(i, &given);
    status = status ? status : tb_piece_write_parts(model, &given, parts, &o, score);
    tb_score_free(&given);
    return status;
}

/* ---- all ---- */

static TbStatus rhythm_train(MusicRun *run, void **model) {
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    TAKE_RUN(rhythm, run, RHYTHM_RATE, plan, o);
    return tb_rhythm_train(run->set, &plan, &o, (TbRhythmModel **)model);
}

static TbStatus melody_train(MusicRun *run, void **model) {
    TbTrainingPlan plan;
    TbMelodyTrainOptions o;
    TAKE_RUN(melody, run, MELODY_RATE, plan, o);
    plan.batch = MELODY_BATCH;
    o.embedded = 0.25; /* more than usual: few melodies are learned from */
    o.recurrent = 0.4;
    o.output = 0.5;
    return tb_melody_train(run->set, &plan, &o, (TbMelodyModel **)model);
}

static TbStatus piece_train(MusicRun *run, void **model) {
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    TAKE_RUN(piece, run, PIECE_RATE, plan, o);
    o.dropout = 0.25; /* more than usual: few pieces are learned from */
    o.look_windows = PIECE_LOOKS;
    return tb_piece_train(run->set, &plan, &o, (TbPieceModel **)model);
}

const MusicKind music_kinds[MUSIC_KINDS] = {
    {"rhythm", "rhythms", "pattern", "pattern", 1, rhythm_set_new, rhythm_set_free, rhythm_add, rhythm_count,
     rhythm_parse, rhythm_print, rhythm_free, rhythm_draw, RECALLED_RHYTHMS, rhythm_train},
    {"melody", "melodies", "note", "note", 1.5, melody_set_new, melody_set_free, melody_add, melody_count, melody_parse,
     melody_print, melody_free, melody_draw, RECALLED_MELODIES, melody_train},
    {"piece", "pieces", "note", "note", 2.5, piece_set_new, piece_set_free, piece_add, piece_count, piece_parse,
     piece_print, piece_free, piece_draw, RECALLED_PIECES, piece_train},
};

TbStatus music_recall(const MusicKind *kind, const void *model, void *set, TbProgress progress, void *context) {
    TbStatus status = TB_OK;
    for (int i = 0; i < kind->n_recalled && status == TB_OK; i++) {
        TbScore score = {0};
        status = kind->draw(model, i, &score);
        status = status ? status : kind->add(set, &score, i, false, NULL);
        tb_score_free(&score);
        if (status == TB_OK && !progress(context, (double)i / kind->n_recalled, ""))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    return status;
}
