/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Presets of other models: a model is loaded while notes of another one sound on; undo and A/B comparison switch
 * models, and at most three are ever loaded. */
#include "instrument/recorded_layer.h"
#include "note/note.h"
#include "tests/fake_session.h"
#include "timbrel/sound.h"

enum { HELD = 60, OTHERS = 3 };
static const char STEADY[] = "seed:500"; /* a reed organ, which sustains while held */

static ScratchFolder others; /* the files of the other models */

/* The default model with the biases of its note network's last layer changed slightly, so that its notes differ. */
static void write_model(const TbModel *whole, const char *path, float offset) {
    TbModel *model;
    TbVae *frames;
    TbRng rng;
    tb_rng_seed(&rng, 7);
    assert_int_equal(tb_vae_clone(tb_model_vae(whole), &frames), TB_OK);
    TbNoteModel *notes = malloc(sizeof *notes);
    assert_non_null(notes);
    *notes = *tb_model_notes(whole);
    assert_int_equal(tb_vae_clone(tb_model_notes(whole)->net, &notes->net), TB_OK);
    const TbTensor *bias = tb_vae_tensor(notes->net, tb_vae_n_tensors(notes->net) - 1);
    for (size_t i = 0; i < bias->rows * bias->cols; i++)
        tb_vae_params(notes->net)[bias->offset + i] += offset * tb_rng_normal(&rng);
    assert_int_equal(tb_model_new(frames, NULL, &model), TB_OK);
    assert_int_equal(tb_model_set_notes(model, notes), TB_OK);
    assert_int_equal(tb_model_write(model, path, true), TB_OK);
    tb_model_free(model);
}

static void name_model(int n, char *path, size_t size) {
    snprintf(path, size, "%s/model-%d.safetensors", others.path, n);
}

/* A preset of the n-th other model. */
static TbPreset of_model(int n, const char *sound) {
    TbPreset p = of_sounds("Other", 1, &sound);
    name_model(n, p.model, sizeof p.model);
    p.control[TB_CONTROL_REVERB] = 0; /* avoids waiting for the reverb tail */
    return p;
}

/* ---- state ---- */

static const TbModel *playing(void) {
    const TbInstrument *instrument = first_corner();
    return instrument->model;
}

static int models(bool *ends) {
    pthread_mutex_lock(&fake.session->lock);
    int n = tbi_model_cache_count(&fake.session->models);
    *ends = fake.session->models.ending != NULL;
    pthread_mutex_unlock(&fake.session->lock);
    return n;
}

/* The number of models, once nothing of an earlier one sounds. */
static int models_loaded(void) {
    bool ends = true;
    int n = models(&ends);
    for (int i = 0; (ends || n > MODELS) && i < 6000; i++) {
        usleep(10000);
        n = models(&ends);
    }
    assert_false(ends);
    return n;
}

static void release(int key) {
    assert_true(tb_live_send(fake.live, (const uint8_t[]){0x80, (uint8_t)key, 0}, 3));
}

/* RMS of the latest sixth of a second. */
static double rms_level(void) {
    float x[TB_LIVE_OUTPUT];
    double sum = 0;
    tb_live_output(fake.live, x, TB_LIVE_OUTPUT);
    for (int i = 0; i < TB_LIVE_OUTPUT; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum / TB_LIVE_OUTPUT);
}

/* The largest step between two samples since the last call. */
static float worst_step(void) {
    pthread_mutex_lock(&fake.block);
    float worst = fake.worst;
    fake.worst = 0;
    pthread_mutex_unlock(&fake.block);
    return worst;
}

static void wait_for_samples(unsigned long long n) {
    unsigned long long from = atomic_load(&fake.blocks);
    while ((atomic_load(&fake.blocks) - from) * BLOCK < n)
        usleep(1000);
}

/* ---- tests ---- */

