/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Free partials: the strongest sinusoids in the residual of the harmonics, for bells, drums and mixtures. They are
 * peaks of the note's mean spectrum, tracked by phase difference and assigned to slots by their ratio to f0. */
#include "base/compare.h"
#include "base/no_memory.h"
#include "synth/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PEAK_FFT = 8192,
    PEAK_HOP = 1024,
    MEDIAN = 61, /* bins of the median filter that estimates the floor around a peak */
    CANDIDATES = 48,
    LENGTH = 2048, /* samples: analysis window of the tracks */
    GAP = 64,
    SMOOTH = 5,
};
#define PEAK_SECONDS 2.0f
#define PEAK_RANGE_DB 70.0f
#define RELEVANT 2e-5 /* of the note's mean square */

/* db[PEAK_FFT / 2 + 1]: mean power spectrum of the first PEAK_SECONDS of the residual. */
static TbStatus mean_spectrum(const Note *note, float *db) {
    TbFft *fft = NULL;
    TbStatus status = tb_fft_new(PEAK_FFT, &fft);
    TbArena memory = {0};
    float *real = tbi_arena_floats(&memory, PEAK_FFT), *spectrum = tbi_arena_floats(&memory, PEAK_FFT + 2);
    float *window = tbi_arena_floats(&memory, PEAK_FFT);
    double *sum = tbi_arena_alloc(&memory, PEAK_FFT / 2 + 1, sizeof *sum);
    if (status == TB_OK && memory.failed)
        status = tbi_no_memory("to analyse this sound");
    if (status == TB_OK) {
        tb_hann(window, PEAK_FFT);
        long limit = (long)(PEAK_SECONDS * TB_RATE);
        limit = limit < (long)note->n ? limit : (long)note->n;
        int frames = 0;
        for (long start = -PEAK_FFT / 2; start + PEAK_FFT / 2 < limit || frames == 0; start += PEAK_HOP, frames++) {
            for (long i = 0; i < PEAK_FFT; i++) {
                long p = start + i;
                real[i] = p >= 0 && p < limit ? note->residual[p] * window[i] : 0;
            }
            tb_fft_forward(fft, real, spectrum);
            for (int b = 0; b <= PEAK_FFT / 2; b++)
                sum[b] += (double)spectrum[2 * b] * spectrum[2 * b] + (double)spectrum[2 * b + 1] * spectrum[2 * b + 1];
        }
        for (int b = 0; b <= PEAK_FFT / 2; b++)
            db[b] = (float)(10 * log10(sum[b] / frames + 1e-18));
    }
    tbi_arena_free(&memory);
    tb_fft_free(fft);
    return status;
}

static float median_around(const float *db, int bin) {
    float v[MEDIAN];
    int n = 0;
    for (int b = bin - MEDIAN / 2; b <= bin + MEDIAN / 2; b++)
        if (b >= 0 && b <= PEAK_FFT / 2)
            v[n++] = db[b];
    qsort(v, (size_t)n, sizeof *v, tbi_compare_floats);
    return v[n / 2];
}

/* freq[max_count]: frequencies in Hz of the highest prominent peaks, loudest first. Returns their number. */
static int find_peaks(const float *db, float min_prominence_db, int max_count, float *freq) {
    float height[CANDIDATES], top = -1e9f;
    int count = 0;
    for (int b = 0; b <= PEAK_FFT / 2; b++)
        top = db[b] > top ? db[b] : top;
    for (int b = 3; b <= PEAK_FFT / 2 - 3; b++) {
        bool peak = db[b] > top - PEAK_RANGE_DB;
        for (int j = -3; j <= 3 && peak; j++)
            peak = db[b + j] <= db[b];
        if (!peak || db[b] - median_around(db, b) < min_prominence_db)
            continue;
        float q = db[b - 1] - 2 * db[b] + db[b + 1];
        float f = ((float)b + (q < 0 ? 0.5f * (db[b - 1] - db[b + 1]) / q : 0)) * TB_RATE / PEAK_FFT;
        int at = count < max_count ? count : max_count;
        while (at > 0 && db[b] > height[at - 1]) {
            if (at < max_count) {
                height[at] = height[at - 1];
                freq[at] = freq[at - 1];
            }
            at--;
        }
        if (at < max_count) {
            height[at] = db[b];
            freq[at] = f;
            count += count < max_count;
        }
    }
    return count;
}

