/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An arena's arrays are zeroed, aligned and apart; a failure sticks until the arena is freed. */
#include "base/arena.h"
#include "tests/run_tests.h"

static void test_arrays(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 0, 15, 16, 17, 1000};
    enum { N = sizeof sizes / sizeof *sizes };
    TbArena arena = {0};
    for (int round = 0; round < 2; round++) { /* the second time in memory that has been used */
        float *array[N];
        for (size_t i = 0; i < N; i++) {
            array[i] = tbi_arena_floats(&arena, sizes[i]);
            assert_non_null(array[i]);
            assert_int_equal((uintptr_t)array[i] % TB_ARENA_ALIGNMENT, 0);
            for (size_t k = 0; k < sizes[i]; k++) {
                assert_true(array[i][k] == 0);
                array[i][k] = (float)i + 1;
            }
        }
        for (size_t i = 0; i < N; i++)
            for (size_t k = 0; k < sizes[i]; k++)
                assert_true(array[i][k] == (float)i + 1);
        assert_false(arena.failed);
        tbi_arena_free(&arena);
    }
}

static void test_failure(void **state) {
    (void)state;
    static const struct {
        size_t n, size;
    } too_much[] = {{SIZE_MAX, 1}, {SIZE_MAX / 2, 2}, {SIZE_MAX / 4, sizeof(float)}, {2, SIZE_MAX / 2 + 2}};
    TbArena arena = {0};
    for (size_t i = 0; i < sizeof too_much / sizeof *too_much; i++) {
        assert_non_null(tbi_arena_alloc(&arena, 3, sizeof(double)));
        assert_null(tbi_arena_alloc(&arena, too_much[i].n, too_much[i].size));
        assert_true(arena.failed);
        assert_null(tbi_arena_alloc(&arena, 1, 1)); /* so that one check at the end suffices */
        assert_true(arena.failed);
        tbi_arena_free(&arena);
        assert_true(!arena.failed && !arena.newest);
    }
    tbi_arena_free(&arena); /* an empty one */
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_arrays, test_failure);
}
