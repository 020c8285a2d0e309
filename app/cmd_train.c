/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel train: trains a model on folders of sounds. */
#include "app/commands.h"
#include "app/files.h"
#include "app/inputs.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/train_report.h"
#include "base/clock.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FOLDERS = 1000, MAX_THREADS = 64 };
/* Shares of a budget: until when to analyse sounds and to train on frames; the rest is for notes and for writing. */
#define LISTEN_END 0.3
#define FRAMES_END 0.6
#define WRITE_SECONDS 0.5
enum { LEFT_OUT_SHOWN = 5 };

typedef struct {
    const char *output, *from;
    double budget, hold;
    int steps, note_steps, latent, width, layers, batch, seed, threads, frames;
    double learning_rate, beta, free_bits, augment, audio_share;
    bool resume, force;
} Values;

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "MODEL", .required = true, .help = "model to write, such as mine.safetensors",
     .offset = offsetof(Values, output)},
    {"budget", 'b', OPTION_SECONDS, "TIME", .low = 1, .high = 1e7, .help = "total time, such as 10m",
     .offset = offsetof(Values, budget)},
    {"steps", 0, OPTION_INT, "N", .low = 1, .high = 1e8, .help = "number of steps, instead of a budget",
     .offset = offsetof(Values, steps)},
    {"note-steps", 0, OPTION_INT, "N", .low = 1, .high = 1e8,
     .help = "steps of the note network (default: an eighth of --steps)", .offset = offsetof(Values, note_steps)},
    {"hold", 0, OPTION_SECONDS, "TIME", .low = 0, .high = 60,
     .help = "how long keys were held, if the same in all files (default: detected)", .offset = offsetof(Values, hold)},
    {"from", 0, OPTION_TEXT, "MODEL", .help = "start from this model; \"default\": the built-in one",
     .offset = offsetof(Values, from)},
    {"resume", 0, OPTION_FLAG, .help = "continue a stopped run", .offset = offsetof(Values, resume)},
    {"force", 0, OPTION_FLAG, .help = "replace an existing model", .offset = offsetof(Values, force)},
    {"latent", 0, OPTION_INT, "N", .low = 1, .high = 256, .help = "latents per frame (default: 32)",
     .offset = offsetof(Values, latent)},
    {"width", 0, OPTION_INT, "N", .low = 8, .high = 4096, .help = "width of the hidden layers (default: 512)",
     .offset = offsetof(Values, width)},
    {"layers", 0, OPTION_INT, "N", .low = 1, .high = 8, .help = "hidden layers on each side (default: 2)",
     .offset = offsetof(Values, layers)},
    {"batch", 0, OPTION_INT, "N", .low = 1, .high = 65536, .fallback = "512", .help = "frames per step",
     .offset = offsetof(Values, batch)},
    {"frames", 0, OPTION_INT, "N", .low = 100, .high = 100000000, .fallback = "1000000",
     .help = "maximum number of frames in memory, 0.5 kB each", .offset = offsetof(Values, frames)},
    {"seed", 0, OPTION_INT, "N", .low = 0, .high = 2147483647, .fallback = "1",
     .help = "same seed, threads and sounds give the same model", .offset = offsetof(Values, seed)},
    {"threads", 0, OPTION_INT, "N", .low = 1, .high = MAX_THREADS, .help = "number of threads (default: all cores)",
     .offset = offsetof(Values, threads)},
    {"learning-rate", 0, OPTION_NUMBER, "X", .low = 1e-7, .high = 1, .help = "peak learning rate",
     .offset = offsetof(Values, learning_rate)},
    {"beta", 0, OPTION_NUMBER, "X", .low = 0, .high = 100, .help = "weight of the KL term",
     .offset = offsetof(Values, beta)},
    {"free-bits", 0, OPTION_NUMBER, "X", .low = 0, .high = 10, .help = "nats that each latent may use for free",
     .offset = offsetof(Values, free_bits)},
    {"augment", 0, OPTION_NUMBER, "X", .low = 0, .high = 1, .help = "share of frames to augment",
     .offset = offsetof(Values, augment)},
    {"audio-share", 0, OPTION_NUMBER, "X", .low = 0, .high = 1, .help = "share of the run trained on raw audio",
     .offset = offsetof(Values, audio_share)},
};

static void set_if_given(double *to, double given) {
    if (isfinite(given))
        *to = given;
}

