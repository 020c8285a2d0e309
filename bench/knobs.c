/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a knob change its own attribute and leave the others alone? Plays new instruments at C4 with each knob at five
 * positions and analyses the audio. Rows are knobs, columns attributes: Spearman's rank correlation of the knob's
 * position with the attribute within an instrument, mean over instruments. "pooled": over all notes of all instruments,
 * where the differences between instruments are noise.
 *
 *   knobs MODEL [COUNT [KEY]]     COUNT of instruments (50), seeds from 1 on */
#include "bench/tools.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { POSITIONS = 5, MIDDLE = 2, RATE = 44100 };
#define HOLD 2.0

static const float positions[POSITIONS] = {-1.5f, -0.75f, 0, 0.75f, 1.5f};

typedef struct {
    double attribute[TB_KNOBS][POSITIONS][TB_ATTRIBUTES]; /* by knob and position */
    double cents[TB_KNOBS][POSITIONS];                    /* NAN: no pitch */
} Response;

static TbStatus measure(const TbInstrument *in, double key, double *attribute, double *cents) {
    TbAudio audio = {0};
    TbAnalysis analysis = {0};
    float value[TB_ATTRIBUTES];
    double f0 = 440 * exp2((key - 69) / 12);
    TbAnalysisOptions analysis_options = {.size = sizeof(TbAnalysisOptions), .f0 = f0, .single_note = true};
    TbStatus status = bench_note(in, key, HOLD, false, RATE, &audio);
    status = status == TB_OK ? tb_analyze(&audio, &analysis_options, NULL, NULL, &analysis) : status;
    if (status == TB_OK) {
        *cents = NAN;
        if (!mean_cents(audio.samples, audio.n_samples, RATE, f0, 0.5, 1.5, cents))
            *cents = NAN;
        status = tb_note_attributes(analysis.n_notes > 0 ? &analysis.notes[0] : &(TbNote){0}, value);
        for (int a = 0; a < TB_ATTRIBUTES; a++)
            attribute[a] = value[a];
    }
    tb_analysis_free(&analysis);
    tb_audio_free(&audio);
    return status;
}

static TbStatus measure_response(const TbInstrument *base, double key, Response *t) {
    double untouched[TB_ATTRIBUTES], cents;
    TbStatus status = measure(base, key, untouched, &cents);
    for (int k = 0; k < TB_KNOBS && status == TB_OK; k++) {
        for (int p = 0; p < POSITIONS && status == TB_OK; p++) {
            float knob[TB_KNOBS] = {0};
            TbInstrument *in = NULL;
            knob[k] = positions[p];
            status = tb_instrument_vary(base, 0, 0, &in);
            if (status == TB_OK && p != MIDDLE) {
                tb_instrument_add_knobs(in, knob);
                status = measure(in, key, t->attribute[k][p], &t->cents[k][p]);
            }
            tb_instrument_free(in);
        }
        for (int a = 0; a < TB_ATTRIBUTES; a++)
            t->attribute[k][MIDDLE][a] = untouched[a];
        t->cents[k][MIDDLE] = cents;
    }
    return status;
}

/* ---- figures ---- */

static double within(const Response *t, size_t n, int knob, int attribute) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double x[POSITIONS], y[POSITIONS];
        for (int p = 0; p < POSITIONS; p++) {
            x[p] = positions[p];
            y[p] = t[i].attribute[knob][p][attribute];
        }
        sum += spearman(x, y, POSITIONS);
    }
    return sum / (double)n;
}

static double pooled(const Response *t, size_t n, int knob, int attribute) {
    double *x = malloc(2 * n * POSITIONS * sizeof *x), *y = x ? x + n * POSITIONS : NULL;
    for (size_t i = 0; x && i < n * POSITIONS; i++) {
        x[i] = positions[i % POSITIONS];
        y[i] = t[i / POSITIONS].attribute[knob][i % POSITIONS][attribute];
    }
    double r = x ? spearman(x, y, n * POSITIONS) : NAN;
    free(x);
    return r;
}

