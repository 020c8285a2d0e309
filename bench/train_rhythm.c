/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network of rhythms on the files of a table (bench/rhythm_table.h): learns from those of split "train",
 * stops early by those of split "valid".
 *
 *   train_rhythm TABLE MODEL [NAME=VALUE ...] [resume]
 *
 * start=MODEL: with the weights of that model. also=TABLE: of another table, which needs no columns style and drummer,
 * the pieces in other metres than 4/4, which are rare in the first. Its checkpoint is MODEL.checkpoint. */
#include "bench/rhythm_table.h"

#include <stdio.h>
#include <stdlib.h>

static void add(void *context, const RhythmRow *row, const TbScore *score) {
    TbRhythmSet *set = context;
    const bool held_out = strcmp(row->split, "valid") == 0;
    int style = tb_rhythm_style_find(row->style);
    if (held_out || strcmp(row->split, "train") == 0)
        rhythm_need(tb_rhythm_set_add(set, score, tb_drum_map(NULL), style < 0 ? TB_RHYTHM_ANY_STYLE : style,
                                      row->drummer, held_out, NULL));
}

static void add_other_metres(void *context, const RhythmRow *row, const TbScore *score) {
    enum { GROUP = 1000 };
    if (strcmp(row->split, "train") == 0 && (score->metres[0].numerator != 4 || score->metres[0].denominator != 4))
        rhythm_need(tb_rhythm_set_add(context, score, tb_drum_map(NULL), TB_RHYTHM_ANY_STYLE, GROUP, false, NULL));
}

static bool report(void *context, const TbRhythmReport *r) {
    (void)context;
    printf("step %6llu, %5.0f s: loss %.2f, held out %.3f%s; hits %.2f nats, F1 %.4f; humanised %.2f ms, %.5f, "
           "velocity %.4f\n",
           (unsigned long long)r->step, r->seconds, r->loss, r->held_out, r->held_out <= r->lowest ? " *" : "", r->hits,
           r->f1, r->ms, r->squared, r->velocity);
    fflush(stdout);
    return true;
}

static void set_option(TbRhythmTrainOptions *o, const char *text) {
    double steps = (double)o->steps, batch = (double)o->batch, seed = (double)o->seed, every = (double)o->look_every;
    double patience = (double)o->patience, threads = 1;
    const struct {
        const char *name;
        double *value;
    } table[] = {{"steps", &steps},        {"batch", &batch},           {"seed", &seed},
                 {"every", &every},        {"patience", &patience},     {"threads", &threads},
                 {"decay", &o->decay},     {"dropout", &o->dropout},    {"average", &o->average},
                 {"balance", &o->balance}, {"rate", &o->learning_rate}, {"kl", &o->kl},
                 {"free", &o->free_bits}};
    const char *equal = strchr(text, '=');
    for (size_t i = 0; equal && i < sizeof table / sizeof *table; i++)
        if (strlen(table[i].name) == (size_t)(equal - text) &&
            strncmp(table[i].name, text, (size_t)(equal - text)) == 0) {
            *table[i].value = atof(equal + 1);
            o->steps = (uint64_t)steps;
            o->batch = (size_t)batch;
            o->seed = (uint64_t)seed;
            o->look_every = (size_t)every;
            o->patience = (size_t)patience;
            tb_set_threads((int)threads);
            return;
        }
    fprintf(stderr, "\"%s\" is not an option.\n", text);
    exit(2);
}

int main(int argc, char **argv) {
    char checkpoint[4096];
    TbRhythmTrainOptions o;
    TbRhythmSet *set;
    TbRhythmModel *model, *start = NULL;
    const char *also = NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: train_rhythm TABLE MODEL [NAME=VALUE ...] [resume]\n");
        return 2;
    }
    tb_rhythm_train_defaults(&o);
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", argv[2]);
    o.checkpoint = checkpoint;
    o.report = report;
    for (int i = 3; i < argc; i++)
        if (strcmp(argv[i], "resume") == 0)
            o.resume = true;
        else if (strncmp(argv[i], "start=", 6) == 0)
            rhythm_need(tb_rhythm_model_read(argv[i] + 6, &start));
        else if (strncmp(argv[i], "also=", 5) == 0)
            also = argv[i] + 5;
        else
            set_option(&o, argv[i]);
    rhythm_need(tb_rhythm_set_new(&set));
    o.start = start;
    rhythm_table_read(argv[1], add, set);
    if (also)
        rhythm_table_read(also, add_other_metres, set);
    printf("%zu patterns to learn from, %zu held out\n", tb_rhythm_set_count(set, false),
           tb_rhythm_set_count(set, true));
    rhythm_need(tb_rhythm_train(set, &o, &model));
    rhythm_need(tb_rhythm_model_write(model, argv[2]));
    tb_rhythm_model_free(model);
    tb_rhythm_model_free(start);
    tb_rhythm_set_free(set);
    return 0;
}
