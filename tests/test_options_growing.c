/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structs of options of older and newer programs (timbrel/base.h), for every call that takes such a struct; and which
 * version this is. */
#include "base/options.h"
#include "tests/default_model.h"
#include "tests/run_tests.h"
#include "timbrel/jam.h"
#include "timbrel/melody.h"
#include "timbrel/piece.h"
#include "timbrel/rhythm.h"
#include "timbrel/sampler.h"
#include "timbrel/train.h"
#include "timbrel/web.h"

#include <stdio.h>

/* ---- every call refuses options that say no size, and those that want what it does not know ---- */

static TbStatus analyze(const void *options) {
    float x[64] = {0};
    TbAnalysis analysis;
    return tb_analyze(&(TbAudio){x, 64, 44100}, options, NULL, NULL, &analysis);
}

static TbStatus decode(const void *options) {
    TbAnalysis analysis = {0};
    TbStatus status = tb_decode(model, &(TbSound){0}, options, &analysis);
    tb_analysis_free(&analysis);
    return status;
}

static TbStatus morph(const void *options) {
    TbAnalysis analysis;
    return tb_morph(model, NULL, options, &analysis);
}

static TbStatus engine(const void *options) {
    TbEngine *made;
    TbStatus status = tb_engine_new(model, options, &made);
    tb_engine_free(made);
    return status;
}

static TbStatus note(const void *options) {
    TbInstrument *instrument;
    TbAudio audio = {0};
    TbStatus status = tb_instrument_random(model, 1, &instrument);
    status = status ? status : tb_instrument_note(instrument, options, 8000, &audio);
    tb_audio_free(&audio);
    tb_instrument_free(instrument);
    return status;
}

static TbStatus loop(const void *options) {
    TbLoop found[TB_LOOPS];
    size_t n;
    return tb_loop_find(NULL, 0, 44100, options, found, &n);
}

static TbStatus sampler(const void *options) {
    TbSamplerReport report;
    return tb_sampler_export(&(TbNoteRenderer){0}, options, NULL, NULL, &report);
}

static TbStatus live(const void *options) {
    TbLive *made;
    TbStatus status = tb_live_new(options, &made);
    tb_live_free(made);
    return status;
}

static TbStatus session(const void *options) {
    TbSession *made;
    TbPreset first = {0};
    return tb_session_new(options, &first, &made);
}

static TbStatus web(const void *options) {
    TbWeb *made;
    return tb_web_new(options, &made);
}

static TbStatus train(const void *options) {
    TbModel *made;
    return tb_train(NULL, options, NULL, NULL, &made, NULL);
}

static TbStatus train_notes(const void *options) {
    TbNoteTrainStats stats;
    return tb_train_notes(NULL, options, NULL, NULL, model, &stats);
}

static TbTrainingPlan fine_plan(void) {
    TbTrainingPlan plan;
    TbRhythmTrainOptions unused;
    tb_rhythm_train_defaults(&plan, &unused);
    return plan;
}

#define TRAIN(name, Name)                                                                                              \
    static TbStatus train_##name(const void *options) {                                                                \
        const TbTrainingPlan plan = fine_plan();                                                                       \
        Tb##Name##Model *made;                                                                                         \
        return tb_##name##_train(NULL, &plan, options, &made);                                                         \
    }
TRAIN(rhythm, Rhythm)
TRAIN(melody, Melody)
TRAIN(piece, Piece)

static TbStatus compose(const void *options) {
    TbScore score;
    TbStatus status = tb_compose(&(TbMusicModels){0}, options, &score, NULL);
    tb_score_free(&score);
    return status;
}

static TbStatus jam(const void *options) {
    TbJam *made;
    return tb_jam_new(&(TbMusicModels){0}, options, &made);
}

static TbStatus draw_rhythm(const void *options) {
    TbRhythm rhythm;
    return tb_rhythm_draw_beat(NULL, options, &rhythm);
}

static TbStatus section_of_rhythms(const void *options) {
    TbRhythm rhythm = {0};
    return tb_rhythm_section(NULL, &rhythm, options, NULL, &rhythm);
}

static TbStatus training_plan(const void *plan) {
    TbTrainingPlan unused;
    TbRhythmTrainOptions options;
    TbRhythmModel *made;
    tb_rhythm_train_defaults(&unused, &options);
    return tb_rhythm_train(NULL, plan, &options, &made);
}

static TbStatus draw_melody(const void *options) {
    TbMelody melody;
    return tb_melody_draw(NULL, options, &melody);
}

