/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training on raw audio: the differentiable synthesis (synth/differentiable.h) against TbSynth, and its gradient and
 * that of the audio loss against central differences. */
#include "synth/differentiable.h"
#include "synth/internal.h"
#include "synth/noise_source.h"
#include "tests/run_tests.h"
#include "train/audio_loss.h"
#include "train/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T = 13, N = (T - 1) * TB_HOP_SIZE, WHITE = (T + 3) * TB_HOP_SIZE };

/* A chunk with gliding pitch, slightly irregular phases, and noise gains that change within frames. */
typedef struct {
    float f0[T], power[T], ratio[TB_PARTIALS], gain[T * TB_GAINS], white[WHITE], x[T * TB_FEATURES];
    TbPhases phases[T];
    TbFrame frames[T];
    TbChunk chunk;
} Case;

static float uniform(TbRng *rng, float low, float high) {
    return low + (high - low) * tb_rng_uniform(rng);
}

static float *phase_at(TbPhases *p, int k) {
    return k < TB_HARMONICS ? &p->harmonic[k] : &p->partial[k - TB_HARMONICS];
}

static float frequency(const TbFrame *f, int k) {
    float n = (float)(k + 1);
    return k < TB_HARMONICS ? f->f0 * n * sqrtf(1 + f->inharmonicity * n * n)
                            : f->f0 * exp2f(f->ratio[k - TB_HARMONICS]);
}

/* The white noise used by a synth with this seed, from the inverse FFT of its spectra. */
static void white_of_synth(uint64_t seed, float *white) {
    enum { H = TB_HOP_SIZE };
    TbFft *fft;
    const NoiseSource *loops;
    TbRng rng;
    size_t from[NOISE_LOOPS];
    assert_int_equal(tb_fft_new(4 * H, &fft), TB_OK);
    assert_int_equal(tbi_noise_source_get(H, fft, &loops), TB_OK);
    float *sum = tb_aligned_new(4 * H + 2), *stretch = tb_aligned_new(4 * H);
    assert_true(sum && stretch);
    tb_rng_seed(&rng, seed);
    for (int i = 0; i < NOISE_LOOPS; i++)
        from[i] = tb_rng_next(&rng) % loops->length[i];
    for (size_t t = 0; t < WHITE / H; t++) {
        for (int k = 0; k < 4 * H + 2; k++)
            sum[k] = noise_source_spectrum(loops, 0, from[0] + t)[k] + noise_source_spectrum(loops, 1, from[1] + t)[k];
        tb_fft_inverse(fft, sum, stretch);
        for (int k = 0; k < H; k++)
            white[t * H + (size_t)k] = stretch[k] / (4 * H);
    }
    tb_aligned_free(sum);
    tb_aligned_free(stretch);
    tbi_noise_source_release(loops);
    tb_fft_free(fft);
}

/* Levels away from the ends of their range, where the gradient is 0. */
static void make_case(Case *c, uint64_t seed, bool tone, bool noise) {
    TbRng rng;
    tb_rng_seed(&rng, seed);
    float offset[TB_PARTIALS];
    for (int k = 0; k < TB_PARTIALS; k++)
        offset[k] = uniform(&rng, -0.5f, 0.5f);
    for (int t = 0; t < T; t++) {
        float *x = c->x + t * TB_FEATURES;
        TbFrame *f = &c->frames[t];
        for (int i = 0; i < TB_FEATURES; i++) {
            bool level = i < TB_FEATURE_RATIO || (i >= TB_FEATURE_BAND && i < TB_FEATURE_GAIN);
            bool wanted = i < TB_FEATURE_RATIO ? tone : noise;
            x[i] = level ? wanted ? uniform(&rng, 0.4f, 1) : 0 : 0;
        }
        for (int k = 0; k < TB_PARTIALS; k++)
            x[TB_FEATURE_RATIO + k] = offset[k];
        for (int i = 0; i < TB_GAINS; i++)
            x[TB_FEATURE_GAIN + i] = uniform(&rng, -0.5f, 0.5f);
        x[TB_FEATURE_INHARMONICITY] = (log10f(1e-4f + 1e-5f) + 5) / 3;
        f->f0 = c->f0[t] = 220 + 2 * (float)t;
        f->power = c->power[t] = 0.01f * (1 + 0.1f * (float)t);
        tb_features_to_frame(x, f);
        memcpy(c->gain + t * TB_GAINS, f->gain, sizeof f->gain);
        for (int k = 0; k < TB_HARMONICS + TB_PARTIALS; k++) {
            float turns = uniform(&rng, 0, 1);
            if (t > 0) {
                float moved = (frequency(f, k) + frequency(f - 1, k)) / 2 * (float)TB_HOP + uniform(&rng, -0.1f, 0.1f);
                turns = *phase_at(&c->phases[t - 1], k) + moved;
            }
            *phase_at(&c->phases[t], k) = turns - floorf(turns);
        }
    }
    memcpy(c->ratio, c->frames[0].ratio, sizeof c->ratio);
    white_of_synth(seed + 1, c->white);
    c->chunk = (TbChunk){.f0 = c->f0,
                         .power = c->power,
                         .inharmonicity = c->frames[0].inharmonicity,
                         .ratio = c->ratio,
                         .gain = c->gain,
                         .phases = c->phases,
                         .white = c->white,
                         .begins = true};
}

