/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spectral distances: multi-scale (raw magnitudes), log-spectral, mel and mel-cepstral. */
#include "base/no_memory.h"
#include "measure/internal.h"

#include <math.h>
#include <stdlib.h>

enum { LARGEST = 2048, N_SCALES = 6, N_CEPSTRA = 13 };

typedef struct {
    double lin, log; /* sums over all bins of all frames */
} ScaleSums;

static void add_frame(ScaleSums *sums, const float *r, const float *t, size_t n_bins) {
    double lin = 0.0, lg = 0.0;
    for (size_t k = 0; k < n_bins; k++) {
        lin += fabsf(r[k] - t[k]);
        lg += fabsf(logf((r[k] + 1e-5f) / (t[k] + 1e-5f)));
    }
    sums->lin += lin;
    sums->log += lg;
}

/* Maxima over the whole reference: the clamped distances are relative to them. */
typedef struct {
    double loudest;   /* dB: level of the loudest frame */
    double peak;      /* largest magnitude */
    double mel_power; /* largest mel power */
} Reference;

static double frame_level(const float *magnitudes, size_t n_bins) {
    double power = 0.0;
    for (size_t k = 0; k < n_bins; k++)
        power += (double)magnitudes[k] * magnitudes[k];
    return 10.0 * log10(power + 1e-12);
}

static Reference measure_reference(TbStft *stft, const TbMel *mel, const float *x, size_t n, float *magnitudes) {
    Reference best = {.loudest = -INFINITY};
    for (size_t i = 0; i < tb_stft_n_frames(stft, n); i++) {
        double power[TB_N_MELS];
        tb_stft_magnitudes(stft, x, n, i * stft->hop, magnitudes);
        best.loudest = fmax(best.loudest, frame_level(magnitudes, stft->n_bins));
        for (size_t k = 0; k < stft->n_bins; k++)
            best.peak = fmax(best.peak, magnitudes[k]);
        tbi_mel_power(mel, magnitudes, power);
        for (int m = 0; m < TB_N_MELS; m++)
            best.mel_power = fmax(best.mel_power, power[m]);
    }
    return best;
}

/* RMS over bins of the level difference in dB, with both magnitudes clamped to at least `threshold`. */
static double frame_lsd(const float *r, const float *t, size_t n_bins, float threshold) {
    double sum = 0.0;
    for (size_t k = 0; k < n_bins; k++) {
        double d = 20.0 * (double)log10f(fmaxf(r[k], threshold) / fmaxf(t[k], threshold));
        sum += d * d;
    }
    return sqrt(sum / (double)n_bins);
}

static void mel_difference(const TbMel *mel, const float *r, const float *t, double threshold, double *difference) {
    double a[TB_N_MELS], b[TB_N_MELS];
    tbi_mel_power(mel, r, a);
    tbi_mel_power(mel, t, b);
    for (int m = 0; m < TB_N_MELS; m++)
        difference[m] = 10.0 * log10(fmax(a[m], threshold) / fmax(b[m], threshold));
}

/* Mel-cepstral distortion of one frame from coefficients 1..13 of the DCT-II of the difference (the DCT is linear). */
static double frame_mcd(const double (*dct)[TB_N_MELS], const double *difference) {
    double sum = 0.0;
    for (int k = 0; k < N_CEPSTRA; k++) {
        double c = 0.0;
        for (int m = 0; m < TB_N_MELS; m++)
            c += dct[k][m] * difference[m];
        sum += c * c;
    }
    return 10.0 / log(10.0) * sqrt(2.0 * sum);
}

static void fill_dct(double (*dct)[TB_N_MELS]) {
    /* ln(10) / 20 converts dB to natural log amplitude; one sqrt(2 / 80) makes the DCT orthonormal, the other scales
     * its coefficients to those of a cosine series. */
    for (int k = 0; k < N_CEPSTRA; k++)
        for (int m = 0; m < TB_N_MELS; m++)
            dct[k][m] = 2.0 / TB_N_MELS * log(10.0) / 20.0 * cos(M_PI * (k + 1) * (2 * m + 1) / (2.0 * TB_N_MELS));
}

/* The largest scale: its frames also give lsd, mel_lsd and mcd. */
static void compare_largest(TbStft *stft, const TbMel *mel, const float *reference, const float *test, size_t n,
                            float *r, float *t, ScaleSums *sums, TbComparison *result) {
    double dct[N_CEPSTRA][TB_N_MELS];
    fill_dct(dct);
    Reference best = measure_reference(stft, mel, reference, n, r);
    double lsd = 0.0, mel_squares = 0.0, mcd = 0.0;
    size_t n_active = 0;
    for (size_t i = 0; i < tb_stft_n_frames(stft, n); i++) {
        tb_stft_magnitudes(stft, reference, n, i * stft->hop, r);
        tb_stft_magnitudes(stft, test, n, i * stft->hop, t);
        add_frame(sums, r, t, stft->n_bins);
        if (!(frame_level(r, stft->n_bins) > best.loudest - 60.0))
            continue;
        double difference[TB_N_MELS];
        n_active++;
        lsd += frame_lsd(r, t, stft->n_bins, (float)(best.peak * 1e-4));
        mel_difference(mel, r, t, best.mel_power * 1e-8, difference);
        for (int m = 0; m < TB_N_MELS; m++)
            mel_squares += difference[m] * difference[m];
        mcd += frame_mcd(dct, difference);
    }
    result->lsd = lsd / (double)n_active;
    result->mel_lsd = sqrt(mel_squares / (double)(n_active * TB_N_MELS));
    result->mcd = mcd / (double)n_active;
}

static TbStatus compare_scale(size_t size, const float *reference, const float *test, size_t n, float *r, float *t,
                              TbComparison *result) {
    TbStft *stft;
    TbMel mel = {0};
    ScaleSums sums = {0};
    TbStatus status = tb_stft_new(size, size / 4, &stft);
    if (!status && size == LARGEST)
        status = tbi_mel_new(&mel, size);
    if (status) {
        tb_stft_free(stft);
        return status;
    }
    size_t n_frames = tb_stft_n_frames(stft, n);
    if (size == LARGEST)
        compare_largest(stft, &mel, reference, test, n, r, t, &sums, result);
    for (size_t i = 0; i < n_frames && size != LARGEST; i++) {
        tb_stft_magnitudes(stft, reference, n, i * stft->hop, r);
        tb_stft_magnitudes(stft, test, n, i * stft->hop, t);
        add_frame(&sums, r, t, stft->n_bins);
    }
    double n_values = (double)n_frames * (double)stft->n_bins * N_SCALES;
    result->mss_lin += sums.lin / n_values;
    result->mss_log += sums.log / n_values;
    tbi_mel_free(&mel);
    tb_stft_free(stft);
    return TB_OK;
}

TbStatus tbi_compare_spectra(const float *reference, const float *test, size_t n, TbComparison *result) {
    float *r = tb_aligned_new(LARGEST / 2 + 1), *t = tb_aligned_new(LARGEST / 2 + 1);
    TbStatus status = r && t ? TB_OK : tbi_no_memory("to compare two sounds");
    result->mss_lin = result->mss_log = 0.0;
    for (size_t size = LARGEST; !status && size >= (LARGEST >> (N_SCALES - 1)); size /= 2)
        status = compare_scale(size, reference, test, n, r, t, result);
    result->mss = result->mss_lin + result->mss_log;
    tb_aligned_free(r);
    tb_aligned_free(t);
    return status;
}
