/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device that comes back at another sample rate, or with other channels, while the session plays and records: an
 * engine that suits it takes over. */
#include "tests/fake_device.h"
#include "tests/scratch_folder.h"
#include "timbrel/presets.h"
#include "timbrel/session.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { KEY = 69, PATIENCE = 30000 /* milliseconds */ };
static const char STEADY[] = "seed:500"; /* a reed organ: it lasts as long as its key is held */

static struct {
    TbLive *live;
    TbSession *session;
    ScratchFolder folder;
    char record[200];
} stage;

static atomic_int engines_made;
TbStatus __real_tb_engine_new(const TbModel *model, const TbEngineOptions *options, TbEngine **engine);
TbStatus __wrap_tb_engine_new(const TbModel *model, const TbEngineOptions *options, TbEngine **engine);

TbStatus __wrap_tb_engine_new(const TbModel *model, const TbEngineOptions *options, TbEngine **engine) {
    atomic_fetch_add(&engines_made, 1);
    return __real_tb_engine_new(model, options, engine);
}

static TbStatus load_model(void *context, const char *name, TbModel **model) {
    (void)context, (void)name;
    return tb_default_model(model);
}

static TbStatus load(void *context, const TbModel *model, const char *name, TbInstrument **instrument) {
    (void)context;
    return tb_instrument_random(model, strtoull(name + 5, NULL, 10), instrument);
}

static int up(void **state) {
    (void)state;
    TbPreset first;
    static char map[200];
    TbSessionOptions o;
    TbEngineOptions engine;
    tb_session_defaults(&o);
    o.load = load;
    o.load_model = load_model;
    o.map = map;
    fake_is(true, 48000, 2);
    assert_true(scratch_new(&stage.folder));
    snprintf(map, sizeof map, "%s/midi.json", stage.folder.path);
    snprintf(stage.record, sizeof stage.record, "%s/set.wav", stage.folder.path);
    o.folder = stage.folder.path;
    tb_engine_defaults(&engine);
    engine.sample_rate = 48000;
    engine.voices = 4;
    engine.stereo = engine.reverb = engine.limit = engine.live = true;
    engine.seed = 1;
    o.engine = &engine;
    assert_int_equal(tb_default_model(&o.model), TB_OK);
    assert_int_equal(tb_engine_new(o.model, &engine, &o.first), TB_OK);
    assert_int_equal(
        tbi_live_new_of(&(TbLiveOptions){.size = sizeof(TbLiveOptions), .block = FAKE_BLOCK}, fake_kinds, &stage.live),
        TB_OK);
    assert_int_equal(tb_live_start(stage.live, &(TbLivePlay){.engine = o.first}), TB_OK);
    o.live = stage.live;
    tb_preset_defaults(&first);
    snprintf(first.sound[0], sizeof first.sound[0], "%s", STEADY);
    first.control[TB_CONTROL_REVERB] = 0;
    assert_int_equal(tb_session_new(&o, &first, &stage.session), TB_OK);
    return 0;
}

static int down(void **state) {
    (void)state;
    tb_ignore(tb_live_stop(stage.live));
    tb_session_free(stage.session);
    tb_live_free(stage.live);
    scratch_free(&stage.folder);
    return 0;
}

static TbLiveState look(void) {
    TbLiveState s;
    tb_live_state(stage.live, &s);
    return s;
}

static void tend(void) {
    tb_live_poll(stage.live);
    tb_session_poll(stage.session);
    usleep(2000);
}

static void tend_until_lost(bool lost) {
    for (int i = 0; look().disconnected != lost; i++) {
        assert_true(i < PATIENCE / 2);
        tend();
    }
}

/* Until so much more has been played. */
static void tend_for(double seconds) {
    double until = look().seconds + seconds;
    for (int i = 0; look().seconds < until; i++) {
        assert_true(i < PATIENCE / 2);
        tend();
    }
}

static void press(bool down) {
    assert_true(tb_live_send(stage.live, (const uint8_t[]){down ? 0x90 : 0x80, KEY, 100}, 3));
}

