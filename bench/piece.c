/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nats a note of the network of pieces on held-out pieces with all their parts, beside those of an interpolated 5-gram
 * (bench/piece_ngram.h), which learns from train.txt of the same folder and is tuned on its valid.txt. Windows overlap
 * by half, so that what is counted has bars before it, but for a piece's first window.
 *
 *   piece MODEL FOLDER[:STYLE[:WEIGHT]] ... */
#include "bench/piece_ngram.h"
#include "bench/piece_sets.h"
#include "bench/program.h"
#include "piece/train.h"
#include "piece/window.h"

#include <stdio.h>

static const char *const names[PIECE_PREDICTED] = {"place", "pitch", "duration", "velocity"};

static void print(const char *what, const double nats[PIECE_PREDICTED], size_t n_notes) {
    double sum = 0;
    for (int f = 0; f < PIECE_PREDICTED; f++)
        sum += nats[f];
    printf("%s: %.4f nats a note (", what, sum / (double)n_notes);
    for (int f = 0; f < PIECE_PREDICTED; f++)
        printf("%s%s %.4f", f ? ", " : "", names[f], nats[f] / (double)n_notes);
    printf(")\n");
}

/* ---- the network ---- */

static void evaluate_window(TbTokenTrainer *trainer, const PieceView *v, size_t first, size_t n, size_t context,
                            TbTokenLoss *sum) {
    static int32_t fields[PIECE_WINDOW * PIECE_FIELDS], labels[PIECE_WINDOW * PIECE_PREDICTED];
    static int bar_of[PIECE_WINDOW];
    PieceTokens t = {fields, labels, bar_of, 0, PIECE_WINDOW};
    size_t bars[PIECE_WINDOW];
    for (size_t i = 0; i < n; i++)
        bars[i] = first + i;
    tbi_piece_encode(v, bars, n, &t);
    for (size_t i = 0; i < t.n; i++)
        for (int f = 0; f < PIECE_PREDICTED && (size_t)bar_of[i] < first + context; f++)
            labels[i * PIECE_PREDICTED + (size_t)f] = TB_NO_SYMBOL;
    const TbTokenBatch batch = {{1, &t.n, bar_of}, fields, labels};
    const TbTokenLoss loss = tbi_token_trainer_evaluate(trainer, &batch);
    for (int f = 0; f < PIECE_PREDICTED; f++) {
        sum->nats[f] += loss.nats[f];
        sum->count[f] += loss.count[f];
    }
}

static void evaluate_piece(TbTokenTrainer *trainer, const Piece *piece, TbTokenLoss *sum) {
    PieceView v;
    tbi_piece_view_all(piece, &v);
    for (size_t first = 0, counted = 0; counted < piece->n_bars;) {
        const size_t n = tbi_piece_fitting(&v, first);
        if (first + n > counted && piece->metre[first] < PIECE_METRES)
            evaluate_window(trainer, &v, first, n, counted - first, sum);
        counted = first + n > counted ? first + n : counted;
        first = first + (n + 1) / 2;
    }
}

static TbTokenLoss evaluate(TbPieceModel *model, const PieceExamples *e) {
    TbTokenTrainer *trainer;
    TbTokenLoss sum = {.nats = {0}};
    const TbTokenTrainerOptions options = {.max_length = PIECE_WINDOW};
    need(tbi_token_trainer_new(&model->net, model->params, &options, &trainer));
    for (size_t i = 0; i < e->n; i++)
        evaluate_piece(trainer, &e->example[i].piece, &sum);
    tbi_token_trainer_free(trainer);
    return sum;
}

/* ---- the n-gram ---- */

static NgramEvents events_of(const PieceExamples *e) {
    NgramEvents events = {0};
    for (size_t i = 0; i < e->n; i++)
        ngram_events_add(&events, &e->example[i].piece);
    return events;
}

static double ngram(const TbPieceSet *set, const PieceExamples *tested) {
    NgramEvents learned = events_of(&set->part[false]), valid = events_of(&set->part[true]), test = events_of(tested);
    double nats[PIECE_PREDICTED], sum = 0;
    for (int f = 0; f < PIECE_PREDICTED; f++) {
        const NgramOptions o = ngram_tune(&learned, &valid, (PieceField)f);
        nats[f] = ngram_nats(&learned, &test, (PieceField)f, &o);
        sum += nats[f];
        printf("  %s: %d notes before%s%s%s%s, discount %.2f\n", names[f], o.notes, o.chord ? ", chord" : "",
               o.other ? ", other parts" : "", o.rhythm ? ", of notes before rhythm alone" : "",
               o.continuation ? ", Kneser-Ney" : "", o.discount);
    }
    print("n-gram", nats, test.n_notes);
    sum /= (double)test.n_notes;
    ngram_events_free(&learned), ngram_events_free(&valid), ngram_events_free(&test);
    return sum;
}

int main(int argc, char **argv) {
    TbPieceModel *model;
    usage_if(argc < 3, "piece MODEL FOLDER[:STYLE[:WEIGHT]] ...");
    need(tb_piece_model_read(argv[1], &model));
    for (int i = 2; i < argc; i++) {
        PieceFolder folder;
        TbPieceSet *learned, *tested;
        piece_folder_read(argv[i], &folder);
        need(tb_piece_set_new(&learned));
        need(tb_piece_set_new(&tested));
        piece_folder_add(&folder, "train", learned, false);
        piece_folder_add(&folder, "valid", learned, true);
        piece_folder_add(&folder, "test", tested, true);
        const PieceExamples *e = &tested->part[true];
        const TbTokenLoss loss = evaluate(model, e);
        printf("%s: %zu notes of %zu pieces\n", folder.folder, loss.count[PIECE_PITCH], e->n);
        print("network", loss.nats, loss.count[PIECE_PITCH]);
        fflush(stdout);
        const double other = ngram(learned, e);
        printf("network under the n-gram: %.1f %%\n", 100 * (1 - tbi_piece_nats(&loss) / other));
        tb_piece_set_free(learned);
        tb_piece_set_free(tested);
    }
    tb_piece_model_free(model);
    return 0;
}
