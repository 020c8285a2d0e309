/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inference of latents from frames: refinement improves the decoded frames of real sounds; with interpolation
 * between key frames it is nearly as good as for each frame, and smoothing removes the frame-to-frame noise. */
#include "sound/infer_latents.h"
#include "tests/run_tests.h"
#include "timbrel/presets.h"
#include "vae/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BETTER 0.85  /* maximum share of the encoder's own loss */
#define STEADIER 0.8 /* maximum ratio of the path lengths of z over time, with and without smoothing */

typedef struct {
    size_t n;
    float *x, *features, *threshold, *condition;
} Track;

static void load(const char *name, Track *track) {
    TbAudio audio;
    TbAnalysis analysis;
    size_t n_bytes = 0, i = 0;
    while (strcmp(tb_bundled_name(i), name) != 0)
        i++;
    const void *bytes = tb_bundled_data(i, &n_bytes);
    assert_int_equal(tb_audio_read_memory(bytes, n_bytes, &audio, NULL), TB_OK);
    assert_int_equal(tb_analyze(&audio, NULL, NULL, NULL, &analysis), TB_OK);
    const TbNote *note = &analysis.notes[0];
    track->n = note->n_frames;
    track->x = calloc(track->n, TB_MODEL_INPUTS * sizeof(float));
    track->features = calloc(track->n, TB_FEATURES * sizeof(float));
    track->threshold = calloc(track->n, TB_FEATURES * sizeof(float));
    track->condition = calloc(track->n, TB_CONDITIONS * sizeof(float));
    for (size_t t = 0; t < track->n; t++) {
        tbi_model_input(&note->frames[t], track->x + t * TB_MODEL_INPUTS);
        tb_frame_to_features(&note->frames[t], track->features + t * TB_FEATURES);
        tb_frame_to_condition(&note->frames[t], track->condition + t * TB_CONDITIONS);
        tb_masking_threshold(track->features + t * TB_FEATURES, track->condition + t * TB_CONDITIONS, 0,
                             track->threshold + t * TB_FEATURES);
    }
    tb_analysis_free(&analysis);
    tb_audio_free(&audio);
}

static void unload(Track *track) {
    free(track->x), free(track->features), free(track->threshold), free(track->condition);
}

static double loss_of(const TbVae *vae, const Track *t, const float *z) {
    size_t n_columns;
    const TbColumns *columns = tbi_model_columns(&n_columns);
    float *y = calloc(t->n, TB_FEATURES * sizeof *y);
    assert_int_equal(tb_vae_decode(vae, z, t->condition, t->n, y), TB_OK);
    double loss = tbi_recon_loss(columns, n_columns, TB_FEATURES, y, t->features, t->threshold, t->n, NULL, NULL);
    free(y);
    return loss;
}

static double way_of(const float *z, size_t n, size_t latent) {
    double sum = 0;
    for (size_t i = latent; i < n * latent; i++)
        sum += fabs((double)z[i] - (double)z[i - latent]);
    return sum;
}

static void test_better_than_the_encoder_alone(void **state) {
    (void)state;
    static const char *const names[] = {"flute", "piano", "trumpet", "bell", "snare", "voice"};
    TbModel *model;
    assert_int_equal(tb_default_model(&model), TB_OK);
    const TbVae *vae = tb_model_vae(model);
    size_t latent = (size_t)tb_vae_config(vae)->latent_dim;
    double sums[3] = {0}, way[2] = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Track t;
        load(names[i], &t);
        float *z = calloc(t.n * latent, sizeof *z);
        assert_int_equal(tb_vae_encode(vae, t.x, t.n, z, NULL), TB_OK);
        double guess = loss_of(vae, &t, z);
        assert_int_equal(tbi_model_infer(vae, t.x, t.features, t.threshold, t.condition, t.n, z), TB_OK);
        double refined = loss_of(vae, &t, z);
        way[0] += way_of(z, t.n, latent);
        assert_int_equal(tbi_model_infer_track(vae, t.x, t.features, t.threshold, t.condition, t.n, z), TB_OK);
        double tracked = loss_of(vae, &t, z);
        way[1] += way_of(z, t.n, latent);
        print_message("%-8s encoder %.3f, refined %.3f, as a track %.3f\n", names[i], guess, refined, tracked);
        assert_true(refined < guess);
        sums[0] += guess, sums[1] += refined, sums[2] += tracked;
        free(z);
        unload(&t);
    }
    print_message("left: %.3f of the encoder's; with neighbours %.3f of that\n", sums[1] / sums[0], sums[2] / sums[1]);
    assert_true(sums[1] < BETTER * sums[0]);
    print_message("z goes %.3f of the way\n", way[1] / way[0]);
    assert_true(sums[2] < BETTER * sums[0]);
    assert_true(way[1] < STEADIER * way[0]);
    tb_model_free(model);
}

static void test_short_tracks(void **state) {
    (void)state;
    TbModel *model;
    Track t;
    assert_int_equal(tb_default_model(&model), TB_OK);
    const TbVae *vae = tb_model_vae(model);
    size_t latent = (size_t)tb_vae_config(vae)->latent_dim, whole;
    load("piano", &t);
    whole = t.n;
    float *z = calloc(whole * latent, sizeof *z), *guess = calloc(whole * latent, sizeof *guess);
    assert_int_equal(tb_vae_encode(vae, t.x, whole, guess, NULL), TB_OK);
    for (t.n = 1; t.n < 15; t.n++) {
        assert_int_equal(tbi_model_infer_track(vae, t.x, t.features, t.threshold, t.condition, t.n, z), TB_OK);
        assert_true(loss_of(vae, &t, z) < (t.n == 1 ? 1 : 1.5) * loss_of(vae, &t, guess));
    }
    assert_int_equal(tbi_model_infer_track(vae, t.x, t.features, t.threshold, t.condition, 0, z), TB_OK);
    free(z), free(guess);
    unload(&t);
    tb_model_free(model);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_better_than_the_encoder_alone, test_short_tracks);
}
