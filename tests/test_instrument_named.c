/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings with a key in their names sound at that key, whatever the octave of the pitch found; and the decision
 * which of them follow the keys. */
#include "tests/note_player.h"
#include "tests/run_tests.h"

#include <stdio.h>

enum { FRAMES = 150 };

static TbModel *model;
static TbSound clarinet, kick;

static int setup(void **state) {
    (void)state;
    return tb_default_model(&model) != TB_OK || played_encode(model, "clarinet", &clarinet) != TB_OK ||
           played_encode(model, "kick", &kick) != TB_OK;
}

static int teardown(void **state) {
    (void)state;
    tb_sound_free(&clarinet);
    tb_sound_free(&kick);
    tb_model_free(model);
    return 0;
}

static float found_key(const TbSound *sound) {
    return 69 + 12 * log2f(sound->notes[0].f0 / 440);
}

static TbInstrument *made(const TbSound *sound, TbRecordedNote as) {
    TbInstrument *in;
    assert_int_equal(tb_instrument_from_sounds(model, &sound, &as, 1, &in), TB_OK);
    return in;
}

/* Maximum difference of two notes in dB and semitones. */
static void assert_same(const TbInstrument *a, float key_a, const TbInstrument *b, float key_b) {
    TbPlayedNote x = {.part = {a}, .weight = {1}, .key = key_a, .velocity = a->layer[0].velocity}, y = x;
    y.part[0] = b;
    y.key = key_b;
    y.velocity = b->layer[0].velocity;
    Envelope p = tbi_envelope_new(model, x, 1, FRAMES, FRAMES, NULL),
             q = tbi_envelope_new(model, y, 1, FRAMES, FRAMES, NULL);
    double db = 0, semitones = 0;
    assert_true(p.n == q.n);
    for (size_t t = 0; t < p.n; t++) {
        db = fmax(db, fabs(course_db(&p, t) - course_db(&q, t)));
        semitones = fmax(semitones, fabs(12 * log2(p.frame[t].f0 / q.frame[t].f0)));
    }
    print_message("keys %.2f and %.2f: %.3f dB, %.3f semitones\n", key_a, key_b, db, semitones);
    assert_true(db < 0.3 && semitones < 0.01);
    free(p.frame);
    free(q.frame);
}

static void test_octaves(void **state) {
    (void)state;
    float key = rintf(found_key(&clarinet));
    TbInstrument *plain = made(&clarinet, (TbRecordedNote){-1, -1, false});
    for (int octave = -2; octave <= 1; octave++) {
        float named = key - 12 * (float)octave;
        TbInstrument *in = made(&clarinet, (TbRecordedNote){named, 0.5f, false});
        assert_true(in->layer[0].key == named && in->layer[0].velocity == 0.5f);
        assert_true(in->layer[0].above == 12 * (float)octave);
        assert_same(in, named, plain, key);
        /* far from the recording, where the note network plays, it stays in that octave */
        TbPlayedNote far = {.part = {in}, .weight = {1}, .key = named + 9, .velocity = 0.5f};
        Envelope c = tbi_envelope_new(model, far, 1, FRAMES, FRAMES, NULL);
        assert_true(fabs(mean_key(&c, 60, c.n) - (key + 9)) < 0.05);
        free(c.frame);
        tb_instrument_free(in);
    }
    tb_instrument_free(plain);
}

/* A named key plays the recording as it is, whatever pitch is found: a bell's strike tone is none of its partials. */
static void test_another_pitch(void **state) {
    (void)state;
    float found = found_key(&clarinet), named = rintf(found) + 3;
    TbInstrument *plain = made(&clarinet, (TbRecordedNote){-1, 0.5f, false}),
                 *in = made(&clarinet, (TbRecordedNote){named, 0.5f, false});
    assert_true(in->layer[0].key == named && in->layer[0].velocity == 0.5f);
    assert_true(fabsf(in->layer[0].above - (found - named)) < 1e-3f);
    assert_same(in, named, plain, found);
    tb_instrument_free(plain);
    tb_instrument_free(in);
}

