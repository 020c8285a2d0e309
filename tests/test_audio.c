/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound files: round trips, damaged files, wrong headers. */
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"
#include "timbrel/audio.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { N = 30000 };
static const double RATE = 44100;
static float sweep[N];
static char folder[] = "/tmp/timbrel-audio-XXXXXX";

static const char *in_folder(const char *name) {
    return scratch_path(folder, name);
}

static int setup(void **state) {
    (void)state;
    for (int i = 0; i < N; i++)
        sweep[i] = (float)(0.7 * sin(i * 0.01 + i * (i * 2e-6)) * (1.0 - 0.5 * i / N));
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    return rmdir(folder); /* fails if a test or the writer leaves a file behind */
}

static double snr_db(const float *reference, const float *x, size_t n) {
    double signal = 0, noise = 0;
    for (size_t i = 0; i < n; i++) {
        signal += (double)reference[i] * reference[i];
        noise += ((double)x[i] - reference[i]) * ((double)x[i] - reference[i]);
    }
    return 10.0 * log10(signal / (noise + 1e-30));
}

static void test_round_trips(void **state) {
    (void)state;
    static const struct {
        const char *name, *format;
        TbBits bits;
        double threshold; /* dB; for integers: the theoretical SNR of this sweep with TPDF dither, minus 0.4 */
    } cases[] = {
        {"a.wav", "WAV, 16 bit", TB_BITS_16, 87.5},    {"a.wav", "WAV, 24 bit", TB_BITS_24, 135.5},
        {"a.wav", "WAV, 32 bit float", 32, 250},       {"a.flac", "FLAC, 16 bit", TB_BITS_16, 87.5},
        {"a.flac", "FLAC, 24 bit", TB_BITS_24, 135.5}, {"a.aiff", "AIFF, 16 bit", TB_BITS_16, 87.5},
        {"a.AIF", "AIFF, 24 bit", TB_BITS_24, 135.5},  {"a.aif", "AIFF, 32 bit float", 32, 250},
        {"a.caf", "CAF, 16 bit", TB_BITS_16, 87.5},    {"a.caf", "CAF, 24 bit", TB_BITS_24, 135.5},
        {"a.caf", "CAF, 32 bit float", 32, 250},       {"a.ogg", "Ogg, Vorbis", TB_BITS_16, 25},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TbAudio audio;
        TbAudioInfo info;
        const char *path = in_folder(cases[i].name);
        assert_int_equal(tb_audio_write(path, sweep, N, RATE, cases[i].bits), TB_OK);
        assert_int_equal(tb_audio_read(path, &audio, &info), TB_OK);
        assert_int_equal(audio.n_samples, N);
        double snr = snr_db(sweep, audio.samples, N);
        printf("%-20s %.1f dB\n", info.format, snr);
        assert_true(snr >= cases[i].threshold);
        assert_string_equal(info.format, cases[i].format);
        assert_true(audio.sample_rate == RATE && info.sample_rate == RATE && info.n_channels == 1);
        assert_true(!info.truncated && info.n_repaired == 0 && fabs(info.seconds - N / RATE) < 1e-9);
        tb_audio_free(&audio);
        unlink(path);
    }
}

static void test_same_sound_same_bytes(void **state) {
    (void)state;
    static const char *const names[] = {"a.wav", "a.flac", "a.aif", "a.caf"};
    for (size_t i = 0; i < 7; i++) {
        TbBits bits = i < 4 ? TB_BITS_16 : TB_BITS_32F;
        const char *path = in_folder(names[i < 4 ? i : (i - 4) + (i > 4)]);
        void *first, *second;
        size_t n, m;
        assert_int_equal(tb_audio_write(path, sweep, N, RATE, bits), TB_OK);
        assert_int_equal(tb_read_file(path, 1 << 20, &first, &n), TB_OK);
        if (i == 4)
            sleep(2); /* a time stamp in the file would differ */
        assert_int_equal(tb_audio_write(path, sweep, N, RATE, bits), TB_OK);
        assert_int_equal(tb_read_file(path, 1 << 20, &second, &m), TB_OK);
        assert_int_equal(n, m);
        assert_memory_equal(first, second, n);
        free(first);
        free(second);
        unlink(path);
    }
}

