/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading in the background: the newest request wins, failures are reported, memory use is bounded. */
#include "base/clock.h"
#include "tests/fake_session.h"
#include "timbrel/web.h"

static void test_first(void **state) {
    (void)state;
    TbSessionState s = now();
    assert_string_equal(s.preset.name, "First");
    assert_false(s.changed || s.b || s.can_undo || s.can_redo || s.loading);
    assert_string_equal(s.last_error, "");
    assert_int_equal(n_corners(), 1);
    /* If the first preset cannot be loaded, creation fails with the reason. */
    const TbPreset missing = of_sounds("Missing", 1, (const char *const[]){"nowhere.wav"});
    TbSession *none;
    assert_int_equal(tb_session_new(&fake.session->options, &missing, &none), TB_ERR_NOT_FOUND);
    assert_null(none);
    assert_non_null(strstr(tb_error_text(TB_ERR_NOT_FOUND), "nowhere.wav"));
    TbPreset wrong = missing;
    wrong.n_sounds = 9;
    assert_int_equal(tb_session_new(&fake.session->options, &wrong, &none), TB_ERR_ARGUMENT);
}

/* The call returns at once; the old sounds play until the new ones are loaded. */
static void test_load_while_playing(void **state) {
    (void)state;
    TbPreset p = of_sounds("Pad", 3, (const char *const[]){"slow:2", "seed:3", "slow:4"});
    p.control[TB_CONTROL_X] = 0.25f;
    p.control[TB_CONTROL_VOLUME] = -3;
    play(60);
    const TbInstrument *before = first_corner();
    unsigned long long blocks = atomic_load(&fake.blocks);
    double begun = tbi_now();
    tb_session_load(fake.session, &p);
    assert_true(tbi_now() - begun < 0.05);
    TbSessionState s = now();
    assert_true(s.loading && s.can_undo);
    assert_string_equal(s.preset.name, "First");
    assert_ptr_equal(first_corner(), before);
    assert_true(control_value(TB_CONTROL_VOLUME) == 0);
    uint64_t changes = s.changes;
    s = settled();
    printf("loaded in %.2f s, meanwhile %llu blocks\n", tbi_now() - begun, atomic_load(&fake.blocks) - blocks);
    assert_true(atomic_load(&fake.blocks) - blocks > 20);
    assert_string_equal(s.preset.name, "Pad");
    assert_true(s.changes > changes && !s.changed && s.can_undo);
    assert_int_equal(n_corners(), 3);
    assert_true(control_value(TB_CONTROL_X) == 0.25f && control_value(TB_CONTROL_VOLUME) == -3);
    assert_true(s.preset.control[TB_CONTROL_X] == 0.25f);
    /* Recently used sounds are loaded at once. */
    int loads = atomic_load(&fake.loads);
    assert_true(tb_session_undo(fake.session));
    s = settled();
    assert_string_equal(s.preset.name, "First");
    assert_ptr_equal(first_corner(), before);
    assert_true(control_value(TB_CONTROL_VOLUME) == 0);
    assert_true(tb_session_redo(fake.session));
    assert_string_equal(settled().preset.name, "Pad");
    assert_int_equal(atomic_load(&fake.loads), loads);
}

/* Of many requests only the newest is committed, and superseded ones are abandoned. */
static void test_newest_wins(void **state) {
    (void)state;
    int before = atomic_load(&fake.loads);
    atomic_store(&fake.held_up, true);
    for (int i = 0; i < 50; i++) {
        char name[20];
        snprintf(name, sizeof name, "slow:%d", 100 + i);
        const TbPreset p = of_sounds(name, 1, (const char *const[]){name});
        tb_session_load(fake.session, &p);
        usleep(1000);
    }
    atomic_store(&fake.held_up, false);
    TbSessionState s = settled();
    assert_string_equal(s.preset.name, "slow:149");
    assert_true(atomic_load(&fake.loads) - before <= 2); /* the one in progress and the newest */
    assert_true(tb_session_undo(fake.session));          /* only committed requests are undo steps */
    assert_string_equal(settled().preset.name, "First");
    assert_false(now().can_undo);
    /* Undo of a pending request cancels it. */
    const TbPreset p = of_sounds("late", 1, (const char *const[]){"slow:200"});
    tb_session_load(fake.session, &p);
    assert_true(now().loading);
    assert_true(tb_session_undo(fake.session));
    assert_false(now().loading);
    usleep(150000);
    assert_string_equal(now().preset.name, "First");
}