/* A named sound with several pitches has one note at that key, the one with the most energy. */
static void test_several_pitches(void **state) {
    (void)state;
    float found = found_key(&clarinet);
    TbEncodedNote notes[2] = {clarinet.notes[0], clarinet.notes[0]};
    TbSound two = clarinet;
    notes[0].n_frames /= 4;
    notes[1].f0 *= 2;
    two.notes = notes;
    two.n_notes = 2;
    TbInstrument *in = made(&two, (TbRecordedNote){rintf(found), -1, false});
    assert_int_equal(in->n_layers, 1);
    assert_true(in->layer[0].key == rintf(found) && fabsf(in->layer[0].above - (found + 12 - rintf(found))) < 1e-3f);
    tb_instrument_free(in);
    in = made(&two, (TbRecordedNote){-1, -1, false});
    assert_int_equal(in->n_layers, 2);
    tb_instrument_free(in);
}

/* A recording without pitch, such as of a bell, has its key in an instrument whose other recordings have one. */
static void test_without_pitch(void **state) {
    (void)state;
    TbEncodedNote note = clarinet.notes[0];
    TbSound bell = clarinet;
    note.pitched = false;
    bell.notes = &note;
    bell.n_notes = 1;
    const TbSound *sounds[] = {&clarinet, &clarinet, &bell};
    TbRecordedNote as[] = {{-1, -1, false}, {-1, -1, false}, {84, -1, false}};
    TbInstrument *in;
    assert_int_equal(tb_instrument_from_sounds(model, sounds, as, 3, &in), TB_OK);
    assert_int_equal(in->n_layers, 3);
    assert_true(in->has_pitch && in->layer[2].key == 84);
    assert_true(fabsf(in->layer[2].above - (found_key(&bell) - 84)) < 1e-3f);
    TbPlayedNote played = {.part = {in}, .weight = {1}, .key = 84, .velocity = in->layer[2].velocity};
    Envelope c = tbi_envelope_new(model, played, 1, FRAMES, FRAMES, NULL);
    for (size_t t = 40; t < 80; t++)
        assert_true(fabsf(12 * log2f(c.frame[t].f0 / note.f0_track[t])) < 0.1f);
    free(c.frame);
    tb_instrument_free(in);
}

/* Among recordings of one key, the nearest velocity is selected, however they are tuned. */
static void test_velocities(void **state) {
    (void)state;
    float key = rintf(found_key(&clarinet));
    TbEncodedNote sharp = clarinet.notes[0];
    TbSound loud = clarinet;
    sharp.f0 *= exp2f(0.1f / 12);
    loud.notes = &sharp;
    const TbSound *sounds[] = {&loud, &clarinet};
    TbRecordedNote as[] = {{key, 1, false}, {key, 0.3f, false}};
    TbInstrument *in;
    LayerWeight share[2];
    assert_int_equal(tb_instrument_from_sounds(model, sounds, as, 2, &in), TB_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tbi_layer_weights(in, key, i ? 0.9f : 0.5f, share), 1);
        assert_true(in->layer[share[0].index].velocity == (i ? 1 : 0.3f) && share[0].share == 1);
    }
    tb_instrument_free(in);
}

/* However many recordings there are, each one plays at its own key and velocity. */
static void test_many(void **state) {
    (void)state;
    enum { KEYS = 50, VELOCITIES = 4, MANY = KEYS * VELOCITIES, SHORT = 20 /* frames */ };
    static TbEncodedNote note[MANY];
    static TbSound sound[MANY];
    static TbRecordedNote as[MANY];
    const TbSound *sounds[MANY];
    TbInstrument *in;
    LayerWeight share[2];
    float lowest = found_key(&clarinet);
    for (int i = 0; i < MANY; i++) {
        note[i] = clarinet.notes[0];
        note[i].n_frames = SHORT;
        note[i].f0 *= exp2f(0.25f * (float)(i % KEYS) / 12);
        sound[i] = clarinet;
        sound[i].notes = &note[i];
        sound[i].n_notes = 1;
        sounds[i] = &sound[i];
        as[i] = (TbRecordedNote){-1, (float)(1 + i / KEYS) / VELOCITIES, false};
    }
    assert_int_equal(tb_instrument_from_sounds(model, sounds, as, MANY, &in), TB_OK);
    assert_int_equal(in->n_layers, MANY);
    for (int i = 0; i < MANY; i++) {
        const RecordedLayer *layer = &in->layer[i];
        assert_true(fabsf(layer->key - lowest - 0.25f * (float)(i / VELOCITIES)) < 1e-3f);
        assert_true(layer->velocity == (float)(1 + i % VELOCITIES) / VELOCITIES);
        assert_int_equal(tbi_layer_weights(in, layer->key, layer->velocity, share), 1);
        assert_true(share[0].index == (size_t)i && share[0].share == 1);
    }
    tb_instrument_free(in);
}

