/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Are new instruments audible, similar in kind to recorded ones, as diverse as those, and not copies? Measures draws at
 * C4 and the recordings of a folder; distances are between mel spectrograms in dB (1.5 s, 60 dB range).
 *
 *   random_instruments MODEL FOLDER [COUNT]     FOLDER: recordings named PROGRAM_KEY_VELOCITY.wav; COUNT of draws
 *                    (200) */
#include "base/no_memory.h"
#include "bench/program.h"
#include "bench/tools.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY = 60, NEAR_KEYS = 7, MAX_FILES = 500, NEAREST = 3, RATE = 44100 };
#define HOLD 2.0
#define SILENT 1e-3f /* -60 dBFS */

typedef struct {
    bool audible;
    int program, key;
    size_t index; /* in the folder */
    float value[TB_ATTRIBUTES];
    float mel[MEL_SIZE];
} Measured;

static float peak_of(const TbAudio *audio) {
    float peak = 0;
    for (size_t i = 0; i < audio->n_samples; i++)
        peak = fmaxf(peak, fabsf(audio->samples[i]));
    return peak;
}

static TbStatus measure_sound(const TbAudio *audio, int key, Measured *h) {
    TbAnalysisOptions analysis_options = {
        .size = sizeof(TbAnalysisOptions), .single_note = true, .f0 = 440 * exp2((key - 69) / 12.0)};
    TbAnalysis analysis;
    TbStatus status = tb_analyze(audio, &analysis_options, NULL, NULL, &analysis);
    if (status != TB_OK)
        return status;
    h->key = key;
    h->audible = analysis.n_notes > 0 && mel_levels(audio, h->mel);
    status = tb_note_attributes(analysis.n_notes > 0 ? &analysis.notes[0] : &(TbNote){0}, h->value);
    tb_analysis_free(&analysis);
    return status;
}

/* ---- recordings ---- */

static TbStatus measure_folder(const Folder *folder, Measured *all, size_t *n) {
    TbStatus status = TB_OK;
    size_t count = folder->n < MAX_FILES ? folder->n : MAX_FILES;
    *n = 0;
    for (size_t i = 0; i < count && status == TB_OK; i++) {
        const Recorded *r = &folder->note[i * folder->n / count];
        TbAudio audio = {0};
        status = tb_audio_read(r->path, &audio, NULL);
        status = status == TB_OK && audio.sample_rate != RATE ? tb_audio_resample(&audio, RATE) : status;
        status = status == TB_OK ? measure_sound(&audio, r->key, &all[*n]) : status;
        all[*n].program = r->program;
        all[*n].index = (size_t)(r - folder->note);
        *n += status == TB_OK && all[*n].audible;
        tb_audio_free(&audio);
    }
    return status;
}

/* Moves the note of each program nearest to C4, if it is near, to the beginning. Returns their number. */
static size_t move_near_first(Measured *all, size_t n) {
    size_t found = 0;
    for (size_t i = 0, end; i < n; i = end) { /* by program; those before i may have been moved already */
        size_t best = i;
        for (end = i; end < n && all[end].program == all[i].program; end++)
            best = abs(all[end].key - KEY) < abs(all[best].key - KEY) ? end : best;
        if (abs(all[best].key - KEY) <= NEAR_KEYS) {
            Measured t = all[found];
            all[found++] = all[best];
            all[best] = t;
        }
    }
    return found;
}

/* ---- figures ---- */

static double mean_distance(const Measured *h, size_t n) {
    double sum = 0, pairs = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (h[i].audible && h[j].audible) {
                sum += mel_distance(h[i].mel, h[j].mel);
                pairs++;
            }
        }
    }
    return pairs > 0 ? sum / pairs : NAN;
}

/* The minimum distance of an instrument, played at a recording's key, to that recording, among the recordings
 * nearest to its sound at C4. own: the recording it was made from, which is excluded, or n. */
static TbStatus nearest_at_its_key(const TbInstrument *in, const Measured *at_c4, const Measured *near, size_t n,
                                   size_t own, double *least) {
    bool *tried = calloc(n + 1, sizeof *tried);
    float *mel = malloc(MEL_SIZE * sizeof *mel);
    TbStatus status = tried && mel ? TB_OK : tbi_no_memory("for so many notes");
    *least = INFINITY;
    for (int k = 0; k < NEAREST && (size_t)k + 1 < n && status == TB_OK; k++) {
        TbAudio audio = {0};
        size_t best = n;
        double nearest = INFINITY;
        for (size_t i = 0; i < n; i++) {
            double d = tried[i] || i == own ? INFINITY : mel_distance(at_c4->mel, near[i].mel);
            best = d < nearest ? i : best;
            nearest = fmin(nearest, d);
        }
        tried[best] = true;
        status = bench_note(in, near[best].key, HOLD, false, RATE, &audio);
        if (status == TB_OK && mel_levels(&audio, mel))
            *least = fmin(*least, mel_distance(mel, near[best].mel));
        tb_audio_free(&audio);
    }
    free(tried);
    free(mel);
    return status;
}

/* The same for instruments made from these recordings, for comparison: at_c4[n]; own[n]: distance of each to its own
 * recording. */
