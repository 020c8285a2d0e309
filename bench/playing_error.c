/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Are played notes in tune, without aliasing and without clicks? Plays new instruments (seeds from 1 on) and
 * instruments made from recordings, at keys 28, 34 ... 100, held for 1.6 s; for comparison it measures the recordings
 * themselves; one line per question. Notes that fail are named on stderr.
 *
 *   playing_error MODEL [FOLDER [COUNT]]     FOLDER: recordings named PROGRAM_KEY_VELOCITY.wav; COUNT of each kind
 *                    (30) */
#include "bench/defects.h"
#include "bench/tools.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOW = 28, HIGH = 100, STEP = 6, KEYS = (HIGH - LOW) / STEP + 1, RATE = 44100 };
enum { DRAWN, RECORDED, SOURCE, KINDS };
#define HOLD 1.6
#define IN_TUNE 3.0     /* cents */
#define ALIASED (-70.0) /* dB */
#define CLICKS 12.0     /* dB */
#define ATTACK 0.12     /* s: jumps within it are part of the attack */

static const char *const kinds[KINDS] = {"new", "recorded", "(source)"};

typedef struct {
    size_t notes, pitched, in_tune, toned, clean, smooth;
    double worst_cents, sum_cents, worst_alias, worst_click;
} Counts;

static double hz_of(int key) {
    return 440 * exp2((key - 69) / 12.0);
}

static void judge_pitch(const TbAudio *audio, int key, const char *name, Counts *c) {
    double cents;
    bool found = mean_cents(audio->samples, audio->n_samples, RATE, hz_of(key), 0.5, 1.5, &cents) ||
                 mean_cents(audio->samples, audio->n_samples, RATE, hz_of(key), 0.3, 1.0, &cents);
    if (!found)
        return; /* it has decayed, or has no pitch */
    c->pitched++;
    c->in_tune += fabs(cents) <= IN_TUNE;
    c->sum_cents += fabs(cents);
    c->worst_cents = fmax(c->worst_cents, fabs(cents));
    if (fabs(cents) > IN_TUNE)
        fprintf(stderr, "%s, key %d: %+.1f cents\n", name, key, cents);
}

static TbStatus judge_aliasing(const TbInstrument *in, int key, const char *name, Counts *c) {
    TbAudio single = {0}, twice = {0};
    TbStatus status = bench_note(in, key, HOLD, true, RATE, &single);
    status = status == TB_OK ? bench_note(in, key, HOLD, true, 2.0 * RATE, &twice) : status;
    if (status == TB_OK) {
        double db = fmax(aliasing_db(&single, &twice, 0.1), aliasing_db(&single, &twice, 0.8));
        c->toned++;
        c->clean += db < ALIASED;
        c->worst_alias = fmax(c->worst_alias, db);
        if (db >= ALIASED)
            fprintf(stderr, "%s, key %d: aliasing of %.1f dB\n", name, key, db);
    }
    tb_audio_free(&single);
    tb_audio_free(&twice);
    return status;
}

static void judge_clicks(const TbAudio *audio, int key, double end, const char *name, Counts *c) {
    double when, db = click_db(audio->samples, audio->n_samples, RATE, hz_of(key), ATTACK, end, &when);
    c->smooth += db < CLICKS;
    c->worst_click = fmax(c->worst_click, db);
    if (db >= CLICKS)
        fprintf(stderr, "%s, key %d: a jump %.1f dB over those around it, at %.2f s\n", name, key, db, when);
}

static TbStatus judge(const TbInstrument *in, const char *name, Counts *c) {
    TbStatus status = TB_OK;
    for (int key = LOW; key <= HIGH && status == TB_OK; key += STEP) {
        TbAudio audio = {0};
        status = bench_note(in, key, HOLD, false, RATE, &audio);
        if (status == TB_OK) {
            c->notes++;
            judge_pitch(&audio, key, name, c);
            judge_clicks(&audio, key, 60, name, c);
            status = judge_aliasing(in, key, name, c);
        }
        tb_audio_free(&audio);
    }
    return status;
}