/* Recordings that sound in different octaves are not mixed: the nearer one plays. */
static void test_neighbours(void **state) {
    (void)state;
    float key = rintf(found_key(&clarinet));
    const TbSound *sounds[] = {&clarinet, &clarinet};
    TbRecordedNote as[] = {{key - 12, -1, false}, {key, -1, false}};
    TbInstrument *in;
    LayerWeight share[2];
    assert_int_equal(tb_instrument_from_sounds(model, sounds, as, 2, &in), TB_OK);
    for (int up = 0; up <= 12; up++) {
        assert_int_equal(tbi_layer_weights(in, key - 12 + (float)up, 0.8f, share), 1);
        assert_int_equal(share[0].index, up > 6);
    }
    tb_instrument_free(in);
}

static void test_drum(void **state) {
    (void)state;
    TbInstrument *plain = made(&kick, (TbRecordedNote){-1, -1, false}),
                 *in = made(&kick, (TbRecordedNote){47, -1, true});
    assert_true(in->layer[0].key == 47);
    assert_same(in, 47, plain, plain->layer[0].key);
    tb_instrument_free(plain);
    tb_instrument_free(in);
}

/* A falling tone, as of a kick drum, does not follow the keys: it sounds as recorded on all of them. */
static void test_falling(void **state) {
    (void)state;
    TbEncodedNote note = clarinet.notes[0];
    TbSound falling = clarinet;
    float *f0 = malloc(note.n_frames * sizeof *f0);
    for (size_t t = 0; t < note.n_frames; t++)
        f0[t] = note.f0 * exp2f(0.5f - 0.02f * (float)t);
    note.f0_track = f0;
    falling.notes = &note;
    falling.n_notes = 1;
    TbInstrument *in = made(&falling, (TbRecordedNote){70, -1, false});
    assert_false(tb_instrument_has_pitch(in));
    for (float key = 30; key < 100; key += 30) {
        TbPlayedNote played = {.part = {in}, .weight = {1}, .key = key, .velocity = in->layer[0].velocity};
        Envelope c = tbi_envelope_new(model, played, 1, FRAMES, FRAMES, NULL);
        assert_true(c.n > 50);
        for (size_t t = 10; t < 50; t++)
            assert_true(fabsf(12 * log2f(c.frame[t].f0 / f0[t])) < 0.1f);
        free(c.frame);
    }
    tb_instrument_free(in);
    free(f0);
}

/* Noise with a short whistle has no pitch, and the whistle does not replace the noise. */
static void test_whistle_in_wind(void **state) {
    (void)state;
    TbFrame *frames = calloc(400, sizeof *frames);
    TbNote notes[2] = {{.pitched = true, .f0 = 800, .n_frames = 40, .frames = frames},
                       {.f0 = TB_BASE_F0, .n_frames = 360, .frames = frames + 40}};
    TbAnalysis analysis = {.n_notes = 2, .notes = notes};
    bool pitched;
    for (int loud = 0; loud < 2; loud++) {
        for (size_t t = 0; t < 400; t++) {
            frames[t] = (TbFrame){.f0 = t < 40 ? 800 : TB_BASE_F0, .power = t < 40 && loud ? 0.1f : 1e-3f};
            frames[t].band[30] = t < 40 ? 0 : 1e-3f;
            frames[t].harmonic[0] = t < 40 ? sqrtf(2 * frames[t].power) : 0;
        }
        assert_int_equal(tbi_analyses_are_pitched(&analysis, 1, &pitched), TB_OK);
        assert_true(pitched == (loud == 1));
    }
    free(frames);
}

static void test_names(void **state) {
    (void)state;
    TbRecordedNote as = tb_recorded_note_parse("a folder/guitar_C2_v80.wav");
    assert_true(as.key == 36 && fabsf(as.velocity - 80 / 127.0f) < 1e-6f && !as.drum);
    assert_true(tb_recorded_note_parse("loop.wav").key == -1 && tb_recorded_note_parse("loop.wav").velocity == -1);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_octaves, test_another_pitch, test_several_pitches, test_without_pitch,
                     test_velocities, test_many, test_neighbours, test_drum, test_falling, test_whistle_in_wind,
                     test_names);
}
