/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The basis of the code. The attribute losses act on the encoder: they determine where an instrument is encoded. The
 * effect of a step in the code on the sound is another matter, and attributes that are correlated among instruments
 * change together in such a step. So after training, random codes are played with each dimension moved a little, and
 * the basis of the code is changed: each knob becomes the direction that changes its own attribute and not the
 * others, the rest the remaining directions, in the order of how much they change the sound. The change is made to
 * the weights and invisible to the rest of the program. */
#include "train/note_basis.h"
#include "base/clock.h"
#include "base/no_memory.h"
#include "train/dataset.h"
#include "vae/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIM = TB_CODE_DIM, REST = TB_CODE_DIM - TB_KNOBS, TRIES = 2 * DIM };
#define STEP 1.2f /* standard deviations of the prior that a dimension is moved by, to either side */
#define MAX_SLOPE                                                                                                      \
    3.0f /* standard deviations of an attribute per standard deviation of the prior; larger values are noise */
#define RIDGE 0.02 /* regularisation: avoids huge steps for attributes that hardly respond */
#define MOVEMENT_SHARE                                                                                                 \
    0.3 /* of a step: the playback adds most of the modulation (instrument/knob_modulation.c), without side effects */
#define POWER_STEPS 300
#define LOUDNESS_UNIT (2.5f / 20)

typedef struct {
    double knob[TB_KNOBS][DIM]; /* mean change of an attribute per dimension of the whitened code */
    double sound[DIM][DIM];     /* products of the changes of a note's table by two dimensions, summed over draws */
} Effect;

static void unwhiten(const TbNoteModel *notes, const float *u, float *code) {
    for (int i = 0; i < DIM; i++) {
        code[i] = notes->mean[1][i];
        for (int k = 0; k <= i; k++)
            code[i] += notes->spread[1][i * DIM + k] * u[k];
    }
}

/* ---- measuring the effect ---- */

/* codes[TRIES]: a draw with each dimension moved up, then down. */
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

/* Adds the effect of the dimensions on the table of the note at C4, in units of the variation between notes. */
static TbStatus add_sound(const TbNoteModel *notes, int latent, const float *codes, float *tables, Effect *e) {
    float condition[TRIES * NOTE_CONDITIONS];
    size_t size = (size_t)note_table_size(latent), width = (size_t)note_channels(latent);
    for (int i = 0; i < TRIES; i++)
        tbi_note_condition(60, 100 / 127.0f, true, condition + i * NOTE_CONDITIONS);
    TbStatus status = tb_vae_decode(notes->net, codes, condition, TRIES, tables);
    for (int a = 0; status == TB_OK && a < DIM; a++) {
        float *change = tables + (size_t)(2 * a) * size; /* in place of the first of the two */
        for (size_t k = 0; k < NOTE_HELD_POINTS * width; k++) {
            size_t c = k % width;
            float unit = c < (size_t)latent ? notes->scale[c] : c == (size_t)latent ? LOUDNESS_UNIT : INFINITY;
            change[k] = (change[k] - change[size + k]) / (2 * STEP * unit);
        }
        for (int b = 0; b <= a; b++) {
            const float *other = tables + (size_t)(2 * b) * size;
            double sum = 0;
            for (size_t k = 0; k < NOTE_HELD_POINTS * width; k++)
                sum += (double)change[k] * other[k];
            e->sound[a][b] += sum;
            e->sound[b][a] = e->sound[a][b];
        }
    }
    return status;
}

/* Corrects the mean for a number of draws smaller than planned. */
static void scale_effect(Effect *e, float by) {
    for (int k = 0; k < TB_KNOBS; k++)
        for (int a = 0; a < DIM; a++)
            e->knob[k][a] *= by;
}

