/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The coordinates of the code. What training ties to attributes is the encoder's side: where an instrument lies. What
 * a step from there does to the sound is another matter, and attributes that go together in most instruments go
 * together in such steps. So, when all is learned, draws are listened to with each number moved a little, and the code
 * is turned: knobs to where their own attribute changes and the others do not, the rest to the directions that are
 * left, in the order of how much they change the sound. This is done to the weights; nobody else knows of it. */
#include "train/note_basis.h"
#include "train/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIM = TB_CODE_DIM, REST = TB_CODE_DIM - TB_KNOBS, TRIES = 2 * DIM };
#define STEP 1.2f     /* deviations of the prior that a number is moved by, to either side */
#define STEEPEST 3.0f /* deviations of an attribute per deviation of the prior; more is chance */
#define RIDGE 0.02    /* attributes that hardly answer shall not ask for the impossible */
#define MOVEMENT_SHARE                                                                                                 \
    0.3 /* of a step: the playing does most (instrument/knob_modulation.c), and without touching the rest */
#define POWER_STEPS 300
#define LOUDNESS_UNIT (2.5f / 20)

typedef struct {
    double knob[TB_KNOBS][DIM]; /* change of an attribute with each number of the whitened code, mean over draws */
    double sound[DIM][DIM];     /* products of what two numbers do to a note's table, over all draws */
} Effect;

static void unwhiten(const TbNoteModel *notes, const float *u, float *code) {
    for (int i = 0; i < DIM; i++) {
        code[i] = notes->mean[1][i];
        for (int k = 0; k <= i; k++)
            code[i] += notes->spread[1][i * DIM + k] * u[k];
    }
}

/* ---- listening ---- */

/* codes[TRIES]: a draw with each number moved up, then down. */
static void moved(const TbNoteModel *notes, uint64_t seed, float *codes) {
    float u[DIM];
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (int k = 0; k < DIM; k++)
        u[k] = tb_rng_normal(&rng);
    for (int k = 0; k < TRIES; k++) {
        float keep = u[k / 2];
        u[k / 2] += k % 2 ? -STEP : STEP;
        unwhiten(notes, u, codes + k * DIM);
        u[k / 2] = keep;
    }
}

/* Adds what the numbers do to the table of the note at C4, in units of what notes differ by. */
static TbStatus add_sound(const TbNoteModel *notes, int latent, const float *codes, float *tables, Effect *e) {
    float condition[TRIES * NOTE_CONDITIONS];
    size_t size = (size_t)note_table_size(latent), width = (size_t)note_channels(latent);
    for (int i = 0; i < TRIES; i++)
        tbi_note_condition(60, 100 / 127.0f, true, condition + i * NOTE_CONDITIONS);
    TbStatus status = tb_vae_decode(notes->net, codes, condition, TRIES, tables);
    for (int a = 0; status == TB_OK && a < DIM; a++) {
        float *change = tables + (size_t)(2 * a) * size; /* in place of the first of the two */
        for (size_t k = 0; k < NOTE_DOWN * width; k++) {
            size_t c = k % width;
            float unit = c < (size_t)latent ? notes->scale[c] : c == (size_t)latent ? LOUDNESS_UNIT : INFINITY;
            change[k] = (change[k] - change[size + k]) / (2 * STEP * unit);
        }
        for (int b = 0; b <= a; b++) {
            const float *other = tables + (size_t)(2 * b) * size;
            double sum = 0;
            for (size_t k = 0; k < NOTE_DOWN * width; k++)
                sum += (double)change[k] * other[k];
            e->sound[a][b] += sum;
            e->sound[b][a] = e->sound[a][b];
        }
    }
    return status;
}

/* Fewer draws were made than were counted on: their mean is larger by as much. */
static void scale_effect(Effect *e, float by) {
    for (int k = 0; k < TB_KNOBS; k++)
        for (int a = 0; a < DIM; a++)
            e->knob[k][a] *= by;
}

static TbStatus listen(double deadline, const TbModel *model, const TbNoteModel *notes, size_t draws, uint64_t seed,
                       TbProgress progress, void *context, Effect *e) {
    int latent = tb_vae_config(tb_model_vae(model))->latent_dim;
    float codes[TRIES * DIM], position[TRIES * TB_KNOBS];
    float *tables = malloc(TRIES * (size_t)note_table_size(latent) * sizeof *tables);
    TbStatus status = tables ? TB_OK : tb_fail(TB_ERR_NO_MEMORY, "There is not enough memory to listen to the notes.");
    *e = (Effect){0};
    for (uint64_t i = 0; status == TB_OK && i < draws; i++) {
        if (deadline > 0 && i >= NOTE_BASIS_LEAST && tbi_dataset_now() > deadline) {
            scale_effect(e, (float)draws / (float)i);
            break;
        }
        if (progress && !progress(context, (double)i / (double)draws, "Listening to what knobs do")) {
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
            break;
        }
        moved(notes, seed + i, codes);
        status = tbi_note_attributes_at_c4(model, codes, TRIES, position);
        for (int k = 0; status == TB_OK && k < TB_KNOBS; k++) {
            for (int a = 0; a < DIM; a++) {
                float up = position[2 * a * TB_KNOBS + k], down = position[(2 * a + 1) * TB_KNOBS + k];
                float slope = (fminf(fmaxf(up, -3), 3) - fminf(fmaxf(down, -3), 3)) / (2 * STEP);
                e->knob[k][a] += fminf(fmaxf(slope, -STEEPEST), STEEPEST) / (float)draws;
            }
        }
        status = status == TB_OK ? add_sound(notes, latent, codes, tables, e) : status;
    }
    free(tables);
    return status;
}

/* ---- new coordinates ---- */

