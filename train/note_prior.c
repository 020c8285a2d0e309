/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits the prior: the distribution of the codes of all instruments, from which new ones are drawn. Instruments are
 * weighted by their number of notes: a folder of a thousand single noises and a few whole instruments must not
 * turn all draws into noises. */
#include "base/no_memory.h"
#include "train/note_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Mean and Cholesky factor of the covariance of n codes, weight[n] with sum 1. */
static void fit_prior(const float *codes, const double *weight, size_t n, float *mean, float *spread) {
    double m[TB_CODE_DIM] = {0}, c[TB_CODE_DIM][TB_CODE_DIM] = {{0}}, l[TB_CODE_DIM][TB_CODE_DIM] = {{0}};
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < TB_CODE_DIM; k++)
            m[k] += weight[i] * codes[i * TB_CODE_DIM + (size_t)k];
    for (size_t i = 0; i < n; i++) {
        const float *x = codes + i * TB_CODE_DIM;
        for (int a = 0; a < TB_CODE_DIM; a++)
            for (int b = 0; b < TB_CODE_DIM; b++)
                c[a][b] += weight[i] * (x[a] - m[a]) * (x[b] - m[b]);
    }
    for (int a = 0; a < TB_CODE_DIM; a++) {
        mean[a] = (float)m[a];
        c[a][a] += 1e-3;
        for (int b = 0; b <= a; b++) {
            double s = c[a][b];
            for (int k = 0; k < b; k++)
                s -= l[a][k] * l[b][k];
            l[a][b] = a == b ? sqrt(fmax(s, 1e-6)) : s / l[b][b];
        }
        for (int b = 0; b < TB_CODE_DIM; b++)
            spread[a * TB_CODE_DIM + b] = (float)l[a][b];
    }
}

/* Computes the codes of the instruments with or without pitch, and their number; weight: sum 1. */
static TbStatus encode_instruments(const NoteSet *set, const TbNoteModel *notes, bool pitched, float *codes,
                                   double *weight, size_t *n) {
    double all = 0;
    *n = 0;
    memset(codes, 0, set->n_instruments * TB_CODE_DIM * sizeof *codes);
    for (size_t i = 0; i < set->n_instruments; i++) {
        size_t first = set->first[i], end = set->first[i + 1];
        float *code = codes + *n * TB_CODE_DIM, mu[TB_CODE_DIM];
        if (set->items[first].pitched != pitched)
            continue;
        for (size_t j = first; j < end; j++) {
            TbStatus status = tb_vae_encode(notes->net, set->items[j].input, 1, mu, NULL);
            if (status != TB_OK)
                return status;
            for (int k = 0; k < TB_CODE_DIM; k++)
                code[k] += mu[k] / (float)(end - first);
        }
        all += weight[*n] = (double)(end - first);
        ++*n;
    }
    for (size_t i = 0; i < *n; i++)
        weight[i] /= all;
    return TB_OK;
}

TbStatus tbi_note_prior(const NoteSet *set, TbNoteModel *notes, bool keep) {
    float *codes = malloc((set->n_instruments + 1) * TB_CODE_DIM * sizeof *codes);
    double *weight = malloc((set->n_instruments + 1) * sizeof *weight);
    TbStatus status = codes && weight ? TB_OK : tbi_no_memory("for the codes of the instruments");
    for (int pitched = 0; pitched < 2 && status == TB_OK && !keep; pitched++) {
        size_t n;
        status = encode_instruments(set, notes, pitched, codes, weight, &n);
        if (status == TB_OK && n > NOTE_TOO_FEW)
            fit_prior(codes, weight, n, notes->mean[pitched], notes->spread[pitched]);
        for (int k = 0; k < TB_CODE_DIM && n <= NOTE_TOO_FEW; k++) /* too few to estimate a covariance */
            notes->spread[pitched][k * TB_CODE_DIM + k] = 1;
    }
    free(weight);
    free(codes);
    return status;
}
