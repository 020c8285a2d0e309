/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Denormal numbers are zero between tb_denormals_off and tb_denormals_restore, as operands and as results, and numbers
 * again after it: on every processor that Timbrel knows. */
#include "base/cpu.h"
#include "tests/run_tests.h"

#include <float.h>
#include <math.h>

/* Volatile, so that neither is computed before it is run; `* y` of a vector as the kernels have it. */
typedef float Four __attribute__((vector_size(16)));

static float product(float x, float y) {
    volatile float a = x, b = y, result = a * b;
    return result;
}

static float vector_product(float x, float y) {
    volatile float a = x, b = y;
    Four left = {a, a, a, a}, right = {b, b, b, b};
    volatile Four result = left * right;
    Four out = result;
    return out[0] + out[3];
}

/* x and y whose product is denormal, and a denormal number times 2^64. */
static void test_zero_while_off(void **state) {
    (void)state;
    const float denormal = FLT_MIN / 1024, large = 0x1p64f;
    assert_true(product(FLT_MIN, 0x1p-10f) > 0);
    assert_true(product(denormal, large) > 0);
    TbFloatMode before = tb_denormals_off();
    float result = product(FLT_MIN, 0x1p-10f), operand = product(denormal, large), normal = product(FLT_MIN, large);
    float in_vector = vector_product(FLT_MIN, 0x1p-10f), vector_operand = vector_product(denormal, large);
    tb_denormals_restore(before);
    assert_true(result == 0);
    assert_true(operand == 0);
    assert_true(in_vector == 0);
    assert_true(vector_operand == 0);
    assert_true(normal > 0);
    assert_true(product(FLT_MIN, 0x1p-10f) > 0);
    assert_true(vector_product(denormal, large) > 0);
}

/* What was set before a call stays set after it: one call within another. */
static void test_nested(void **state) {
    (void)state;
    TbFloatMode outer = tb_denormals_off(), inner = tb_denormals_off();
    tb_denormals_restore(inner);
    float result = product(FLT_MIN, 0x1p-10f);
    tb_denormals_restore(outer);
    assert_true(result == 0);
    assert_true(product(FLT_MIN, 0x1p-10f) > 0);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_zero_while_off, test_nested);
}
