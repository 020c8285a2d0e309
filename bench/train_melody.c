/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains the network of melodies on sets of MIDI files: folders with lists train.txt and valid.txt of paths in them.
 * Learns from the first, stops early by the second.
 *
 *   train_melody MODEL [NAME=VALUE ...] [resume] FOLDER ...
 *
 * Its checkpoint is MODEL.checkpoint. */
#include "bench/melody_sets.h"

#include <stdio.h>
#include <stdlib.h>

static bool report(void *context, const TbMelodyReport *r) {
    (void)context;
    printf("step %5llu, %5.0f s: loss %.4f, held out %.4f%s: gap %.4f, duration %.4f, pitch %.4f\n",
           (unsigned long long)r->step, r->seconds, r->loss, r->held_out, r->held_out <= r->lowest ? " *" : "", r->gap,
           r->duration, r->pitch);
    fflush(stdout);
    return true;
}

static void set_option(TbMelodyTrainOptions *o, const char *text) {
    double steps = (double)o->steps, batch = (double)o->batch, seed = (double)o->seed, every = (double)o->look_every;
    double patience = (double)o->patience, threads = 1;
    const struct {
        const char *name;
        double *value;
    } table[] = {{"steps", &steps},
                 {"batch", &batch},
                 {"seed", &seed},
                 {"every", &every},
                 {"patience", &patience},
                 {"threads", &threads},
                 {"decay", &o->decay},
                 {"average", &o->average},
                 {"rate", &o->learning_rate},
                 {"embedded", &o->embedded},
                 {"recurrent", &o->recurrent},
                 {"output", &o->output},
                 {"no_chords", &o->no_chords},
                 {"no_end", &o->no_end}};
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
    TbMelodyTrainOptions o;
    TbMelodySet *set;
    TbMelodyModel *model;
    if (argc < 3) {
        fprintf(stderr, "usage: train_melody MODEL [NAME=VALUE ...] [resume] FOLDER ...\n");
        return 2;
    }
    tb_melody_train_defaults(&o);
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", argv[1]);
    o.checkpoint = checkpoint;
    o.report = report;
    melody_need(tb_melody_set_new(&set));
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "resume") == 0) {
            o.resume = true;
        } else if (strchr(argv[i], '=')) {
            set_option(&o, argv[i]);
        } else {
            melody_set_read(argv[i], "train", set, false);
            melody_set_read(argv[i], "valid", set, true);
        }
    printf("%zu notes to learn from, %zu held out\n", tb_melody_set_count(set, false), tb_melody_set_count(set, true));
    fflush(stdout);
    melody_need(tb_melody_train(set, &o, &model));
    melody_need(tb_melody_model_write(model, argv[1]));
    tb_melody_model_free(model);
    tb_melody_set_free(set);
    return 0;
}
