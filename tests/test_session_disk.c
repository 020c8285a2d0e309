// SPDX-License-Identifier: GPL-3.0-or-later
// A slow disk: what a page says is done at once all the same; what needs the disk is done later, in order; the list of
// presets is read again when it has changed, and not before.
#include "web/server.h"
#include "tests/fake_session.h"

#include <sys/syscall.h>

#define AT_ONCE 2.0 // seconds: a busy machine has its pauses; the disk takes as long as it is shut
#define LONGEST 60.0

static atomic_bool shut, syncing;
static atomic_int synced;

// The program's own takes the place of the library's: a disk that keeps a thread waiting while it is shut.
int fsync(int fd) {
    double begun = stage_now();
    atomic_store(&syncing, true);
    while (atomic_load(&shut) && stage_now() - begun < LONGEST)
        usleep(1000);
    atomic_store(&syncing, false);
    atomic_fetch_add(&synced, 1);
    return (int)syscall(SYS_fsync, fd);
}

// A page without its server: what is said to it, and what it tells.
static TbPage page;
static Client client;

static int page_up(void **state) {
    hall_up(state);
    page = (TbPage){.options = {.stage = hall.stage, .record = hall.folder.path}, .live = hall.live};
    client = (Client){.tokens = 1};
    page.clients = &client;
    page.n_clients = 1;
    assert_int_equal(picture_new(&page.picture), TB_OK);
    told_update(&page);
    atomic_store(&shut, false);
    atomic_store(&synced, 0);
    return 0;
}

static int page_down(void **state) {
    atomic_store(&shut, false);
    hands_leave(&page, &client);
    int status = hall_down(state);
    picture_free(page.picture);
    told_free(&page);
    return status;
}

static void say(const char *text) {
    Said said;
    assert_true(page_message(text, strlen(text), &page.first, &said));
    double begun = stage_now();
    hands_do(&page, &client, &said);
    told_update(&page);
    double took = stage_now() - begun;
    if (took >= AT_ONCE)
        printf("%s took %.3f s\n", text, took);
    assert_true(took < AT_ONCE);
}

static bool tells(ToldKind kind, const char *text) {
    const Told *told = &page.told[kind];
    return memmem(told->bytes + LWS_PRE, told->n, text, strlen(text)) != NULL;
}

static void wait_until_syncing(void) {
    for (int i = 0; i < 5000 && !atomic_load(&syncing); i++)
        usleep(1000);
    assert_true(atomic_load(&syncing));
}

static int voices(void) {
    wait_for_blocks();
    return atomic_load(&hall.live->thread.voices);
}

static void test_notes_go_on(void **state) {
    (void)state;
    uint64_t version = page.told[TOLD_PRESETS].version;
    atomic_store(&shut, true);
    say("{\"save\": {\"name\": \"Mine\", \"text\": \"slow\"}}");
    say("{\"save\": {\"name\": \"Other\", \"text\": \"slow\"}}");
    wait_until_syncing();
    for (int key = 60; key < 64; key++) {
        char text[40];
        snprintf(text, sizeof text, "{\"note\": [%d, 100]}", key);
        say(text);
    }
    int sounding = voices();
    say("{\"set\": {\"brightness\": 1}}");
    say("{\"undo\": true}");
    say("{\"remove\": \"Flute\"}"); // not one of the user's, but all the same
    assert_true(tb_stage_busy(hall.stage));
    assert_true(atomic_load(&synced) == 0 && sounding >= 4);
    assert_int_equal(page.told[TOLD_PRESETS].version, version); // nothing has been read yet
    atomic_store(&shut, false);
    then();
    told_update(&page);
    assert_true(atomic_load(&synced) >= 2);
    assert_true(tells(TOLD_PRESETS, "\"Mine\"") && tells(TOLD_PRESETS, "\"Other\""));
    TbPreset preset;
    assert_int_equal(tb_preset_read(hall.folder.path, "Mine", &preset), TB_OK);
    assert_string_equal(preset.text, "slow");
}

