/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network of melodies on sets of MIDI files: folders with lists train.txt and valid.txt of paths in them.
 * Learns from the first, stops early by the second.
 *
 *   train_melody MODEL [NAME=VALUE ...] [resume] FOLDER ...
 *
 * start=MODEL: with the weights of that model. Its checkpoint is MODEL.checkpoint. */
#include "bench/melody_sets.h"
#include "bench/program.h"
#include "bench/training_options.h"

#include <stdio.h>

static bool report(void *context, const TbMelodyReport *r) {
    (void)context;
    return training_report(&r->progress, "gap %.4f, duration %.4f, pitch %.4f", r->gap, r->duration, r->pitch);
}

int main(int argc, char **argv) {
    TbTrainingPlan plan;
    TbMelodyTrainOptions o;
    TbMelodySet *set;
    TbMelodyModel *model, *start = NULL;
    const char *path;
    tb_melody_train_defaults(&plan, &o);
    training_begin(&plan, argc, argv, 1, "train_melody MODEL [NAME=VALUE ...] [resume] FOLDER ...");
    o.report = report;
    need(tb_melody_set_new(&set));
    const TrainingOption own[] = {{"embedded", &o.embedded},   {"recurrent", &o.recurrent}, {"output", &o.output},
                                  {"no_chords", &o.no_chords}, {"no_end", &o.no_end},       {NULL, NULL}};
    for (int i = 2; i < argc; i++)
        if ((path = training_path(argv[i], "start"))) {
            need(tb_melody_model_read(path, &start));
        } else if (!training_option(&plan, own, argv[i])) {
            melody_set_read(argv[i], "train", set, false);
            melody_set_read(argv[i], "valid", set, true);
        }
    o.start = start;
    printf("%zu notes to learn from, %zu held out\n", tb_melody_set_count(set, false), tb_melody_set_count(set, true));
    fflush(stdout);
    need(tb_melody_train(set, &plan, &o, &model));
    need(tb_melody_model_write(model, argv[1]));
    tb_melody_model_free(model);
    tb_melody_model_free(start);
    tb_melody_set_free(set);
    return 0;
}