static void goes_and_comes(int rate, int n_channels) {
    fake_is(false, rate, n_channels);
    tend_until_lost(true);
    assert_false(look().held[KEY]);
    assert_int_equal(look().voices, 0);
    fake_is(true, rate, n_channels);
    tend_until_lost(false);
    assert_true(look().sample_rate == rate && look().n_channels == n_channels);
    assert_true(look().needed_rate == rate && look().needed_channels == n_channels);
}

/* ---- what is heard ---- */

/* How strong x[n] is at a frequency in Hz (Goertzel, windowed). */
static double level(const float *x, size_t n, double rate, double frequency) {
    double re = 0, im = 0;
    for (size_t i = 0; i < n; i++) {
        double window = 1 - cos(2 * M_PI * (double)i / (double)n), phase = 2 * M_PI * frequency * (double)i / rate;
        re += window * (double)x[i] * cos(phase);
        im += window * (double)x[i] * sin(phase);
    }
    return sqrt(re * re + im * im) / (double)n;
}

/* That A4 is what sounds, and not what a sound made for `other` Hz would be at this rate. */
static void check_pitch(double rate, double other) {
    float x[TB_LIVE_OUTPUT];
    tb_live_output(stage.live, x, TB_LIVE_OUTPUT);
    double right = level(x, TB_LIVE_OUTPUT, rate, 440), wrong = level(x, TB_LIVE_OUTPUT, rate, 440 * rate / other);
    printf("at %.0f Hz: %.5f at 440 Hz, %.5f at %.0f Hz\n", rate, right, wrong, 440 * rate / other);
    assert_true(right > 1e-3 && right > 10 * wrong);
}

static void check_file(const char *name, double rate, double seconds) {
    char path[300];
    TbAudio audio;
    TbAudioInfo info;
    snprintf(path, sizeof path, "%s/%s", stage.folder.path, name);
    assert_int_equal(tb_audio_read(path, &audio, &info), TB_OK);
    printf("%s: %.0f Hz, %.2f s\n", name, info.sample_rate, (double)audio.n_samples / info.sample_rate);
    assert_true(info.sample_rate == rate);
    assert_true((double)audio.n_samples / rate >= seconds);
    tb_audio_free(&audio);
}

static void test_other_rate(void **state) {
    (void)state;
    assert_int_equal(tb_live_record(stage.live, stage.record, TB_BITS_16), TB_OK);
    press(true);
    tend_for(1);
    assert_true(look().held[KEY]);
    check_pitch(48000, 44100);
    double played = look().seconds;
    goes_and_comes(44100, 2);
    tend_for(0.5);
    assert_int_equal(look().voices, 0); /* the note is not held any more */
    assert_true(look().seconds > played + 0.4 && look().seconds < played + 60);
    assert_int_equal(look().record_files, 2);
    assert_string_equal(look().record_file, "set-2.wav");
    press(true);
    tend_for(1);
    check_pitch(44100, 48000);
    goes_and_comes(44100, 2); /* the same again: the file goes on */
    assert_int_equal(look().record_files, 2);
    tend_for(0.2);
    double recorded = look().recorded;
    assert_true(recorded > 2.5);
    assert_int_equal(tb_live_record_stop(stage.live), TB_OK);
    check_file("set.wav", 48000, 0.9);
    check_file("set-2.wav", 44100, 1.6);
}

/* One channel, then two at another rate. */
static void test_other_channels(void **state) {
    (void)state;
    press(true);
    tend_for(0.2);
    goes_and_comes(48000, 1);
    press(true);
    tend_for(1);
    check_pitch(48000, 44100);
    goes_and_comes(96000, 2);
    press(true);
    tend_for(1);
    check_pitch(96000, 44100);
}

