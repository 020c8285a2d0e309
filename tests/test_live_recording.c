/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings on a full disk, and on a device that reopens at another sample rate. */
#include "tests/fake_live.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { RATE = 48000, OTHER_RATE = 44100, PATIENCE = 30000 /* milliseconds */, RING_FRAMES = 1 << 18 };

static struct {
    TbLive *live;
    TbEngine *engine;
    ScratchFolder folder;
    char path[200];
} stage;

/* Takes the place of the C library's for all libraries of this program: a disk that is full when the test says so. */
static atomic_bool disk_full;

ssize_t write(int file, const void *bytes, size_t n) {
    if (file > STDERR_FILENO && atomic_load(&disk_full)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, file, bytes, n);
}

static int setup(void **state) {
    (void)state;
    atomic_store(&disk_full, false);
    stage.live = fake_live(RATE);
    assert_true(scratch_new(&stage.folder));
    snprintf(stage.path, sizeof stage.path, "%s/a.wav", stage.folder.path);
    stage.engine = engine_of(RATE);
    start(stage.live, stage.engine);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    tb_live_free(stage.live);
    tb_engine_free(stage.engine);
    scratch_free(&stage.folder);
    return 0;
}

/* Polls until `condition` holds. */
#define POLL_UNTIL(condition)                                                                                          \
    for (int i_ = 0; !(condition); i_++) {                                                                             \
        assert_true(i_ < PATIENCE);                                                                                    \
        tb_live_poll(stage.live);                                                                                      \
        usleep(1000);                                                                                                  \
    }

static double length_of(const char *path, double rate) {
    TbAudio audio;
    TbAudioInfo info;
    assert_int_equal(tb_audio_read(path, &audio, &info), TB_OK);
    assert_true(info.sample_rate == rate);
    tb_audio_free(&audio);
    return info.seconds;
}

/* The recording fails with the reason; that nothing is taken from its ring any more is not told as a slow disk. */
static void test_full_disk(void **state) {
    (void)state;
    assert_int_equal(tb_live_record(stage.live, stage.path, TB_BITS_24), TB_OK);
    POLL_UNTIL(state_of(stage.live).recorded > 0.1);
    atomic_store(&disk_full, true);
    POLL_UNTIL(state_of(stage.live).record_failed);
    unsigned long long from = atomic_load(&stage.live->thread.frames);
    POLL_UNTIL(atomic_load(&stage.live->thread.frames) > from + 2 * RING_FRAMES);
    assert_int_equal(state_of(stage.live).lost_frames, 0);
    atomic_store(&disk_full, false); /* there is room for the header */
    assert_int_equal(tb_live_record_stop(stage.live), TB_ERR_IO);
    assert_non_null(strstr(tb_error_text(TB_ERR_IO), "the disk is full"));
    assert_true(state_of(stage.live).record_failed); /* for those who look only now */
    assert_int_equal(tb_live_record_stop(stage.live), TB_OK);
    assert_true(length_of(stage.path, RATE) >= 0.1);
    assert_int_equal(tb_live_record(stage.live, stage.path, TB_BITS_24), TB_OK);
    assert_false(state_of(stage.live).record_failed);
    POLL_UNTIL(state_of(stage.live).recorded > 0.1);
    assert_int_equal(tb_live_stop(stage.live), TB_OK);
}

/* Recordings under the same name, as the page begins them within a second, are all kept. */
static void test_same_name(void **state) {
    (void)state;
    static const char *const names[] = {"a.wav", "a-2.wav", "a-3.wav"};
    char path[300];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tb_live_record(stage.live, stage.path, TB_BITS_16), TB_OK);
        assert_string_equal(state_of(stage.live).record_file, names[i]);
        assert_int_equal(state_of(stage.live).record_files, 1);
        POLL_UNTIL(state_of(stage.live).recorded > 0.1 * (i + 1));
        assert_int_equal(tb_live_record_stop(stage.live), TB_OK);
    }
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", stage.folder.path, names[i]);
        assert_true(length_of(path, RATE) > 0.1 * (i + 1));
    }
}

/* Two players that record under the same name at the same time: both files are whole. */
static void test_two_players(void **state) {
    (void)state;
    static Recorder other;
    char path[300];
    assert_int_equal(tbi_recorder_open(&other, stage.path, RATE, TB_BITS_16), TB_OK);
    assert_int_equal(tb_live_record(stage.live, stage.path, TB_BITS_16), TB_OK);
    assert_string_equal(state_of(stage.live).record_file, "a-2.wav");
    assert_int_equal(tbi_ring_put(&other.ring, (const float[200]){0}, 100), 100);
    POLL_UNTIL(state_of(stage.live).recorded > 0.1);
    assert_int_equal(tb_live_record_stop(stage.live), TB_OK);
    assert_int_equal(tbi_recorder_close(&other), TB_OK);
    assert_true(length_of(stage.path, RATE) == 100.0 / RATE);
    snprintf(path, sizeof path, "%s/a-2.wav", stage.folder.path);
    assert_true(length_of(path, RATE) > 0.1);
}

