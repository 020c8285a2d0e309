/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network of pieces on sets of MIDI files: folders with lists train.txt and valid.txt of paths in them.
 * Learns from the first, stops early by the second.
 *
 *   train_piece MODEL [NAME=VALUE ...] [resume] FOLDER[:STYLE[:WEIGHT]] ...
 *
 * STYLE is one of tb_piece_style_name, or "names": of each file by its name. Its checkpoint is MODEL.checkpoint.
 * layers=, heads=, hidden=, head=, steps_apart=, bars_apart=: other sizes than the default ones. start=MODEL: with the
 * weights of that model. */
#include "bench/piece_sets.h"
#include "bench/program.h"
#include "bench/training_options.h"
#include "piece/train.h"

#include <stdio.h>

static bool report(void *context, const TbPieceReport *r) {
    (void)context;
    return training_report(&r->progress, "place %.4f, pitch %.4f, duration %.4f, velocity %.4f", r->place, r->pitch,
                           r->duration, r->velocity);
}

int main(int argc, char **argv) {
    TbTrainingPlan plan;
    TbPieceTrainOptions o;
    TbPieceSet *set;
    TbPieceModel *model, *start = NULL;
    PieceSizes s = piece_default_sizes;
    const char *path;
    tb_piece_train_defaults(&plan, &o);
    training_begin(&plan, argc, argv, 1, "train_piece MODEL [NAME=VALUE ...] [resume] FOLDER[:STYLE[:WEIGHT]] ...");
    o.report = report;
    need(tb_piece_set_new(&set));
    double windows = (double)o.look_windows, layers = s.layers, heads = s.heads, hidden = s.hidden, head = s.head_width;
    double steps_apart = s.steps, bars_apart = s.bars;
    const TrainingOption own[] = {
        {"windows", &windows}, {"dropout", &o.dropout}, {"layers", &layers},           {"heads", &heads},
        {"hidden", &hidden},   {"head", &head},         {"steps_apart", &steps_apart}, {"bars_apart", &bars_apart},
        {NULL, NULL}};
    for (int i = 2; i < argc; i++)
        if ((path = training_path(argv[i], "start"))) {
            need(tb_piece_model_read(path, &start));
        } else if (!training_option(&plan, own, argv[i])) {
            PieceFolder folder;
            piece_folder_read(argv[i], &folder);
            piece_folder_add(&folder, "train", set, false);
            piece_folder_add(&folder, "valid", set, true);
        }
    o.start = start;
    o.look_windows = (size_t)windows;
    s = (PieceSizes){(int)layers, (int)heads,       s.head_dim,      (int)hidden,
                     (int)head,   (int)steps_apart, (int)bars_apart, s.ahead};
    printf("%zu notes to learn from, %zu held out\n", tb_piece_set_count(set, false), tb_piece_set_count(set, true));
    fflush(stdout);
    need(tbi_piece_train(set, start ? NULL : &s, &plan, &o, &model));
    printf("%zu weights\n", model->net.parameters.n_params);
    need(tb_piece_model_write(model, argv[1]));
    tb_piece_model_free(model);
    tb_piece_model_free(start);
    tb_piece_set_free(set);
    return 0;
}