typedef struct {
    float *freq; /* [n_frames][count] Hz */
    Cpx *c;      /* [n_frames][count] */
    float *work; /* [2][n_frames][count] */
    int count;
} Tracks;

static long centre_for(const Note *note, long t) {
    long reach = LENGTH / 2 - LENGTH / 8, last = (long)note->n - 1;
    long c = t > reach ? t : reach;
    if (note->cut && c > last - reach && last - reach > reach)
        c = last - reach;
    return c < last ? c : last > 0 ? last : 0;
}

/* Tracks each peak through the frames: frequency by phase difference, smoothed over time, then complex amplitude. */
static void track_peaks(const Note *note, const float *peak, Tracks *tr, float *scratch) {
    int count = tr->count;
    size_t n = note->n_frames;
    float *hz = tr->work, *w = tr->work + n * (size_t)count;
    for (size_t t = 0; t < n; t++) {
        Cpx a[CANDIDATES], b[CANDIDATES];
        long centre = centre_for(note, (long)(t * TB_HOP_SIZE));
        tbi_demodulate(note->residual, note->n, centre - GAP / 2, LENGTH, peak, count, a, scratch);
        tbi_demodulate(note->residual, note->n, centre + GAP / 2, LENGTH, peak, count, b, scratch);
        for (int k = 0; k < count; k++) {
            float re = b[k].re * a[k].re + b[k].im * a[k].im, im = b[k].im * a[k].re - b[k].re * a[k].im;
            float advance = atan2f(im, re) / (2 * (float)TB_PI);
            hz[t * (size_t)count + (size_t)k] = (float)wrap_turns(advance - peak[k] * GAP / TB_RATE) * TB_RATE / GAP;
            w[t * (size_t)count + (size_t)k] = sqrtf(re * re + im * im);
        }
    }
    for (size_t t = 0; t < n; t++) {
        float *freq = tr->freq + t * (size_t)count;
        for (int k = 0; k < count; k++) {
            double sum = 0, all = 1e-15;
            for (long j = -SMOOTH + 1; j < SMOOTH; j++) {
                size_t i = (size_t)clampl((long)t + j, 0, (long)n - 1) * (size_t)count + (size_t)k;
                double v = w[i] * (0.5 + 0.5 * cos(TB_PI * (double)j / SMOOTH));
                sum += v * hz[i];
                all += v;
            }
            freq[k] = fmaxf(5, peak[k] + clampf((float)(sum / all), -TB_RATE / LENGTH, TB_RATE / LENGTH));
        }
        long at = (long)(t * TB_HOP_SIZE), centre = centre_for(note, at);
        Cpx *c = tr->c + t * (size_t)count;
        tbi_demodulate(note->residual, note->n, centre, LENGTH, freq, count, c, scratch);
        for (int k = 0; k < count; k++) {
            double a = 2 * TB_PI * (double)freq[k] * (double)(at - centre) / (double)TB_RATE;
            float re = (float)cos(a), im = (float)sin(a);
            c[k] = (Cpx){c[k].re * re - c[k].im * im, c[k].re * im + c[k].im * re};
        }
    }
}