/* x := the inverse of a[n][n], which is lost (Gauss and Jordan, with pivots). */
static void invert(int n, double a[DIM][DIM], double x[DIM][DIM]) {
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            x[i][k] = i == k;
    for (int i = 0; i < n; i++) {
        int p = i;
        for (int r = i + 1; r < n; r++)
            p = fabs(a[r][i]) > fabs(a[p][i]) ? r : p;
        for (int k = 0; k < n; k++) {
            double keep = a[i][k], other = x[i][k];
            a[i][k] = a[p][k], a[p][k] = keep;
            x[i][k] = x[p][k], x[p][k] = other;
        }
        double d = a[i][i];
        for (int k = 0; k < n; k++)
            a[i][k] /= d, x[i][k] /= d;
        for (int r = 0; r < n; r++) {
            double f = a[r][i];
            for (int k = 0; r != i && k < n; k++)
                a[r][k] -= f * a[i][k], x[r][k] -= f * x[i][k];
        }
    }
}

/* Columns of the whitened code: for knobs the shortest steps with the wanted effect. */
static void knob_steps(const Effect *e, double step[DIM][DIM]) {
    double product[DIM][DIM] = {{0}}, inverse[DIM][DIM];
    for (int a = 0; a < TB_KNOBS; a++) {
        for (int b = 0; b < TB_KNOBS; b++)
            for (int k = 0; k < DIM; k++)
                product[a][b] += e->knob[a][k] * e->knob[b][k];
        product[a][a] += RIDGE;
    }
    invert(TB_KNOBS, product, inverse);
    for (int k = 0; k < DIM; k++) {
        for (int b = 0; b < TB_KNOBS; b++) {
            step[k][b] = 0;
            for (int a = 0; a < TB_KNOBS; a++)
                step[k][b] += e->knob[a][k] * inverse[a][b];
            step[k][b] *= b == TB_MOVEMENT ? MOVEMENT_SHARE : 1;
        }
    }
}

/* Takes from x[DIM] what lies along n orthonormal vectors, and makes it of length 1; returns how long it was. */
static double beside(double x[DIM], double known[DIM][DIM], int n) {
    for (int twice = 0; twice < 2; twice++) {
        for (int i = 0; i < n; i++) {
            double along = 0;
            for (int k = 0; k < DIM; k++)
                along += x[k] * known[i][k];
            for (int k = 0; k < DIM; k++)
                x[k] -= along * known[i][k];
        }
    }
    double length = 0;
    for (int k = 0; k < DIM; k++)
        length += x[k] * x[k];
    length = sqrt(length);
    for (int k = 0; k < DIM; k++)
        x[k] /= fmax(length, 1e-30);
    return length;
}

/* The other columns: orthogonal to the knobs, and each the direction that changes the sound most of those that are left
 * (power iteration). */
static void rest_steps(const Effect *e, float size, double step[DIM][DIM]) {
    double known[DIM][DIM];
    for (int i = 0; i < TB_KNOBS; i++) {
        for (int k = 0; k < DIM; k++)
            known[i][k] = step[k][i];
        beside(known[i], known, i);
    }
    for (int i = TB_KNOBS; i < DIM; i++) {
        double *x = known[i], y[DIM];
        for (int first = 0; first < DIM; first++) { /* any that is not known yet */
            for (int k = 0; k < DIM; k++)
                x[k] = k == first ? 1 : 0.01 * (k + 1);
            if (beside(x, known, i) > 0.2)
                break;
        }
        for (int n = 0; n < POWER_STEPS; n++) {
            for (int k = 0; k < DIM; k++) {
                y[k] = 1e-9 * x[k];
                for (int j = 0; j < DIM; j++)
                    y[k] += e->sound[k][j] * x[j];
            }
            memcpy(x, y, sizeof y);
            beside(x, known, i);
        }
        for (int k = 0; k < DIM; k++)
            step[k][i] = x[k] / size;
    }
}

/* Their usual size in the code as it was: they keep it. */
static float size_of_rest(const TbNoteModel *notes) {
    float sum = 0;
    for (int i = TB_KNOBS; i < DIM; i++)
        for (int k = 0; k <= i; k++)
            sum += notes->spread[1][i * DIM + k] * notes->spread[1][i * DIM + k];
    return sqrtf(fmaxf(sum / REST, 1e-6f));
}

TbStatus tbi_note_align_basis(const TbModel *model, TbNoteModel *notes, size_t draws, uint64_t seed,
                              TbProgress progress, void *context) {
    return tbi_note_basis_until(0, model, notes, draws, seed, progress, context);
}

TbStatus tbi_note_basis_until(double deadline, const TbModel *model, TbNoteModel *notes, size_t draws, uint64_t seed,
                              TbProgress progress, void *context) {
    Effect e;
    TbStatus status = listen(deadline, model, notes, draws, seed, progress, context, &e);
    if (status != TB_OK)
        return status;
    double step[DIM][DIM], back[DIM][DIM] = {{0}}, to[DIM][DIM], lost[DIM][DIM];
    knob_steps(&e, step);
    rest_steps(&e, size_of_rest(notes), step);
    float to_floats[DIM * DIM], back_floats[DIM * DIM];
    for (int i = 0; i < DIM; i++) { /* code = back new_code */
        for (int j = 0; j < DIM; j++)
            for (int k = 0; k <= i; k++)
                back[i][j] += (double)notes->spread[1][i * DIM + k] * step[k][j];
    }
    memcpy(lost, back, sizeof lost);
    invert(DIM, lost, to);
    for (int i = 0; i < DIM * DIM; i++) {
        to_floats[i] = (float)to[i / DIM][i % DIM];
        back_floats[i] = (float)back[i / DIM][i % DIM];
    }
    return tb_vae_change_basis(notes->net, to_floats, back_floats);
}
