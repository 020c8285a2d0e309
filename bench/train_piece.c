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
#include "piece/train.h"

#include <stdio.h>

static bool report(void *context, const TbPieceReport *r) {
    (void)context;
    printf("step %6llu, %5.0f s: loss %.4f, held out %.4f%s: place %.4f, pitch %.4f, duration %.4f, velocity %.4f\n",
           (unsigned long long)r->step, r->seconds, r->loss, r->held_out, r->held_out <= r->lowest ? " *" : "",
           r->place, r->pitch, r->duration, r->velocity);
    fflush(stdout);
    return true;
}

static void set_option(TbPieceTrainOptions *o, PieceSizes *sizes, const char *text) {
    double steps = (double)o->steps, batch = (double)o->batch, seed = (double)o->seed, every = (double)o->look_every;
    double patience = (double)o->patience, windows = (double)o->look_windows, threads = 1;
    double layers = sizes->layers, heads = sizes->heads, hidden = sizes->hidden, head = sizes->head_width;
    double steps_apart = sizes->steps, bars_apart = sizes->bars;
    const struct {
        const char *name;
        double *value;
    } table[] = {{"steps", &steps},
                 {"batch", &batch},
                 {"seed", &seed},
                 {"every", &every},
                 {"windows", &windows},
                 {"patience", &patience},
                 {"threads", &threads},
                 {"decay", &o->decay},
                 {"average", &o->average},
                 {"rate", &o->learning_rate},
                 {"dropout", &o->dropout},
                 {"seconds", &o->seconds},
                 {"layers", &layers},
                 {"heads", &heads},
                 {"hidden", &hidden},
                 {"head", &head},
                 {"steps_apart", &steps_apart},
                 {"bars_apart", &bars_apart}};
    const char *equal = strchr(text, '=');
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strlen(table[i].name) == (size_t)(equal - text) &&
            strncmp(table[i].name, text, (size_t)(equal - text)) == 0) {
            *table[i].value = atof(equal + 1);
            o->steps = (uint64_t)steps;
            o->batch = (size_t)batch;
            o->seed = (uint64_t)seed;
            o->look_every = (size_t)every;
            o->look_windows = (size_t)windows;
            o->patience = (size_t)patience;
            *sizes = (PieceSizes){(int)layers, (int)heads,       sizes->head_dim, (int)hidden,
                                  (int)head,   (int)steps_apart, (int)bars_apart, sizes->ahead};
            tb_set_threads((int)threads);
            return;
        }
    fprintf(stderr, "\"%s\" is not an option.\n", text);
    exit(2);
}

int main(int argc, char **argv) {
    char checkpoint[4096];
    TbPieceTrainOptions o;
    TbPieceSet *set;
    TbPieceModel *model, *start = NULL;
    PieceSizes sizes = piece_default_sizes;
    if (argc < 3) {
        fprintf(stderr, "usage: train_piece MODEL [NAME=VALUE ...] [resume] FOLDER[:STYLE[:WEIGHT]] ...\n");
        return 2;
    }
    tb_piece_train_defaults(&o);
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", argv[1]);
    o.checkpoint = checkpoint;
    o.report = report;
    piece_need(tb_piece_set_new(&set));
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "resume") == 0) {
            o.resume = true;
        } else if (strncmp(argv[i], "start=", 6) == 0) {
            piece_need(tb_piece_model_read(argv[i] + 6, &start));
        } else if (strchr(argv[i], '=')) {
            set_option(&o, &sizes, argv[i]);
        } else {
            PieceFolder folder;
            piece_folder_read(argv[i], &folder);
            piece_folder_add(&folder, "train", set, false);
            piece_folder_add(&folder, "valid", set, true);
        }
    o.start = start;
    printf("%zu notes to learn from, %zu held out\n", tb_piece_set_count(set, false), tb_piece_set_count(set, true));
    fflush(stdout);
    piece_need(tbi_piece_train(set, start ? NULL : &sizes, &o, &model));
    printf("%zu weights\n", model->net.parameters.n_params);
    piece_need(tb_piece_model_write(model, argv[1]));
    tb_piece_model_free(model);
    tb_piece_model_free(start);
    tb_piece_set_free(set);
    return 0;
}