/* ---- equality with TbSynth ---- */

static void played(Case *c, uint64_t seed, float *out) {
    TbNote note = {.seconds = T * TB_HOP, .n_frames = T, .frames = c->frames, .n_phases = T, .phases = c->phases};
    TbAnalysis analysis = {.seconds = T * TB_HOP, .n_notes = 1, .notes = &note};
    TbAudio audio;
    assert_int_equal(tb_synthesize(&analysis, TB_ANALYSIS_RATE, seed, &audio), TB_OK);
    assert_true(audio.n_samples >= N);
    memcpy(out, audio.samples, N * sizeof *out);
    tb_audio_free(&audio);
}

static double energy(const float *x) {
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

static void test_sounds_like_synth(void **state) {
    (void)state;
    static Case c;
    static float a[N], b[N], difference[N];
    static const struct {
        const char *name;
        bool tone, noise;
        double floor_db;
    } rows[] = {{"partials", true, false, 60}, {"noise", false, true, 60}, {"both", true, true, 60}};
    TbChunkSynth *synth;
    assert_int_equal(tbi_chunk_synth_new(T, &synth), TB_OK);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double lowest = INFINITY, powers[2] = {0, 0};
        for (uint64_t seed = 1; seed <= 5; seed++) {
            make_case(&c, seed, rows[r].tone, rows[r].noise);
            tbi_chunk_forward(synth, &c.chunk, c.x, a);
            played(&c, seed + 1, b);
            for (int i = 0; i < N; i++)
                difference[i] = a[i] - b[i];
            lowest = fmin(lowest, 10 * log10(energy(b) / energy(difference)));
            powers[0] += energy(a);
            powers[1] += energy(b);
        }
        double db = 10 * log10(powers[0] / powers[1]);
        print_message("%-8s against TbSynth: SNR %.1f dB, power %+.3f dB\n", rows[r].name, lowest, db);
        assert_true(lowest > rows[r].floor_db);
        assert_true(fabs(db) < 0.3);
    }
    tbi_chunk_synth_free(synth);
}

/* ---- gradient ---- */

/* <w, audio> in double precision, by definition. The audio is linear in the amplitudes and noise magnitudes; the
 * coefficients are computed once, so that central differences are cheap. */
enum { PARTS = TB_HARMONICS + TB_PARTIALS, BINS = 513, FFT = 1024, H = TB_HOP_SIZE };
typedef struct {
    double tone[T][PARTS], noise[T][BINS];
} Slopes;

static double nearest(double turns) {
    return turns - floor(turns + 0.5);
}

static void tone_slopes(Case *c, const float *w, Slopes *s) {
    for (int t = 0; t + 1 < T; t++)
        for (int k = 0; k < PARTS; k++) {
            double f0 = frequency(&c->frames[t], k) / TB_ANALYSIS_RATE,
                   f1 = frequency(&c->frames[t + 1], k) / TB_ANALYSIS_RATE;
            double p0 = *phase_at(&c->phases[t], k), p1 = *phase_at(&c->phases[t + 1], k);
            double bend = nearest(p1 - p0 - 0.5 * (f0 + f1) * H) / H;
            for (int i = 0; i < H; i++) {
                double turns = p0 + (f0 + bend) * i + 0.5 * (f1 - f0) / H * i * i;
                double u = t > 0 ? 1 : fmin((i + 0.5) / (H / 4), 1), late = (double)i / H;
                double v = w[t * H + i] * cos(2 * M_PI * turns) * u * u * (3 - 2 * u);
                s->tone[t][k] += v * (1 - late);
                s->tone[t + 1][k] += v * late;
            }
        }
}

