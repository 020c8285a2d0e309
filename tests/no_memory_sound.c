/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: files, sound files, analysis, synthesis, measurement, pictures. */
#include "tests/no_memory.h"
#include "timbrel/measure.h"
#include "timbrel/plot.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- base, audio ---- */

static TbStatus replace(Out *out) {
    TbAtomicFile r;
    (void)out;
    TbStatus status = tb_atomic_file_begin(&r, scratch_file("replaced"));
    return status ? status : tb_atomic_file_commit(&r);
}

static TbStatus make_new(Out *out) {
    TbAtomicFile r;
    (void)out;
    unlink(scratch_file("new"));
    TbStatus status = tb_atomic_file_begin_new(&r, scratch_file("new"));
    return status ? status : tb_atomic_file_commit(&r);
}

static TbStatus write_file(Out *out) {
    (void)out;
    return tb_write_file(scratch_file("written"), "text", 4);
}

/* A file with more samples than are read at once. */
static const char *sound_file(void) {
    const char *path = scratch_file("read.wav");
    if (access(path, F_OK)) {
        float *zeros = calloc(100000, sizeof *zeros);
        tb_ignore(tb_audio_write(path, zeros, 100000, 44100, TB_BITS_16)); /* if this fails, so does reading */
        free(zeros);
    }
    return path;
}

static TbStatus read_file(Out *out) {
    return tb_read_file(sound_file(), 1 << 20, &out->list.items, &out->list.n);
}

static TbStatus write_audio(Out *out) {
    (void)out;
    return tb_audio_write(scratch_file("mono.wav"), things.audio.samples, 100, 44100, TB_BITS_24);
}

static TbStatus write_stereo(Out *out) {
    (void)out;
    return tb_audio_write_stereo(scratch_file("stereo.wav"), things.audio.samples, 100, 44100, TB_BITS_16);
}

static TbStatus write_sample(Out *out) {
    TbSampleInfo info = {.root_key = 60, .loop_start = 10, .loop_end = 90};
    (void)out;
    return tb_audio_write_sample(scratch_file("sample.wav"), things.audio.samples, 100, 44100, TB_BITS_16, &info);
}

static TbStatus write_growing(Out *out) {
    (void)out;
    TbAudioWriter *w = NULL;
    TbStatus status = tb_audio_writer_new(scratch_file("growing.flac"), 1, 44100, TB_BITS_16, &w);
    if (status == TB_OK && (status = tb_audio_writer_add(w, things.audio.samples, 1000)))
        tb_audio_writer_discard(w);
    return status ? status : tb_audio_writer_commit(w);
}

static TbStatus record_new(Out *out) {
    (void)out;
    TbAudioWriter *w = NULL;
    unlink(scratch_file("new.wav"));
    TbStatus status = tb_audio_writer_new_file(scratch_file("new.wav"), 1, 44100, TB_BITS_16, &w);
    return status ? status : tb_audio_writer_commit(w);
}

static TbStatus read_audio(Out *out) {
    return tb_audio_read(sound_file(), &out->audio, NULL);
}

static TbStatus read_memory(Out *out) {
    size_t n;
    const void *flute = tb_bundled_data(0, &n);
    return tb_audio_read_memory(flute, n, &out->audio, NULL);
}

static TbStatus read_stereo(Out *out) {
    static float inverted[200];
    for (int i = 0; i < 200; i++)
        inverted[i] = i % 2 ? -0.1f : 0.1f;
    TbStatus status = tb_audio_write_stereo(scratch_file("stereo.wav"), inverted, 100, 44100, TB_BITS_16);
    return status ? status : tb_audio_read(scratch_file("stereo.wav"), &out->audio, NULL);
}

/* With the width: one channel is louder. */
static TbStatus read_wide(Out *out) {
    float panned[2 * 3000];
    TbWidth width;
    for (int i = 0; i < 6000; i++)
        panned[i] = things.audio.samples[i / 2] * (i % 2 ? 0.3f : 1);
    TbStatus status = tb_audio_write_stereo(scratch_file("wide.wav"), panned, 3000, 44100, TB_BITS_16);
    status = status ? status : tb_audio_read_wide(scratch_file("wide.wav"), &out->audio, NULL, &width);
    if (status == TB_OK)
        tb_width_free(&width);
    return status;
}

static TbStatus widen(Out *out) {
    TbWidthBand bands[TB_WIDTH_BANDS] = {{201, 101, 254}};
    float stereo[2 * 1000];
    (void)out;
    return tb_widen(things.audio.samples, 1000, 44100, &(TbWidth){1, bands}, stereo);
}