/* A held note continues unchanged while the model changes; new notes use the new model. */
static void test_held(void **state) {
    (void)state;
    const TbPreset steady = of_sounds("Steady", 1, (const char *const[]){STEADY}), other = of_model(1, STEADY);
    tb_session_load(fake.session, &steady);
    settled();
    const TbModel *before = playing();
    play(HELD);
    wait_for_samples(RATE);
    worst_step();
    double loud_before = rms_level();
    wait_for_samples(RATE);
    float step_before = worst_step();
    tb_session_load(fake.session, &other);
    TbSessionState s = settled();
    wait_for_samples(RATE);
    float step = worst_step();
    printf("steps of %.4f before, %.4f while the model changes; %.4f and %.4f RMS\n", (double)step_before, (double)step,
           loud_before, rms_level());
    assert_string_equal(s.preset.model, other.model);
    assert_ptr_not_equal(playing(), before);
    bool ends;
    assert_int_equal(models(&ends), 2);
    assert_true(ends); /* as long as the note is held */
    assert_true(loud_before > 1e-3 && rms_level() > 0.7 * loud_before && rms_level() < 1.4 * loud_before);
    assert_true(step < 1.3f * step_before);
    release(HELD);
    assert_int_equal(models_loaded(), 2);
    assert_true(rms_level() < 1e-5);
    /* The same sound, in the new model. */
    play(HELD);
    wait_for_samples(2 * RATE);
    printf("%.4f RMS, of the other model\n", rms_level());
    assert_true(rms_level() > 1e-3 && fabs(rms_level() / loud_before - 1) > 0.02);
}

/* A third model waits until the first one's notes have decayed, or the request is superseded. */
static void test_wait(void **state) {
    (void)state;
    const TbPreset one = of_model(1, STEADY), two = of_model(2, STEADY);
    const TbPreset steady = of_sounds("Steady", 1, (const char *const[]){STEADY});
    tb_session_load(fake.session, &steady);
    settled();
    play(HELD);
    wait_for_blocks();
    tb_session_load(fake.session, &one);
    settled();
    tb_session_load(fake.session, &two);
    usleep(300000);
    assert_true(now().loading);
    assert_string_equal(now().preset.model, one.model);
    assert_true(tb_session_undo(fake.session)); /* cancelled */
    assert_false(now().loading);
    assert_int_equal(tb_session_set_sound(fake.session, 0, "seed:3"), TB_OK); /* the same model: no wait */
    assert_string_equal(settled().preset.sound[0], "seed:3");
    tb_session_load(fake.session, &two);
    usleep(100000);
    assert_true(now().loading);
    release(HELD);
    assert_string_equal(settled().preset.model, two.model);
    assert_int_equal(models_loaded(), 2);
}

static void test_back_and_forth(void **state) {
    (void)state;
    const TbPreset one = of_model(1, "seed:1"), two = of_model(2, "slow:2");
    tb_session_load(fake.session, &one);
    settled();
    const TbModel *model = playing();
    int loads = atomic_load(&fake.loads), model_loads = atomic_load(&fake.model_loads);
    assert_int_equal(model_loads, 1);
    assert_true(tb_session_undo(fake.session));
    assert_string_equal(settled().preset.model, "");
    assert_ptr_not_equal(playing(), model);
    assert_true(tb_session_redo(fake.session));
    assert_string_equal(settled().preset.model, one.model);
    assert_ptr_equal(playing(), model);
    assert_int_equal(atomic_load(&fake.loads), loads); /* no loading */
    assert_int_equal(atomic_load(&fake.model_loads), model_loads);
    /* A different model on each side. */
    tb_session_select_b(fake.session, true);
    settled();
    tb_session_load(fake.session, &two);
    settled();
    assert_int_equal(models_loaded(), 2);
    loads = atomic_load(&fake.loads);
    model_loads = atomic_load(&fake.model_loads);
    assert_int_equal(model_loads, 2);
    for (int i = 0; i < 2; i++) {
        tb_session_select_b(fake.session, false);
        assert_string_equal(settled().preset.model, one.model);
        assert_ptr_equal(playing(), model);
        tb_session_select_b(fake.session, true);
        assert_string_equal(settled().preset.model, two.model);
    }
    assert_int_equal(atomic_load(&fake.loads), loads);
    assert_int_equal(atomic_load(&fake.model_loads), model_loads);
    /* The first model was freed meanwhile and is loaded again. */
    while (tb_session_undo(fake.session)) {
    }
    tb_session_load(fake.session, &fake.first);
    assert_string_equal(settled().preset.model, "");
    assert_int_equal(atomic_load(&fake.model_loads), model_loads + 1);
    assert_int_equal(models_loaded(), 2);
    /* A movement and a saved preset belong to this model. */
    tb_session_load(fake.session, &two);
    settled();
    assert_int_equal(tb_session_save(fake.session, "Mine", NULL), TB_OK);
    TbPreset mine;
    assert_int_equal(tb_preset_read(fake.folder.path, "Mine", &mine), TB_OK);
    assert_string_equal(mine.model, two.model);
}