// What a page asks for in one breath is done in that order, and what goes wrong is told.
static void test_order(void **state) {
    (void)state;
    say("{\"save\": {\"name\": \"One\", \"text\": \"\"}}");
    then();
    told_update(&page);
    say("{\"set\": {\"brightness\": 1}}");
    say("{\"save\": {\"name\": \"One\", \"text\": \"later\"}}");
    say("{\"load\": \"One\"}");
    say("{\"remove\": \"One\"}");
    say("{\"load\": \"One\"}"); // still in the list that the page has
    TbStageState s = then();
    told_update(&page);
    assert_string_equal(s.preset.name, "One");
    assert_string_equal(s.preset.text, "later");
    assert_true(s.preset.control[BRIGHTNESS] == 1);
    assert_non_null(strstr(s.trouble, "There is no preset"));
    assert_true(tells(TOLD_STAGE, "There is no preset") && !tells(TOLD_PRESETS, "\"One\""));
    say("{\"save\": {\"name\": \"Two\", \"text\": \"\"}}");
    assert_string_equal(then().trouble, "");
}

static void test_recording(void **state) {
    (void)state;
    say("{\"note\": [60, 100]}");
    say("{\"record\": true}");
    then();
    told_update(&page);
    assert_true(tells(TOLD_STAGE, "\"recording\":\"timbrel-"));
    say("{\"record\": true}");
    then();
    told_update(&page);
    assert_true(tells(TOLD_STAGE, "A recording is running"));
    wait_for_blocks();
    usleep(100000);
    atomic_store(&shut, true);
    say("{\"record\": false}");
    wait_until_syncing();
    say("{\"note\": [62, 100]}");
    assert_true(voices() >= 2 && tells(TOLD_STAGE, "\"recording\":\"timbrel-")); // it is not on the disk yet
    atomic_store(&shut, false);
    TbStageState s = then();
    told_update(&page);
    assert_string_equal(s.trouble, "");
    assert_string_equal(s.recording, "");
    assert_true(tells(TOLD_STAGE, "\"recording\":null"));
}

// Sounds, controls and undo change the stage, but no preset: nothing is read. Another program's preset is found.
static void test_read_when_changed(void **state) {
    (void)state;
    uint64_t lists = then().presets;
    for (int i = 0; i < 20; i++) {
        say("{\"sound\": [0, \"seed:7\"]}");
        then();
        say("{\"undo\": true}");
        then();
    }
    assert_int_equal(now().presets, lists);
    const TbPreset p = of_sounds("From elsewhere", 1, (const char *const[]){"seed:1"});
    assert_int_equal(tb_preset_write(hall.folder.path, &p), TB_OK);
    for (int i = 0; i < 1000 && now().presets == lists; i++)
        usleep(10000);
    told_update(&page);
    assert_true(now().presets > lists && tells(TOLD_PRESETS, "\"From elsewhere\""));
}

// More requests than there is room for are refused, and those that wait are done before the stage goes.
static void test_full_and_end(void **state) {
    (void)state;
    TbStageRequest request = {.kind = TB_REQUEST_SAVE};
    int taken = 0;
    atomic_store(&shut, true);
    snprintf(request.name, sizeof request.name, "Kept");
    assert_true(tb_stage_request(hall.stage, &request));
    wait_until_syncing();
    request.kind = TB_REQUEST_LOAD_NUMBERED;
    while (taken < 2 * REQUESTS && tb_stage_request(hall.stage, &request))
        taken++;
    assert_int_equal(taken, REQUESTS);
    assert_non_null(strstr(now().trouble, "disk is slow"));
    atomic_store(&shut, false);
}

static void test_done_before_the_end(void **state) {
    (void)state;
    TbStageRequest request = {.kind = TB_REQUEST_SAVE};
    char path[200];
    snprintf(request.name, sizeof request.name, "Last");
    atomic_store(&shut, true);
    assert_true(tb_stage_request(hall.stage, &request));
    snprintf(path, sizeof path, "%s/last.json", hall.folder.path);
    atomic_store(&shut, false);
    atomic_store(&hall.stop, true);
    pthread_join(hall.thread, NULL);
    tb_stage_free(hall.stage);
    assert_int_equal(access(path, F_OK), 0);
    no_device_free(hall.live);
    scratch_free(&hall.folder);
}

#define PAGE_TEST(test) cmocka_unit_test_setup_teardown(test, page_up, page_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGE_TEST(test_notes_go_on),  PAGE_TEST(test_order),
        PAGE_TEST(test_recording),    PAGE_TEST(test_read_when_changed),
        PAGE_TEST(test_full_and_end), cmocka_unit_test_setup(test_done_before_the_end, hall_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
