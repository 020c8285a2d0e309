/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: loops, tuning and exported instruments. */
#include "tests/no_memory.h"
#include "timbrel/plot.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* A steady tone [LONG] with a period of 100 samples. */
enum { LONG = 60000, RATE = 22050 };

static const float *steady(void) {
    static float tone[LONG];
    for (int i = 0; i < LONG; i++)
        tone[i] = 0.5f * (float)((i % 100) - 50) / 50;
    return tone;
}

static const TbLoop loop = {.start = 20000, .end = 40000, .crossfade = 2000};

static TbStatus loop_find(Out *out) {
    (void)out;
    TbLoop found[TB_LOOPS];
    TbLoopOptions o;
    size_t n;
    tb_loop_defaults(&o);
    return tb_loop_find(steady(), LONG, RATE, &o, found, &n);
}

static TbStatus loop_make(Out *out) {
    (void)out;
    static float made[LONG + TB_LOOP_TAIL];
    return tb_loop_make(steady(), steady(), LONG, RATE, &loop, made);
}

static TbStatus loop_measure(Out *out) {
    (void)out;
    TbLoopQuality quality;
    return tb_loop_measure(steady(), RATE, &loop, &quality);
}

static TbStatus tuning(Out *out) {
    (void)out;
    double cents;
    bool found;
    return tb_note_tuning(steady(), 8000, RATE, RATE / 100.0, &cents, &found);
}

/* A sustained tone, so that it gets a loop. */
static TbStatus steady_note(void *context, const TbNoteOptions *o, double rate, TbAudio *audio) {
    (void)context;
    size_t n = (size_t)((o->hold + 0.05) * rate);
    *audio = (TbAudio){malloc(n * sizeof *audio->samples), n, rate};
    if (!audio->samples) {
        *audio = (TbAudio){0};
        return tb_fail(TB_ERR_NO_MEMORY, "no memory");
    }
    double period = rate / (440 * exp2((o->key - 69) / 12));
    for (size_t i = 0; i < n; i++)
        audio->samples[i] = o->no_tone ? 0 : (float)(0.4 * sin(2 * M_PI * (double)i / period) * o->velocity);
    return TB_OK;
}

static TbStatus export_samples(const TbNoteRenderer *renderer) {
    static const char *const files[] = {"t_060_C4_v1.wav", "t.sfz", "t.png", "README.txt"};
    TbSamplerOptions o = {.size = sizeof(TbSamplerOptions),
                          .folder = things.folder.path,
                          .name = "t",
                          .title = "t",
                          .licence = "none",
                          .draw = tb_plot_instrument};
    TbSamplerReport report;
    o.low_key = o.high_key = 60, o.every = 1, o.layers = 1, o.hold = 2.6, o.sample_rate = 8000, o.bits = TB_BITS_16;
    TbStatus status = tb_sampler_export(renderer, &o, NULL, NULL, &report);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(scratch_file(files[i]));
    return status ? status : report.finished ? TB_OK : TB_ERR_FORMAT;
}

static TbStatus sampler_sustained(Out *out) {
    (void)out;
    TbNoteRenderer renderer = {steady_note, NULL, true};
    return export_samples(&renderer);
}

static TbStatus sampler_of_instrument(Out *out) {
    (void)out;
    TbNoteRenderer renderer = tb_notes_from_instrument(things.recorded);
    return export_samples(&renderer);
}

const NoMemoryCase cases_sampler[] = {
    {.covers = "tb_loop_find", .run = loop_find},
    {.covers = "tb_loop_make", .run = loop_make},
    {.covers = "tb_loop_measure", .run = loop_measure},
    {.covers = "tb_note_tuning", .run = tuning},
    {.covers = "tb_sampler_export (with loops)", .run = sampler_sustained, .slow = true},
    {.covers = "tb_sampler_export", .run = sampler_of_instrument, .slow = true},
    {.run = NULL},
};
