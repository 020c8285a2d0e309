/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses how channels are mixed. The mean of two channels is silence if one is inverted, half as loud if one is empty,
 * and lacks partials if the microphones were far apart: then what is heard is in one channel, or in the difference. */
#include "audio/mixdown.h"
#include "base/arena.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 4096, BINS = WINDOW / 2 + 1 };
#define LOWEST 20.0 /* Hz: what is below is not heard, and is often different in each channel */
#define BANDS_PER_OCTAVE 3
#define EMPTY 0.01      /* power: a channel that is 20 dB below the loudest holds no sound of its own */
#define LOST 0.25       /* power of the mean over that of the channels: a band that loses over 6 dB is lost */
#define LOST_SHARE 0.25 /* of all power: if lost bands hold more, the mean is not what is heard */
#define ELSEWHERE 0.1   /* power of a channel over that of the loudest in a band: below, the channel lacks the band */

enum { MEAN, DIFFERENCE, MIXES };

struct TbChannelMeter {
    size_t n_channels, n_bands, filled;
    TbArena memory;
    TbFft *fft;
    float *window, *block, *real; /* [WINDOW], [n_channels][WINDOW], [WINDOW] */
    float *spectrum, *sum, *side; /* [BINS][2] */
    size_t *band;                 /* [BINS]: n_bands for bins that do not count */
    double *power;                /* [n_channels][n_bands] */
    double *mixed;                /* [MIXES][n_bands] */
};

static void assign_bands(TbChannelMeter *m, double sample_rate) {
    for (size_t k = 0; k < BINS; k++) {
        double hz = (double)k * sample_rate / WINDOW;
        m->band[k] = hz < LOWEST ? m->n_bands : (size_t)(BANDS_PER_OCTAVE * log2(hz / LOWEST));
    }
}

TbStatus tbi_channel_meter_new(int n_channels, double sample_rate, TbChannelMeter **meter) {
    TbChannelMeter *m = calloc(1, sizeof *m);
    *meter = NULL;
    if (!m)
        return tbi_no_memory("to mix %d channels", n_channels);
    m->n_channels = (size_t)n_channels;
    m->n_bands = (size_t)(BANDS_PER_OCTAVE * log2(fmax(sample_rate / 2, LOWEST) / LOWEST)) + 1;
    m->window = tbi_arena_floats(&m->memory, WINDOW);
    m->block = tbi_arena_floats(&m->memory, m->n_channels * WINDOW);
    m->real = tbi_arena_floats(&m->memory, WINDOW);
    m->spectrum = tbi_arena_floats(&m->memory, 2 * BINS);
    m->sum = tbi_arena_floats(&m->memory, 2 * BINS);
    m->side = tbi_arena_floats(&m->memory, 2 * BINS);
    m->band = tbi_arena_alloc(&m->memory, BINS, sizeof *m->band);
    m->power = tbi_arena_alloc(&m->memory, m->n_channels * m->n_bands, sizeof *m->power);
    m->mixed = tbi_arena_alloc(&m->memory, MIXES * m->n_bands, sizeof *m->mixed);
    TbStatus status = m->memory.failed ? tbi_no_memory("to mix %d channels", n_channels) : tb_fft_new(WINDOW, &m->fft);
    if (status) {
        tbi_channel_meter_free(m);
        return status;
    }
    assign_bands(m, sample_rate);
    *meter = m;
    return TB_OK;
}

void tbi_channel_meter_free(TbChannelMeter *m) {
    if (!m)
        return;
    tb_fft_free(m->fft);
    tbi_arena_free(&m->memory);
    free(m);
}

/* Adds the power of spectrum[BINS][2], scaled, to power[n_bands]. */
static void add_power(const TbChannelMeter *m, const float *spectrum, double scale, double *power) {
    for (size_t k = 0; k < BINS; k++) {
        double re = (double)spectrum[2 * k] * scale, im = (double)spectrum[2 * k + 1] * scale;
        if (m->band[k] < m->n_bands)
            power[m->band[k]] += re * re + im * im;
    }
}

/* Measures the block, or the part of it that is filled. */
static void measure(TbChannelMeter *m) {
    if (m->filled == 0)
        return;
    tb_hann(m->window, m->filled);
    memset(m->sum, 0, 2 * BINS * sizeof *m->sum);
    memset(m->side, 0, 2 * BINS * sizeof *m->side);
    for (size_t c = 0; c < m->n_channels; c++) {
        const float *x = m->block + c * WINDOW;
        for (size_t i = 0; i < WINDOW; i++)
            m->real[i] = i < m->filled ? x[i] * m->window[i] : 0;
        tb_fft_forward(m->fft, m->real, m->spectrum);
        add_power(m, m->spectrum, 1, m->power + c * m->n_bands);
        for (size_t k = 0; k < 2 * BINS; k++) {
            m->sum[k] += m->spectrum[k];
            m->side[k] += c == 0 ? m->spectrum[k] : -m->spectrum[k];
        }
    }
    add_power(m, m->sum, 1 / (double)m->n_channels, m->mixed + MEAN * m->n_bands);
    add_power(m, m->side, 1 / (double)m->n_channels, m->mixed + DIFFERENCE * m->n_bands);
    m->filled = 0;
}

void tbi_channel_meter_add(TbChannelMeter *m, const float *values, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < m->n_channels; c++)
            m->block[c * WINDOW + m->filled] = values[i * m->n_channels + c];
        if (++m->filled == WINDOW)
            measure(m);
    }
}

static double sum_of(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* The mean power of the channels in a band. */
static double band_power(const TbChannelMeter *m, size_t b) {
    double sum = 0;
    for (size_t c = 0; c < m->n_channels; c++)
        sum += m->power[c * m->n_bands + b];
    return sum / (double)m->n_channels;
}

/* The share of the power that is in bands which `mixed` loses, when what is below `least` of a band's power is lost. */
static double lost_share(const TbChannelMeter *m, const double *mixed, double least) {
    double all = 0, lost = 0;
    for (size_t b = 0; b < m->n_bands; b++) {
        double power = band_power(m, b);
        all += power;
        lost += mixed[b] < least * power ? power : 0;
    }
    return all > 0 ? lost / all : 0;
}

TbMixdown tbi_channel_meter_choose(TbChannelMeter *m, int *channel) {
    size_t loudest = 0, n_used = 0;
    double most = 0;
    measure(m);
    *channel = 0;
    for (size_t c = 0; c < m->n_channels; c++) {
        double power = sum_of(m->power + c * m->n_bands, m->n_bands);
        if (power > most) {
            most = power;
            loudest = c;
        }
    }
    for (size_t c = 0; c < m->n_channels; c++)
        n_used += sum_of(m->power + c * m->n_bands, m->n_bands) > EMPTY * most;
    const double *mean = m->mixed + MEAN * m->n_bands, *difference = m->mixed + DIFFERENCE * m->n_bands,
                 *one = m->power + loudest * m->n_bands;
    if (n_used > 1 && lost_share(m, mean, LOST) <= LOST_SHARE)
        return TB_MIXDOWN_MEAN;
    if (n_used > 1 && m->n_channels == 2 && lost_share(m, difference, 1 - LOST) <= LOST_SHARE)
        return TB_MIXDOWN_DIFFERENCE;
    /* Different sounds in different channels: any one of them lacks the others. */
    if (n_used == 0 || (n_used > 1 && lost_share(m, one, ELSEWHERE) > LOST_SHARE))
        return TB_MIXDOWN_MEAN;
    *channel = (int)loudest;
    return TB_MIXDOWN_CHANNEL;
}