/* It changes its rate again before the engine for the first change is there; a change of sounds arrives meanwhile. */
static void test_changes_while_lost(void **state) {
    (void)state;
    static const int rates[] = {44100, 48000, 96000, 44100, 32000, 48000, 96000, 44100};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        fake_is(false, rates[i], 2);
        tend_until_lost(true);
        fake_is(true, rates[i], 2);
        for (size_t k = 0; k < 3 + 20 * (i % 3); k++)
            tend();
        if (i % 2)
            assert_int_equal(tb_session_set_sound(stage.session, 0, i % 4 == 1 ? "seed:3" : STEADY), TB_OK);
    }
    tend_until_lost(false);
    assert_true(look().sample_rate == 44100);
    TbSessionState s;
    tb_session_state(stage.session, &s);
    for (int i = 0; s.loading; i++) {
        assert_true(i < PATIENCE / 2);
        tend();
        tb_session_state(stage.session, &s);
    }
    assert_string_equal(s.preset.sound[0], STEADY);
    assert_string_equal(s.last_error, "");
    press(true);
    tend_for(1);
    check_pitch(44100, 48000);
}

/* An engine of another rate than the device's is not taken. */
static void test_refused(void **state) {
    (void)state;
    TbModel *model;
    TbEngine *engine;
    assert_int_equal(tb_default_model(&model), TB_OK);
    assert_int_equal(
        tb_engine_new(
            model,
            &(TbEngineOptions){.size = sizeof(TbEngineOptions), .sample_rate = 44100, .voices = 1, .stereo = true},
            &engine),
        TB_OK);
    assert_int_equal(tb_live_set_engine(stage.live, engine), TB_ERR_UNSUPPORTED);
    tb_engine_free(engine);
    tb_model_free(model);
}

static TbSessionState state_of_session(void) {
    TbSessionState s;
    tb_session_state(stage.session, &s);
    return s;
}

/* No engine has three channels: that is said once, and tried again when the device has changed once more. */
static void test_no_engine(void **state) {
    (void)state;
    for (int rate = 44100; rate <= 48000; rate += 3900) {
        uint64_t changes = state_of_session().changes;
        fake_is(false, rate, 3);
        tend_until_lost(true);
        fake_is(true, rate, 3);
        for (int i = 0; state_of_session().changes == changes; i++) {
            assert_true(i < PATIENCE / 2);
            tend();
        }
        printf("%s\n", state_of_session().last_error);
        assert_non_null(strstr(state_of_session().last_error, "3 channels"));
        for (int i = 0; i < 100; i++)
            tend();
        assert_int_equal(state_of_session().changes, changes + 1);
        assert_true(look().disconnected);
    }
    fake_is(true, 44100, 2);
    tend_until_lost(false);
    press(true);
    tend_for(1);
    check_pitch(44100, 48000);
}

/* Another model is loaded while no engine suits the device: no engine is made again and again, and it plays once the
 * device can be played. */
static void test_model_without_engine(void **state) {
    (void)state;
    TbPreset preset = state_of_session().preset;
    fake_is(false, 48000, 3);
    tend_until_lost(true);
    fake_is(true, 48000, 3);
    for (int i = 0; !strstr(state_of_session().last_error, "3 channels"); i++) { /* of the model that plays */
        assert_true(i < PATIENCE / 2);
        tend();
    }
    int made = atomic_load(&engines_made);
    uint64_t errors = state_of_session().errors;
    snprintf(preset.model, sizeof preset.model, "another");
    tb_session_load(stage.session, &preset);
    for (int i = 0; atomic_load(&engines_made) == made; i++) {
        assert_true(i < PATIENCE / 2);
        tend();
    }
    for (int i = 0; i < 200; i++)
        tend();
    assert_int_equal(atomic_load(&engines_made), made + 1);
    assert_int_equal(state_of_session().errors, errors);
    assert_true(state_of_session().loading);
    fake_is(true, 44100, 2);
    tend_until_lost(false);
    for (int i = 0; state_of_session().loading; i++) {
        assert_true(i < PATIENCE / 2);
        tend();
    }
    assert_string_equal(state_of_session().preset.model, "another");
    press(true);
    tend_for(1);
    check_pitch(44100, 48000);
}

#define STAGE_TEST(test) cmocka_unit_test_setup_teardown(test, up, down)

int main(void) {
    const struct CMUnitTest tests[] = {
        STAGE_TEST(test_other_rate), STAGE_TEST(test_other_channels), STAGE_TEST(test_changes_while_lost),
        STAGE_TEST(test_refused),    STAGE_TEST(test_no_engine),      STAGE_TEST(test_model_without_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
