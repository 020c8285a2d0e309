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

/* ---- rhythms ---- */

static TbStatus rhythm_set_new(void **set) {
    return tb_rhythm_set_new((TbRhythmSet **)set);
}

static void rhythm_set_free(void *set) {
    tb_rhythm_set_free(set);
}

static TbStatus rhythm_add(void *set, const TbScore *score, int group, bool held_out, size_t *n) {
    return tb_rhythm_set_add(set, score, tb_drum_map(NULL), TB_RHYTHM_ANY_STYLE, group, held_out, n);
}

static size_t rhythm_count(const void *set, bool held_out) {
    return tb_rhythm_set_count(set, held_out);
}

static TbStatus rhythm_parse(const void *data, size_t n_bytes, void **model) {
    return tb_rhythm_model_parse(data, n_bytes, (TbRhythmModel **)model);
}

static TbStatus rhythm_print(const void *model, void **data, size_t *n_bytes) {
    return tb_rhythm_model_print(model, data, n_bytes);
}

static void rhythm_free(void *model) {
    tb_rhythm_model_free(model);
}

static TbStatus rhythm_recall(const void *model, void *set, TbProgress progress, void *context) {
    TbStatus status = TB_OK;
    for (int i = 0; i < RECALLED_RHYTHMS && status == TB_OK; i++) {
        TbRhythmOptions o;
        TbRhythm drawn;
        TbScore score = {0};
        tb_rhythm_defaults(&o);
        o.seed = (uint64_t)i;
        o.style = i % TB_RHYTHM_STYLES;
        o.tempo = 70 + i * 37 % 90;
        status = tb_rhythm_draw(model, &o, &drawn);
        status = status ? status : tb_rhythm_to_score(&drawn, tb_drum_map(NULL), &score);
        status = status ? status : rhythm_add(set, &score, i, false, NULL);
        tb_score_free(&score);
        if (status == TB_OK && !progress(context, (double)i / RECALLED_RHYTHMS, ""))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    return status;
}

static bool rhythm_report(void *context, const TbRhythmReport *report) {
    return take_progress(context, &report->progress);
}

static TbStatus rhythm_train(MusicRun *run, void **model) {
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    tb_rhythm_train_defaults(&plan, &o);
    set_plan(run, RHYTHM_RATE, &plan);
    o.start = run->start;
    o.also = run->also;
    o.also_share = RECALLED_SHARE;
    o.context = run;
    o.report = rhythm_report;
    return tb_rhythm_train(run->set, &plan, &o, (TbRhythmModel **)model);
}

/* ---- melodies ---- */

static TbStatus melody_set_new(void **set) {
    return tb_melody_set_new((TbMelodySet **)set);
}

static void melody_set_free(void *set) {
    tb_melody_set_free(set);
}

static TbStatus melody_add(void *set, const TbScore *score, int group, bool held_out, size_t *n) {
    (void)group;
    return tb_melody_set_add(set, score, held_out, n);
}

static size_t melody_count(const void *set, bool held_out) {
    return tb_melody_set_count(set, held_out);
}

static TbStatus melody_parse(const void *data, size_t n_bytes, void **model) {
    return tb_melody_model_parse(data, n_bytes, (TbMelodyModel **)model);
}

static TbStatus melody_print(const void *model, void **data, size_t *n_bytes) {
    return tb_melody_model_print(model, data, n_bytes);
}

static void melody_free(void *model) {
    tb_melody_model_free(model);
}

static TbStatus melody_recall(const void *model, void *set, TbProgress progress, void *context) {
    static const int metres[][2] = {{4, 4}, {3, 4}, {6, 8}, {2, 4}};
    TbStatus status = TB_OK;
    for (int i = 0; i < RECALLED_MELODIES && status == TB_OK; i++) {
        TbMelodyOptions o;
        TbMelody drawn = {0};
        TbScore score = {0};
        tb_melody_defaults(&o);
        o.seed = (uint64_t)i;
        o.temperature = o.top_p = 1;
        o.numerator = metres[i % 4][0];
        o.denominator = metres[i % 4][1];
        o.tonic = i * 5 % 12;
        o.minor = i % 3 == 0;
        status = tb_melody_draw(model, &o, &drawn);
        status = status ? status : tb_melody_to_score(&drawn, &score);
        status = status ? status : melody_add(set, &score, i, false, NULL);
        tb_melody_free(&drawn);
        tb_score_free(&score);
        if (status == TB_OK && !progress(context, (double)i / RECALLED_MELODIES, ""))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    return status;
}

static bool melody_report(void *context, const TbMelodyReport *report) {
    return take_progress(context, &report->progress);
}

static TbStatus melody_train(MusicRun *run, void **model) {
    TbTrainingPlan plan;
    TbMelodyTrainOptions o;
    tb_melody_train_defaults(&plan, &o);
    set_plan(run, MELODY_RATE, &plan);
    plan.batch = MELODY_BATCH;
    o.embedded = 0.25; /* more than usual: few melodies are learned from */
    o.recurrent = 0.4;
    o.output = 0.5;
    o.start = run->start;
    o.also = run->also;
    o.also_share = RECALLED_SHARE;
    o.context = run;
    o.report = melody_report;
    return tb_melody_train(run->set, &plan, &o, (TbMelodyModel **)model);
}

/* ---- pieces ---- */

static TbStatus piece_set_new(void **set) {
    return tb_piece_set_new((TbPieceSet **)set);
}

static void piece_set_free(void *set) {
    tb_piece_set_free(set);
}

static TbStatus piece_add(void *set, const TbScore *score, int group, bool held_out, size_t *n) {
    (void)group;
    return tb_piece_set_add(set, score, TB_PIECE_ANY_STYLE, 1, held_out, n);
}

static size_t piece_count(const void *set, bool held_out) {
    return tb_piece_set_count(set, held_out);
}

static TbStatus piece_parse(const void *data, size_t n_bytes, void **model) {
    return tb_piece_model_parse(data, n_bytes, (TbPieceModel **)model);
}

static TbStatus piece_print(const void *model, void **data, size_t *n_bytes) {
    return tb_piece_model_print(model, data, n_bytes);
}

static void piece_free(void *model) {
    tb_piece_model_free(model);
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

static TbStatus piece_recall(const void *model, void *set, TbProgress progress, void *context) {
    TbStatus status = TB_OK;
    for (int i = 0; i < RECALLED_PIECES && status == TB_OK; i++) {
        TbPieceOptions o;
        TbScore given = {0}, score = {0};
        tb_piece_defaults(&o);
        o.seed = (uint64_t)i;
        o.temperature = o.top_p = 1;
        o.style = i % (TB_PIECE_STYLES - 1);
        const unsigned parts = tb_piece_role_bit(TB_ROLE_CHORDS) | tb_piece_role_bit(TB_ROLE_BASS) |
                               tb_piece_role_bit(TB_ROLE_MELODY) | (i % 2 ? tb_piece_role_bit(TB_ROLE_DRUMS) : 0);
        status = blank(i, &given);
        status = status ? status : tb_piece_write_parts(model, &given, parts, &o, &score);
        status = status ? status : piece_add(set, &score, i, false, NULL);
        tb_score_free(&given);
        tb_score_free(&score);
        if (status == TB_OK && !progress(context, (double)i / RECALLED_PIECES, ""))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    return status;
}

static bool piece_report(void *context, const TbPieceReport *report) {
    return take_progress(context, &report->progress);
}

static TbStatus piece_train(MusicRun *run, void **model) {
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    tb_piece_train_defaults(&plan, &o);
    set_plan(run, PIECE_RATE, &plan);
    o.dropout = 0.25; /* more than usual: few pieces are learned from */
    o.start = run->start;
    o.also = run->also;
    o.also_share = RECALLED_SHARE;
    o.context = run;
    o.look_windows = PIECE_LOOKS;
    o.report = piece_report;
    return tb_piece_train(run->set, &plan, &o, (TbPieceModel **)model);
}

const MusicKind music_kinds[MUSIC_KINDS] = {
    {"rhythm", "rhythms", "pattern", "pattern", 1, rhythm_set_new, rhythm_set_free, rhythm_add, rhythm_count,
     rhythm_parse, rhythm_print, rhythm_free, rhythm_recall, rhythm_train},
    {"melody", "melodies", "note", "note", 1.5, melody_set_new, melody_set_free, melody_add, melody_count, melody_parse,
     melody_print, melody_free, melody_recall, melody_train},
    {"piece", "pieces", "note", "note", 2.5, piece_set_new, piece_set_free, piece_add, piece_count, piece_parse,
     piece_print, piece_free, piece_recall, piece_train},
};
