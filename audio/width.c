/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures parametric stereo (Breebaart, van de Par, Kohlrausch and Schuijers 2005, "Parametric coding of stereo
 * audio"): in bands of about 1.5 ERB, every 23 ms, the levels of both channels and their correlation. Analysis hears
 * one mix of the channels, and these bytes bring back its width; phases between the channels are left out. */
#include "audio/width.h"
#include "audio/erb.h"
#include "base/arena.h"
#include "base/grow.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MONO 1e-5  /* power of the side over that of the mid: below, it is not heard */
#define EMPTY 1e-2 /* power of a channel over that of the other: below, it holds no sound of its own */
#define HIGHEST 20000.0
#define BALANCE 512.0 /* steps per dB */
#define LIKENESS 32767.0
enum { NOTHING = INT16_MIN };

/* What is kept of a band until the mix is known. */
typedef struct {
    int16_t balance, likeness; /* left over right in dB; correlation */
} Raw;

struct TbWidthMeter {
    TbArena memory;
    TbFft *fft;
    size_t size, half, filled, n_samples;
    double step;                  /* samples */
    float *window, *block, *real; /* [2 half], [2][2 half], [size] */
    float *spectrum[2];           /* [size / 2 + 1][2] */
    uint8_t *band;                /* [size / 2 + 1] */
    Raw *raw;                     /* [n][TB_WIDTH_BANDS], from malloc */
    size_t n, room;
    double power[2], cross; /* of the whole sound */
};

TbWidthBand tb_width_band(double left, double right, double likeness) {
    double level[2] = {left, right};
    uint8_t byte[2];
    for (int c = 0; c < 2; c++) {
        double db = level[c] > 0 ? 20 * log10(level[c]) : -INFINITY;
        byte[c] = db < TB_WIDTH_LOWEST ? 0 : (uint8_t)lrint(fmin(1 + 4 * (db - TB_WIDTH_LOWEST), 255));
    }
    return (TbWidthBand){byte[0], byte[1], (uint8_t)lrint(127 + 127 * fmin(fmax(likeness, -1), 1))};
}

double tb_width_level(uint8_t byte) {
    return byte ? pow(10, (TB_WIDTH_LOWEST + (byte - 1) / 4.0) / 20) : 0;
}

void tb_width_free(TbWidth *width) {
    free(width->bands);
    *width = (TbWidth){0};
}

int tbi_width_band(double hz) {
    int b = (int)(TB_WIDTH_BANDS * tbi_erb_number(hz) / tbi_erb_number(HIGHEST));
    return b < TB_WIDTH_BANDS ? b : TB_WIDTH_BANDS - 1;
}

void tbi_width_meter_free(TbWidthMeter *m) {
    if (!m)
        return;
    tb_fft_free(m->fft);
    free(m->raw);
    tbi_arena_free_owner(m);
}

TbStatus tbi_width_meter_new(double sample_rate, TbWidthMeter **meter) {
    TbWidthMeter *m = calloc(1, sizeof *m);
    *meter = NULL;
    if (!m)
        return tbi_no_memory("to measure the width of a sound");
    m->step = TB_WIDTH_STEP * sample_rate;
    m->half = (size_t)ceil(m->step);
    for (m->size = 2; m->size < 2 * m->half;)
        m->size *= 2;
    size_t bins = m->size / 2 + 1;
    m->window = tbi_arena_floats(&m->memory, 2 * m->half);
    m->block = tbi_arena_floats(&m->memory, 4 * m->half);
    m->real = tbi_arena_floats(&m->memory, m->size);
    m->spectrum[0] = tbi_arena_floats(&m->memory, 2 * bins);
    m->spectrum[1] = tbi_arena_floats(&m->memory, 2 * bins);
    m->band = tbi_arena_alloc(&m->memory, bins, 1);
    TbStatus status =
        m->memory.failed ? tbi_no_memory("to measure the width of a sound") : tb_fft_new(m->size, &m->fft);
    if (status) {
        tbi_width_meter_free(m);
        return status;
    }
    tb_hann(m->window, 2 * m->half);
    for (size_t k = 0; k < bins; k++)
        m->band[k] = (uint8_t)tbi_width_band((double)k * sample_rate / (double)m->size);
    m->filled = m->half; /* the first step is centred on the first sample */
    *meter = m;
    return TB_OK;
}

static Raw raw_of(double left, double right, double cross) {
    if (!(left + right > 1e-20))
        return (Raw){NOTHING, 0};
    double balance = 10 * log10((left + 1e-30) / (right + 1e-30)), alike = cross / sqrt(left * right + 1e-40);
    return (Raw){(int16_t)lrint(BALANCE * fmin(fmax(balance, -63), 63)),
                 (int16_t)lrint(LIKENESS * fmin(fmax(alike, -1), 1))};
}

/* Measures the full block, and goes on to the next step. */
static TbStatus measure(TbWidthMeter *m) {
    double left[TB_WIDTH_BANDS] = {0}, right[TB_WIDTH_BANDS] = {0}, cross[TB_WIDTH_BANDS] = {0};
    size_t width = 2 * m->half;
    if (!tbi_grow(&m->raw, (m->n + 1) * TB_WIDTH_BANDS, &m->room))
        return tbi_no_memory("to measure the width of a sound");
    for (int c = 0; c < 2; c++) {
        for (size_t i = 0; i < width; i++)
            m->real[i] = m->block[(size_t)c * width + i] * m->window[i];
        memset(m->real + width, 0, (m->size - width) * sizeof *m->real);
        tb_fft_forward(m->fft, m->real, m->spectrum[c]);
    }
    for (size_t k = 0; k < m->size / 2 + 1; k++) {
        const float *a = m->spectrum[0] + 2 * k, *b = m->spectrum[1] + 2 * k;
        left[m->band[k]] += (double)(a[0] * a[0] + a[1] * a[1]);
        right[m->band[k]] += (double)(b[0] * b[0] + b[1] * b[1]);
        cross[m->band[k]] += (double)(a[0] * b[0] + a[1] * b[1]);
    }
    for (int b = 0; b < TB_WIDTH_BANDS; b++) {
        m->raw[m->n * TB_WIDTH_BANDS + (size_t)b] = raw_of(left[b], right[b], cross[b]);
        m->power[0] += left[b];
        m->power[1] += right[b];
        m->cross += cross[b];
    }
    size_t shift = (size_t)(llrint((double)(m->n + 1) * m->step) - llrint((double)m->n * m->step));
    m->n++;
    for (size_t c = 0; c < 2; c++)
        memmove(m->block + c * width, m->block + c * width + shift, (width - shift) * sizeof *m->block);
    m->filled = width - shift;
    return TB_OK;
}

TbStatus tbi_width_meter_add(TbWidthMeter *m, const float *values, size_t n) {
    TbStatus status = TB_OK;
    m->n_samples += n;
    for (size_t i = 0; i < n && status == TB_OK; i++) {
        m->block[m->filled] = values[2 * i];
        m->block[2 * m->half + m->filled] = values[2 * i + 1];
        if (++m->filled == 2 * m->half)
            status = measure(m);
    }
    return status;
}

static TbWidthBand band_of(Raw raw, TbMixdown mixdown, int channel) {
    if (raw.balance == NOTHING)
        return tb_width_band(1, 1, 1);
    double ratio = pow(10, raw.balance / BALANCE / 10), left = ratio / (1 + ratio), right = 1 - left;
    double alike = (mixdown == TB_MIXDOWN_DIFFERENCE ? -1 : 1) * raw.likeness / LIKENESS;
    double mix = mixdown != TB_MIXDOWN_CHANNEL ? (1 + 2 * alike * sqrt(left * right)) / 4 : channel ? right : left;
    mix = fmax(mix, 1e-6);
    return tb_width_band(sqrt(left / mix), sqrt(right / mix), alike);
}

/* Whether the mix is all that is heard. */
static bool is_mono(const TbWidthMeter *m, TbMixdown mixdown, int channel) {
    double cross = mixdown == TB_MIXDOWN_DIFFERENCE ? -m->cross : m->cross, sum = m->power[0] + m->power[1];
    return mixdown == TB_MIXDOWN_CHANNEL ? m->power[1 - channel] <= EMPTY * m->power[channel]
                                         : sum - 2 * cross <= MONO * (sum + 2 * cross);
}

TbStatus tbi_width_meter_take(TbWidthMeter *m, TbMixdown mixdown, int channel, TbWidth *width) {
    static const float silence[2];
    TbStatus status = TB_OK;
    *width = (TbWidth){0};
    for (size_t end = m->n_samples; status == TB_OK && (double)m->n * m->step < (double)end; m->n_samples = end)
        status = tbi_width_meter_add(m, silence, 1);
    if (status || m->n == 0 || is_mono(m, mixdown, channel))
        return status;
    width->bands = malloc(m->n * TB_WIDTH_BANDS * sizeof *width->bands);
    if (!width->bands)
        return tbi_no_memory("to measure the width of a sound");
    width->n = m->n;
    for (size_t i = 0; i < m->n * TB_WIDTH_BANDS; i++)
        width->bands[i] = band_of(m->raw[i], mixdown, channel);
    return TB_OK;
}
