/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/train_report.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/train_values.h"
#include "base/no_memory.h"
#include "timbrel/plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STILL_IMPROVING_DB 0.25 /* gain in the second half of the run */
#define COARSE_DB 4.5
#define OVERFITTED_DB 1.5 /* held-out sounds are worse than the others by this much */

static void clock_text(double seconds, char *text, size_t size) {
    long s = lrint(seconds);
    if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

void train_facts_text(const TbDatasetStats *f, char *text, size_t size) {
    char length[32], skipped[100] = "", unheard[100] = "";
    clock_text(f->seconds, length, sizeof length);
    if (f->n_skipped)
        snprintf(skipped, sizeof skipped, "; %zu file%s skipped: unreadable or silent", f->n_skipped,
                 plural(f->n_skipped));
    if (f->n_unheard)
        snprintf(unheard, sizeof unheard, "; %zu file%s left out for lack of time", f->n_unheard, plural(f->n_unheard));
    snprintf(text, size, "%zu file%s, %zu note%s, %s of sound; %zu frames to learn from, %zu held out%s%s", f->n_files,
             plural(f->n_files), f->n_notes, plural(f->n_notes), length, f->n_frames, f->n_validation, skipped,
             unheard);
}

const char *train_outlook(const TbTrainHistory *h) {
    if (h->n_points < 4)
        return "too short a run to say whether more training would help";
    const TbTrainPoint *last = &h->points[h->n_points - 1];
    double lowest = last->validation_db, half = h->points[0].validation_db;
    for (size_t i = 0; i < h->n_points; i++) {
        lowest = fmin(lowest, h->points[i].validation_db);
        if (2 * h->points[i].step <= last->step)
            half = h->points[i].validation_db;
    }
    if (last->validation_db - last->train_db > OVERFITTED_DB)
        return "good at the sounds it learned from, less so at others: more sounds will help more than more time";
    if (half - lowest > STILL_IMPROVING_DB)
        return "still improving: a longer training will make it better";
    if (lowest > COARSE_DB)
        return "no longer improving, though coarse: more sounds, or a wider network, will help more than more time";
    return "good: more training will change little";
}

static TbStatus write_text(const char *path, const TbModel *model, const TbDatasetStats *facts,
                           const TbTrainOptions *options, const TbTrainHistory *h) {
    const TbVaeConfig *c = tb_vae_config(tb_model_vae(model));
    char *text, sounds[300], length[32], error[200] = "not measured: stopped before it was for the first time";
    const TbTrainPoint none = {0}, *last = h->n_points ? &h->points[h->n_points - 1] : &none;
    train_facts_text(facts, sounds, sizeof sounds);
    clock_text(last->seconds, length, sizeof length);
    if (h->n_points > 0)
        snprintf(error, sizeof error, "%.2f dB on %s, %.2f dB on those it learned from; best %.2f dB",
                 last->validation_db,
                 facts->n_validation_files ? "sounds held out"
                 : facts->n_validation     ? "stretches held out"
                                           : "the sounds",
                 last->train_db, h->best_db);
    int n = asprintf(&text,
                     "Sounds      %s\n"
                     "Network     encoder %d x %d, %d latents, decoder %d x %d: %zu weights\n"
                     "Training    %zu steps of %zu frames in %s, %.0f frames a second, seed %llu%s\n"
                     "Error       %s\n"
                     "Sound       %s\n"
                     "Outlook     %s\n"
                     "\nThe error is the root mean square over the audible levels of a sound's frames.\n",
                     sounds, c->encoder_layers, c->encoder_width, c->latent_dim, c->decoder_layers, c->decoder_width,
                     tb_vae_n_params(tb_model_vae(model)), last->step, options->batch, length, h->frames_per_second,
                     (unsigned long long)options->seed, h->interrupted ? "; stopped before its end" : "", error,
                     h->n_points ? tb_train_verdict(h->best_db) : "not known", train_outlook(h));
    if (n < 0)
        return tbi_no_memory("for the training report");
    TbStatus status = tb_write_file(path, text, (size_t)n);
    free(text);
    return status;
}

static TbStatus draw(const char *path, bool layer_aside, const TbTrainHistory *h) {
    double *block = malloc((3 * h->n_points + 1) * sizeof *block);
    if (!block)
        return tbi_no_memory("for the training report");
    double *minutes = block, *validation = block + h->n_points, *train = validation + h->n_points;
    for (size_t i = 0; i < h->n_points; i++) {
        minutes[i] = h->points[i].seconds / 60;
        validation[i] = h->points[i].validation_db;
        train[i] = h->points[i].train_db;
    }
    const TbLine lines[] = {{"sounds learned from", minutes, train, h->n_points},
                            {"sounds held out", minutes, validation, h->n_points}};
    TbStatus status = tb_plot_lines(path, "How far the model's sound is from the original", "minutes of training",
                                    "error in dB", lines, layer_aside ? 2 : 1);
    free(block);
    return status;
}

TbStatus train_report_write(const char *model_path, const TbModel *model, const TbDatasetStats *facts,
                            const TbTrainOptions *options, const TbTrainHistory *history) {
    char *text = train_beside(model_path, ".report.txt"), *picture = train_beside(model_path, ".report.png");
    TbStatus status = text && picture ? TB_OK : tbi_no_memory("for the training report");
    if (status == TB_OK)
        status = write_text(text, model, facts, options, history);
    picture_tell_left_out(status);
    if (status == TB_OK && PICTURES && history->n_points > 0)
        status = draw(picture, facts->n_validation > 0, history);
    free(text);
    free(picture);
    return status;
}