static double noise_gain_at(const Case *c, int sample) {
    int last = T * TB_GAINS - 1, point = sample / (H / TB_GAINS), next = point < last ? point + 1 : last;
    double share = (double)(sample % (H / TB_GAINS)) / (H / TB_GAINS), a = pow(10, c->gain[point] / 20.0);
    return a + share * (pow(10, c->gain[next] / 20.0) - a);
}

static void noise_slopes(const Case *c, const float *w, Slopes *s) {
    double cosine[FFT];
    for (int i = 0; i < FFT; i++)
        cosine[i] = cos(2 * M_PI * i / FFT);
    for (int t = 0; t < T; t++) {
        const float *x = c->white + t * H;
        double y[FFT] = {0}; /* w under the Hann window of the frame's middle half */
        for (int i = 0; i < 2 * H; i++) {
            double window = sin(M_PI * i / (2 * H));
            int at = (t - 1) * H + i;
            y[H + i] = at >= 0 && at < N ? w[at] * noise_gain_at(c, at) * window * window : 0;
        }
        for (int b = 0; b < BINS; b++) {
            double xr = 0, xi = 0, yr = 0, yi = 0;
            for (int i = 0; i < FFT; i++) {
                double co = cosine[b * i % FFT], si = cosine[(b * i + 3 * FFT / 4) % FFT];
                xr += x[i] * co, xi += x[i] * si, yr += y[i] * co, yi += y[i] * si;
            }
            s->noise[t][b] = (xr * yr + xi * yi) * (b == 0 || b == BINS - 1 ? 1 : 2) / FFT;
        }
    }
}

/* One frame's contribution to <w, audio> as a function of its levels. */
static double twin_frame(const Case *c, const Slopes *s, int t, const double *x) {
    double power[PARTS + TB_BANDS], total = 1e-9, gain = 0, sum = 0;
    for (int i = 0; i < TB_GAINS; i++)
        gain += pow(10, c->gain[t * TB_GAINS + i] / 10.0) / TB_GAINS;
    for (int p = 0; p < PARTS + TB_BANDS; p++) {
        bool sounds = p >= TB_HARMONICS || frequency(&c->frames[t], p) < 20000;
        power[p] = sounds ? pow(10, 10 * (x[p < PARTS ? p : p - PARTS + TB_FEATURE_BAND] - 1)) : 0;
        total += (p < PARTS ? 1 : gain) * power[p];
    }
    for (int p = 0; p < PARTS; p++)
        if (frequency(&c->frames[t], p) < 0.465 * TB_ANALYSIS_RATE)
            sum += s->tone[t][p] * sqrt(2 * power[p] * c->power[t] / total);
    for (int b = 0; b < BINS; b++) {
        int band;
        float share;
        tbi_band_position(b * TB_ANALYSIS_RATE / FFT, &band, &share);
        double low = power[PARTS + band] / tbi_band_fraction(band),
               high = power[PARTS + band + 1] / tbi_band_fraction(band + 1);
        sum += s->noise[t][b] * sqrt((low + share * (high - low)) * c->power[t] / total);
    }
    return sum;
}

static void test_chunk_gradient(void **state) {
    (void)state;
    static Case c;
    static Slopes slopes;
    static float w[N], dx[T * TB_FEATURES], audio[N];
    TbChunkSynth *synth;
    assert_int_equal(tbi_chunk_synth_new(T, &synth), TB_OK);
    make_case(&c, 21, true, true);
    TbRng rng;
    tb_rng_seed(&rng, 22);
    for (int i = 0; i < N; i++)
        w[i] = tb_rng_normal(&rng);
    tone_slopes(&c, w, &slopes);
    noise_slopes(&c, w, &slopes);
    tbi_chunk_forward(synth, &c.chunk, c.x, audio);
    tbi_chunk_backward(synth, w, dx);
    double value = 0, twin = 0, error = 0, size = 0, worst = 0, largest = 0;
    for (int i = 0; i < N; i++)
        value += (double)w[i] * audio[i];
    for (int t = 0; t < T; t++) {
        double x[TB_FEATURES];
        for (int i = 0; i < TB_FEATURES; i++)
            x[i] = c.x[t * TB_FEATURES + i];
        twin += twin_frame(&c, &slopes, t, x);
        for (int i = 0; i < TB_FEATURES; i++) {
            bool level = i < TB_FEATURE_RATIO || (i >= TB_FEATURE_BAND && i < TB_FEATURE_GAIN);
            const double h = 1e-5, kept = x[i], gradient = dx[t * TB_FEATURES + i];
            if (!level) {
                assert_true(gradient == 0);
                continue;
            }
            x[i] = kept + h;
            double up = twin_frame(&c, &slopes, t, x);
            x[i] = kept - h;
            double numeric = (up - twin_frame(&c, &slopes, t, x)) / (2 * h), e = fabs(numeric - gradient);
            x[i] = kept;
            error += e * e;
            size += numeric * numeric;
            worst = fmax(worst, e);
            largest = fmax(largest, fabs(numeric));
        }
    }
    print_message("<w, audio> %.6f, twin %.6f; gradient error %.1e, worst %.1e of the largest\n", value, twin,
                  sqrt(error / size), worst / largest);
    assert_true(fabs(value - twin) < 1e-4 * sqrt(energy(w) * energy(audio)));
    assert_true(largest > 0.1);
    assert_true(sqrt(error / size) < 1e-4 && worst / largest < 1e-4);
    tbi_chunk_synth_free(synth);
}

