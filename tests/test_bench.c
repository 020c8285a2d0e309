/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a benchmark are shares of the whole. */
#include "app/bench_parts.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdint.h>

static void test_parts_make_the_whole(void **state) {
    (void)state;
    static const Parts cases[] = {
        {.notes = 1, .decoder = 2, .frames = 3, .tone = 4, .noise = 5, .room = 6, .whole = 30},
        {.notes = 1, .decoder = 2, .frames = 3, .tone = 4, .noise = 5, .room = 6, .whole = 10}, /* alone, they are
                                                                                                   slower */
        {.notes = -1, .decoder = 2, .frames = -3, .tone = -0.1, .noise = 5, .room = -6, .whole = 9},
        {.notes = -1, .decoder = 20, .frames = -3, .tone = -0.1, .noise = 5, .room = -6, .whole = 9},
        {.notes = -1, .decoder = -1, .frames = -1, .tone = -1, .noise = -1, .room = -1, .whole = 9},
        {.decoder = 1, .whole = 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Parts p = cases[i];
        parts_settle(&p);
        const double part[] = {p.notes, p.decoder, p.frames, p.tone, p.noise, p.room, p.rest};
        double sum = 0;
        for (int k = 0; k < 7; k++) {
            assert_true(part[k] >= 0);
            sum += part[k];
        }
        assert_true(fabs(sum - p.whole) < 1e-9);
        assert_true(p.whole == cases[i].whole);
    }
    Parts p = cases[0];
    parts_settle(&p);
    assert_true(p.notes == 1 && p.room == 6 && p.rest == 9); /* what fits stays as it was measured */
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_parts_make_the_whole);
}
