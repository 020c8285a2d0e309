/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/bench_parts.h"
#include "app/progress.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/cpu.h"

#include <math.h>
#include <string.h>

#define INAUDIBLE 3e-5f /* as the engine prunes them */
enum { FRAMES = 172, SAMPLES = 64, TILE = 16 };

/* ---- parts ---- */

static double time_decoder(const Load *l, double seconds) {
    const TbVaeDecoder *decoder = tb_model_decoder(l->model);
    size_t rows = (size_t)l->voices, latent = (size_t)tb_vae_config(tb_model_vae(l->model))->latent_dim;
    TbArena memory = {0};
    float *scratch = tbi_arena_floats(&memory, tb_vae_decoder_scratch(decoder, rows));
    float *z = tbi_arena_floats(&memory, rows * latent), *y = tbi_arena_floats(&memory, rows * TB_FEATURES);
    float *condition = tbi_arena_floats(&memory, rows * TB_CONDITIONS);
    double start = tbi_thread_time();
    for (size_t t = 0; !memory.failed && t < (size_t)(seconds / TB_HOP); t++)
        tb_vae_decoder_run(decoder, z, condition, rows, scratch, y);
    start = tbi_thread_time() - start;
    tbi_arena_free(&memory);
    return start / seconds;
}

/* Computes one second of frames for every voice. Unless `still`, knobs change at every frame, so the note network runs
 * each time. Keeps the frames of the middle voice. */
static double time_frames(const Load *l, double seconds, bool still, TbFrame kept[FRAMES]) {
    size_t v = (size_t)l->voices, n = (size_t)(seconds / TB_HOP);
    TbArena memory = {0};
    TbPlayedNote *note = tbi_arena_alloc(&memory, v, sizeof *note);
    TbPlayedNote **notes = tbi_arena_alloc(&memory, v, sizeof *notes);
    TbFrame *frame = tbi_arena_alloc(&memory, v, sizeof *frame);
    TbFrame **frames = tbi_arena_alloc(&memory, v, sizeof *frames);
    float *scratch = tbi_arena_floats(&memory, tb_notes_scratch(l->model, v));
    double start = tbi_thread_time();
    for (size_t t = 0; !memory.failed && t < n; t++) {
        for (size_t i = 0; i < v; i++) {
            if (t % FRAMES == 0) {
                note[i] = (TbPlayedNote){.key = (float)(36 + i * 60 / v), .velocity = 0.8f, .held = true};
                memcpy(note[i].part, l->corner, sizeof l->corner);
                tb_pad_weights(l->n_corners, 0.5f, 0.5f, note[i].weight);
                tb_note_start(&note[i], i);
                notes[i] = &note[i];
                frames[i] = &frame[i];
            }
            note[i].knob[TB_BRIGHTNESS] = still ? 0 : 0.01f * (float)(t % 100);
        }
        tb_notes_next(l->model, notes, v, scratch, frames);
        kept[t % FRAMES] = frame[v / 2];
    }
    start = tbi_thread_time() - start;
    tbi_arena_free(&memory);
    return start / seconds;
}

static bool layer_frame(void *context, size_t index, TbFrame *frame, const TbPhases **phases) {
    (void)phases;
    *frame = ((const TbFrame *)context)[index % FRAMES];
    return true;
}

static double time_synth(const Load *l, double seconds, TbFrame kept[FRAMES]) {
    TbSynth *s = NULL;
    float out[SAMPLES];
    if (tb_synth_new(l->rate, &s) != TB_OK)
        return 0;
    tb_synth_set_pruning(s, INAUDIBLE);
    tb_synth_start(s, layer_frame, kept, 1);
    double start = tbi_thread_time();
    for (size_t i = 0; i < (size_t)(seconds * l->voices * l->rate / SAMPLES); i++) {
        memset(out, 0, sizeof out);
        tb_synth_render(s, out, SAMPLES);
    }
    start = tbi_thread_time() - start;
    tb_synth_free(s);
    return start / seconds;
}

/* ---- the machine ---- */

typedef float Vector __attribute__((vector_size(64)));

TB_MULTIVERSION
static float read_all(const Vector *x, size_t n) {
    Vector sum[4] = {{0}};
    for (size_t i = 0; i + 4 <= n; i += 4)
#pragma GCC unroll 4
        for (size_t k = 0; k < 4; k++)
            sum[k] += x[i + k];
    return sum[0][0] + sum[1][0] + sum[2][0] + sum[3][0];
}

/* The best of several runs: the machine's limit when nothing else runs. */
static double read_rate(size_t bytes) {
    Vector *x = (Vector *)tb_aligned_new(bytes / sizeof(float));
    double best = INFINITY;
    volatile float kept = 0;
    for (int round = 0; x && round < 12; round++) {
        double start = tbi_thread_time();
        kept += read_all(x, bytes / sizeof(Vector));
        best = fmin(best, tbi_thread_time() - start);
    }
    (void)kept;
    tb_aligned_free((float *)x);
    return (double)bytes / best;
}

