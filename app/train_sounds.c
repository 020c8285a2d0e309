/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains a model on folders of sounds. */
#include "app/files.h"
#include "app/inputs.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/train_report.h"
#include "app/train_values.h"
#include "base/clock.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shares of a budget: until when to analyse sounds and to train on frames; the rest is for notes and for writing. */
#define LISTEN_END 0.3
#define FRAMES_END 0.6
#define WRITE_SECONDS 0.5
enum { LEFT_OUT_SHOWN = 5, MAX_FRAMES = 1000000 };

static void set_if_given(double *to, double given) {
    if (isfinite(given))
        *to = given;
}

static TbStatus make_options(const TrainValues *v, const TbModel *from, TbTrainOptions *o) {
    tb_train_defaults(o);
    if (from) {
        o->net = *tb_vae_config(tb_model_vae(from));
        if (v->width || v->layers || (v->latent && v->latent != o->net.latent_dim))
            return tb_fail(TB_ERR_ARGUMENT,
                           "--from keeps the network of that model, with its %d latents; leave out --latent, --width "
                           "and --layers.",
                           o->net.latent_dim);
    } else {
        o->net.latent_dim = v->latent ? v->latent : o->net.latent_dim;
        o->net.encoder_width = v->width ? v->width : o->net.encoder_width;
        o->net.decoder_width = v->width ? v->width : o->net.decoder_width;
        o->net.encoder_layers = v->layers ? v->layers : o->net.encoder_layers;
        o->net.decoder_layers = v->layers ? v->layers : o->net.decoder_layers;
    }
    o->batch = v->batch ? (size_t)v->batch : o->batch;
    o->steps = (size_t)v->steps;
    o->seed = (uint64_t)v->seed;
    o->n_threads = train_threads(v);
    o->from = from;
    set_if_given(&o->budget_seconds, v->budget);
    set_if_given(&o->learning_rate, v->learning_rate);
    set_if_given(&o->beta, v->beta);
    set_if_given(&o->free_bits, v->free_bits);
    set_if_given(&o->augment, v->augment);
    set_if_given(&o->audio_share, v->audio_share);
    return TB_OK;
}

/* Shows only the figures: the label already names the step. */
static bool report(void *progress, double done, const char *what) {
    const char *colon = what ? strstr(what, ": ") : NULL;
    return progress_report(progress, done, colon ? colon + 2 : "");
}

static void begin(Progress *progress, const TrainValues *v, double started, const char *label) {
    progress_begin(progress, label);
    if (isfinite(v->budget))
        progress_within(progress, started, started + v->budget);
}

/* Names the first few of n files from `first` on, with the reason. */
static void print_left_out(const TbDataset *data, const char *label, size_t first, size_t n) {
    size_t shown = n > LEFT_OUT_SHOWN + 1 ? LEFT_OUT_SHOWN : n;
    for (size_t i = first; i < first + shown; i++)
        fprintf(stderr, "%s: %s\n", label, tb_dataset_skipped(data, i));
    if (shown < n)
        fprintf(stderr, "... and %zu more\n", n - shown);
}

static void print_data(const TbDataset *data) {
    TbDatasetStats facts = tb_dataset_stats(data);
    char text[400];
    train_facts_text(&facts, text, sizeof text);
    printf("%s\n", text);
    fflush(stdout);
    print_left_out(data, "Skipped", 0, facts.n_skipped);
    if (facts.n_damaged > 1)
        fprintf(stderr, "Warning: %s %zu more such file%s.\n", facts.damage, facts.n_damaged - 1,
                plural(facts.n_damaged - 1));
    else if (facts.n_damaged)
        fprintf(stderr, "Warning: %s\n", facts.damage);
    if (facts.n_unheard)
        fprintf(stderr, "The budget is too small to listen to everything: %zu file%s left out, %zu used in part.\n",
                facts.n_unheard, plural(facts.n_unheard), facts.n_cut);
    else if (facts.n_cut)
        fprintf(stderr, "The budget is too small to listen to everything: %zu file%s used in part.\n", facts.n_cut,
                plural(facts.n_cut));
    print_left_out(data, "Left out", facts.n_skipped, facts.n_unheard);
}

static TbStatus prepare_data(const TrainValues *v, char *const *operands, int n_operands, double started,
                             TbTrainOptions *o, TbDataset **data) {
    Progress progress;
    begin(&progress, v, started, "listening to the sounds");
    TbStatus status = tb_dataset_new_within(
        isfinite(v->budget) ? LISTEN_END * v->budget : 0, (const char *const *)operands, (size_t)n_operands,
        v->frames ? (size_t)v->frames : MAX_FRAMES, o->n_threads, report, &progress, data);
    progress_end(&progress);
    o->elapsed = tbi_now() - started;
    if (status == TB_OK)
        print_data(*data);
    return status;
}

