/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What main of a test returns: RUN_TESTS(setup, teardown, test_one, test_another). */
#ifndef TIMBREL_TESTS_RUN_TESTS_H
#define TIMBREL_TESTS_RUN_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* names: of the n functions, with commas between. */
static inline int tests_run(char *names, const CMUnitTestFunction *test, size_t n, CMFixtureFunction setup,
                            CMFixtureFunction teardown) {
    struct CMUnitTest tests[64] = {{0}}; /* cmocka passes over those without a name */
    char *rest = NULL;
    if (n > sizeof tests / sizeof *tests)
        abort();
    for (size_t i = 0; i < n; i++) {
        tests[i].name = strtok_r(i ? NULL : names, ", ", &rest);
        tests[i].test_func = test[i];
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}

#define RUN_TESTS(setup, teardown, ...)                                                                                \
    tests_run((char[]){#__VA_ARGS__}, (const CMUnitTestFunction[]){__VA_ARGS__},                                       \
              sizeof((const CMUnitTestFunction[]){__VA_ARGS__}) / sizeof(CMUnitTestFunction), setup, teardown)

#endif