static TbStatus make_options(const Values *v, const TbModel *from, TbTrainOptions *o) {
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
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    cores = cores < 1 ? 1 : cores > MAX_THREADS ? MAX_THREADS : cores;
    o->batch = (size_t)v->batch;
    o->steps = (size_t)v->steps;
    o->seed = (uint64_t)v->seed;
    o->n_threads = v->threads ? v->threads : (int)cores;
    o->from = from;
    set_if_given(&o->budget_seconds, v->budget);
    set_if_given(&o->learning_rate, v->learning_rate);
    set_if_given(&o->beta, v->beta);
    set_if_given(&o->free_bits, v->free_bits);
    set_if_given(&o->augment, v->augment);
    set_if_given(&o->audio_share, v->audio_share);
    return TB_OK;
}

/* A checkpoint may be hours of work: never replaces one unasked, and reports a missing one. */
static TbStatus check_checkpoint(const Values *v, const char *checkpoint, bool *resume) {
    bool there = path_kind(checkpoint) != PATH_ABSENT;
    *resume = v->resume && there;
    if (!v->resume && there)
        return tb_fail(TB_ERR_ARGUMENT,
                       "There is a checkpoint \"%s\" of a stopped run; continue with --resume, or remove it.",
                       checkpoint);
    if (!v->resume && !v->force && path_kind(v->output) != PATH_ABSENT)
        return tb_fail(TB_ERR_ARGUMENT, "\"%s\" exists already; name another file, or replace it with --force.",
                       v->output);
    if (v->resume && !there && path_kind(v->output) != PATH_ABSENT)
        return tb_fail(TB_ERR_NOT_FOUND,
                       "There is no checkpoint \"%s\" to continue from: \"%s\" is finished, or from another run; train "
                       "without --resume.",
                       checkpoint, v->output);
    if (v->resume && !there)
        fprintf(stderr, "There is no checkpoint yet; training starts from the beginning.\n");
    return TB_OK;
}

/* Shows only the figures: the label already names the step. */
static bool report(void *progress, double done, const char *what) {
    const char *colon = what ? strstr(what, ": ") : NULL;
    return progress_report(progress, done, colon ? colon + 2 : "");
}

static void begin(Progress *progress, const Values *v, double started, const char *label) {
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

static TbStatus prepare_data(const Values *v, char *const *operands, int n_operands, double started, TbTrainOptions *o,
                             TbDataset **data) {
    Progress progress;
    begin(&progress, v, started, "listening to the sounds");
    TbStatus status =
        tb_dataset_new_within(isfinite(v->budget) ? LISTEN_END * v->budget : 0, (const char *const *)operands,
                              (size_t)n_operands, (size_t)v->frames, o->n_threads, report, &progress, data);
    progress_end(&progress);
    o->elapsed = tbi_now() - started;
    if (status == TB_OK)
        print_data(*data);
    return status;
}

/* Writes model and report, and prints the result. */
static TbStatus finish(const Values *v, const TbDataset *data, const TbTrainOptions *o, const TbModel *model,
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
static TbStatus train_notes(const Values *v, TbDataset *data, const TbTrainOptions *o, double budget, double started,
                            TbModel *model, bool *interrupted) {
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

static TbStatus train(const Values *v, char *const *operands, int n_operands, TbTrainOptions *o) {
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

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    TbTrainOptions o;
    TbModel *from = NULL;
    char *checkpoint;
    if (isfinite(v->budget) && v->steps)
        return tb_fail(TB_ERR_ARGUMENT, "--budget and --steps both say how long to train; give one of them.");
    TbStatus status = output_ending_check(v->output, ".safetensors", "models");
    if (status)
        return status;
    if (asprintf(&checkpoint, "%s.checkpoint", v->output) < 0)
        return tbi_no_memory("to train");
    status = output_place_check(v->output);
    if (status == TB_OK && v->from)
        status = model_load(v->from, &from);
    if (status == TB_OK)
        status = make_options(v, from, &o);
    if (status == TB_OK)
        status = check_checkpoint(v, checkpoint, &o.resume);
    if (status == TB_OK) {
        o.checkpoint = checkpoint;
        status = train(v, operands, n_operands, &o);
    }
    tb_model_free(from);
    free(checkpoint);
    return status;
}

const Command cmd_train = COMMAND(
    "train", "Train a model on folders of sounds", "DIR...", 1, MAX_FOLDERS,
    "Folders are searched recursively. A twentieth of the data is held out to measure the error on: whole files,\n"
    "or short stretches where files are few. Without --budget and --steps, training ends when the last third of\n"
    "all steps has not reduced that error by more than 1 %.\n"
    "The state is saved to MODEL.checkpoint every 20 seconds, so --resume can continue a run that was stopped,\n"
    "even by a power cut. A report as text and as a picture is written next to the model.\n\n"
    "  timbrel train my-sounds -o mine.safetensors --budget 10m\n"
    "  timbrel train one-singer -o singer.safetensors --from default --budget 5m\n");