/* Writes model and report, and prints the result. */
static TbStatus finish(const TrainValues *v, const TbDataset *data, const TbTrainOptions *o, const TbModel *model,
                       const TbTrainHistory *h) {
    TbDatasetStats facts = tb_dataset_stats(data);
    TbStatus status = tb_model_write(model, v->output, true);
    if (status == TB_OK)
        status = train_report_write(v->output, model, &facts, o, h);
    if (status)
        return status;
    if (h->n_points > 0)
        printf("error %.2f dB: %s\n%s\n", h->best_db, tb_train_verdict(h->best_db), train_outlook(h));
    else
        printf("stopped before its error was measured for the first time\n");
    if (h->interrupted) {
        printf("the best model so far is %s; the same command with --resume continues\n", v->output);
        return tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    printf("the model is %s\n", v->output);
    if (remove(o->checkpoint) != 0)
        fprintf(stderr, "Cannot remove \"%s\", which is no longer needed.\n", o->checkpoint);
    return TB_OK;
}

/* Trains the note network with the rest of the budget. */
static TbStatus train_notes(const TrainValues *v, TbDataset *data, const TbTrainOptions *o, double budget,
                            double started, TbModel *model, bool *interrupted) {
    TbNoteTrainOptions n = {.size = sizeof(TbNoteTrainOptions),
                            .steps = v->note_steps ? (size_t)v->note_steps
                                     : o->steps    ? o->steps / 8 + 1
                                                   : 0,
                            .hold = isfinite(v->hold) ? v->hold : 0,
                            .seed = o->seed,
                            .n_threads = o->n_threads,
                            .from = o->from};
    TbNoteTrainStats facts;
    Progress progress;
    if (isfinite(budget))
        n.budget_seconds = fmax(0.2, budget - (tbi_now() - started) - WRITE_SECONDS);
    begin(&progress, v, started, "learning notes");
    TbStatus status = tb_train_notes(data, &n, report, &progress, model, &facts);
    progress_end(&progress);
    *interrupted = facts.interrupted;
    if (status == TB_ERR_EMPTY || status == TB_ERR_UNSUPPORTED) { /* a model without a note network is valid */
        fprintf(stderr, "%s The model can encode and morph, but not play notes.\n", tb_error_text(status));
        return TB_OK;
    }
    if (status == TB_OK && !facts.interrupted)
        printf("%zu note%s of %zu instrument%s\n", facts.n_notes, plural(facts.n_notes), facts.n_instruments,
               plural(facts.n_instruments));
    if (status == TB_OK && facts.n_left)
        fprintf(stderr, "The budget is too small for all notes: %zu left out.\n", facts.n_left);
    return status;
}

static TbStatus train(const TrainValues *v, char *const *operands, int n_operands, TbTrainOptions *o) {
    TbDataset *data = NULL;
    TbModel *model = NULL;
    TbTrainHistory history = {0};
    Progress progress;
    double started = tbi_now(), budget = v->budget;
    TbStatus status = prepare_data(v, operands, n_operands, started, o, &data);
    if (status)
        return status;
    o->budget_seconds *= FRAMES_END;
    begin(&progress, v, started, "training");
    status = tb_train(data, o, report, &progress, &model, &history);
    progress_end(&progress);
    if (status == TB_OK && !history.interrupted)
        status = train_notes(v, data, o, budget, started, model, &history.interrupted);
    if (status == TB_OK)
        status = finish(v, data, o, model, &history);
    tb_train_history_free(&history);
    tb_model_free(model);
    tb_dataset_free(data);
    return status;
}

TbStatus train_sounds(const TrainValues *v, char *const *paths, int n_paths) {
    TbTrainOptions o;
    TbModel *from = NULL;
    char *checkpoint;
    if (asprintf(&checkpoint, "%s.checkpoint", v->output) < 0)
        return tbi_no_memory("to train");
    TbStatus status = v->from ? model_load(v->from, &from) : TB_OK;
    if (status == TB_OK)
        status = make_options(v, from, &o);
    if (status == TB_OK)
        status = train_checkpoint_check(v, &checkpoint, 1, &o.resume);
    if (status == TB_OK) {
        o.checkpoint = checkpoint;
        status = train(v, paths, n_paths, &o);
    }
    tb_model_free(from);
    free(checkpoint);
    return status;
}