static TbAudio copy_of(const TbAudio *from, size_t n) {
    TbAudio to = {malloc(n * sizeof *to.samples), n, from->sample_rate};
    if (to.samples)
        memcpy(to.samples, from->samples, n * sizeof *to.samples);
    return to;
}

/* On failure the sound is unchanged, and is freed here. */
static TbStatus resample(Out *out) {
    (void)out;
    TbAudio audio = copy_of(&things.audio, 1000);
    TbStatus status = audio.samples ? tb_audio_resample(&audio, 48000) : tb_fail(TB_ERR_NO_MEMORY, "no memory");
    tb_audio_free(&audio);
    return status;
}

static TbStatus stft(Out *out) {
    return tb_stft_new(512, 128, (TbStft **)&out->p);
}

static void free_stft(Out *out) {
    tb_stft_free(out->p);
}

static TbStatus fft(Out *out) {
    return tb_fft_new(1024, &out->fft);
}

static void free_fft(Out *out) {
    tb_fft_free(out->fft);
}

static TbStatus aligned(Out *out) {
    out->p = tb_aligned_new(10);
    return out->p ? TB_OK : tb_fail(TB_ERR_NO_MEMORY, "no memory");
}

static void free_aligned(Out *out) {
    tb_aligned_free(out->p);
}

/* ---- synth ---- */

static TbStatus analyze(Out *out) {
    return tb_analyze(&things.audio, NULL, NULL, NULL, &out->analysis);
}

static TbStatus analyze_resampled(Out *out) {
    TbAudio a = things.audio;
    a.sample_rate = 48000;
    a.n_samples = 3000;
    return tb_analyze(&a, &(TbAnalysisOptions){.size = sizeof(TbAnalysisOptions), .single_note = true, .f0 = 220}, NULL,
                      NULL, &out->analysis);
}

/* A falling sinusoid, like a kick drum's. */
static TbStatus analyze_drum(Out *out) {
    enum { N = 6000 };
    static float x[N];
    double turns = 0;
    for (int i = 0; i < N; i++) {
        double t = i / 44100.0;
        turns += (50 + 200 * exp(-t * 30)) / 44100;
        x[i] = (float)(0.8 * sin(2 * M_PI * turns) * exp(-t * 10));
    }
    TbAudio a = {x, N, TB_ANALYSIS_RATE};
    return tb_analyze(&a, &(TbAnalysisOptions){.size = sizeof(TbAnalysisOptions), .single_note = true}, NULL, NULL,
                      &out->analysis);
}

/* Noise and inharmonic partials. */
static TbStatus analyze_bell(Out *out) {
    enum { N = 5000 };
    static float x[N];
    TbRng rng;
    tb_rng_seed(&rng, 1);
    for (int i = 0; i < N; i++) {
        double t = i / 44100.0, sum = 0;
        for (int k = 0; k < 6; k++)
            sum += sin(2 * M_PI * 410 * pow(1.37, k) * t + k) * exp(-t * (3 + k));
        x[i] = (float)(0.1 * sum) + 0.001f * tb_rng_normal(&rng);
    }
    TbAudio a = {x, N, TB_ANALYSIS_RATE};
    return tb_analyze(&a, NULL, NULL, NULL, &out->analysis);
}

static TbStatus synthesize(Out *out) {
    return tb_synthesize(&things.analysis, 44100, 1, &out->audio);
}

static TbStatus synth(Out *out) {
    return tb_synth_new(48000, &out->synth);
}

static void free_synth(Out *out) {
    tb_synth_free(out->synth);
}

static TbStatus attributes(Out *out) {
    return tb_note_attributes(&things.analysis.notes[0], out->values);
}

/* ---- measure ---- */

static TbStatus compare(Out *out) {
    (void)out;
    TbComparison c;
    return tb_compare(things.audio.samples, things.audio.n_samples, things.audio.samples, 4000, -1, true, &c);
}

static TbStatus compare_pitched(Out *out) {
    (void)out;
    TbComparison c;
    return tb_compare(things.audio.samples, 6000, things.audio.samples, 6000, 57, true, &c);
}

static TbStatus loudness(Out *out) {
    (void)out;
    double lufs;
    return tb_loudness((const float *const[]){things.audio.samples}, 1, things.audio.n_samples, 44100, &lufs);
}

static const TbAudio *const one_sound[] = {&things.audio};
static const char *const one_title[] = {"title"};

static TbStatus plot_spectrograms(Out *out) {
    (void)out;
    static const float f0[20], loudness[20], latents[40];
    TbCurves c = {20, 0.01, f0, loudness, latents, 2};
    return tb_plot_spectrograms(scratch_file("spectrograms.png"), one_sound, one_title, 1, &c);
}