/* Without dither, a tone of a third of an LSB vanishes; with it, the tone is present in the noise. */
static void test_dither_preserves_levels_below_one_lsb(void **state) {
    (void)state;
    enum { LONG = 200000 };
    float *tone = malloc(LONG * sizeof *tone);
    assert_non_null(tone);
    for (int i = 0; i < LONG; i++)
        tone[i] = (float)(0.33 / 32768 * sin(i * 0.1));
    TbAudio audio;
    const char *path = in_folder("dither.wav");
    assert_int_equal(tb_audio_write(path, tone, LONG, RATE, TB_BITS_16), TB_OK);
    assert_int_equal(tb_audio_read(path, &audio, NULL), TB_OK);
    double product = 0, square = 0;
    float largest = 0;
    for (int i = 0; i < LONG; i++) {
        product += audio.samples[i] * sin(i * 0.1);
        square += (double)audio.samples[i] * audio.samples[i];
        largest = fmaxf(largest, fabsf(audio.samples[i]));
    }
    double lsb = product / LONG * 2 * 32768, noise = sqrt(square / LONG) * 32768;
    printf("tone of 0.33 LSB comes back with %.3f LSB in noise of %.3f LSB\n", lsb, noise);
    assert_true(fabs(lsb - 0.33) < 0.01);
    assert_true(noise > 0.4 && noise < 0.8); /* TPDF dither and rounding: sqrt(1/4), plus the tone */
    assert_true(largest <= 2.0f / 32768);
    tb_audio_free(&audio);
    free(tone);
    unlink(path);
}

static void test_clipping_and_non_finite_samples(void **state) {
    (void)state;
    float x[8] = {2.0f, -2.0f, NAN, INFINITY, -INFINITY, 5000.0f, 1.0f, -1.0f};
    TbAudio audio;
    TbAudioInfo info;
    const char *path = in_folder("x.wav");
    assert_int_equal(tb_audio_write(path, x, 8, RATE, TB_BITS_16), TB_OK);
    assert_int_equal(tb_audio_read(path, &audio, NULL), TB_OK);
    assert_true(audio.samples[0] == 32767.0f / 32768 && audio.samples[1] == -1.0f); /* clipped, not wrapped */
    assert_true(fabsf(audio.samples[2]) < 1e-4f && audio.samples[7] <= -0.9999f);
    tb_audio_free(&audio);
    unlink(path);
    /* The writer also repairs samples, so patch the bytes of the file. */
    void *bytes;
    size_t n;
    float fine[8] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    assert_int_equal(tb_audio_write(path, fine, 8, RATE, TB_BITS_32F), TB_OK);
    assert_int_equal(tb_read_file(path, 10000, &bytes, &n), TB_OK);
    memcpy((char *)bytes + n - sizeof x, x, sizeof x);
    assert_int_equal(tb_audio_read_memory(bytes, n, &audio, &info), TB_OK);
    assert_int_equal(info.n_repaired, 3);
    char text[200];
    assert_true(tb_audio_damage(&info, "x.wav", text, sizeof text));
    assert_string_equal(text, "\"x.wav\" has 3 samples that are infinite or not a number; 0 is taken for them.");
    info.truncated = true;
    assert_true(tb_audio_damage(&info, "x.wav", text, sizeof text));
    assert_non_null(strstr(text, "ends earlier than its header says"));
    info = (TbAudioInfo){0};
    assert_false(tb_audio_damage(&info, "x.wav", text, sizeof text));
    assert_string_equal(text, "");
    assert_true(audio.samples[0] == 2.0f && audio.samples[2] == 0.0f && audio.samples[3] == 0.0f);
    assert_true(audio.samples[4] == 0.0f && audio.samples[5] == 1000.0f);
    tb_audio_free(&audio);
    free(bytes);
    unlink(path);
}

static void put(unsigned char *p, uint32_t x, int n_bytes) {
    for (int i = 0; i < n_bytes; i++)
        p[i] = (unsigned char)(x >> 8 * i);
}

