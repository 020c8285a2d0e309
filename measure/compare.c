/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distances between two sounds. Both are divided by the reference's peak; there is no other normalisation and no time
 * alignment. */
#include "base/no_memory.h"
#include "measure/internal.h"

#include <math.h>
#include <stdlib.h>

#define METRIC(name, unit)                                                                                             \
    { #name, unit, offsetof(TbComparison, name) }
static const struct {
    const char *name, *unit;
    size_t offset;
} metrics[TB_N_METRICS] = {METRIC(mss, ""),         METRIC(mss_lin, ""),   METRIC(mss_log, ""),
                           METRIC(lsd, "dB"),       METRIC(mel_lsd, "dB"), METRIC(mcd, "dB"),
                           METRIC(f0_err, "%"),     METRIC(f0_miss, "%"),  METRIC(f0_bad, "%"),
                           METRIC(loud, "dB"),      METRIC(attack, "ms"),  METRIC(attack_signed, "ms"),
                           METRIC(attack_ref, "ms")};

const char *tb_metric_name(size_t i) {
    return i < TB_N_METRICS ? metrics[i].name : "";
}

const char *tb_metric_unit(size_t i) {
    return i < TB_N_METRICS ? metrics[i].unit : "";
}

double tb_metric_value(const TbComparison *c, size_t i) {
    return i < TB_N_METRICS ? *(const double *)((const char *)c + metrics[i].offset) : NAN;
}

/* Largest absolute value; infinite if any sample is not finite. */
static float peak_of(const float *x, size_t n) {
    float peak = 0.0f;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return INFINITY;
        peak = fmaxf(peak, fabsf(x[i]));
    }
    return peak;
}

static TbStatus check(const float *reference, size_t n_reference, const float *test, size_t n_test, float *peak) {
    if ((!reference && n_reference) || (!test && n_test))
        return tb_fail(TB_ERR_ARGUMENT, "One of the two sounds to compare is missing.");
    *peak = peak_of(reference, n_reference);
    float test_peak = peak_of(test, n_test < n_reference ? n_test : n_reference);
    if (!isfinite(*peak) || !isfinite(test_peak))
        return tb_fail(TB_ERR_FORMAT, "The %s sound has samples that are not numbers, so it cannot be compared.",
                       isfinite(*peak) ? "test" : "reference");
    if (*peak < 1e-8f)
        return tb_fail(TB_ERR_EMPTY, "The reference sound is silent, so there is nothing to compare with.");
    if (test_peak > 1e10f * *peak)
        return tb_fail(TB_ERR_FORMAT, "The test sound is over 200 dB louder than the reference, so it is broken.");
    return TB_OK;
}

static TbStatus compare_scaled(const float *r, const float *t, size_t n, double midi_pitch, bool pitched,
                               TbComparison *result) {
    TbStatus status = tbi_compare_spectra(r, t, n, result);
    if (!status && pitched)
        status = tbi_compare_pitch(r, t, n, midi_pitch, result);
    if (!status)
        status = tbi_compare_level(r, t, n, result);
    double attack_test = NAN;
    if (!status)
        status = tbi_attack_time(r, n, &result->attack_ref);
    if (!status)
        status = tbi_attack_time(t, n, &attack_test);
    result->attack_signed = attack_test - result->attack_ref; /* NAN for a silent test */
    result->attack = fabs(result->attack_signed);
    return status;
}

TbStatus tb_compare(const float *reference, size_t n_reference, const float *test, size_t n_test, double midi_pitch,
                    bool pitched, TbComparison *result) {
    *result = (TbComparison){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    float peak = 0.0f;
    TbStatus status = check(reference, n_reference, test, n_test, &peak);
    if (status)
        return status;
    float *r = malloc(n_reference * sizeof *r), *t = calloc(n_reference, sizeof *t);
    if (r && t) {
        for (size_t i = 0; i < n_reference; i++)
            r[i] = reference[i] / peak;
        for (size_t i = 0; i < n_reference && i < n_test; i++)
            t[i] = test[i] / peak;
        status = compare_scaled(r, t, n_reference, midi_pitch, pitched, result);
    } else {
        status = tbi_no_memory("to compare two sounds");
    }
    free(r);
    free(t);
    return status;
}