static TbStatus nearest_of_recorded(const TbModel *model, const Folder *folder, const Measured *near, size_t n,
                                    Measured *at_c4, double *others, double *own) {
    TbStatus status = TB_OK;
    float *mel = malloc(MEL_SIZE * sizeof *mel);
    for (size_t i = 0; i < n && mel && status == TB_OK; i++) {
        TbInstrument *in = NULL;
        TbAudio audio = {0}, same = {0};
        size_t at = near[i].index;
        status = folder_instrument(model, folder, at, at + 1, &in);
        status = status == TB_OK ? bench_note(in, KEY, HOLD, false, RATE, &audio) : status;
        status = status == TB_OK ? bench_note(in, near[i].key, HOLD, false, RATE, &same) : status;
        if (status == TB_OK) {
            own[i] = mel_levels(&same, mel) ? mel_distance(mel, near[i].mel) : INFINITY;
            others[i] = INFINITY;
            at_c4[i].audible = mel_levels(&audio, at_c4[i].mel);
            status = at_c4[i].audible ? nearest_at_its_key(in, &at_c4[i], near, n, i, &others[i]) : status;
        }
        tb_audio_free(&audio);
        tb_audio_free(&same);
        tb_instrument_free(in);
    }
    free(mel);
    return status;
}

static void print_attributes(const Measured *draws, size_t n, const Measured *all, size_t n_all) {
    double *x = malloc((n_all + 1) * sizeof *x), mean = 0;
    printf("attributes within the 1 .. 99 %% range of %zu recordings:", n_all);
    for (int a = 0; x && a < TB_ATTRIBUTES; a++) {
        size_t inside = 0, n_audible = 0, above = 0;
        for (size_t i = 0; i < n_all; i++)
            x[i] = all[i].value[a];
        double low = quantile(x, n_all, 0.01), high = quantile(x, n_all, 0.99);
        for (size_t i = 0; i < n; i++) {
            n_audible += draws[i].audible;
            inside += draws[i].audible && draws[i].value[a] >= low && draws[i].value[a] <= high;
            above += draws[i].audible && draws[i].value[a] > high;
        }
        double percent = 100 * (double)inside / (double)n_audible;
        mean += percent / TB_ATTRIBUTES;
        printf(" %s %.1f (%.1f above),", tb_attribute_info(a)->name, percent, 100 * (double)above / (double)n_audible);
    }
    printf(" mean %.1f %%\n", mean);
    free(x);
}

static TbStatus play_draws(const TbModel *model, size_t n, const Measured *near, size_t n_near, Measured *draws,
                           double *nearest) {
    size_t silent = 0, clipping = 0;
    float loudest = 0;
    TbStatus status = TB_OK;
    for (size_t i = 0; i < n && status == TB_OK; i++) {
        TbInstrument *in = NULL;
        TbAudio audio = {0};
        status = tb_instrument_random(model, i + 1, &in);
        status = status == TB_OK ? bench_note(in, KEY, HOLD, false, RATE, &audio) : status;
        status = status == TB_OK ? measure_sound(&audio, KEY, &draws[i]) : status;
        float peak = peak_of(&audio);
        silent += peak < SILENT || !draws[i].audible;
        clipping += peak > 1;
        loudest = fmaxf(loudest, peak);
        nearest[i] = INFINITY;
        if (status == TB_OK && draws[i].audible)
            status = nearest_at_its_key(in, &draws[i], near, n_near, n_near, &nearest[i]);
        tb_audio_free(&audio);
        tb_instrument_free(in);
    }
    printf("%zu draws: %zu silent, %zu clipping (loudest peak %.1f dBFS)\n", n, silent, clipping,
           20 * log10((double)loudest + 1e-9));
    return status;
}

static void print_minimum(const char *what, double *x, size_t n) {
    double middle = quantile(x, n, 0.5);
    printf("%s: least %.2f, median %.2f dB\n", what, x[0], middle);
}

/* nearest, own: arrays for one number per draw and per file */
static TbStatus compare(const TbModel *model, const Folder *folder, size_t n, Measured *draws, Measured *all,
                        double *nearest, double *own) {
    size_t n_all = 0;
    TbStatus status = measure_folder(folder, all, &n_all);
    size_t n_near = move_near_first(all, n_all);
    status = status == TB_OK ? play_draws(model, n, all, n_near, draws, nearest) : status;
    if (status != TB_OK)
        return status;
    print_attributes(draws, n, all, n_all);
    print_minimum("distance to the nearest recording, of a draw", nearest, n);
    Measured *recorded = calloc(n_near + 1, sizeof *recorded);
    status = recorded ? nearest_of_recorded(model, folder, all, n_near, recorded, nearest, own)
                      : tbi_no_memory("for so many notes");
    if (status == TB_OK && n_near > 1) {
        print_minimum("of the instrument of another recording", nearest, n_near);
        print_minimum("of the instrument of the same recording", own, n_near);
        double d = mean_distance(draws, n), r = mean_distance(recorded, n_near), t = mean_distance(all, n_near);
        printf("mean distance of two draws %.2f dB, of two of %zu instruments of recordings %.2f dB: %.1f %%; of two "
               "recordings, whose keys differ, %.2f dB: %.1f %%\n",
               d, n_near, r, 100 * d / r, t, 100 * d / t);
    }
    free(recorded);
    return status;
}

int main(int argc, char **argv) {
    size_t n = argc > 3 ? (size_t)atoi(argv[3]) : 200;
    Folder folder = {0};
    usage_if(argc < 3 || n == 0, "random_instruments MODEL FOLDER [COUNT]");
    TbModel *model = bench_model(argv[1]);
    TbStatus status = model ? folder_open(argv[2], &folder) : tb_fail(TB_ERR_NOT_FOUND, "There is no model.");
    Measured *draws = calloc(n, sizeof *draws), *all = calloc(MAX_FILES, sizeof *all);
    double *nearest = calloc(2 * (n + MAX_FILES), sizeof *nearest);
    if (status == TB_OK && draws && all && nearest)
        status = compare(model, &folder, n, draws, all, nearest, nearest + n + MAX_FILES);
    if (status != TB_OK)
        fprintf(stderr, "%s\n", tb_error_text(status));
    free(draws);
    free(all);
    free(nearest);
    folder_close(&folder);
    tb_model_free(model);
    return status != TB_OK;
}
