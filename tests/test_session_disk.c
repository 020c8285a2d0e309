/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A slow disk: messages from pages are handled at once, disk requests later and in order; the list of presets is read
 * again when it has changed, and only then. */
#include "base/clock.h"
#include "tests/fake_session.h"
#include "web/server.h"

#include <glob.h>
#include <sys/syscall.h>

#define MAX_CALL_SECONDS 2.0 /* seconds: tolerates a busy machine; the blocked disk takes longer */
#define LONGEST 60.0

static atomic_bool shut, syncing;
static atomic_int synced;

/* Replaces the C library's: blocks the caller while the simulated disk is blocked. */
int fsync(int fd) {
    double begun = tbi_now();
    atomic_store(&syncing, true);
    while (atomic_load(&shut) && tbi_now() - begun < LONGEST)
        usleep(1000);
    atomic_store(&syncing, false);
    atomic_fetch_add(&synced, 1);
    return (int)syscall(SYS_fsync, fd);
}

/* A web session without a server: messages in and out. */
static TbWeb web;
static Client client;

static int page_up(void **state) {
    fake_session_up(state);
    web = (TbWeb){.options = {.session = fake.session, .record = fake.folder.path}, .live = fake.live};
    client = (Client){.tokens = 1};
    web.clients = &client;
    web.n_clients = 1;
    assert_int_equal(tbi_web_scope_new(&web.scope), TB_OK);
    tbi_server_messages_update(&web);
    atomic_store(&shut, false);
    atomic_store(&synced, 0);
    return 0;
}

static int page_down(void **state) {
    atomic_store(&shut, false);
    tbi_commands_client_left(&web, &client);
    int status = fake_session_down(state);
    tbi_web_scope_free(web.scope);
    tbi_server_messages_free(&web);
    return status;
}

static void client_says(const char *text) {
    ClientMessage said;
    assert_true(tbi_client_message_parse(text, strlen(text), &web.initial, &said));
    double begun = tbi_now();
    tbi_commands_run(&web, &client, &said);
    tbi_server_messages_update(&web);
    double took = tbi_now() - begun;
    if (took >= MAX_CALL_SECONDS)
        printf("%s took %.3f s\n", text, took);
    assert_true(took < MAX_CALL_SECONDS);
}

static bool outgoing_has(ServerMessageKind kind, const char *text) {
    const ServerMessage *outgoing = &web.outgoing[kind];
    return memmem(outgoing->bytes + LWS_PRE, outgoing->n, text, strlen(text)) != NULL;
}

static void wait_until_syncing(void) {
    for (int i = 0; i < 5000 && !atomic_load(&syncing); i++)
        usleep(1000);
    assert_true(atomic_load(&syncing));
}

static int voices(void) {
    wait_for_blocks();
    return atomic_load(&fake.live->thread.voices);
}

static void test_notes_during_slow_disk(void **state) {
    (void)state;
    uint64_t version = web.outgoing[SERVER_PRESETS].version;
    atomic_store(&shut, true);
    client_says("{\"save\": {\"name\": \"Mine\", \"text\": \"slow\"}}");
    client_says("{\"save\": {\"name\": \"Other\", \"text\": \"slow\"}}");
    wait_until_syncing();
    for (int key = 60; key < 64; key++) {
        char text[40];
        snprintf(text, sizeof text, "{\"note\": [%d, 100]}", key);
        client_says(text);
    }
    int sounding = voices();
    client_says("{\"set\": {\"brightness\": 1}}");
    client_says("{\"undo\": true}");
    client_says("{\"remove\": \"Flute\"}"); /* not a user preset, but a valid request */
    assert_true(tb_session_busy(fake.session));
    assert_true(atomic_load(&synced) == 0 && sounding >= 4);
    assert_int_equal(web.outgoing[SERVER_PRESETS].version, version); /* not read yet */
    atomic_store(&shut, false);
    settled();
    tbi_server_messages_update(&web);
    assert_true(atomic_load(&synced) >= 2);
    assert_true(outgoing_has(SERVER_PRESETS, "\"Mine\"") && outgoing_has(SERVER_PRESETS, "\"Other\""));
    TbPreset preset;
    assert_int_equal(tb_preset_read(fake.folder.path, "Mine", &preset), TB_OK);
    assert_string_equal(preset.text, "slow");
}

