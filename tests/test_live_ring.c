/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring between threads, in which nothing is lost, duplicated or torn, and the clock that removes jitter. */
#include "base/ring.h"
#include "live/dll.h"
#include "tests/run_tests.h"
#include "timbrel/base.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- the ring ---- */

enum { MESSAGES = 200000 };

typedef struct {
    uint64_t number, twice, check;
} Message;

static void *put_all(void *ring) {
    TbRng rng;
    tb_rng_seed(&rng, 1);
    Message some[37];
    for (uint64_t sent = 0; sent < MESSAGES;) {
        size_t n = 1 + tb_rng_next(&rng) % 37;
        n = n < MESSAGES - sent ? n : (size_t)(MESSAGES - sent);
        for (size_t i = 0; i < n; i++)
            some[i] = (Message){sent + i, 2 * (sent + i), ~(sent + i)};
        size_t put = tbi_ring_put(ring, some, n);
        if (put == 0)
            sched_yield();
        sent += put;
    }
    return NULL;
}

static void test_two_threads(void **state) {
    (void)state;
    Ring ring;
    pthread_t thread;
    Message some[50];
    TbRng rng;
    uint64_t next = 0, empty = 0, wrong = 0;
    tb_rng_seed(&rng, 2);
    assert_true(tbi_ring_new(&ring, sizeof(Message), 256));
    assert_int_equal(pthread_create(&thread, NULL, put_all, &ring), 0);
    while (next < MESSAGES) {
        size_t n = tbi_ring_get(&ring, some, 1 + tb_rng_next(&rng) % 50);
        for (size_t i = 0; i < n; i++, next++)
            wrong += some[i].number != next || some[i].twice != 2 * next || some[i].check != ~next;
        if (n == 0) {
            empty++;
            sched_yield();
        }
    }
    pthread_join(thread, NULL);
    assert_int_equal(tbi_ring_get(&ring, some, 50), 0);
    tbi_ring_free(&ring);
    printf("%d messages, %llu wrong; the ring was empty %llu times\n", MESSAGES, (unsigned long long)wrong,
           (unsigned long long)empty);
    assert_int_equal(wrong, 0);
}

static void test_full_and_empty(void **state) {
    (void)state;
    Ring ring;
    int numbers[100], got[100];
    for (int i = 0; i < 100; i++)
        numbers[i] = i;
    assert_true(tbi_ring_new(&ring, sizeof(int), 50)); /* rounded up to 64 */
    for (int round = 0; round < 10; round++) {         /* wraps around */
        assert_int_equal(tbi_ring_get(&ring, got, 100), 0);
        assert_int_equal(tbi_ring_put(&ring, numbers, 100), 64);
        assert_int_equal(tbi_ring_put(&ring, numbers, 1), 0);
        assert_int_equal(tbi_ring_get(&ring, got, 30), 30);
        assert_int_equal(tbi_ring_put(&ring, numbers + 64, 36), 30);
        assert_int_equal(tbi_ring_get(&ring, got + 30, 70), 64);
        assert_memory_equal(got, numbers, 94 * sizeof(int));
    }
    tbi_ring_free(&ring);
    tbi_ring_free(&ring);
}

/* ---- the clock ---- */

/* A device that is 0.01 % fast and calls back with jitter or, as some drivers do, in bursts. */
static void test_clock(void **state) {
    (void)state;
    static const struct {
        const char *what;
        double jitter; /* seconds */
        int burst;     /* blocks */
        double bound;  /* seconds that a block's start may be off, once settled */
    } cases[] = {{"exact", 0, 1, 1e-6}, {"jitter of 1 ms", 1e-3, 1, 2e-4}, {"bursts of four", 1e-4, 4, 4e-3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Dll c;
        TbRng rng;
        tb_rng_seed(&rng, 3);
        tbi_dll_start(&c, 48000);
        double real = 48000 * 1.0001, worst = 0, before = 0, uneven = 0;
        for (int k = 0; k < 20000; k++) {
            int asked = k / cases[i].burst * cases[i].burst;
            double at = 100 + asked * 128 / real, begin;
            begin = tbi_dll_block(&c, at + cases[i].jitter * (double)tb_rng_uniform(&rng), 128);
            if (k > 10000) {
                double off = begin - (100 + k * 128 / real) - cases[i].jitter / 2;
                worst = fmax(worst, fabs(off + (cases[i].burst - 1) / 2.0 * 128 / real));
                uneven = fmax(uneven, fabs(begin - before - 128 / real));
            }
            before = begin;
        }
        printf("%s: off by %.1e s at most, blocks uneven by %.1e s\n", cases[i].what, worst, uneven);
        assert_true(worst < cases[i].bound && uneven < 1e-4);
    }
}

/* Events of the last block keep their position in this one; a gap does no harm. */
static void test_event_positions(void **state) {
    (void)state;
    Dll c;
    tbi_dll_start(&c, 48000);
    double begin = 0;
    for (int k = 0; k < 100; k++)
        begin = tbi_dll_block(&c, 10 + k * 128 / 48000.0, 128);
    assert_int_equal(tbi_dll_offset(&c, begin, 128, begin - 64 / 48000.0), 64);
    assert_int_equal(tbi_dll_offset(&c, begin, 128, begin - 1), 0);
    assert_in_range(tbi_dll_offset(&c, begin, 128, begin + 10 / 48000.0), 137, 138);
    assert_int_equal(tbi_dll_offset(&c, begin, 128, begin + 0.09),
                     511); /* not 4448: notes after a gap are not delayed */
    assert_int_equal(tbi_dll_offset(&c, begin, 128, begin + 1e9), 511);
    double after = tbi_dll_block(&c, 20, 128);
    assert_true(after == 20);
    assert_true(fabs(tbi_dll_block(&c, 20 + 128 / 48000.0, 128) - 20 - 128 / 48000.0) < 1e-6);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_two_threads, test_full_and_empty, test_clock, test_event_positions);
}
