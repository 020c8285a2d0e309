/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimation of the note off from loudness alone: on envelopes with known releases, and on some without. */
#include "note/note.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 2000, NEAR = 6 /* frames */, N_POINTS = 6 };

/* Straight lines between points (seconds, dB), the first at 0; noise and tremolo in dB. */
typedef struct {
    const char *what;
    double release; /* seconds; 0: none */
    double noise, tremolo;
    struct {
        double at, db;
    } point[N_POINTS];
} Envelope;

static const Envelope courses[] = {
    {"held, released fast", 2, 0.3, 0, {{0, -50}, {0.03, -20}, {2, -21}, {2.2, -101}}},
    {"held, released slowly", 2, 0.3, 0, {{0, -50}, {0.03, -20}, {2, -21}, {3, -81}}},
    {"held, released into a room", 2, 0.3, 0, {{0, -50}, {0.03, -20}, {2, -21}, {2.6, -57}, {4.5, -96}}},
    {"held with tremolo", 2, 0.3, 1.5, {{0, -50}, {0.03, -20}, {2, -21}, {2.3, -101}}},
    {"held, much noise", 2, 1.5, 0, {{0, -50}, {0.05, -20}, {2, -22}, {2.3, -101}}},
    {"held, then silence for long", 1, 0.3, 0, {{0, -50}, {0.03, -20}, {1, -20}, {1.2, -100}, {4, -120}}},
    {"held shortly", 0.4, 0.3, 0, {{0, -50}, {0.02, -20}, {0.4, -20}, {0.7, -80}}},
    {"slow attack", 2, 0.3, 0, {{0, -70}, {0.5, -20}, {2, -20}, {2.4, -90}}},
    {"swells until let go", 2, 0.3, 0, {{0, -60}, {0.05, -45}, {2, -15}, {2.5, -85}}},
    {"dies away, damped", 1.5, 0.3, 0, {{0, -10}, {1.5, -28}, {1.8, -98}}},
    {"dies away quickly, damped", 1, 0.3, 0, {{0, -10}, {1, -40}, {1.2, -100}}},
    {"two slopes, damped", 1.5, 0.3, 0, {{0, -10}, {0.15, -18}, {1.5, -32}, {1.7, -100}}},
    {"held to the end", 0, 0.3, 0, {{0, -50}, {0.03, -20}, {3, -22}}},
    {"held to the end with tremolo", 0, 0.3, 2, {{0, -50}, {0.03, -20}, {3, -22}}},
    {"held, cut with a short fade", 0, 0.3, 0, {{0, -50}, {0.03, -20}, {3, -22}, {3.015, -80}}},
    {"swells to the end", 0, 0.3, 0, {{0, -50}, {0.05, -40}, {3, -15}}},
    {"dies away, 8 dB/s", 0, 0.3, 0, {{0, -10}, {4, -42}}},
    {"dies away, 30 dB/s", 0, 0.3, 0, {{0, -10}, {3, -100}}},
    {"dies away, 120 dB/s", 0, 0.3, 0, {{0, -10}, {0.8, -106}}},
    {"dies away, much noise", 0, 2, 0, {{0, -10}, {3, -70}}},
    {"drum of two slopes", 0, 0.5, 0, {{0, -6}, {0.2, -36}, {1.4, -72}}},
    {"plucked, two slopes", 0, 0.5, 0, {{0, -6}, {0.3, -20}, {3, -50}}},
    {"short click", 0, 0, 0, {{0, -10}, {0.05, -60}}},
};

static double db_at(const Envelope *c, double t) {
    int i = 0;
    while (i + 2 < N_POINTS && c->point[i + 2].at > 0 && t > c->point[i + 1].at)
        i++;
    double w = (t - c->point[i].at) / (c->point[i + 1].at - c->point[i].at);
    return c->point[i].db + w * (c->point[i + 1].db - c->point[i].db) + c->tremolo * sin(2 * M_PI * 5.5 * t);
}

static size_t fill(const Envelope *c, uint64_t seed, float *loudness) {
    double end = 0;
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (int i = 0; i < N_POINTS; i++)
        end = fmax(end, c->point[i].at);
    size_t n = (size_t)(end / TB_HOP);
    for (size_t t = 0; t < n; t++)
        loudness[t] = (float)fmax(db_at(c, (double)t * TB_HOP), -120) + (float)c->noise * tb_rng_normal(&rng);
    return n;
}

static void test_courses(void **state) {
    (void)state;
    int n_wrong = 0;
    for (size_t i = 0; i < sizeof courses / sizeof *courses; i++) {
        for (uint64_t seed = 1; seed <= 5; seed++) {
            static float loudness[MOST];
            const Envelope *c = &courses[i];
            size_t n = fill(c, seed, loudness), found = tbi_note_find_release(loudness, n);
            double off = (double)found - (c->release > 0 ? c->release / TB_HOP : (double)n);
            if (fabs(off) > (c->release > 0 ? NEAR : 0)) {
                print_message("%s: %+.0f frames off, of %zu\n", c->what, off, n);
                n_wrong++;
            }
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* The absolute level does not matter. */
static void test_level(void **state) {
    (void)state;
    for (double db = -30; db <= 12; db += 6) {
        static float loudness[MOST];
        size_t n = fill(&courses[0], 3, loudness);
        for (size_t t = 0; t < n; t++)
            loudness[t] = fmaxf(loudness[t] + (float)db, -120);
        assert_true(fabs((double)tbi_note_find_release(loudness, n) - 2 / TB_HOP) <= NEAR);
    }
}

static void test_nothing(void **state) {
    (void)state;
    static float loudness[MOST];
    for (size_t t = 0; t < MOST; t++)
        loudness[t] = -120;
    assert_int_equal(tbi_note_find_release(loudness, MOST), MOST);
    for (size_t n = 0; n < 60; n++)
        assert_int_equal(tbi_note_find_release(loudness, n), n);
    fill(&courses[0], 1, loudness);
    for (size_t n = 0; n < 60; n++)
        assert_int_equal(tbi_note_find_release(loudness, n), n);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_courses, test_level, test_nothing);
}