/* A 16-bit WAV file with the given header fields: 44 bytes, and n_data bytes of samples 0x1000. Returns its size. */
static size_t make_wav(unsigned char *wav, int channels, uint32_t rate, uint32_t claimed, size_t n_data) {
    memcpy(wav, "RIFF....WAVEfmt ", 16);
    put(wav + 4, 36 + claimed, 4);
    put(wav + 16, 16, 4);
    put(wav + 20, 1, 2);
    put(wav + 22, (uint32_t)channels, 2);
    put(wav + 24, rate, 4);
    put(wav + 28, rate * 2 * (uint32_t)channels, 4);
    put(wav + 32, 2 * (uint32_t)channels, 2);
    put(wav + 34, 16, 2);
    memcpy(wav + 36, "data", 4);
    put(wav + 40, claimed, 4);
    for (size_t i = 0; i < n_data; i++)
        wav[44 + i] = i % 2 ? 0x10 : 0;
    return 44 + n_data;
}

static void test_wrong_headers(void **state) {
    (void)state;
    static const struct {
        const char *what;
        int channels;
        uint32_t rate, claimed;
        size_t n_data;
        TbStatus status;
        size_t n_samples;
        bool truncated;
    } cases[] = {
        {"honest", 1, 44100, 2000, 2000, TB_OK, 1000, false},
        {"two channels", 2, 44100, 2000, 2000, TB_OK, 500, false},
        {"claims more", 1, 44100, 100000, 2000, TB_OK, 1000, true},
        {"claims 2 GB", 1, 44100, 0x7ffe0000, 2000, TB_OK, 1000, true},
        {"written to a pipe", 1, 44100, 0xffffffff, 2000, TB_OK, 1000, false},
        {"no channels", 0, 44100, 2000, 2000, TB_ERR_FORMAT, 0, false},
        {"60000 channels", 60000, 44100, 2000, 2000, TB_ERR_FORMAT, 0, false},
        {"rate 0", 1, 0, 2000, 2000, TB_ERR_FORMAT, 0, false},
        {"rate 10 Hz", 1, 10, 2000, 2000, TB_ERR_FORMAT, 0, false},
        {"rate 2 GHz", 1, 2000000000, 2000, 2000, TB_ERR_FORMAT, 0, false},
        {"rate negative", 1, 0xffffff00, 2000, 2000, TB_ERR_FORMAT, 0, false},
        {"no samples", 1, 44100, 0, 0, TB_ERR_EMPTY, 0, false},
        {"all samples missing", 1, 44100, 2000, 0, TB_ERR_EMPTY, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char wav[3000];
        size_t n = make_wav(wav, cases[i].channels, cases[i].rate, cases[i].claimed, cases[i].n_data);
        TbAudio audio;
        TbAudioInfo info;
        TbStatus status = tb_audio_read_memory(wav, n, &audio, &info);
        printf("%-20s %s\n", cases[i].what, status ? tb_error_text(status) : info.format);
        assert_int_equal(status, cases[i].status);
        assert_int_equal(audio.n_samples, cases[i].n_samples);
        assert_int_equal(info.truncated, cases[i].truncated);
        if (!status)
            assert_true(audio.samples[0] == 0.125f && audio.samples[audio.n_samples - 1] == 0.125f);
        else
            assert_null(audio.samples);
        tb_audio_free(&audio);
    }
}

static void test_truncation_at_every_byte(void **state) {
    (void)state;
    static const char *const names[] = {"c.wav", "c.flac", "c.aiff", "c.caf", "c.ogg"};
    enum { LONG = 3 * N };
    float *noise =
        malloc(LONG * sizeof *noise); /* incompressible, so that compressed files are long enough to truncate */
    assert_non_null(noise);
    TbRng rng;
    tb_rng_seed(&rng, 9);
    for (int i = 0; i < LONG; i++)
        noise[i] = 0.1f * tb_rng_normal(&rng);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        void *bytes;
        size_t n, n_good = 0, length = k < 4 ? N / 4 : LONG;
        TbAudio audio;
        TbAudioInfo info;
        const char *path = in_folder(names[k]);
        assert_int_equal(tb_audio_write(path, noise, length, RATE, TB_BITS_16), TB_OK);
        assert_int_equal(tb_read_file(path, 1 << 20, &bytes, &n), TB_OK);
        for (size_t cut = 0; cut < n; cut += cut < 200 ? 1 : k < 4 ? 97 : 997) {
            TbStatus status = tb_audio_read_memory(bytes, cut, &audio, &info);
            if (status) {
                assert_null(audio.samples);
                assert_true(status == TB_ERR_FORMAT || status == TB_ERR_EMPTY);
            } else {
                n_good++;
                assert_in_range(audio.n_samples, 1, length);
                if (k < 4)
                    assert_true(info.truncated);
            }
            tb_audio_free(&audio);
        }
        printf("%s: %zu cuts still gave sound\n", names[k], n_good);
        assert_true(n_good > 0);
        free(bytes);
        unlink(path);
    }
    free(noise);
}