/* Range of an attribute from -1.5 to 1.5, mean over instruments, relative to the displayed range: 1 is all of it. */
static double reach(const TbNoteModel *notes, const Response *t, size_t n, int knob) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += t[i].attribute[knob][POSITIONS - 1][knob] - t[i].attribute[knob][0][knob];
    return sum / (double)n / (double)(notes->knob[knob][7] - notes->knob[knob][1]);
}

static void print_drift(const Response *t, size_t n) {
    double *d = malloc(n * TB_KNOBS * POSITIONS * sizeof *d);
    size_t count = 0;
    for (size_t i = 0; d && i < n; i++) {
        for (int k = 0; k < TB_KNOBS; k++) {
            for (int p = 0; p < POSITIONS; p++) {
                double cents = t[i].cents[k][p] - t[i].cents[k][MIDDLE];
                if (p != MIDDLE && isfinite(cents))
                    d[count++] = fabs(cents);
            }
        }
    }
    if (count > 0) {
        double middle = quantile(d, count, 0.5);
        printf("pitch drift: median %.2f, 95 %% under %.2f, most %.1f cents, of %zu notes\n", middle,
               quantile(d, count, 0.95), d[count - 1], count);
    }
    free(d);
}

static void print_figures(const TbNoteModel *notes, const Response *t, size_t n) {
    double own = 0, others = 0, own_pooled = 0, others_pooled = 0;
    printf("%-11s", "");
    for (int a = 0; a < TB_ATTRIBUTES; a++)
        printf(" %10s", tb_attribute_info(a)->name);
    printf("   others  pooled: own others   reach\n");
    for (int k = 0; k < TB_KNOBS; k++) {
        double sum = 0, sum_pooled = 0, r = 0, q = 0;
        printf("%-11s", tb_attribute_info(k)->name);
        for (int a = 0; a < TB_ATTRIBUTES; a++) {
            double here = within(t, n, k, a), all = pooled(t, n, k, a);
            printf(" %+10.2f", here);
            r = a == k ? here : r;
            q = a == k ? all : q;
            sum += a == k ? 0 : fabs(here) / (TB_ATTRIBUTES - 1);
            sum_pooled += a == k ? 0 : fabs(all) / (TB_ATTRIBUTES - 1);
        }
        printf("   %6.2f       %+6.2f %6.2f  %6.2f\n", sum, q, sum_pooled, reach(notes, t, n, k));
        own += r / TB_KNOBS;
        own_pooled += q / TB_KNOBS;
        others += sum / TB_KNOBS;
        others_pooled += sum_pooled / TB_KNOBS;
    }
    printf("own attribute: %+.3f within an instrument, %+.3f pooled; others: %.3f, %.3f\n", own, own_pooled, others,
           others_pooled);
    print_drift(t, n);
}

int main(int argc, char **argv) {
    size_t count = argc > 2 ? (size_t)atoi(argv[2]) : 50;
    double key = argc > 3 ? atof(argv[3]) : 60;
    TbModel *model = bench_model(argc > 1 ? argv[1] : NULL);
    Response *response = calloc(count, sizeof *response);
    TbStatus status =
        model && response && count > 0 ? TB_OK : tb_fail(TB_ERR_ARGUMENT, "Give a model, and a count from 1.");
    for (size_t i = 0; i < count && status == TB_OK; i++) {
        TbInstrument *base;
        status = tb_instrument_random(model, i + 1, &base);
        status = status == TB_OK ? measure_response(base, key, &response[i]) : status;
        tb_instrument_free(base);
    }
    if (status == TB_OK)
        print_figures(tb_model_notes(model), response, count);
    else
        fprintf(stderr, "%s\n", tb_error_text(status));
    free(response);
    tb_model_free(model);
    return status != TB_OK;
}