static const struct {
    const char *name;
    size_t size;
    TbStatus (*call)(const void *options);
} calls[] = {
    {"analysis", sizeof(TbAnalysisOptions), analyze},
    {"decode", sizeof(TbDecodeOptions), decode},
    {"morph", sizeof(TbMorphOptions), morph},
    {"engine", sizeof(TbEngineOptions), engine},
    {"note", sizeof(TbNoteOptions), note},
    {"loop", sizeof(TbLoopOptions), loop},
    {"sampler", sizeof(TbSamplerOptions), sampler},
    {"live", sizeof(TbLiveOptions), live},
    {"session", sizeof(TbSessionOptions), session},
    {"web", sizeof(TbWebOptions), web},
    {"train", sizeof(TbTrainOptions), train},
    {"train_notes", sizeof(TbNoteTrainOptions), train_notes},
    {"train_rhythm", sizeof(TbRhythmTrainOptions), train_rhythm},
    {"compose", sizeof(TbComposeOptions), compose},
    {"jam", sizeof(TbJamOptions), jam},
    {"draw_rhythm", sizeof(TbRhythmOptions), draw_rhythm},
    {"section_of_rhythms", sizeof(TbRhythmSection), section_of_rhythms},
    {"train_melody", sizeof(TbMelodyTrainOptions), train_melody},
    {"train_piece", sizeof(TbPieceTrainOptions), train_piece},
    {"training_plan", sizeof(TbTrainingPlan), training_plan},
    {"draw_melody", sizeof(TbMelodyOptions), draw_melody},
};

static void test_every_call_looks_at_the_size(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        union {
            size_t size;
            unsigned char bytes[1024];
        } options = {0};
        assert_true(calls[i].size + 8 < sizeof options);
        print_message("%s\n", calls[i].name);
        assert_int_equal(calls[i].call(&options), TB_ERR_ARGUMENT);
        assert_non_null(strstr(tb_error_text(TB_ERR_ARGUMENT), "size"));
        options.size = calls[i].size + 8;
        options.bytes[calls[i].size + 3] = 1;
        assert_int_equal(calls[i].call(&options), TB_ERR_UNSUPPORTED);
        assert_non_null(strstr(tb_error_text(TB_ERR_UNSUPPORTED), "newer"));
    }
}

/* ---- what is read of them ---- */

typedef struct {
    size_t size;
    double first, second;
} Older;

typedef struct {
    size_t size;
    double first, second, third;
} Newer;

static void test_an_older_program_is_understood(void **state) {
    (void)state;
    const Older given = {sizeof given, 1, 2};
    Newer own = {9, 9, 9, 9};
    assert_int_equal(tbi_options_read(&given, &own, sizeof own), TB_OK);
    assert_true(own.size == sizeof own && own.first == 1 && own.second == 2 && own.third == 0);
}

static void test_a_newer_program_is_understood_while_it_can_be(void **state) {
    (void)state;
    Newer given = {sizeof given, 1, 2, 0};
    Older own;
    assert_int_equal(tbi_options_read(&given, &own, sizeof own), TB_OK);
    assert_true(own.size == sizeof own && own.first == 1 && own.second == 2);
    given.third = 3;
    assert_int_equal(tbi_options_read(&given, &own, sizeof own), TB_ERR_UNSUPPORTED);
}

static void test_defaults_are_options(void **state) {
    (void)state;
    TbEngineOptions options;
    memset(&options, 0xff, sizeof options);
    tb_engine_defaults(&options);
    assert_int_equal(options.size, sizeof options);
    assert_int_equal(engine(&options), TB_OK);
    TbNoteOptions one;
    tb_note_defaults(&one);
    one.hold = one.longest = 0.01;
    assert_int_equal(note(&one), TB_OK);
    TbDecodeOptions as_it_was;
    tb_decode_defaults(&as_it_was);
    assert_int_equal(decode(&as_it_was), TB_OK);
}

/* ---- which version ---- */

static void test_version(void **state) {
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", TB_VERSION_MAJOR, TB_VERSION_MINOR, TB_VERSION_PATCH);
    assert_string_equal(tb_version(), text);
    assert_string_equal(tb_version(), TB_PROJECT_VERSION);
}

int main(void) {
    return RUN_TESTS(default_model_load, default_model_free, test_every_call_looks_at_the_size,
                     test_an_older_program_is_understood, test_a_newer_program_is_understood_while_it_can_be,
                     test_defaults_are_options, test_version);
}