/* Requests of one message burst are executed in order, and errors are reported. */
static void test_order(void **state) {
    (void)state;
    client_says("{\"save\": {\"name\": \"One\", \"text\": \"\"}}");
    settled();
    tbi_server_messages_update(&web);
    client_says("{\"set\": {\"brightness\": 1}}");
    client_says("{\"save\": {\"name\": \"One\", \"text\": \"later\"}}");
    client_says("{\"load\": \"One\"}");
    client_says("{\"remove\": \"One\"}");
    client_says("{\"load\": \"One\"}"); /* still in the page's list */
    TbSessionState s = settled();
    tbi_server_messages_update(&web);
    assert_string_equal(s.preset.name, "One");
    assert_string_equal(s.preset.text, "later");
    assert_true(s.preset.control[BRIGHTNESS] == 1);
    assert_non_null(strstr(s.last_error, "There is no preset"));
    assert_true(outgoing_has(SERVER_SESSION, "There is no preset") && !outgoing_has(SERVER_PRESETS, "\"One\""));
    client_says("{\"save\": {\"name\": \"Two\", \"text\": \"\"}}");
    assert_string_equal(settled().last_error, "");
}

static void test_recording(void **state) {
    (void)state;
    client_says("{\"note\": [60, 100]}");
    client_says("{\"record\": true}");
    settled();
    tbi_server_messages_update(&web);
    assert_true(outgoing_has(SERVER_SESSION, "\"recording\":\"timbrel-"));
    client_says("{\"record\": true}");
    settled();
    tbi_server_messages_update(&web);
    assert_true(outgoing_has(SERVER_SESSION, "A recording is running"));
    wait_for_blocks();
    usleep(100000);
    atomic_store(&shut, true);
    client_says("{\"record\": false}");
    wait_until_syncing();
    client_says("{\"note\": [62, 100]}");
    assert_true(voices() >= 2 && outgoing_has(SERVER_SESSION, "\"recording\":\"timbrel-")); /* not on the disk yet */
    atomic_store(&shut, false);
    TbSessionState s = settled();
    tbi_server_messages_update(&web);
    assert_string_equal(s.last_error, "");
    assert_string_equal(s.recording, "");
    assert_true(outgoing_has(SERVER_SESSION, "\"recording\":null"));
    for (int i = 0; i < 3; i++) { /* within a second or two, which name them: all are kept */
        client_says("{\"record\": true}");
        settled();
        wait_for_blocks();
        usleep(50000);
        client_says("{\"record\": false}");
        assert_string_equal(settled().last_error, "");
    }
    glob_t found;
    char pattern[200];
    snprintf(pattern, sizeof pattern, "%s/timbrel-*.wav", fake.folder.path);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 4);
    globfree(&found);
}

/* Sounds, controls and undo change no presets, so nothing is read. A preset written by another program is noticed. */
static void test_read_when_changed(void **state) {
    (void)state;
    uint64_t lists = settled().presets;
    for (int i = 0; i < 20; i++) {
        client_says("{\"sound\": [0, \"seed:7\"]}");
        settled();
        client_says("{\"undo\": true}");
        settled();
    }
    assert_int_equal(now().presets, lists);
    const TbPreset p = of_sounds("From elsewhere", 1, (const char *const[]){"seed:1"});
    assert_int_equal(tb_preset_write(fake.folder.path, &p), TB_OK);
    for (int i = 0; i < 1000 && now().presets == lists; i++)
        usleep(10000);
    tbi_server_messages_update(&web);
    assert_true(now().presets > lists && outgoing_has(SERVER_PRESETS, "\"From elsewhere\""));
}

/* Requests beyond the queue are refused; pending ones are finished before the session is freed. */
static void test_full_and_end(void **state) {
    (void)state;
    TbSessionRequest request = {.kind = TB_REQUEST_SAVE};
    int taken = 0;
    atomic_store(&shut, true);
    snprintf(request.name, sizeof request.name, "Kept");
    assert_true(tb_session_request(fake.session, &request));
    wait_until_syncing();
    request.kind = TB_REQUEST_LOAD_NUMBERED;
    while (taken < 2 * REQUESTS && tb_session_request(fake.session, &request))
        taken++;
    assert_int_equal(taken, REQUESTS);
    assert_non_null(strstr(now().last_error, "waiting for the disk"));
    atomic_store(&shut, false);
}

static void test_done_before_the_end(void **state) {
    (void)state;
    TbSessionRequest request = {.kind = TB_REQUEST_SAVE};
    char path[200];
    snprintf(request.name, sizeof request.name, "Last");
    atomic_store(&shut, true);
    assert_true(tb_session_request(fake.session, &request));
    snprintf(path, sizeof path, "%s/last.json", fake.folder.path);
    atomic_store(&shut, false);
    atomic_store(&fake.stop, true);
    pthread_join(fake.thread, NULL);
    tb_session_free(fake.session);
    assert_int_equal(access(path, F_OK), 0);
    no_device_free(fake.live);
    scratch_free(&fake.folder);
}

#define PAGE_TEST(test) cmocka_unit_test_setup_teardown(test, page_up, page_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGE_TEST(test_notes_during_slow_disk),
        PAGE_TEST(test_order),
        PAGE_TEST(test_recording),
        PAGE_TEST(test_read_when_changed),
        PAGE_TEST(test_full_and_end),
        cmocka_unit_test_setup(test_done_before_the_end, fake_session_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
