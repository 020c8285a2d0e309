/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Change of basis of the note network's code: afterwards a step along a knob changes its own attribute, by one
 * deviation in the mean, and the other dimensions are sorted by their effect on the sound. With the default model's
 * network, whose code is mixed first. */
#include "tests/run_tests.h"
#include "tests/small_notes.h"
#include "timbrel/presets.h"
#include "train/note_basis.h"
#include "vae/training.h"

#include <math.h>

#ifdef TB_SANITIZE /* about twenty times slower; a smaller case that still covers all code */
enum { LISTENED = 3, OUTPUT_RING = 2, QUICK = 1 };
#else
enum { LISTENED = 32, OUTPUT_RING = 24, QUICK = 0 };
#endif
enum { DIM = TB_CODE_DIM, REST = DIM - TB_KNOBS, TABLES = 100 };
#define STEP 0.7f

static TbModel *model;
static TbNoteModel *mixed; /* the note network before the change of basis; the model has it afterwards */
static float to[DIM][DIM]; /* from its code */

static TbNoteModel *copy_of(const TbNoteModel *notes) {
    TbNoteModel *copy = malloc(sizeof *copy);
    assert_non_null(copy);
    *copy = *notes;
    copy->net = NULL;
    assert_int_equal(tb_vae_clone(notes->net, &copy->net), TB_OK);
    return copy;
}

/* Mixes the code: each dimension gets a part of those before it. */
static void mix_code(TbNoteModel *notes) {
    float a[DIM * DIM] = {0}, back[DIM * DIM] = {0}, mean[DIM] = {0}, spread[DIM * DIM] = {0};
    TbRng rng;
    tb_rng_seed(&rng, 10);
    for (int i = 0; i < DIM; i++) {
        for (int k = 0; k <= i; k++)
            a[i * DIM + k] = k < i ? 0.5f * tb_rng_normal(&rng) : 1;
        for (int k = 0; k <= i; k++) { /* a times back is 1 */
            float sum = i == k;
            for (int j = k; j < i; j++)
                sum -= a[i * DIM + j] * back[j * DIM + k];
            back[i * DIM + k] = sum;
        }
        for (int j = 0; j <= i; j++) {
            mean[i] += a[i * DIM + j] * notes->mean[1][j];
            for (int k = 0; k <= j; k++)
                spread[i * DIM + k] += a[i * DIM + j] * notes->spread[1][j * DIM + k];
        }
    }
    assert_int_equal(tbi_vae_change_basis(notes->net, a, back), TB_OK);
    memcpy(notes->mean[1], mean, sizeof mean);
    memcpy(notes->spread[1], spread, sizeof spread);
}

/* Makes the encoder output the old code unchanged: after the change of basis its output is `to`. */
static float *mark(TbVae *net) {
    float *marked = NULL;
    for (size_t i = 0; i < tb_vae_n_tensors(net); i++) {
        const TbTensor *t = tb_vae_tensor(net, i);
        if (strncmp(t->name, "encoder.", 8) == 0 && t->rows == 2 * DIM) {
            marked = tb_vae_params(net) + t->offset;
            for (size_t k = 0; k < DIM * t->cols; k++)
                marked[k] = k / t->cols == k % t->cols;
        }
    }
    assert_non_null(marked);
    return marked;
}

static int setup(void **state) {
    (void)state;
    assert_int_equal(tb_default_model(&model), TB_OK);
    TbNoteModel *notes = copy_of(tb_model_notes(model));
    mix_code(notes);
    mixed = copy_of(notes);
    assert_int_equal(tb_model_set_notes(model, notes), TB_OK);
    TbNoteModel *turned = copy_of(mixed);
    const float *marked = mark(turned->net);
    assert_int_equal(tbi_note_align_basis(model, turned, LISTENED, 11, NULL, NULL), TB_OK);
    for (int i = 0; i < DIM; i++)
        memcpy(to[i], marked + i * tb_vae_config(turned->net)->encoder_width, sizeof to[i]);
    return tb_model_set_notes(model, turned) != TB_OK;
}

static int teardown(void **state) {
    (void)state;
    tb_note_model_free(mixed);
    tb_model_free(model);
    return 0;
}

/* A code that was not used in the change of basis: old in the old basis, code in the new one. */
static void draw_code(uint64_t seed, float *old, float *code) {
    TbRng rng;
    tb_rng_seed(&rng, 1000 + seed);
    float u[DIM];
    fill_normal(&rng, u, DIM);
    for (int i = 0; i < DIM; i++) {
        old[i] = mixed->mean[1][i];
        for (int k = 0; k <= i; k++)
            old[i] += mixed->spread[1][i * DIM + k] * u[k];
    }
    for (int i = 0; i < DIM; i++) {
        code[i] = 0;
        for (int k = 0; k < DIM; k++)
            code[i] += to[i][k] * old[k];
    }
}

/* codes[2 n]: a code with each of n dimensions from `first` on moved up, then down. */
static void move(const float *code, int first, int n, float *codes) {
    for (int k = 0; k < 2 * n; k++) {
        memcpy(codes + k * DIM, code, DIM * sizeof *code);
        codes[k * DIM + first + k / 2] += k % 2 ? -STEP : STEP;
    }
}