/* ---- loss ---- */

static void fill_sounds(int kind, float *target, float *test) {
    TbRng rng;
    tb_rng_seed(&rng, 31);
    for (int i = 0; i < N; i++) {
        target[i] = 0.2f * tb_rng_normal(&rng);
        float other = 0.2f * tb_rng_normal(&rng);
        test[i] = kind == 0 ? 1.6f * target[i] : kind == 1 ? 0.6f * target[i] : other;
    }
}

static double moved_loss(AudioLoss *loss, const float *target, const float *test, const float *v, float h) {
    static float moved[N];
    for (int i = 0; i < N; i++)
        moved[i] = test[i] + h * v[i];
    return tbi_audio_loss(loss, target, moved, N, NULL);
}

/* The loss has a kink where a bin of the test equals the target's. A louder or softer copy has no kinks nearby, and
 * with other noise a small step crosses few. */
static void test_loss_gradient(void **state) {
    (void)state;
    static float target[N], test[N], d[N], v[N];
    static const char *const names[] = {"louder", "softer", "other"};
    AudioLoss *loss;
    assert_int_equal(tbi_audio_loss_new(&loss), TB_OK);
    for (int kind = 0; kind < 3; kind++) {
        fill_sounds(kind, target, test);
        memset(d, 0, sizeof d);
        double value = tbi_audio_loss(loss, target, test, N, d), length = 0, error = 0, size = 0;
        assert_true(value == tbi_audio_loss(loss, target, test, N, NULL));
        for (int i = 0; i < N; i++)
            length += (double)d[i] * d[i];
        TbRng rng;
        tb_rng_seed(&rng, 32);
        for (int trial = 0; trial < 20;
             trial++) { /* directional derivatives along the gradient plus noise of its size */
            double expected = 0;
            for (int i = 0; i < N; i++) {
                v[i] = d[i] / (float)sqrt(length) + tb_rng_normal(&rng) / sqrtf(N);
                expected += (double)v[i] * d[i];
            }
            const float h = kind < 2 ? 4e-4f : 2e-4f;
            double numeric =
                (moved_loss(loss, target, test, v, h) - moved_loss(loss, target, test, v, -h)) / (2 * (double)h);
            error += (numeric - expected) * (numeric - expected);
            size += numeric * numeric;
        }
        print_message("%s: loss %.4f, error of its slopes %.1e\n", names[kind], value, sqrt(error / size));
        assert_true(value > 0.1);
        assert_true(sqrt(error / size) < (kind < 2 ? 1e-4 : 1e-3));
    }
    tbi_audio_loss_free(loss);
}

static void test_loss_is_zero(void **state) {
    (void)state;
    static float target[N], test[N], d[N];
    AudioLoss *loss;
    assert_int_equal(tbi_audio_loss_new(&loss), TB_OK);
    fill_sounds(2, target, test);
    assert_true(tbi_audio_loss(loss, target, target, N, d) == 0);
    for (int i = 0; i < N; i++)
        assert_true(d[i] == 0);
    memset(test, 0, sizeof test); /* silence against sound, then silence against silence */
    double value = tbi_audio_loss(loss, target, test, N, d);
    assert_true(isfinite(value) && value > 1);
    memset(d, 0, sizeof d);
    assert_true(tbi_audio_loss(loss, test, test, N, d) == 0);
    for (int i = 0; i < N; i++)
        assert_true(d[i] == 0);
    tbi_audio_loss_free(loss);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_sounds_like_synth, test_chunk_gradient, test_loss_gradient, test_loss_is_zero);
}
