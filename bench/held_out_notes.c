/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well does an instrument predict keys that were not recorded? For each recording of HELD an instrument is made
 * from the recordings of its program and velocity in KNOWN, except the same key, and plays it: medians and means of the
 * distances.
 *
 *   held_out_notes MODEL KNOWN HELD [HOW [RELEASE [OUT]]]
 *
 *   HOW      code: from the instrument's code alone (the default)
 *            one:  the same, with the one recording of KNOWN in the middle of its keys
 *            kept: with the recordings, as `timbrel instrument` makes it
 *   RELEASE  second of the note off in HELD (2)
 *   OUT      an empty folder for the played notes
 *
 * Files are named PROGRAM_KEY_VELOCITY.wav. */
#include "base/no_memory.h"
#include "bench/tools.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 44100, MOST = 32, SHOWN = 4, MAX_NOTES = 4096 };

typedef enum { CODE, ONE, KEPT, HOWS } How;
static const char *const hows[HOWS] = {"code", "one", "kept"};
static const char *const shown[SHOWN] = {"mel_lsd", "loud", "attack", "f0_bad"};

/* The recordings of KNOWN that may be used for `note`. */
static Folder known_for(const Folder *known, const Recorded *note, How how, Recorded buffer[MOST]) {
    Folder some = {.note = buffer};
    for (size_t i = 0; i < known->n && some.n < MOST; i++) {
        const Recorded *k = &known->note[i];
        if (k->program == note->program && k->velocity == note->velocity && k->key != note->key)
            buffer[some.n++] = *k;
    }
    if (how == ONE && some.n > 0) {
        buffer[0] = buffer[some.n / 2];
        some.n = 1;
    }
    return some;
}

static TbStatus instrument_of(const TbModel *model, const Folder *some, How how, TbInstrument **instrument) {
    TbInstrument *whole = NULL;
    TbStatus status = folder_instrument(model, some, 0, some->n, &whole);
    if (status != TB_OK || how == KEPT) {
        *instrument = whole;
        return status;
    }
    status = tb_instrument_new(model, tb_instrument_code(whole), tb_instrument_has_pitch(whole), instrument);
    tb_instrument_free(whole);
    return status;
}

/* Onset in seconds of a recorded note, and octaves from its key to its sounding pitch, as some programs transpose. */
static TbStatus find_onset(const Recorded *note, double *start, double *octaves) {
    TbAudio audio = {0};
    TbAnalysis analysis = {0};
    TbAnalysisOptions analysis_options = {.size = sizeof(TbAnalysisOptions), .single_note = true};
    TbStatus status = tb_audio_read(note->path, &audio, NULL);
    status = status == TB_OK ? tb_analyze(&audio, &analysis_options, NULL, NULL, &analysis) : status;
    *start = *octaves = 0;
    if (status == TB_OK && analysis.n_notes > 0) {
        *start = analysis.notes[0].start;
        *octaves =
            analysis.notes[0].pitched ? rint((69 + 12 * log2(analysis.notes[0].f0 / 440.0) - note->key) / 12) : 0;
    }
    tb_audio_free(&audio);
    tb_analysis_free(&analysis);
    return status;
}

/* The octaves of most of the known recordings. */
static TbStatus common_octaves(const Folder *some, double *octaves) {
    double each[MOST], start;
    TbStatus status = TB_OK;
    for (size_t i = 0; i < some->n && status == TB_OK; i++)
        status = find_onset(&some->note[i], &start, &each[i]);
    *octaves = status == TB_OK ? rint(quantile(each, some->n, 0.5)) : 0;
    return status;
}

/* Plays the note with the timing of the file of `recorded`. */
static TbStatus play(const TbInstrument *instrument, const Recorded *note, double octaves, const TbAudio *recorded,
                     double start, double release, float *samples) {
    const TbNoteOptions options = {.size = sizeof(TbNoteOptions),
                                   .key = note->key + 12 * octaves,
                                   .velocity = note->velocity / 127.0,
                                   .hold = fmax(release - start, 0.05),
                                   .longest = (double)recorded->n_samples / RATE - start,
                                   .seed = 7};
    TbAudio played = {0};
    TbStatus status = tb_instrument_note(instrument, &options, RATE, &played);
    size_t lead = (size_t)(start * RATE), buffer = recorded->n_samples > lead ? recorded->n_samples - lead : 0;
    if (status == TB_OK) {
        memset(samples, 0, recorded->n_samples * sizeof *samples);
        memcpy(samples + lead, played.samples,
               (played.n_samples < buffer ? played.n_samples : buffer) * sizeof *samples);
    }
    tb_audio_free(&played);
    return status;
}

static TbStatus keep(const char *folder, const Recorded *note, const float *samples, size_t n) {
    char path[1200];
    snprintf(path, sizeof path, "%s/%d_%d_%d.wav", folder, note->program, note->key, note->velocity);
    return tb_audio_write(path, samples, n, RATE, TB_BITS_24);
}