/* A note played from a code equals the note played from the transformed code. */
static void test_same_notes(void **state) {
    (void)state;
    static float table[2][NOTE_TABLE_MAX];
    float condition[NOTE_CONDITIONS], old[DIM], code[DIM];
    int size = note_table_size(tb_vae_config(tb_model_vae(model))->latent_dim);
    tbi_note_condition(50, 0.5f, true, condition);
    for (uint64_t d = 0; d < 20; d++) {
        draw_code(d, old, code);
        assert_int_equal(tb_vae_decode(mixed->net, old, condition, 1, table[0]), TB_OK);
        assert_int_equal(tb_vae_decode(tb_model_notes(model)->net, code, condition, 1, table[1]), TB_OK);
        for (int k = 0; k < size; k++)
            assert_true(fabsf(table[0][k] - table[1][k]) < 2e-3f);
    }
}

static void test_knobs(void **state) {
    (void)state;
    double slope[TB_KNOBS][TB_KNOBS] = {{0}}, own = 0, others = 0;
    for (uint64_t d = 0; d < OUTPUT_RING; d++) {
        float old[DIM], code[DIM], codes[2 * TB_KNOBS * DIM], at[2 * TB_KNOBS][TB_KNOBS];
        draw_code(d, old, code);
        move(code, 0, TB_KNOBS, codes);
        assert_int_equal(tbi_note_attributes_at_c4(model, codes, 2 * TB_KNOBS, at[0]), TB_OK);
        for (int k = 0; k < TB_KNOBS; k++)
            for (int a = 0; a < TB_KNOBS; a++) {
                float change = fminf(fmaxf(at[2 * k][a], -3), 3) - fminf(fmaxf(at[2 * k + 1][a], -3), 3);
                slope[k][a] += (double)(change / (2 * STEP)) / OUTPUT_RING;
            }
    }
    for (int k = 0; k < TB_KNOBS; k++) {
        for (int a = 0; a < TB_KNOBS; a++) {
            print_message("%6.2f", slope[k][a]);
            own += a == k ? slope[k][a] / TB_KNOBS : 0;
            others += a == k ? 0 : slope[k][a] * slope[k][a] / (TB_KNOBS * (TB_KNOBS - 1));
        }
        print_message("\n");
    }
    print_message("own %.2f, others %.2f\n", own, sqrt(others));
    for (int k = 0; k < TB_KNOBS && !QUICK; k++) {
        /* The network responds to decay by half, and hardly to movement: playback compensates (knob_modulation.c). */
        assert_true(slope[k][k] > (k == TB_MOVEMENT ? 0.02 : k == TB_DECAY ? 0.3 : 0.6) && slope[k][k] < 1.4);
        for (int a = 0; a < TB_KNOBS; a++)
            assert_true(a == k || fabs(slope[k][a]) < 0.45);
    }
    assert_true(QUICK || (own > 0.55 && sqrt(others) < 0.2));
}

/* Effect of the other dimensions on a note's table: squared changes, in units of the variation between notes. */
static void test_rest(void **state) {
    (void)state;
    const TbNoteModel *notes = tb_model_notes(model);
    int latent = tb_vae_config(tb_model_vae(model))->latent_dim, width = note_channels(latent);
    size_t size = (size_t)note_table_size(latent);
    float condition[2 * REST * NOTE_CONDITIONS], *tables = malloc(2 * REST * size * sizeof *tables);
    double effect[REST] = {0};
    for (int k = 0; k < 2 * REST; k++)
        tbi_note_condition(60, 100 / 127.0f, true, condition + k * NOTE_CONDITIONS);
    for (uint64_t d = 0; d < TABLES; d++) {
        float old[DIM], code[DIM], codes[2 * REST * DIM];
        draw_code(d, old, code);
        move(code, TB_KNOBS, REST, codes);
        assert_int_equal(tb_vae_decode(notes->net, codes, condition, 2 * REST, tables), TB_OK);
        for (int k = 0; k < REST; k++)
            for (int i = 0; i < NOTE_HELD_POINTS * width; i++) {
                const float *up = tables + 2 * (size_t)k * size, *down = up + size;
                int channel = i % width;
                float unit = channel < latent ? notes->scale[channel] : 2.5f / 20;
                double change = channel > latent ? 0 : (double)((up[i] - down[i]) / (2 * STEP * unit));
                effect[k] += change * change / TABLES;
            }
    }
    for (int k = 0; k < REST; k++)
        print_message("%s%.3g", k ? ", " : "", effect[k]);
    print_message("\n");
    for (int k = 1; k < REST && !QUICK; k++)
        assert_true(effect[k] < 1.15 * effect[k - 1]); /* random draws: nearly equal ones may change places */
    assert_true(QUICK || effect[REST - 1] < 0.5 * effect[0]);
    free(tables);
}

static bool stop_at_once(void *context, double done, const char *what) {
    (void)done, (void)what;
    ++*(int *)context;
    return false;
}

/* When cancelled, the code stays as it was. */
static void test_stopped(void **state) {
    (void)state;
    int asked = 0;
    TbNoteModel *turned = copy_of(mixed);
    assert_int_equal(tbi_note_align_basis(model, turned, LISTENED, 11, stop_at_once, &asked), TB_ERR_CANCELLED);
    assert_int_equal(asked, 1);
    assert_memory_equal(tb_vae_params(turned->net), tb_vae_params(mixed->net),
                        tb_vae_n_params(mixed->net) * sizeof(float));
    tb_note_model_free(turned);
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_same_notes, test_knobs, test_rest, test_stopped);
}
