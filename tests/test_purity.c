/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The callback under a flood of messages and of commands from all other threads neither allocates nor locks nor makes
 * system calls; and the detector would notice if it did. */
#include "base/clock.h"
#include "live/internal.h"
#include "tests/one_played.h"
#include "tests/purity.h"
#include "tests/run_tests.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef TB_SANITIZE
enum { SECONDS = 1 };
#else
enum { SECONDS = 5 };
#endif
enum { RATE = 48000, BLOCK = 64, VOICES = 16, BLOCKS = SECONDS * RATE / BLOCK };

/* ---- the detector ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static void *volatile memory;
static volatile clockid_t thread_clock = CLOCK_THREAD_CPUTIME_ID;

static void do_malloc(void) {
    memory = malloc(100);
}
static void do_realloc(void) {
    memory = realloc(memory, 1000);
}
static void do_free(void) {
    free(memory);
}
static void do_calloc(void) {
    memory = calloc(10, 10);
}
static void do_lock(void) {
    pthread_mutex_lock(&mutex);
}
static void do_unlock(void) {
    pthread_mutex_unlock(&mutex);
}
static void do_signal(void) {
    pthread_cond_signal(&condition);
}
static void do_wait(void) {
    pthread_cond_timedwait(&condition, &mutex, &(struct timespec){.tv_sec = 1});
}
static void do_print(void) {
    fprintf(stdout, "what an audio thread prints\n");
}
static void do_write(void) {
    (void)!write(STDOUT_FILENO, "", 0);
}
static void do_read(void) {
    char c;
    (void)!read(-1, &c, 1);
}
static void do_open(void) {
    close(open("/dev/null", O_RDONLY));
}
static void do_ioctl(void) {
    ioctl(-1, 0);
}
static void do_sleep(void) {
    nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
}
static void do_clock(void) {
    struct timespec t;
    clock_gettime(thread_clock, &t);
}
static void do_number(void) {
    syscall(SYS_gettid);
}

static const struct {
    const char *name;
    void (*act)(void);
    PurityKind kind;
} forbidden[] = {
    {"malloc", do_malloc, PURITY_ALLOCATIONS},
    {"realloc", do_realloc, PURITY_ALLOCATIONS},
    {"free", do_free, PURITY_FREES},
    {"calloc", do_calloc, PURITY_ALLOCATIONS},
    {"free", do_free, PURITY_FREES},
    {"pthread_mutex_lock", do_lock, PURITY_LOCKS},
    {"pthread_cond_signal", do_signal, PURITY_WAITS},
    {"pthread_cond_timedwait", do_wait, PURITY_WAITS},
    {"pthread_mutex_unlock", do_unlock, PURITY_LOCKS},
    {"fprintf", do_print, PURITY_OUTPUT},
    {"write", do_write, PURITY_SYSTEM_CALLS},
    {"read", do_read, PURITY_SYSTEM_CALLS},
    {"open", do_open, PURITY_SYSTEM_CALLS},
    {"ioctl", do_ioctl, PURITY_SYSTEM_CALLS},
    {"nanosleep", do_sleep, PURITY_SYSTEM_CALLS},
    {"clock_gettime of a thread", do_clock, PURITY_SYSTEM_CALLS},
    {"syscall", do_number, PURITY_SYSTEM_CALLS},
};

static void test_detector(void **state) {
    (void)state;
#ifdef TB_SANITIZE /* sanitizers replace malloc and locks; the test then only looks for data races and leaks */
    skip();
#endif
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        unsigned long long before = purity_count(forbidden[i].kind);
        bool can_tell = purity_begin();
        forbidden[i].act();
        purity_end();
        if (!can_tell && forbidden[i].kind == PURITY_SYSTEM_CALLS)
            skip();
        if (purity_count(forbidden[i].kind) == before)
            fail_msg("%s was not noticed", forbidden[i].name);
    }
    unsigned long long before[PURITY_KINDS];
    for (int k = 0; k < PURITY_KINDS; k++)
        before[k] = purity_count((PurityKind)k);
    do_malloc(); /* not counted */
    do_free();
    do_clock();
    purity_begin();
    tbi_now();
    purity_end();
    for (int k = 0; k < PURITY_KINDS; k++)
        assert_int_equal(purity_count((PurityKind)k), before[k]);
}

/* ---- the callback ---- */

typedef struct {
    struct TbLive live;
    atomic_bool stop;
} Setup;

