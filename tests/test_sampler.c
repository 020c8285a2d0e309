/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Export of a synthetic instrument with known properties: out of tune, late, with vibrato, breath noise and a
 * velocity curve. */
#include "tests/run_tests.h"
#include "tests/sfz_reader.h"
#include "tests/wav_reader.h"
#include "timbrel/plot.h"
#include "timbrel/sampler.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <unistd.h>

static char folder[] = "/tmp/timbrel-sampler-XXXXXX";
static Sfz sfz;

/* Properties of the instrument; set by each test. */
static struct {
    double cents, late, release, decay, loud_key_db; /* decay: dB/s; loud_key_db: level of key 60 above the others */
    bool silent;
} is;

/* 30 dB softer at velocity 0 than at 1. */
static double level_of(double velocity) {
    return 0.2 * pow(10, -1.5 * (1 - velocity));
}

static TbStatus note(void *context, const TbNoteOptions *o, double rate, TbAudio *audio) {
    double seconds = is.late + o->hold + 2 * is.release, phase = 0;
    TbRng rng;
    (void)context;
    if (o->longest > 0 && seconds > o->longest)
        seconds = o->longest;
    size_t n = (size_t)(seconds * rate);
    *audio = (TbAudio){calloc(n, sizeof(float)), n, rate};
    tb_rng_seed(&rng, o->seed);
    for (size_t i = 0; i < n && !is.silent; i++) {
        double t = (double)i / rate - is.late, level = level_of(o->velocity), tone = 0;
        float noise = tb_rng_normal(&rng);
        double cents = is.cents + 10 * sin(2 * M_PI * 5.1 * t);
        phase += 440 * exp2((o->key - 69 + cents / 100) / 12) / rate;
        if (t < 0)
            continue;
        level *= fmin(t / 0.02, 1) * pow(10, -is.decay * t / 20);
        double up = t + is.late - o->hold;
        level *= up > 0 ? pow(10, -3 * up / is.release) : 1;
        level *= lround(o->key) == 60 ? pow(10, is.loud_key_db / 20) : 1;
        for (int k = 1; k <= 6; k++)
            tone += sin(2 * M_PI * k * phase) / k;
        audio->samples[i] = (float)(level * ((o->no_tone ? 0 : tone) + (o->no_noise ? 0 : 0.02 * noise)));
    }
    return TB_OK;
}

static TbSamplerOptions default_value(void) {
    is.cents = 7;
    is.late = 0.03;
    is.release = 0.4;
    is.decay = is.loud_key_db = 0;
    is.silent = false;
    return (TbSamplerOptions){.size = sizeof(TbSamplerOptions),
                              .folder = folder,
                              .name = "test",
                              .title = "A test\nof titles",
                              .licence = "none",
                              .low_key = 57,
                              .high_key = 63,
                              .every = 3,
                              .layers = 2,
                              .hold = 3,
                              .sample_rate = 32000,
                              .bits = TB_BITS_24,
                              .seed = 1,
                              .draw = tb_plot_instrument};
}

static const TbNoteRenderer pitched = {note, NULL, true};

static void empty_folder(void) {
    DIR *dir = opendir(folder);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            unlink(path);
    }
    closedir(dir);
}

static int n_files(void) {
    int n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir))
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

static int setup(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    empty_folder();
    return rmdir(folder);
}

static void read_sfz(void) {
    char path[400];
    snprintf(path, sizeof path, "%s/test.sfz", folder);
    sfz_read(path, &sfz);
    if (*sfz.wrong)
        fail_msg("%s", sfz.wrong);
}

static Wav wav_of(int region) {
    char path[400];
    Wav wav;
    snprintf(path, sizeof path, "%s/%s", folder, sfz.region[region].sample);
    const char *wrong = wav_read(path, &wav);
    if (wrong)
        fail_msg("%s: %s", path, wrong);
    return wav;
}

/* Exports into the empty folder, and reads the SFZ file. */
static TbSamplerReport exported(const TbNoteRenderer *renderer, const TbSamplerOptions *o) {
    TbSamplerReport report;
    empty_folder();
    assert_int_equal(tb_sampler_export(renderer, o, NULL, NULL, &report), TB_OK);
    read_sfz();
    return report;
}

/* A region without a loop; the caller frees the samples. */
static Wav unlooped(int region) {
    Wav wav = wav_of(region);
    assert_string_equal(sfz.region[region].loop_mode, "no_loop");
    assert_int_equal(wav.n_loops, 0);
    return wav;
}

static void test_sustaining(void **state) {
    (void)state;
    TbSamplerOptions o = default_value();
    const TbSamplerReport report = exported(&pitched, &o);
    assert_true(report.finished && report.sustains);
    assert_int_equal(report.n_samples, 6);
    assert_int_equal(report.n_looped, 6);
    assert_true(report.worst.level_db <= 0.5 && report.worst.spectrum_db <= 0.5 && report.worst.click <= 1.1);
    assert_true(report.worst_cents < 1.5); /* of 7, in tune after a second rendering */
    assert_float_equal(report.release, 0.4, 0.05);
    assert_int_equal(n_files(), 6 + 3);
    assert_int_equal(sfz.n, 6);
    for (int i = 0; i < sfz.n; i++) {
        const SfzRegion *r = &sfz.region[i];
        assert_string_equal(r->loop_mode, "loop_continuous");
        assert_float_equal(r->ampeg_release, 0.52, 0.07); /* players decay by 78 dB in this time */
        Wav wav = wav_of(i);
        float most = 0;
        for (size_t j = 0; j < wav.n; j++)
            most = fmaxf(most, fabsf(wav.x[j]));
        /* 6 dB below full scale: the loudest probed note; the softer layer is attenuated as played */
        double db = -6 - 30 * (1 - r->hivel / 127);
        assert_float_equal(20 * log10(most), db, 1.5);
        size_t first = 0;
        while (fabsf(wav.x[first]) < most / 100)
            first++;
        assert_true((double)first < 0.005 * wav.rate); /* of 30 ms of silence before it */
        for (int velocity = 0; velocity < 128; velocity++)
            if (r->curve[velocity] >= 0)
                assert_float_equal(20 * log10(r->curve[velocity]), 30 * (velocity - r->hivel) / 127, 0.5);
        assert_true(r->curve[(int)r->lovel] > 0 && r->curve[(int)r->hivel] == 1);
        free(wav.x);
    }
}