static void test_last_error(void **state) {
    (void)state;
    TbPreset p = of_model(1, "nowhere.wav");
    const TbModel *before = playing();
    tb_session_load(fake.session, &p); /* the model exists, its sound does not */
    assert_non_null(strstr(settled().last_error, "nowhere.wav"));
    snprintf(p.sound[0], sizeof p.sound[0], "seed:1");
    snprintf(p.model, sizeof p.model, "%s/nothing.safetensors", fake.folder.path);
    tb_session_load(fake.session, &p);
    assert_non_null(strstr(settled().last_error, "nothing.safetensors"));
    assert_int_equal(tb_write_file(p.model, "{}", 2), TB_OK);
    tb_session_load(fake.session, &p);
    assert_true(settled().last_error[0]);
    TbSessionState s = now();
    assert_string_equal(s.preset.name, "First");
    assert_false(s.can_undo || s.changed);
    assert_ptr_equal(playing(), before);
    play(HELD);
    wait_for_blocks();
    assert_true(rms_level() > 0);
    p = of_model(1, "seed:1");
    tb_session_load(fake.session, &p);
    s = settled();
    assert_string_equal(s.last_error, "");
    assert_string_equal(s.preset.model, p.model);
}

/* Random commands, for the sanitizers. */
static void test_flood(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 4);
    tb_session_set_control(fake.session, TB_CONTROL_REVERB, 0);
    for (int i = 0; i < 150; i++) {
        uint32_t r = tb_rng_next(&rng);
        char name[20];
        snprintf(name, sizeof name, "seed:%u", r >> 16 & 7);
        const TbPreset p = r % 4 ? of_model(1 + (int)(r % 4), name) : fake.first;
        switch (r >> 8 & 7) {
        case 0:
            tb_session_undo(fake.session);
            break;
        case 1:
            tb_session_select_b(fake.session, r >> 20 & 1);
            break;
        case 2:
            tb_live_panic(fake.live);
            break;
        case 3:
        case 4:
            play(40 + (int)(r >> 24) % 40);
            break;
        default:
            tb_session_load(fake.session, &p);
            break;
        }
        if (i % 10 == 0) {
            tb_live_panic(fake.live);
            settled();
        }
        usleep(10000);
    }
    tb_live_panic(fake.live);
    tb_session_load(fake.session, &fake.first);
    assert_string_equal(settled().preset.model, "");
    printf("%d models loaded\n", atomic_load(&fake.model_loads));
    assert_true(atomic_load(&fake.model_loads) > 2);
    assert_true(models_loaded() <= MODELS);
}

/* Runs faster than real time, since reverbs take seconds to decay. */
static int up(void **state) {
    int failed = fake_session_up(state);
    atomic_store(&fake.rest, 200);
    return failed;
}

static int write_others(void **state) {
    (void)state;
    TbModel *whole;
    char path[200];
    assert_true(scratch_new(&others));
    assert_int_equal(tb_default_model(&whole), TB_OK);
    for (int n = 1; n <= OTHERS; n++) {
        name_model(n, path, sizeof path);
        write_model(whole, path, 0.02f * (float)n);
    }
    tb_model_free(whole);
    return 0;
}

static int remove_others(void **state) {
    (void)state;
    scratch_free(&others);
    return 0;
}

#define MODELS_TEST(test) cmocka_unit_test_setup_teardown(test, up, fake_session_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        MODELS_TEST(test_held),       MODELS_TEST(test_wait),  MODELS_TEST(test_back_and_forth),
        MODELS_TEST(test_last_error), MODELS_TEST(test_flood),
    };
    return cmocka_run_group_tests(tests, write_others, remove_others);
}