/* Random messages from several sources, with enough notes for all voices. */
static void *flood(void *session) {
    Setup *s = session;
    TbRng rng;
    tb_rng_seed(&rng, 2);
    while (!atomic_load(&s->stop)) {
        for (int i = 0; i < 20; i++) {
            uint32_t r = tb_rng_next(&rng), q = tb_rng_next(&rng);
            const uint8_t any[3] = {(uint8_t)r, (uint8_t)(r >> 8), (uint8_t)(r >> 16)};
            const uint8_t note[3] = {(uint8_t)(0x90 | (r & 3)), (uint8_t)(36 + (r >> 8) % 60), (uint8_t)(q & 127)};
            tbi_audio_thread_send(&s->live.thread, SOURCE_INPUTS + (int)((q >> 8) % MIDI_INPUTS), i % 2 ? any : note,
                                  1 + (q >> 16) % 3);
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
    }
    return NULL;
}

static void *render(void *session) {
    static float out[2 * BLOCK];
    Setup *s = session;
    AudioThread *a = &s->live.thread;
    struct rusage first, before, after;
    getrusage(RUSAGE_THREAD, &first);
    for (int i = 0; i < BLOCKS; i++) {
        getrusage(RUSAGE_THREAD, i == BLOCKS / 5 ? &before : &after);
        purity_begin();
        for (int k = 0; k < 4; k++) {
            tbi_audio_thread_send_at(a, SOURCE_DEVICE, (uint32_t)(16 * k),
                                     (const uint8_t[]){0xb0, 16, (uint8_t)(i * 7 & 127)}, 3);
        }
        tbi_audio_thread_block(a, out, BLOCK, false);
        purity_end();
    }
    getrusage(RUSAGE_THREAD, &after);
    printf("page faults in the first fifth %ld, then %ld\n", before.ru_minflt - first.ru_minflt,
           after.ru_minflt - before.ru_minflt);
    atomic_store(&s->stop, true);
    return NULL;
}

static TbEngine *engine_new(void) {
    TbEngine *engine = played_engine(&played, &(TbEngineOptions){.size = sizeof(TbEngineOptions),
                                                                 .sample_rate = RATE,
                                                                 .voices = VOICES,
                                                                 .stereo = true,
                                                                 .reverb = true,
                                                                 .limit = true,
                                                                 .seed = 5});
    assert_non_null(engine);
    tb_engine_set_corners(engine, (const TbInstrument *[TB_PARTS]){played.clarinet, played.piano}, 2);
    return engine;
}

/* All commands of a page; returns the number of sounds and engines replaced. */
static int play_with(Setup *s, const char *path) {
    static float heard[TB_LIVE_OUTPUT];
    TbLive *l = &s->live;
    int swapped = 0;
    for (int i = 0; !atomic_load(&s->stop); i++) {
        const TbInstrument *corner[TB_PARTS] = {i % 2 ? played.piano : played.clarinet, played.kick, played.clarinet};
        tb_live_set_control(l, i % TB_CONTROLS, (float)(i % 11) / 10);
        tb_live_send(l, (const uint8_t[]){0x90, (uint8_t)(40 + i % 40), 90}, 3);
        tb_live_output(l, heard, TB_LIVE_OUTPUT);
        swapped += i % 10 == 0 && tb_live_set_corners(l, corner, 1 + i / 10 % 3) == TB_OK;
        if (i % 100 == 0) {
            TbEngine *next = engine_new();
            bool taken = tb_live_set_engine(l, next) == TB_OK;
            tb_engine_free(taken ? NULL : next);
            swapped += taken;
            tb_live_panic(l);
            tb_ignore(tb_live_record_stop(l)); /* may not be recording */
            assert_int_equal(tb_live_record(l, path, TB_BITS_24), TB_OK);
        }
        tb_engine_free(tb_live_retired(l));
        nanosleep(&(struct timespec){.tv_nsec = 3 * 1000 * 1000}, NULL);
    }
    return swapped;
}

static void test_callback_is_pure(void **state) {
    (void)state;
    char folder[] = "/tmp/timbrel-purity-XXXXXX", path[60];
    unsigned long long before[PURITY_KINDS];
    pthread_t audio, flooding;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.wav", folder);
    Setup *s = calloc(1, sizeof *s);
    AudioThread *a = &s->live.thread;
    assert_int_equal(tbi_commands_new(&s->live), TB_OK);
    a->n_channels = 2;
    a->rate = RATE;
    tbi_commands_begin(
        &s->live, &(TbLivePlay){.engine = engine_new(), .corner = {played.clarinet, played.piano}, .n_corners = 2});
    for (int k = 0; k < PURITY_KINDS; k++)
        before[k] = purity_count((PurityKind)k);
    assert_int_equal(pthread_create(&flooding, NULL, flood, s), 0);
    assert_int_equal(pthread_create(&audio, NULL, render, s), 0);
    int swapped = play_with(s, path);
    pthread_join(audio, NULL);
    pthread_join(flooding, NULL);
    for (int k = 0; k < PURITY_KINDS; k++)
        printf("%s: %llu\n", purity_names[k], purity_count((PurityKind)k) - before[k]);
    printf("late blocks: by themselves %llu, preempted %llu of %d; sounds and engines replaced: %d\n",
           atomic_load(&a->overruns), atomic_load(&a->preempted_blocks), BLOCKS, swapped);
    for (int k = 0; k < PURITY_KINDS; k++)
        assert_int_equal(purity_count((PurityKind)k), before[k]);
    assert_true(swapped > 10);
    tb_ignore(tb_live_record_stop(&s->live)); /* may not be recording */
    tb_live_panic(&s->live);
    for (int i = 0; i < 8 * RATE / BLOCK; i++) { /* retired engines and their reverbs end */
        static float out[2 * BLOCK];
        tbi_audio_thread_block(a, out, BLOCK, false);
        tb_engine_free(tb_live_retired(&s->live));
    }
    unlink(path);
    rmdir(folder);
    tb_engine_free(a->play.engine);
    tbi_commands_free(&s->live);
    free(s);
}

int main(void) {
    return RUN_TESTS(played_make, played_drop, test_detector, test_callback_is_pure);
}
