/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Presets of other models: a model is loaded while another one's notes sound, which go on; it comes and goes with undo
 * and compare, and no more than three are ever there. */
#include "instrument/recorded_layer.h"
#include "note/note.h"
#include "tests/fake_session.h"
#include "timbrel/sound.h"

enum { HELD = 60 };
static const char STEADY[] = "seed:500"; /* a reed organ: as long as it is held, it stays */

/* The default model, whose notes have other shapes: every number of what its network says last is a little another. */
static void write_model(const char *path, float turned) {
    TbModel *whole, *model;
    TbVae *frames;
    TbRng rng;
    tb_rng_seed(&rng, 7);
    assert_int_equal(tb_default_model(&whole), TB_OK);
    assert_int_equal(tb_vae_clone(tb_model_vae(whole), &frames), TB_OK);
    TbNoteModel *notes = malloc(sizeof *notes);
    assert_non_null(notes);
    *notes = *tb_model_notes(whole);
    assert_int_equal(tb_vae_clone(tb_model_notes(whole)->net, &notes->net), TB_OK);
    const TbTensor *bias = tb_vae_tensor(notes->net, tb_vae_n_tensors(notes->net) - 1);
    for (size_t i = 0; i < bias->rows * bias->cols; i++)
        tb_vae_params(notes->net)[bias->offset + i] += turned * tb_rng_normal(&rng);
    assert_int_equal(tb_model_new(frames, NULL, &model), TB_OK);
    assert_int_equal(tb_model_set_notes(model, notes), TB_OK);
    assert_int_equal(tb_model_write(model, path, true), TB_OK);
    tb_model_free(model);
    tb_model_free(whole);
}

/* Of the n-th other model, whose file is made when it is first asked for. */
static TbPreset of_model(int n, const char *sound) {
    TbPreset p = of_sounds("Other", 1, &sound);
    snprintf(p.model, sizeof p.model, "%s/model-%d.safetensors", fake.folder.path, n);
    if (access(p.model, F_OK) != 0)
        write_model(p.model, 0.02f * (float)n);
    p.control[TB_CONTROL_REVERB] = 0; /* so that it need not be waited for */
    return p;
}

/* ---- what is there ---- */

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