enum { CHAINS = 12, ROUNDS = 100000 };

/* Independent chains of multiply-adds. */
TB_MULTIVERSION
static float multiply_add(float by) {
    Vector x[CHAINS];
    for (int k = 0; k < CHAINS; k++)
        x[k] = (Vector){0} + (float)k;
    for (int i = 0; i < ROUNDS; i++)
#pragma GCC unroll 12
        for (int k = 0; k < CHAINS; k++)
            x[k] = x[k] * by + by;
    float sum = 0;
    for (int k = 0; k < CHAINS; k++)
        sum += x[k][0];
    return sum;
}

static double product_rate(void) {
    double best = INFINITY;
    volatile float kept = 0.5f;
    for (int round = 0; round < 12; round++) {
        double start = tbi_thread_time();
        kept = multiply_add(kept < 2 ? 0.5f : 0.25f);
        best = fmin(best, tbi_thread_time() - start);
    }
    return CHAINS * (double)ROUNDS * sizeof(Vector) / sizeof(float) / best;
}

/* ---- totals ---- */

/* Mean number of partials played. */
static double audible(const Load *l, const TbFrame kept[FRAMES]) {
    double n = 0;
    for (int t = 0; t < FRAMES; t++) {
        float least = INAUDIBLE * sqrtf(kept[t].power);
        for (int i = 0; i < TB_HARMONICS; i++)
            n += kept[t].harmonic[i] > least && kept[t].f0 * (float)(i + 1) < 0.465f * (float)l->rate;
        for (int i = 0; i < TB_PARTIALS; i++)
            n += kept[t].partial[i] > least;
    }
    return n / FRAMES;
}

static void find_bounds(const Load *l, const TbFrame kept[FRAMES], Bounds *b) {
    const TbVaeDecoder *notes = tb_model_note_decoder(l->model), *frames = tb_model_decoder(l->model);
    double per_second = 1 / TB_HOP, runs = ceil((double)l->voices / TILE), v = l->voices;
    double bytes = (double)tb_vae_decoder_bytes(frames) + (notes ? (double)tb_vae_decoder_bytes(notes) : 0);
    double rows = (double)tb_vae_decoder_macs(frames) + (notes ? (double)tb_vae_decoder_macs(notes) : 0);
    double oscillator = 4,
           transform = 4 * l->rate * TB_HOP; /* multiply-adds per sample; points, of which real FFTs .. */
    b->cached = bytes;
    b->bytes = runs * per_second * bytes;
    b->bytes_limit = read_rate((size_t)bytes * 4);
    b->network_products = v * per_second * rows;
    b->products = b->network_products + v * l->rate * oscillator * audible(l, kept) +
                  v * per_second * 1.25 * transform * log2(transform); /* .. take 2.5 n log2 n operations */
    b->products_limit = product_rate();
}

void parts_settle(Parts *p) {
    double *part[] = {&p->notes, &p->decoder, &p->frames, &p->tone, &p->noise, &p->room}, sum = 0;
    enum { N = sizeof part / sizeof part[0] };
    p->whole = fmax(p->whole, 0);
    for (int i = 0; i < N; i++)
        sum += *part[i] = fmax(*part[i], 0);
    for (int i = 0; i < N && sum > p->whole; i++)
        *part[i] *= p->whole / sum;
    p->rest = fmax(p->whole - sum, 0);
}

TbStatus parts_measure(const Load *load, Parts *p, Bounds *b) {
    static TbFrame kept[FRAMES];
    Load whole = *load, bare = *load;
    LoadTimes times, without;
    double seconds = fmin(load->seconds, 1.5);
    whole.plays = bare.plays = 2;
    bare.reverb = bare.limit = false;
    TbStatus status = load_play(&whole, &times);
    if (status == TB_OK)
        status = load_play(&bare, &without);
    if (status)
        return status;
    *p = (Parts){.whole = times.mean, .room = times.mean - without.mean};
    p->decoder = time_decoder(load, seconds);
    p->frames = time_frames(load, seconds, true, kept);
    p->notes = load->still ? 0 : time_frames(load, seconds, false, kept) - p->frames;
    p->frames -= p->decoder;
    find_bounds(load, kept, b);
    double both = time_synth(load, seconds, kept);
    for (int t = 0; t < FRAMES; t++) {
        memset(kept[t].harmonic, 0, sizeof kept[t].harmonic);
        memset(kept[t].partial, 0, sizeof kept[t].partial);
    }
    p->noise = time_synth(load, seconds, kept);
    p->tone = both - p->noise;
    parts_settle(p);
    return TB_OK;
}