static TbStatus judge(const TbInstrument *instrument, const Recorded *note, double octaves, double release,
                      const char *out, TbComparison *c) {
    TbAudio recorded = {0};
    double start, own_octaves;
    TbStatus status = find_onset(note, &start, &own_octaves);
    status = status == TB_OK ? tb_audio_read(note->path, &recorded, NULL) : status;
    float *samples = status == TB_OK ? calloc(recorded.n_samples + 1, sizeof *samples) : NULL;
    if (status == TB_OK && (!samples || recorded.sample_rate != RATE))
        status = tb_fail(TB_ERR_UNSUPPORTED, "%s is not at %d Hz.", note->path, RATE);
    status = status == TB_OK ? play(instrument, note, octaves, &recorded, start, release, samples) : status;
    status = status == TB_OK && out ? keep(out, note, samples, recorded.n_samples) : status;
    if (status == TB_OK) {
        status = tb_compare(recorded.samples, recorded.n_samples, samples, recorded.n_samples, note->key + 12 * octaves,
                            tb_instrument_has_pitch(instrument), c);
    }
    free(samples);
    tb_audio_free(&recorded);
    return status;
}

static void print_figures(TbComparison *all, size_t n) {
    double *x = calloc(n + 1, sizeof *x);
    for (size_t i = 0; x && i < TB_N_METRICS; i++) {
        bool wanted = false;
        for (int k = 0; k < SHOWN; k++)
            wanted = wanted || strcmp(tb_metric_name(i), shown[k]) == 0;
        size_t m = 0;
        double sum = 0;
        for (size_t k = 0; k < n; k++) {
            double value = tb_metric_value(&all[k], i);
            if (isfinite(value)) {
                x[m++] = value;
                sum += value;
            }
        }
        if (wanted && m > 0) {
            printf("%-8s median %6.2f  mean %6.2f %s, of %zu notes\n", tb_metric_name(i), quantile(x, m, 0.5),
                   sum / (double)m, tb_metric_unit(i), m);
        }
    }
    free(x);
}

/* So that notes with the same known recordings follow each other, and their instrument is made once. */
static int by_velocity(const void *a, const void *b) {
    const Recorded *x = a, *y = b;
    return x->program != y->program     ? (x->program > y->program) - (x->program < y->program)
           : x->velocity != y->velocity ? (x->velocity > y->velocity) - (x->velocity < y->velocity)
                                        : (x->key > y->key) - (x->key < y->key);
}

static bool are_same(const Folder *a, const Folder *b) {
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->note[i].path, b->note[i].path) == 0;
    return same;
}

static TbStatus judge_all(const TbModel *model, const Folder *known, Folder *held, How how, double release,
                          const char *out) {
    TbComparison *all = calloc(held->n, sizeof *all);
    TbStatus status = all ? TB_OK : tbi_no_memory("for so many notes");
    Recorded buffer[MOST], made_of[MOST];
    Folder made = {.note = made_of};
    TbInstrument *instrument = NULL;
    double octaves = 0;
    size_t n = 0;
    qsort(held->note, held->n, sizeof *held->note, by_velocity);
    for (size_t i = 0; i < held->n && status == TB_OK; i++) {
        Folder some = known_for(known, &held->note[i], how, buffer);
        if (some.n == 0) {
            fprintf(stderr, "%s: no known recordings of its program\n", held->note[i].path);
            continue;
        }
        if (!instrument || !are_same(&some, &made)) {
            tb_instrument_free(instrument);
            instrument = NULL;
            memcpy(made_of, buffer, some.n * sizeof *buffer);
            made.n = some.n;
            status = instrument_of(model, &some, how, &instrument);
            octaves = 0; /* recordings have their own */
            status = status == TB_OK && how != KEPT ? common_octaves(&some, &octaves) : status;
        }
        status = status == TB_OK ? judge(instrument, &held->note[i], octaves, release, out, &all[n]) : status;
        if (status == TB_OK)
            fprintf(stderr, "%s: %.2f dB\n", held->note[i].path, all[n++].mel_lsd);
    }
    tb_instrument_free(instrument);
    print_figures(all, n);
    free(all);
    return status;
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    How how = CODE;
    while (argc > 4 && how < HOWS && strcmp(argv[4], hows[how]) != 0)
        how++;
    if (argc < 4 || how == HOWS) {
        fprintf(stderr, "usage: held_out_notes MODEL KNOWN HELD [code|one|kept [RELEASE [OUT]]]\n");
        return 2;
    }
    Folder known = {0}, held = {0};
    TbModel *model = bench_model(argv[1]);
    TbStatus status = model ? folder_open(argv[2], &known) : tb_fail(TB_ERR_NOT_FOUND, "There is no model.");
    status = status == TB_OK ? folder_open(argv[3], &held) : status;
    if (status == TB_OK)
        status = judge_all(model, &known, &held, how, argc > 5 ? atof(argv[5]) : 2, argc > 6 ? argv[6] : NULL);
    if (model && status != TB_OK)
        fprintf(stderr, "%s\n", tb_error_text(status));
    folder_close(&known);
    folder_close(&held);
    tb_model_free(model);
    return status != TB_OK;
}