static TbStatus measure_effect(double deadline, const TbModel *model, const TbNoteModel *notes, size_t draws,
                               uint64_t seed, TbProgress progress, void *context, Effect *e) {
    int latent = tb_vae_config(tb_model_vae(model))->latent_dim;
    float codes[TRIES * DIM], position[TRIES * TB_KNOBS];
    float *tables = malloc(TRIES * (size_t)note_table_size(latent) * sizeof *tables);
    TbStatus status = tables ? TB_OK : tbi_no_memory("to measure_effect to the notes");
    *e = (Effect){0};
    for (uint64_t i = 0; status == TB_OK && i < draws; i++) {
        if (deadline > 0 && i >= NOTE_BASIS_MIN_SAMPLES && tbi_now() > deadline) {
            scale_effect(e, (float)draws / (float)i);
            break;
        }
        if (progress && !progress(context, (double)i / (double)draws, "Measuring the effect of the knobs")) {
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
            break;
        }
        moved(notes, seed + i, codes);
        status = tbi_note_attributes_at_c4(model, codes, TRIES, position);
        for (int k = 0; status == TB_OK && k < TB_KNOBS; k++) {
            for (int a = 0; a < DIM; a++) {
                float up = position[2 * a * TB_KNOBS + k], down = position[(2 * a + 1) * TB_KNOBS + k];
                float slope = (fminf(fmaxf(up, -3), 3) - fminf(fmaxf(down, -3), 3)) / (2 * STEP);
                e->knob[k][a] += fminf(fmaxf(slope, -MAX_SLOPE), MAX_SLOPE) / (float)draws;
            }
        }
        status = status == TB_OK ? add_sound(notes, latent, codes, tables, e) : status;
    }
    free(tables);
    return status;
}

/* ---- the new basis ---- */

/* x := the inverse of a[n][n], which is overwritten (Gauss-Jordan elimination with pivoting). */
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

/* Columns in the whitened code for the knobs: the shortest steps with the wanted effect. */
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

/* Removes from x[DIM] its projection on n orthonormal vectors, and normalises it; returns the norm before. */
static double orthonormalise(double x[DIM], double basis[DIM][DIM], int n) {
    for (int twice = 0; twice < 2; twice++) {
        for (int i = 0; i < n; i++) {
            double along = 0;
            for (int k = 0; k < DIM; k++)
                along += x[k] * basis[i][k];
            for (int k = 0; k < DIM; k++)
                x[k] -= along * basis[i][k];
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

/* The other columns: orthogonal to the knobs, and each the remaining direction that changes the sound most (power
 * iteration). */
static void rest_steps(const Effect *e, float size, double step[DIM][DIM]) {
    double basis[DIM][DIM];
    for (int i = 0; i < TB_KNOBS; i++) {
        for (int k = 0; k < DIM; k++)
            basis[i][k] = step[k][i];
        orthonormalise(basis[i], basis, i);
    }
    for (int i = TB_KNOBS; i < DIM; i++) {
        double *x = basis[i], y[DIM];
        for (int first = 0; first < DIM; first++) { /* any vector outside the basis span */
            for (int k = 0; k < DIM; k++)
                x[k] = k == first ? 1 : 0.01 * (k + 1);
            if (orthonormalise(x, basis, i) > 0.2)
                break;
        }
        for (int n = 0; n < POWER_STEPS; n++) {
            for (int k = 0; k < DIM; k++) {
                y[k] = 1e-9 * x[k];
                for (int j = 0; j < DIM; j++)
                    y[k] += e->sound[k][j] * x[j];
            }
            memcpy(x, y, sizeof y);
            orthonormalise(x, basis, i);
        }
        for (int k = 0; k < DIM; k++)
            step[k][i] = x[k] / size;
    }
}

/* Their RMS size in the old code, which is preserved. */
static float rms_of_rest(const TbNoteModel *notes) {
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
    TbStatus status = measure_effect(deadline, model, notes, draws, seed, progress, context, &e);
    if (status != TB_OK)
        return status;
    double step[DIM][DIM], back[DIM][DIM] = {{0}}, to[DIM][DIM], lost[DIM][DIM];
    knob_steps(&e, step);
    rest_steps(&e, rms_of_rest(notes), step);
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
    return tbi_vae_change_basis(notes->net, to_floats, back_floats);
}