static TbStatus judge_draws(const TbModel *model, int count, Counts *c) {
    TbStatus status = TB_OK;
    for (int i = 1; i <= count && status == TB_OK; i++) {
        char name[40];
        TbInstrument *in;
        snprintf(name, sizeof name, "seed:%d", i);
        status = tb_instrument_random(model, (uint64_t)i, &in);
        status = status == TB_OK ? judge(in, name, c) : status;
        tb_instrument_free(in);
    }
    return status;
}

static TbStatus judge_recorded(const TbModel *model, const char *path, int count, Counts *c) {
    Folder folder;
    TbStatus status = folder_open(path, &folder);
    for (size_t i = 0, end; i < folder.n && count > 0 && status == TB_OK; i = end) {
        char name[40];
        TbInstrument *in;
        end = folder_next_program(&folder, i);
        snprintf(name, sizeof name, "program %d", folder.note[i].program);
        status = folder_instrument(model, &folder, i, end, &in);
        if (status == TB_OK && tb_instrument_has_pitch(in)) {
            status = judge(in, name, c);
            count--;
        }
        tb_instrument_free(in);
    }
    folder_close(&folder);
    return status;
}

/* The same measures for the recordings themselves, as a reference. */
static TbStatus judge_source(const char *path, Counts *c) {
    Folder folder;
    TbStatus status = folder_open(path, &folder);
    for (size_t i = 0; i < folder.n && status == TB_OK; i++) {
        TbAudio audio = {0};
        char name[40];
        snprintf(name, sizeof name, "recording %d", folder.note[i].program);
        status = tb_audio_read(folder.note[i].path, &audio, NULL);
        status = status == TB_OK && audio.sample_rate != RATE ? tb_audio_resample(&audio, RATE) : status;
        if (status == TB_OK) {
            double end = (double)audio.n_samples / RATE - 0.05; /* where it is cut */
            c->notes++;
            judge_pitch(&audio, folder.note[i].key, name, c);
            judge_clicks(&audio, folder.note[i].key, end, name, c);
        }
        tb_audio_free(&audio);
    }
    folder_close(&folder);
    return status;
}

static double percent(size_t part, size_t all) {
    return all ? 100 * (double)part / (double)all : NAN;
}

static void print_figures(const Counts *c) {
    for (int k = 0; k < KINDS; k++) {
        if (c[k].notes > 0) {
            printf(
                "%-9s pitch     %6.2f %% of %zu notes within %g cents (mean %.2f, worst %.1f); %zu others have none\n",
                kinds[k], percent(c[k].in_tune, c[k].pitched), c[k].pitched, IN_TUNE,
                c[k].sum_cents / (double)c[k].pitched, c[k].worst_cents, c[k].notes - c[k].pitched);
        }
        if (c[k].toned > 0) {
            printf("%-9s aliasing  %6.2f %% of %zu notes under %g dB (worst %.1f)\n", kinds[k],
                   percent(c[k].clean, c[k].toned), c[k].toned, ALIASED, c[k].worst_alias);
        }
        if (c[k].notes > 0) {
            printf("%-9s clicks    %6.2f %% of %zu notes without a jump of %g dB over those around it (worst %.1f)\n",
                   kinds[k], percent(c[k].smooth, c[k].notes), c[k].notes, CLICKS, c[k].worst_click);
        }
    }
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    int count = argc > 3 ? atoi(argv[3]) : 30;
    Counts counts[KINDS] = {{.worst_alias = -200}, {.worst_alias = -200}, {0}};
    double error = mean_cents_error();
    printf("self-test: pitch within %.3f cents; aliasing and clicks %s\n", error,
           defects_self_test() ? "correct" : "WRONG");
    TbModel *model = bench_model(argc > 1 ? argv[1] : NULL);
    if (!model || error > 0.3)
        return 1;
    TbStatus status = judge_draws(model, count, &counts[DRAWN]);
    if (status == TB_OK && argc > 2)
        status = judge_recorded(model, argv[2], count, &counts[RECORDED]);
    if (status == TB_OK && argc > 2)
        status = judge_source(argv[2], &counts[SOURCE]);
    print_figures(counts);
    if (status != TB_OK)
        fprintf(stderr, "%s\n", tb_error_text(status));
    tb_model_free(model);
    return status != TB_OK;
}