static void test_other_formats(void **state) {
    (void)state;
    static const char *const names[] = {"n.wav", "n.gsm", "n.vox", "n.au", "n.raw", "n"};
    TbAudio audio;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = in_folder(names[i]);
        assert_int_equal(tb_write_file(path, "not a sound, whatever the name says", 35), TB_OK);
        assert_int_equal(tb_audio_read(path, &audio, NULL), TB_ERR_FORMAT);
        assert_int_equal(tb_write_file(path, "", 0), TB_OK);
        assert_int_equal(tb_audio_read(path, &audio, NULL), TB_ERR_EMPTY);
        assert_non_null(strstr(tb_error_text(TB_ERR_EMPTY), names[i]));
        unlink(path);
    }
    assert_int_equal(tb_audio_read(in_folder("none.wav"), &audio, NULL), TB_ERR_NOT_FOUND);
    assert_int_equal(tb_audio_read(folder, &audio, NULL), TB_ERR_IO);
    assert_int_equal(tb_audio_read("/dev/null", &audio, NULL), TB_ERR_IO);
    assert_int_equal(tb_audio_read("", &audio, NULL), TB_ERR_ARGUMENT);
    assert_int_equal(tb_audio_read_memory(NULL, 0, &audio, NULL), TB_ERR_EMPTY);
}

/* A sparse file: it has its full size, but takes no disk space. */
static void test_over_four_hours(void **state) {
    (void)state;
    unsigned char wav[44];
    TbAudio audio;
    const char *path = in_folder("long.wav");
    uint32_t n_data = 2 * 8000u * (4 * 3600 + 1);
    make_wav(wav, 1, 8000, n_data, 0);
    assert_int_equal(tb_write_file(path, wav, sizeof wav), TB_OK);
    assert_int_equal(truncate(path, 44 + (off_t)n_data), 0);
    TbStatus status = tb_audio_read(path, &audio, NULL);
    unlink(path);
    assert_int_equal(status, TB_ERR_UNSUPPORTED);
    assert_non_null(strstr(tb_error_text(status), "4 hours"));
}

static void test_write_errors(void **state) {
    (void)state;
    assert_int_equal(tb_audio_write(in_folder("a.flac"), sweep, N, RATE, TB_BITS_32F), TB_ERR_UNSUPPORTED);
    assert_int_equal(tb_audio_write(in_folder("a.mid"), sweep, N, RATE, TB_BITS_16), TB_ERR_UNSUPPORTED);
    assert_int_equal(tb_audio_write(in_folder("wav"), sweep, N, RATE, TB_BITS_16), TB_ERR_UNSUPPORTED);
    assert_int_equal(tb_audio_write(in_folder("a.wav"), sweep, 0, RATE, TB_BITS_16), TB_ERR_EMPTY);
    assert_int_equal(tb_audio_write(in_folder("a.wav"), sweep, N, NAN, TB_BITS_16), TB_ERR_ARGUMENT);
    assert_int_equal(tb_audio_write(in_folder("a.wav"), sweep, N, RATE, (TbBits)8), TB_ERR_ARGUMENT);
    assert_int_equal(tb_audio_write(in_folder("none/a.wav"), sweep, N, RATE, TB_BITS_16), TB_ERR_NOT_FOUND);
    assert_int_equal(tb_audio_write(in_folder("a.ogg"), sweep, N, 999999, TB_BITS_16), TB_ERR_UNSUPPORTED);
    struct rlimit before, small; /* simulates a full disk */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 20000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    TbStatus status = tb_audio_write(in_folder("a.wav"), sweep, N, RATE, TB_BITS_16);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, TB_ERR_IO);
    assert_int_equal(access(in_folder("a.wav"), F_OK), -1); /* teardown checks for temporary files */
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_round_trips, test_same_sound_same_bytes,
                     test_dither_preserves_levels_below_one_lsb, test_clipping_and_non_finite_samples,
                     test_wrong_headers, test_truncation_at_every_byte, test_other_formats, test_over_four_hours,
                     test_write_errors);
}
