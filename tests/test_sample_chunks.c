/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WAV files for samplers: smpl and inst chunks, read by an independent reader and by libsndfile. */
#include "tests/run_tests.h"
#include "tests/wav_reader.h"
#include "timbrel/audio.h"

#include <math.h>
#include <sndfile.h>
#include <unistd.h>

enum { N = 1001 }; /* odd: 24-bit data of odd size need a padding byte */

static char folder[] = "/tmp/timbrel-chunks-XXXXXX";
static char path[64];
static float wave[N];

static int setup(void **state) {
    (void)state;
    for (int i = 0; i < N; i++)
        wave[i] = (float)(0.5 * sin(0.1 * i));
    bool made = mkdtemp(folder) != NULL;
    snprintf(path, sizeof path, "%s/a.wav", folder);
    return made ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static const TbSampleInfo default_info = {.root_key = 60,
                                          .loop_start = 200,
                                          .loop_end = 900,
                                          .low_key = 59,
                                          .high_key = 61,
                                          .low_velocity = 1,
                                          .high_velocity = 63};

static Wav written(TbBits bits, double rate, const TbSampleInfo *info) {
    Wav wav;
    assert_int_equal(tb_audio_write_sample(path, wave, N, rate, bits, info), TB_OK);
    const char *wrong = wav_read(path, &wav);
    if (wrong)
        fail_msg("%s", wrong);
    return wav;
}

static void test_fields(void **state) {
    (void)state;
    for (int bits = 16; bits <= 24; bits += 8) {
        Wav wav = written((TbBits)bits, 48000, &default_info);
        assert_int_equal(wav.bits, bits);
        assert_int_equal(wav.rate, 48000);
        assert_int_equal(wav.n, N);
        for (int i = 0; i < N; i++)
            assert_true(fabsf(wav.x[i] - wave[i]) < 1e-4f);
        assert_true(wav.has_smpl && wav.has_inst);
        assert_int_equal(wav.period, 20833);
        assert_int_equal(wav.unity_note, 60);
        assert_int_equal(wav.pitch_fraction, 0);
        assert_int_equal(wav.n_loops, 1);
        assert_int_equal(wav.loop_kind, 0);
        assert_int_equal(wav.loop_start, 200);
        assert_int_equal(wav.loop_last, 899);
        assert_int_equal(wav.loop_fraction, 0);
        assert_int_equal(wav.loop_count, 0);
        assert_int_equal(wav.unshifted_note, 60);
        assert_int_equal(wav.fine_tune, 0);
        assert_int_equal(wav.gain, 0);
        assert_int_equal(wav.low_note, 59);
        assert_int_equal(wav.high_note, 61);
        assert_int_equal(wav.low_velocity, 1);
        assert_int_equal(wav.high_velocity, 63);
        free(wav.x);
    }
}

static void test_tuning_and_gain(void **state) {
    (void)state;
    static const struct {
        int root;
        double cents, gain;
        uint32_t unity;
        double fraction;
        int fine_tune, inst_gain;
    } cases[] = {
        {60, 25, 0, 60, 0.25, -25, 0},  {60, 50, -6.4, 60, 0.5, -50, -6},
        {60, -3, 0, 59, 0.97, 3, 0},    {60, -50, 3.6, 59, 0.5, 50, 4},
        {0, -10, 0, 0, 0, 10, 0}, /* clamped at key 0 */
        {127, 0, -200, 127, 0, 0, -64}, {21, 1e-9, 0, 21, 0, 0, 0},
        {21, -1e-12, 0, 21, 0, 0, 0}, /* the fraction would round to 2^32 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbSampleInfo info = default_info;
        info.root_key = cases[i].root;
        info.fine_tune_cents = cases[i].cents;
        info.gain_db = cases[i].gain;
        Wav wav = written(TB_BITS_24, 44100, &info);
        assert_int_equal(wav.unity_note, cases[i].unity);
        assert_float_equal(ldexp(wav.pitch_fraction, -32), cases[i].fraction, 1e-8);
        assert_int_equal(wav.unshifted_note, cases[i].root);
        assert_int_equal(wav.fine_tune, cases[i].fine_tune);
        assert_int_equal(wav.gain, cases[i].inst_gain);
        free(wav.x);
    }
}

/* libsndfile reads the inserted chunks. */
static void test_libsndfile_reads_it(void **state) {
    (void)state;
    SF_INFO info = {0};
    SF_INSTRUMENT instrument;
    free(written(TB_BITS_24, 44100, &default_info).x);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.frames, N);
    assert_int_equal(sf_command(file, SFC_GET_INSTRUMENT, &instrument, sizeof instrument), SF_TRUE);
    assert_int_equal(instrument.basenote, 60);
    assert_int_equal(instrument.loop_count, 1);
    assert_int_equal(instrument.loops[0].mode, SF_LOOP_FORWARD);
    assert_int_equal(instrument.loops[0].start, 200);
    assert_int_equal(instrument.loops[0].end, 900); /* libsndfile's end is exclusive */
    sf_close(file);
}

static void test_no_loop(void **state) {
    (void)state;
    TbSampleInfo info = default_info;
    info.loop_start = info.loop_end = 0;
    Wav wav = written(TB_BITS_16, 44100, &info);
    assert_int_equal(wav.n_loops, 0);
    assert_int_equal(wav.unity_note, 60);
    free(wav.x);
    info.loop_end = N; /* the whole sound is a valid loop */
    wav = written(TB_BITS_16, 44100, &info);
    assert_int_equal(wav.loop_start, 0);
    assert_int_equal(wav.loop_last, N - 1);
    free(wav.x);
}

/* Invalid parameters are errors, and the old file is unchanged. */
static void test_errors(void **state) {
    (void)state;
    free(written(TB_BITS_16, 44100, &default_info).x);
    TbSampleInfo info = default_info;
    char flac[80];
    info.loop_end = N + 1;
    assert_int_equal(tb_audio_write_sample(path, wave, N, 44100, TB_BITS_24, &info), TB_ERR_ARGUMENT);
    info.loop_end = info.loop_start;
    assert_int_equal(tb_audio_write_sample(path, wave, N, 44100, TB_BITS_24, &info), TB_ERR_ARGUMENT);
    info = default_info;
    info.fine_tune_cents = NAN;
    assert_int_equal(tb_audio_write_sample(path, wave, N, 44100, TB_BITS_24, &info), TB_ERR_ARGUMENT);
    info = default_info;
    info.root_key = 128;
    assert_int_equal(tb_audio_write_sample(path, wave, N, 44100, TB_BITS_24, &info), TB_ERR_ARGUMENT);
    snprintf(flac, sizeof flac, "%s/a.flac", folder);
    assert_int_equal(tb_audio_write_sample(flac, wave, N, 44100, TB_BITS_24, &default_info), TB_ERR_UNSUPPORTED);
    Wav wav;
    assert_null(wav_read(path, &wav));
    assert_int_equal(wav.bits, 16);
    free(wav.x);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_fields, test_tuning_and_gain, test_libsndfile_reads_it, test_no_loop,
                     test_errors);
}
