/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Augmentation of frames: what changes, by how much, and what must not. */
#include "tests/bundled_dataset.h"
#include "tests/run_tests.h"
#include "train/augment.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double total_power(const float *x) {
    double tone = 0, noise = 0, gain = 0;
    for (int i = 0; i < TB_FEATURE_GAIN; i++)
        if (x[i] > 0 && (i < TB_FEATURE_RATIO || i >= TB_FEATURE_BAND))
            *(i < TB_FEATURE_RATIO ? &tone : &noise) += pow(10, 10 * ((double)x[i] - 1));
    for (int i = 0; i < TB_GAINS; i++)
        gain += pow(10, 2 * (double)x[TB_FEATURE_GAIN + i]) / TB_GAINS;
    return tone + gain * noise;
}

static void test_augment(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 1);
    double worst = 0, moved = 0, n = 0;
    size_t transposed = 0;
    for (size_t i = 0; i < data->stats.n_frames; i += 7) {
        float x[TB_MODEL_INPUTS], kept[TB_MODEL_INPUTS], target[TB_FEATURES], condition[TB_CONDITIONS], below;
        tbi_dataset_unpack(data->rows + i * ROW, x, target, condition, &below);
        assert_true(below >= 0); /* no frame is louder than the loudest of its file */
        memcpy(kept, x, sizeof kept);
        tbi_augment_frame(x, target, condition, 1, &rng);
        worst = fmax(worst, fabs(10 * log10(total_power(target))));
        for (int k = 0; k < TB_MODEL_INPUTS; k++) {
            bool level = k < TB_FEATURE_RATIO || (k >= TB_FEATURE_BAND && k < TB_FEATURE_GAIN);
            if (level) {
                assert_true(x[k] == target[k]);
                moved += 1e4 * (double)(x[k] - kept[k]) * (double)(x[k] - kept[k]);
                n++;
            } else if (k < TB_FEATURES) {
                assert_true(x[k] == kept[k]); /* ratios, gains and inharmonicity are unchanged */
            }
        }
        assert_memory_equal(x + TB_FEATURES, condition, sizeof condition);
        double octaves = 3 * fabs((double)condition[0] - kept[TB_FEATURES]);
        bool pitched = fabs(220 * exp2(3 * (double)kept[TB_FEATURES]) - (double)TB_BASE_F0) > 0.3;
        assert_true(pitched ? octaves < 2.001 / 12 : octaves == 0);
        assert_true(fabs((double)condition[1] - kept[TB_FEATURES + 1]) <= 4.001 / 40);
        transposed += octaves > 0.01;
    }
    print_message("augmented frames: levels moved by %.1f dB (RMS), total power by at most %.3f dB\n", sqrt(moved / n),
                  worst);
    assert_true(worst < 0.1);
    assert_true(sqrt(moved / n) > 2);
    assert_true(transposed > data->stats.n_frames / 7 / 4);
}

int main(void) {
    return RUN_TESTS(listen, forget, test_augment);
}