/* When nothing of a model before is heard any more. */
static int kept(void) {
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

/* Root mean square of the latest sixth of a second. */
static double loud(void) {
    float x[TB_LIVE_OUTPUT];
    double sum = 0;
    tb_live_output(fake.live, x, TB_LIVE_OUTPUT);
    for (int i = 0; i < TB_LIVE_OUTPUT; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum / TB_LIVE_OUTPUT);
}

/* The worst step between two samples since the last call. */
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

/* A note is held while the model changes: it goes on as it was; what begins then is the new model's. */
static void test_held(void **state) {
    (void)state;
    const TbPreset steady = of_sounds("Steady", 1, (const char *const[]){STEADY}), other = of_model(1, STEADY);
    tb_session_load(fake.session, &steady);
    then();
    const TbModel *before = playing();
    play(HELD);
    wait_for_samples(RATE);
    worst_step();
    double loud_before = loud();
    wait_for_samples(RATE);
    float step_before = worst_step();
    tb_session_load(fake.session, &other);
    TbSessionState s = then();
    wait_for_samples(RATE);
    float step = worst_step();
    printf("steps of %.4f before, %.4f while the model changes; %.4f and %.4f loud\n", (double)step_before,
           (double)step, loud_before, loud());
    assert_string_equal(s.preset.model, other.model);
    assert_ptr_not_equal(playing(), before);
    bool ends;
    assert_int_equal(models(&ends), 2);
    assert_true(ends); /* as long as the note is held */
    assert_true(loud_before > 1e-3 && loud() > 0.7 * loud_before && loud() < 1.4 * loud_before);
    assert_true(step < 1.3f * step_before);
    release(HELD);
    assert_int_equal(kept(), 2);
    assert_true(loud() < 1e-5);
    /* The same sound, of the new model. */
    play(HELD);
    wait_for_samples(2 * RATE);
    printf("%.4f loud, of the other model\n", loud());
    assert_true(loud() > 1e-3 && fabs(loud() / loud_before - 1) > 0.02);
}

/* A third model waits until the first one's notes have died away; or it is not waited for any more. */
static void test_wait(void **state) {
    (void)state;
    const TbPreset one = of_model(1, STEADY), two = of_model(2, STEADY);
    const TbPreset steady = of_sounds("Steady", 1, (const char *const[]){STEADY});
    tb_session_load(fake.session, &steady);
    then();
    play(HELD);
    wait_for_blocks();
    tb_session_load(fake.session, &one);
    then();
    tb_session_load(fake.session, &two);
    usleep(300000);
    assert_true(now().loading);
    assert_string_equal(now().preset.model, one.model);
    assert_true(tb_session_undo(fake.session)); /* forgotten */
    assert_false(now().loading);
    assert_int_equal(tb_session_set_sound(fake.session, 0, "seed:3"),
                     TB_OK); /* while the model is the same, nothing waits */
    assert_string_equal(then().preset.sound[0], "seed:3");
    tb_session_load(fake.session, &two);
    usleep(100000);
    assert_true(now().loading);
    release(HELD);
    assert_string_equal(then().preset.model, two.model);
    assert_int_equal(kept(), 2);
}

static void test_back_and_forth(void **state) {
    (void)state;
    const TbPreset one = of_model(1, "seed:1"), two = of_model(2, "slow:2");
    tb_session_load(fake.session, &one);
    then();
    const TbModel *model = playing();
    int loads = atomic_load(&fake.loads), model_loads = atomic_load(&fake.model_loads);
    assert_int_equal(model_loads, 1);
    assert_true(tb_session_undo(fake.session));
    assert_string_equal(then().preset.model, "");
    assert_ptr_not_equal(playing(), model);
    assert_true(tb_session_redo(fake.session));
    assert_string_equal(then().preset.model, one.model);
    assert_ptr_equal(playing(), model);
    assert_int_equal(atomic_load(&fake.loads), loads); /* nobody waits */
    assert_int_equal(atomic_load(&fake.model_loads), model_loads);
    /* One model on either side. */
    tb_session_select_b(fake.session, true);
    then();
    tb_session_load(fake.session, &two);
    then();
    assert_int_equal(kept(), 2);
    loads = atomic_load(&fake.loads);
    model_loads = atomic_load(&fake.model_loads);
    assert_int_equal(model_loads, 2);
    for (int i = 0; i < 2; i++) {
        tb_session_select_b(fake.session, false);
        assert_string_equal(then().preset.model, one.model);
        assert_ptr_equal(playing(), model);
        tb_session_select_b(fake.session, true);
        assert_string_equal(then().preset.model, two.model);
    }
    assert_int_equal(atomic_load(&fake.loads), loads);
    assert_int_equal(atomic_load(&fake.model_loads), model_loads);
    /* The first one was freed meanwhile; it is loaded again. */
    while (tb_session_undo(fake.session)) {
    }
    tb_session_load(fake.session, &fake.first);
    assert_string_equal(then().preset.model, "");
    assert_int_equal(atomic_load(&fake.model_loads), model_loads + 1);
    assert_int_equal(kept(), 2);
    /* A movement, and what is saved, is of this model. */
    tb_session_load(fake.session, &two);
    then();
    assert_int_equal(tb_session_save(fake.session, "Mine", NULL), TB_OK);
    TbPreset mine;
    assert_int_equal(tb_preset_read(fake.folder.path, "Mine", &mine), TB_OK);
    assert_string_equal(mine.model, two.model);
}

static void test_trouble(void **state) {
    (void)state;
    TbPreset p = of_model(1, "nowhere.wav");
    const TbModel *before = playing();
    tb_session_load(fake.session, &p); /* the model is there, its sound is not */
    assert_non_null(strstr(then().last_error, "nowhere.wav"));
    snprintf(p.sound[0], sizeof p.sound[0], "seed:1");
    snprintf(p.model, sizeof p.model, "%s/nothing.safetensors", fake.folder.path);
    tb_session_load(fake.session, &p);
    assert_non_null(strstr(then().last_error, "nothing.safetensors"));
    assert_int_equal(tb_write_file(p.model, "{}", 2), TB_OK);
    tb_session_load(fake.session, &p);
    assert_true(then().last_error[0]);
    TbSessionState s = now();
    assert_string_equal(s.preset.name, "First");
    assert_false(s.can_undo || s.changed);
    assert_ptr_equal(playing(), before);
    play(HELD);
    wait_for_blocks();
    assert_true(loud() > 0);
    p = of_model(1, "seed:1");
    tb_session_load(fake.session, &p);
    s = then();
    assert_string_equal(s.last_error, "");
    assert_string_equal(s.preset.model, p.model);
}

/* Whatever comes, as it comes; sanitizers look on. */
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
            then();
        }
        usleep(10000);
    }
    tb_live_panic(fake.live);
    tb_session_load(fake.session, &fake.first);
    assert_string_equal(then().preset.model, "");
    printf("%d models loaded\n", atomic_load(&fake.model_loads));
    assert_true(atomic_load(&fake.model_loads) > 2);
    assert_true(kept() <= MODELS);
}

/* Faster than time passes: rooms take seconds to die away. */
static int up(void **state) {
    int failed = fake_session_up(state);
    atomic_store(&fake.rest, 200);
    return failed;
}

#define HALL_TEST(test) cmocka_unit_test_setup_teardown(test, up, fake_session_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        HALL_TEST(test_held),    HALL_TEST(test_wait),  HALL_TEST(test_back_and_forth),
        HALL_TEST(test_trouble), HALL_TEST(test_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