/* Names that cannot be had; and one that is held is free again when there is no recording. */
static void test_no_file(void **state) {
    (void)state;
    char path[300];
    snprintf(path, sizeof path, "%s/folder.wav", stage.folder.path);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(tb_live_record(stage.live, path, TB_BITS_16), TB_ERR_IO);
    assert_non_null(strstr(tb_error_text(TB_ERR_IO), "folder.wav\": it is a folder"));
    snprintf(path, sizeof path, "%s/away/a.wav", stage.folder.path);
    assert_int_equal(tb_live_record(stage.live, path, TB_BITS_16), TB_ERR_NOT_FOUND);
    snprintf(path, sizeof path, "%s/a.mid", stage.folder.path);
    assert_true(tb_live_record(stage.live, path, TB_BITS_16) != TB_OK);
    assert_int_equal(access(path, F_OK), -1);
    Recorder empty = {.runs = false};
    assert_int_equal(tbi_recorder_open(&empty, stage.path, RATE, TB_BITS_16), TB_OK);
    snprintf(path, sizeof path, "%s.tmp", stage.path);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(access(stage.path, F_OK), -1); /* not before it is whole: a player may be killed */
    assert_int_equal(tbi_recorder_close(&empty), TB_ERR_EMPTY);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(stage.path, F_OK), -1);
}

/* The next rate's file has the next number, also when the first one has a number already. */
static void test_numbers_go_on(void **state) {
    (void)state;
    static Recorder r;
    static const float frames[200] = {0};
    char path[300];
    assert_int_equal(tb_write_file(stage.path, "kept", 4), TB_OK);
    assert_int_equal(tbi_recorder_open(&r, stage.path, RATE, TB_BITS_16), TB_OK);
    for (int number = 2; number < 5; number++) {
        snprintf(path, sizeof path, "%s/a-%d.wav", stage.folder.path, number);
        assert_string_equal(r.file, path);
        assert_int_equal(r.n_files, number - 1);
        assert_int_equal(tbi_ring_put(&r.ring, frames, 100), 100);
        assert_true(tbi_recorder_go_on(&r, number % 2 ? RATE : OTHER_RATE));
        assert_true(length_of(path, number % 2 ? OTHER_RATE : RATE) > 0);
    }
    assert_int_equal(tbi_recorder_close(&r), TB_OK);
    snprintf(path, sizeof path, "%s/a-5.wav", stage.folder.path);
    assert_int_equal(access(path, F_OK), -1); /* nothing came after the last change */
}

/* A device that is away when a recording begins, and comes back at another rate: the file has the rate that is played
 * at; so has the next one, when the device reopens under a recording. */
static void test_rate_while_reopening(void **state) {
    (void)state;
    char path[300];
    fake_is(false, OTHER_RATE, 2);
    POLL_UNTIL(state_of(stage.live).disconnected);
    assert_int_equal(tb_live_record(stage.live, stage.path, TB_BITS_16), TB_OK);
    fake_is(true, OTHER_RATE, 2);
    POLL_UNTIL(state_of(stage.live).needed_rate == OTHER_RATE);
    TbEngine *other = engine_of(OTHER_RATE);
    POLL_UNTIL(tb_live_set_engine(stage.live, other) == TB_OK); /* it may be busy */
    POLL_UNTIL(!state_of(stage.live).disconnected && state_of(stage.live).recorded > 0.2);
    assert_int_equal(state_of(stage.live).record_files, 1); /* nothing was in the file of the old rate */
    fake_is(false, RATE, 2);
    POLL_UNTIL(state_of(stage.live).disconnected);
    fake_is(true, RATE, 2);
    POLL_UNTIL(state_of(stage.live).needed_rate == RATE);
    POLL_UNTIL(tb_live_retired(stage.live) == stage.engine);
    tb_engine_free(stage.engine);
    stage.engine = engine_of(RATE);
    POLL_UNTIL(tb_live_set_engine(stage.live, stage.engine) == TB_OK);
    POLL_UNTIL(!state_of(stage.live).disconnected && state_of(stage.live).recorded > 0.4);
    assert_string_equal(state_of(stage.live).record_file, "a-2.wav");
    assert_int_equal(tb_live_stop(stage.live), TB_OK);
    assert_true(length_of(stage.path, OTHER_RATE) > 0.1);
    snprintf(path, sizeof path, "%s/a-2.wav", stage.folder.path);
    assert_true(length_of(path, RATE) > 0.1);
    POLL_UNTIL(tb_live_retired(stage.live) == other);
    tb_engine_free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_players, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers_go_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rate_while_reopening, setup, teardown),
    };
    return cmocka_run_group_tests(tests, played_make, played_drop);
}
