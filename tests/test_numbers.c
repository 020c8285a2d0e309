/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people write them. */
#include "app/numbers.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdint.h>

static void test_number_text(void **state) {
    (void)state;
    static const struct {
        double x;
        int digits, decimals;
        const char *text;
    } cases[] = {
        {2147483647, 10, 10, "2147483647"},
        {2147483647, 4, 3, "2147483647"},
        {-1.04e-06, 4, 3, "0"},
        {0, 4, 3, "0"},
        {-0.0, 4, 3, "0"},
        {1e-07, 10, 10, "0.0000001"},
        {0.05, 10, 10, "0.05"},
        {-18.6437, 4, 3, "-18.64"},
        {9.996, 3, 3, "10"},
        {100, 4, 3, "100"},
        {0.25, 3, 3, "0.25"},
        {0.01234, 3, 3, "0.012"},
        {1e12, 4, 3, "1000000000000"},
        {INFINITY, 4, 3, "-"},
        {NAN, 4, 3, "-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        number_text(cases[i].x, cases[i].digits, cases[i].decimals, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_plural(void **state) {
    (void)state;
    assert_string_equal(plural(0), "s");
    assert_string_equal(plural(1), "");
    assert_string_equal(plural(2), "s");
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_number_text, test_plural);
}
