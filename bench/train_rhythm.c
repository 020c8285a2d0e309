/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network of rhythms on the files of a table (bench/rhythm_table.h): learns from those of split "train",
 * stops early by those of split "valid".
 *
 *   train_rhythm TABLE MODEL [NAME=VALUE ...] [resume]
 *
 * start=MODEL: with the weights of that model. also=TABLE: of another table, which needs no columns style and drummer,
 * the pieces in other metres than 4/4, which are rare in the first. Its checkpoint is MODEL.checkpoint. */
#include "bench/program.h"
#include "bench/rhythm_table.h"
#include "bench/training_options.h"

#include <stdio.h>

static void add(void *context, const RhythmRow *row, const TbScore *score) {
    TbRhythmSet *set = context;
    const bool held_out = strcmp(row->split, "valid") == 0;
    int style = tb_rhythm_style_find(row->style);
    if (held_out || strcmp(row->split, "train") == 0)
        need(tb_rhythm_set_add(set, score, tb_drum_map(NULL), style < 0 ? TB_RHYTHM_ANY_STYLE : style, row->drummer,
                               held_out, NULL));
}

static void add_other_metres(void *context, const RhythmRow *row, const TbScore *score) {
    enum { GROUP = 1000 };
    if (strcmp(row->split, "train") == 0 && (score->metres[0].numerator != 4 || score->metres[0].denominator != 4))
        need(tb_rhythm_set_add(context, score, tb_drum_map(NULL), TB_RHYTHM_ANY_STYLE, GROUP, false, NULL));
}

static bool report(void *context, const TbRhythmReport *r) {
    (void)context;
    return training_report(&r->progress, "hits %.2f nats, F1 %.4f; humanised %.2f ms, %.5f, velocity %.4f", r->hits,
                           r->f1, r->ms, r->squared, r->velocity);
}

int main(int argc, char **argv) {
    static const char usage[] = "train_rhythm TABLE MODEL [NAME=VALUE ...] [resume]";
    TbTrainingPlan plan;
    TbRhythmTrainOptions o;
    TbRhythmSet *set;
    TbRhythmModel *model, *start = NULL;
    const char *also = NULL, *path;
    tb_rhythm_train_defaults(&plan, &o);
    training_begin(&plan, argc, argv, 2, usage);
    o.report = report;
    const TrainingOption own[] = {
        {"dropout", &o.dropout}, {"balance", &o.balance}, {"kl", &o.kl}, {"free", &o.free_bits}, {NULL, NULL}};
    for (int i = 3; i < argc; i++)
        if ((path = training_path(argv[i], "start")))
            need(tb_rhythm_model_read(path, &start));
        else if ((path = training_path(argv[i], "also")))
            also = path;
        else
            usage_if(!training_option(&plan, own, argv[i]), usage);
    need(tb_rhythm_set_new(&set));
    o.start = start;
    rhythm_table_read(argv[1], add, set);
    if (also)
        rhythm_table_read(also, add_other_metres, set);
    printf("%zu patterns to learn from, %zu held out\n", tb_rhythm_set_count(set, false),
           tb_rhythm_set_count(set, true));
    need(tb_rhythm_train(set, &plan, &o, &model));
    need(tb_rhythm_model_write(model, argv[2]));
    tb_rhythm_model_free(model);
    tb_rhythm_model_free(start);
    tb_rhythm_set_free(set);
    return 0;
}