/* Assigns the relevant tracks to the note's slots, loudest first: each to the nearest free slot. */
static void fill_slots(Note *note, const Tracks *tr) {
    size_t n = note->n_frames, count = (size_t)tr->count;
    double energy[CANDIDATES], log_ratio[CANDIDATES], power = 1e-20;
    bool placed[CANDIDATES] = {false}, taken[TB_PARTIALS] = {false};
    for (size_t i = 0; i < note->n; i++)
        power += (double)note->x[i] * note->x[i] / (double)note->n;
    for (size_t k = 0; k < count; k++) {
        double sum = 1e-20, where = 0;
        for (size_t t = 0; t < n; t++) {
            Cpx c = tr->c[t * count + k];
            double e = (double)c.re * c.re + (double)c.im * c.im;
            sum += e;
            where += e * log2((double)tr->freq[t * count + k] / note->f0[t]);
        }
        energy[k] = sum / (double)n;
        log_ratio[k] = where / sum;
        placed[k] = energy[k] < RELEVANT * power;
    }
    for (;;) {
        int k = -1, slot = -1;
        for (int i = 0; i < tr->count; i++)
            k = !placed[i] && (k < 0 || energy[i] > energy[k]) ? i : k;
        if (k < 0)
            return;
        placed[k] = true;
        for (int s = 0; s < TB_PARTIALS; s++) {
            float d = fabsf(tbi_slot_ratio(s) - (float)log_ratio[k]);
            if (!taken[s] && d < 2 * tbi_slot_width() &&
                (slot < 0 || d < fabsf(tbi_slot_ratio(slot) - (float)log_ratio[k])))
                slot = s;
        }
        if (slot < 0)
            continue;
        taken[slot] = true;
        for (size_t t = 0; t < n; t++) {
            note->partial[t * TB_PARTIALS + (size_t)slot] = tr->c[t * count + (size_t)k];
            note->partial_freq[t * TB_PARTIALS + (size_t)slot] = tr->freq[t * count + (size_t)k];
        }
    }
}

static void subtract_slots(Note *note) {
    Partials p[2];
    size_t n = note->n_frames;
    for (size_t t = 0; t < n; t++) {
        for (size_t i = t == 0 ? 0 : 1; i < 2 && t + i < n; i++) {
            Partials *q = &p[(t + i) % 2];
            memcpy(q->freq, note->partial_freq + (t + i) * TB_PARTIALS, TB_PARTIALS * sizeof *q->freq);
            tbi_to_polar(note->partial + (t + i) * TB_PARTIALS, TB_PARTIALS, q->amplitude, q->turns);
        }
        size_t at = t * TB_HOP_SIZE, left = note->n - at;
        tbi_subtract_partials(note->residual + at, left < TB_HOP_SIZE ? (int)left : TB_HOP_SIZE, TB_HOP_SIZE, t == 0,
                              &p[t % 2], t + 1 < n ? &p[(t + 1) % 2] : NULL, TB_PARTIALS);
    }
}

static void slot_frequencies(const Note *note, size_t t, float *freq) {
    memcpy(freq, note->partial_freq + t * TB_PARTIALS, TB_PARTIALS * sizeof *freq);
}

TbStatus tbi_fit_partials(Note *note, float min_prominence_db) {
    size_t n = note->n_frames;
    float peak[CANDIDATES];
    TbArena memory = {0};
    float *db = tbi_arena_floats(&memory, PEAK_FFT / 2 + 1 + LENGTH + DEMODULATE_SCRATCH);
    if (!db)
        return tbi_no_memory("to analyse this sound");
    memset(note->partial, 0, n * TB_PARTIALS * sizeof *note->partial);
    for (size_t t = 0; t < n; t++)
        for (int s = 0; s < TB_PARTIALS; s++)
            note->partial_freq[t * TB_PARTIALS + (size_t)s] = note->f0[t] * exp2f(tbi_slot_ratio(s));
    TbStatus status = mean_spectrum(note, db);
    Tracks tr = {.count = status == TB_OK ? find_peaks(db, min_prominence_db, CANDIDATES, peak) : 0};
    if (tr.count > 0) {
        size_t cells = n * (size_t)tr.count;
        tr.freq = tbi_arena_floats(&memory, cells);
        tr.c = tbi_arena_alloc(&memory, cells, sizeof *tr.c);
        tr.work = tbi_arena_floats(&memory, 2 * cells);
        if (!memory.failed) {
            track_peaks(note, peak, &tr, db + PEAK_FFT / 2 + 1);
            fill_slots(note, &tr);
        } else {
            status = tbi_no_memory("to analyse this sound");
        }
    }
    tbi_arena_free(&memory);
    if (status == TB_OK && tr.count > 0) {
        PartialSet set = {.note = note,
                          .c = note->partial,
                          .stride = TB_PARTIALS,
                          .count = TB_PARTIALS,
                          .frequencies = slot_frequencies};
        status = tbi_fit_attack(&set, note->residual, (LENGTH / 2 - LENGTH / 8) / TB_HOP_SIZE + 1);
        if (status == TB_OK)
            subtract_slots(note);
    }
    return status;
}