static TbStatus plot_sheet(Out *out) {
    (void)out;
    return tb_plot_sheet(scratch_file("sheet.png"), one_sound, one_title, 1);
}

static TbStatus plot_lines(Out *out) {
    (void)out;
    static const double x[] = {0, 1, 2};
    TbLine line = {"name", x, x, 3};
    return tb_plot_lines(scratch_file("lines.png"), "title", "x", "y", &line, 1);
}

static TbStatus plot_instrument(Out *out) {
    (void)out;
    TbInstrumentZone zone = {.root_key = 60, .low_key = 60, .high_key = 62, .low_velocity = 1, .high_velocity = 127};
    TbInstrumentPicture p = {.title = "t", .sound = &things.audio, .sound_title = "s", .zones = &zone, .n_zones = 1};
    p.loop_start = 2000, p.loop_end = 6000;
    return tb_plot_instrument(scratch_file("instrument.png"), &p);
}

static const float vectors[] = {0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 1, 1};

static TbStatus map_layout(Out *out) {
    (void)out;
    float xy[8];
    return tb_map_layout(vectors, 4, 3, NULL, NULL, xy, NULL);
}

static TbStatus plot_map(Out *out) {
    (void)out;
    static const char *const names[] = {"a", "b", "c", "d"};
    TbMap map = {.n = 4, .xy = vectors, .names = names, .width = 400, .height = 400, .labels = TB_LABELS_SOME};
    return tb_plot_map(scratch_file("map.png"), &map, NULL);
}

const NoMemoryCase cases_sound[] = {
    {.covers = "tb_atomic_file_begin tb_atomic_file_commit", .run = replace, .writes = "replaced"},
    {.covers = "tb_atomic_file_begin_new", .run = make_new},
    {.covers = "tb_write_file", .run = write_file, .writes = "written"},
    {.covers = "tb_read_file", .run = read_file, .release = free_list},
    {.covers = "tb_audio_write", .run = write_audio, .writes = "mono.wav"},
    {.covers = "tb_audio_write_stereo", .run = write_stereo, .writes = "stereo.wav"},
    {.covers = "tb_audio_write_sample", .run = write_sample, .writes = "sample.wav"},
    {.covers = "tb_audio_writer_new tb_audio_writer_add tb_audio_writer_commit",
     .run = write_growing,
     .writes = "growing.flac"},
    {.covers = "tb_audio_writer_new_file", .run = record_new},
    {.covers = "tb_audio_read", .run = read_audio, .release = free_audio},
    {.covers = "tb_audio_read", .run = read_stereo, .release = free_audio},
    {.covers = "tb_audio_read_wide", .run = read_wide, .release = free_audio},
    {.covers = "tb_widen", .run = widen},
    {.covers = "tb_audio_read_memory", .run = read_memory, .release = free_audio},
    {.covers = "tb_audio_resample", .run = resample},
    {.covers = "tb_fft_new", .run = fft, .release = free_fft},
    {.covers = "tb_stft_new", .run = stft, .release = free_stft},
    {.covers = "tb_aligned_new", .run = aligned, .release = free_aligned},
    {.covers = "tb_analyze", .run = analyze, .release = free_analysis, .slow = true},
    {.covers = "tb_analyze (resampled, one note of known pitch)",
     .run = analyze_resampled,
     .release = free_analysis,
     .slow = true},
    {.covers = "tb_analyze (drum)", .run = analyze_drum, .release = free_analysis, .slow = true},
    {.covers = "tb_analyze (bell)", .run = analyze_bell, .release = free_analysis, .slow = true},
    {.covers = "tb_synthesize", .run = synthesize, .release = free_audio},
    {.covers = "tb_synth_new", .run = synth, .release = free_synth},
    {.covers = "tb_note_attributes", .run = attributes},
    {.covers = "tb_loudness", .run = loudness},
    {.covers = "tb_compare", .run = compare, .slow = true},
    {.covers = "tb_compare (pitched)", .run = compare_pitched, .slow = true},
    {.covers = "tb_plot_spectrograms", .run = plot_spectrograms, .writes = "spectrograms.png", .slow = true},
    {.covers = "tb_plot_sheet", .run = plot_sheet, .writes = "sheet.png", .slow = true},
    {.covers = "tb_plot_lines", .run = plot_lines, .writes = "lines.png", .slow = true},
    {.covers = "tb_plot_instrument", .run = plot_instrument, .writes = "instrument.png", .slow = true},
    {.covers = "tb_map_layout", .run = map_layout},
    {.covers = "tb_plot_map", .run = plot_map, .writes = "map.png", .slow = true},
    {.run = NULL},
};