static void test_decaying(void **state) {
    (void)state;
    TbSamplerOptions o = default_value();
    is.decay = 30;
    is.late = 0;
    o.hold = 0;
    o.layers = 1;
    const TbSamplerReport report = exported(&pitched, &o);
    assert_false(report.sustains);
    assert_int_equal(report.n_looped, 0);
    for (int i = 0; i < sfz.n; i++) {
        Wav wav = unlooped(i);
        assert_float_equal((double)wav.n / wav.rate, 75 / 30.0, 0.3); /* until it has decayed by 75 dB */
        free(wav.x);
    }
    TbNoteRenderer drum = {note, NULL, false};
    o.layers = 3;
    exported(&drum, &o);
    assert_int_equal(sfz.n, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(sfz.region[i].pitch_keytrack == 0 && sfz.region[i].lokey == 57 && sfz.region[i].hikey == 63);
        assert_string_equal(sfz.region[i].loop_mode, "one_shot");
    }
}

static void test_no_loop(void **state) {
    (void)state;
    TbSamplerOptions o = default_value();
    o.no_loop = true;
    o.layers = 1;
    const TbSamplerReport report = exported(&pitched, &o);
    assert_int_equal(report.n_looped, 0);
    for (int i = 0; i < sfz.n; i++) {
        Wav wav = unlooped(i);
        assert_true(fabsf(wav.x[wav.n - 1]) < 0.001f && (double)wav.n > 2.9 * wav.rate);
        free(wav.x);
    }
}

/* A key that was not probed is too loud: its sample is attenuated, and the gain is in the SFZ file. */
static void test_too_loud(void **state) {
    (void)state;
    TbSamplerOptions o = default_value();
    o.every = 1; /* keys 57, 60 and 63 are probed first ... */
    o.high_key = 64;
    o.layers = 1;
    is.loud_key_db = 12; /* ... or, of 57 .. 64, 57, 61 and 64 */
    exported(&pitched, &o);
    for (int i = 0; i < sfz.n; i++) {
        Wav wav = wav_of(i);
        float most = 0;
        for (size_t j = 0; j < wav.n; j++)
            most = fmaxf(most, fabsf(wav.x[j]));
        assert_true(most < 0.99f);
        double loud = sfz.region[i].pitch_keycenter == 60 ? 12 : 0;
        assert_float_equal(20 * log10(most) + sfz.region[i].volume, -6 + loud, 1.5);
        assert_int_equal(wav.gain, (int)lround(sfz.region[i].volume));
        free(wav.x);
    }
}

static bool until(void *left, double done, const char *what) {
    (void)done;
    (void)what;
    return (*(int *)left)-- > 0;
}

static void test_stopped(void **state) {
    (void)state;
    TbSamplerReport report;
    TbSamplerOptions o = default_value();
    int left = 3; /* probing and two samples */
    empty_folder();
    assert_int_equal(tb_sampler_export(&pitched, &o, until, &left, &report), TB_ERR_CANCELLED);
    assert_false(report.finished);
    assert_int_equal(report.n_samples, 2);
    assert_int_equal(report.n_planned, 6);
    assert_int_equal(n_files(), 2);
}

static void test_refusals(void **state) {
    (void)state;
    TbSamplerReport report;
    TbSamplerOptions o = default_value();
    is.silent = true;
    empty_folder();
    assert_int_equal(tb_sampler_export(&pitched, &o, NULL, NULL, &report), TB_ERR_EMPTY);
    o = default_value();
    o.name = "../evil";
    assert_int_equal(tb_sampler_export(&pitched, &o, NULL, NULL, &report), TB_ERR_ARGUMENT);
    o = default_value();
    o.layers = TB_SAMPLER_LAYERS + 1;
    assert_int_equal(tb_sampler_export(&pitched, &o, NULL, NULL, &report), TB_ERR_ARGUMENT);
    o = default_value();
    o.low_key = 70;
    assert_int_equal(tb_sampler_export(&pitched, &o, NULL, NULL, &report), TB_ERR_ARGUMENT);
    o = default_value();
    o.every = INT_MAX; /* would overflow the keys */
    assert_int_equal(tb_sampler_export(&pitched, &o, NULL, NULL, &report), TB_ERR_ARGUMENT);
    o = default_value();
    o.folder = "/nowhere/at/all";
    assert_int_not_equal(tb_sampler_export(&pitched, &o, NULL, NULL, &report), TB_OK);
    assert_int_equal(n_files(), 0);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_sustaining, test_decaying, test_no_loop, test_too_loud, test_stopped,
                     test_refusals);
}