/* Memory use stays bounded under a flood of requests, and nothing in use is freed (checked by ASan). */
static void test_flood(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 1);
    size_t most = 0;
    for (int i = 0; i < 150; i++) {
        char name[TB_PARTS][20];
        const char *names[TB_PARTS];
        for (int k = 0; k < TB_PARTS; k++) {
            snprintf(name[k], sizeof name[k], "seed:%d", 1000 + 4 * i + k);
            names[k] = name[k];
        }
        const TbPreset p = of_sounds("Flood", TB_PARTS, names);
        tb_session_load(fake.session, &p);
        play(40 + (int)(tb_rng_next(&rng) % 40));
        settled();
        pthread_mutex_lock(&fake.session->lock);
        most = fake.session->models.playing->instruments.n > most ? fake.session->models.playing->instruments.n : most;
        pthread_mutex_unlock(&fake.session->lock);
    }
    printf("600 sounds loaded; at most %zu kept\n", most);
    assert_true(most <= TRACKED + 2 * TB_PARTS); /* held notes keep their instruments */
    tb_live_panic(fake.live);
    for (int i = 0; i < 3000 && most != INSTRUMENT_CACHE_SIZE; i++) { /* the reverb decays within two seconds */
        usleep(10000);
        pthread_mutex_lock(&fake.session->lock);
        most = fake.session->models.playing->instruments.n;
        pthread_mutex_unlock(&fake.session->lock);
    }
    assert_int_equal(most, INSTRUMENT_CACHE_SIZE);
}

static void test_last_error(void **state) {
    (void)state;
    play(60);
    const TbInstrument *before = first_corner();
    const TbPreset p = of_sounds("Broken", 2, (const char *const[]){"seed:5", "nowhere.wav"});
    tb_session_load(fake.session, &p);
    TbSessionState s = settled();
    assert_string_equal(s.last_error,
                        "There is no sound \"nowhere.wav\"; there are bell, flute, violin."); /* on a line */
    assert_string_equal(s.preset.name, "First");
    assert_ptr_equal(first_corner(), before);
    assert_false(s.can_undo || s.changed);
    uint64_t changes = s.changes;
    assert_int_equal(tb_session_set_sound(fake.session, 0, "seed:6"), TB_OK);
    s = settled();
    assert_string_equal(s.last_error, "");
    assert_true(s.changes > changes);
    assert_int_equal(tb_session_load_named(fake.session, "no such preset"), TB_ERR_NOT_FOUND);
    assert_non_null(strstr(now().last_error, "no such preset"));
    assert_int_equal(tb_session_load_number(fake.session, 5000), TB_ERR_NOT_FOUND);
    assert_int_equal(tb_session_load_number(fake.session, -1), TB_ERR_NOT_FOUND);
    assert_int_equal(tb_session_load_named(fake.session, "\xff\xfe"), TB_ERR_NOT_FOUND);
    assert_string_equal(now().last_error, "There is no preset of this name.");
}

static void test_sounds(void **state) {
    (void)state;
    assert_int_equal(tb_session_set_sound(fake.session, 2, "seed:2"), TB_ERR_ARGUMENT);
    assert_int_equal(tb_session_set_sound(fake.session, -1, "seed:2"), TB_ERR_ARGUMENT);
    assert_int_equal(tb_session_set_sound(fake.session, 0, ""), TB_ERR_ARGUMENT);
    tb_session_set_control(fake.session, BRIGHTNESS, 1.5f);
    /* Two changes, the first still pending when the second is requested. */
    assert_int_equal(tb_session_set_sound(fake.session, 1, "slow:2"), TB_OK);
    assert_int_equal(tb_session_set_sound(fake.session, 2, "slow:3"), TB_OK);
    TbSessionState s = settled();
    assert_int_equal(s.preset.n_sounds, 3);
    assert_string_equal(s.preset.sound[1], "slow:2");
    assert_string_equal(s.preset.sound[2], "slow:3");
    assert_true(s.changed && s.preset.control[BRIGHTNESS] == 1.5f); /* controls are kept */
    assert_int_equal(tb_session_set_sound(fake.session, 0, ""), TB_OK);
    s = settled();
    assert_int_equal(s.preset.n_sounds, 2);
    assert_string_equal(s.preset.sound[0], "slow:2");
    assert_string_equal(s.preset.sound[1], "slow:3");
    assert_int_equal(n_corners(), 2);
    for (int i = 2; i < TB_PARTS; i++)
        assert_int_equal(tb_session_set_sound(fake.session, i, "seed:9"), TB_OK);
    assert_int_equal(settled().preset.n_sounds, TB_PARTS);
    assert_int_equal(tb_session_set_sound(fake.session, TB_PARTS, "seed:9"), TB_ERR_ARGUMENT);
}

