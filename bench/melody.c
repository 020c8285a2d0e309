/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nats a note of the network of melodies on held-out tunes, without and with their chords, beside those of the best
 * interpolated n-gram of the same fields (bench/melody_ngram.h), which learns from train.txt of the first folder and is
 * tuned on its valid.txt.
 *
 *   melody MODEL FOLDER ...        the others: of the network alone */
#include "bench/melody_ngram.h"
#include "bench/melody_sets.h"
#include "bench/program.h"
#include "melody/train.h"

#include <math.h>
#include <stdio.h>

static const char *const names[] = {"gap", "duration", "pitch"};

static double print_network(const TbMelodyModel *model, const MelodyExamples *tested, bool chords,
                            MelodyLatentUse latent) {
    MelodyLosses l;
    need(tbi_melody_evaluate(model, tested, chords, latent, &l));
    printf("network %s chords%s: %.4f nats a note (", chords ? "with" : "without",
           latent == MELODY_LATENT_MEAN ? ", told the means of its phrases" : "", melody_nats(&l));
    for (int f = 0; f < MELODY_FIELDS; f++)
        printf("%s%s %.4f", f ? ", " : "", names[f], l.nats[f] / (double)l.n_notes);
    printf(")\n");
    return melody_nats(&l);
}

static double print_ngram(const TbMelodySet *learned, const MelodyExamples *tested, bool chord) {
    double sum = 0;
    for (int f = 0; f < MELODY_FIELDS; f++) {
        const NgramOptions o = ngram_tune(&learned->part[false], &learned->part[true], (MelodyField)f, chord);
        const double nats = ngram_nats(&learned->part[false], tested, (MelodyField)f, &o) / (double)tested->n_notes;
        printf("n-gram, %s%s: %.4f nats; %d notes%s%s%s, discount %.2f\n", names[f], chord ? " with chords" : "", nats,
               o.notes, o.place ? ", place" : "", o.rhythm ? ", rhythm alone" : "",
               o.continuation ? ", Kneser-Ney" : "", o.discount);
        sum += nats;
    }
    printf("n-gram %s chords: %.4f nats a note\n", chord ? "with" : "without", sum);
    return sum;
}

int main(int argc, char **argv) {
    TbMelodyModel *model;
    TbMelodySet *learned, *tested;
    usage_if(argc < 3, "melody MODEL FOLDER ...");
    need(tb_melody_model_read(argv[1], &model));
    for (int i = 2; i < argc; i++) {
        need(tb_melody_set_new(&tested));
        melody_set_read(argv[i], "test", tested, true);
        const MelodyExamples *e = &tested->part[true];
        printf("%s: %zu notes of %zu tunes\n", argv[i], e->n_notes, e->n);
        const double without = print_network(model, e, false, MELODY_LATENT_NONE);
        const double with = print_network(model, e, true, MELODY_LATENT_NONE);
        print_network(model, e, true, MELODY_LATENT_MEAN);
        printf("with chords: %.1f %% less\n", 100 * (1 - with / without));
        if (i == 2) {
            need(tb_melody_set_new(&learned));
            melody_set_read(argv[i], "train", learned, false);
            melody_set_read(argv[i], "valid", learned, true);
            const double best = fmin(print_ngram(learned, e, false), print_ngram(learned, e, true));
            printf("network under the best n-gram: %.1f %% without chords, %.1f %% with\n", 100 * (1 - without / best),
                   100 * (1 - with / best));
            tb_melody_set_free(learned);
        }
        tb_melody_set_free(tested);
    }
    tb_melody_model_free(model);
    return 0;
}