/* While the audio thread's queue is full, a preset waits and is committed as soon as possible. */
static void test_full_queue(void **state) {
    (void)state;
    TbPreset p = of_sounds("Late", 2, (const char *const[]){"seed:1", "seed:2"});
    int taken = 0;
    assert_int_equal(n_corners(), 1);
    pthread_mutex_lock(&fake.block);
    for (bool waits = false; !waits && taken < 20; taken++) {
        snprintf(p.sound[1], sizeof p.sound[1], "seed:%d", taken + 2);
        tb_session_load(fake.session, &p);
        double begun = tbi_now();
        do {
            usleep(5000);
            waits = now().loading;
        } while (waits && tbi_now() - begun < 1);
    }
    int done = fake.session->side[0].now;
    pthread_mutex_unlock(&fake.block);
    assert_int_equal(taken, CHANGES + 1);
    assert_int_equal(done, CHANGES);
    assert_string_equal(settled().preset.sound[1], p.sound[1]);
    assert_int_equal(n_corners(), 2);
}

static void *send_random_commands(void *context) {
    TbRng rng;
    tb_rng_seed(&rng, (uint64_t)(uintptr_t)context);
    TbSessionState s;
    char name[20];
    for (int i = 0; i < 400; i++) {
        uint32_t r = tb_rng_next(&rng);
        snprintf(name, sizeof name, "seed:%u", r >> 8 & 63);
        const TbPreset p = of_sounds("Any", 1, (const char *const[]){name});
        switch (r & 7) {
        case 0:
            tb_session_load(fake.session, &p);
            break;
        case 1:
            tb_ignore(tb_session_set_sound(fake.session, (int)(r >> 4 & 3), r & 0x10000 ? name : "")); /* any result */
            break;
        case 2:
            tb_session_undo(fake.session);
            break;
        case 3:
            tb_session_redo(fake.session);
            break;
        case 4:
            tb_session_select_b(fake.session, r >> 9 & 1);
            break;
        case 5:
            tb_session_poll(fake.session);
            break;
        default:
            tb_session_set_control(fake.session, (TbControl)(r >> 4) % TB_CONTROLS, tb_rng_uniform(&rng));
            break;
        }
        tb_session_state(fake.session, &s);
        if (s.preset.n_sounds < 1 || s.preset.n_sounds > TB_PARTS)
            return context;
        usleep(500);
    }
    return NULL;
}

static void test_many_threads(void **state) {
    (void)state;
    pthread_t thread[4];
    play(50);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, send_random_commands, (void *)(uintptr_t)(i + 1)), 0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        assert_null(wrong);
    }
    TbSessionState s = settled();
    assert_int_equal(n_corners(), s.preset.n_sounds);
}

/* Ports of the page that do not exist are refused, and a folder for recordings is the page's own copy. */
static void test_page_options(void **state) {
    (void)state;
    TbWeb *page;
    static const int ports[] = {-1, 65536, 70000};
    char folder[] = "/tmp";
    TbWebOptions o = {.size = sizeof o, .session = fake.session, .record = folder};
    for (size_t i = 0; i < 3; i++) {
        o.port = ports[i];
        assert_int_equal(tb_web_new(&o, &page), TB_ERR_ARGUMENT);
    }
    o.port = 0;
    assert_int_equal(tb_web_new(&o, &page), TB_OK);
    memset(folder, 'x', sizeof folder - 1);
    tb_web_free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SESSION_TEST(test_first),      SESSION_TEST(test_load_while_playing), SESSION_TEST(test_newest_wins),
        SESSION_TEST(test_flood),      SESSION_TEST(test_last_error),         SESSION_TEST(test_sounds),
        SESSION_TEST(test_full_queue), SESSION_TEST(test_many_threads),       SESSION_TEST(test_page_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
