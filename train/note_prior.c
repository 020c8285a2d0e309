// SPDX-License-Identifier: GPL-3.0-or-later
/* What is usual: where the codes of all instruments lie. New ones are drawn from there. */
#include "train/note_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Mean and Cholesky factor of the covariance of n codes. */
static void fit_prior(const float *codes, size_t n, float *mean, float *spread) {
    double m[TB_CODE_DIM] = {0}, c[TB_CODE_DIM][TB_CODE_DIM] = {{0}}, l[TB_CODE_DIM][TB_CODE_DIM] = {{0}};
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < TB_CODE_DIM; k++) {
            m[k] += codes[i * TB_CODE_DIM + (size_t)k] / (double)n;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const float *x = codes + i * TB_CODE_DIM;
        for (int a = 0; a < TB_CODE_DIM; a++) {
            for (int b = 0; b < TB_CODE_DIM; b++) {
                c[a][b] += (x[a] - m[a]) * (x[b] - m[b]) / (double)n;
            }
        }
    }
    for (int a = 0; a < TB_CODE_DIM; a++) {
        mean[a] = (float)m[a];
        c[a][a] += 1e-3;
        for (int b = 0; b <= a; b++) {
            double s = c[a][b];
            for (int k = 0; k < b; k++) {
                s -= l[a][k] * l[b][k];
            }
            l[a][b] = a == b ? sqrt(fmax(s, 1e-6)) : s / l[b][b];
        }
        for (int b = 0; b < TB_CODE_DIM; b++) {
            spread[a * TB_CODE_DIM + b] = (float)l[a][b];
        }
    }
}

TbStatus note_prior(const NoteSet *set, TbNoteModel *notes, bool keep) {
    float *codes = calloc((set->n_instruments + 1) * TB_CODE_DIM, sizeof *codes), mu[TB_CODE_DIM];
    TbStatus status = codes ? TB_OK : tb_fail(TB_ERR_NO_MEMORY, "not enough memory for the codes of the instruments");
    for (int pitched = 0; pitched < 2 && status == TB_OK; pitched++) {
        size_t n = 0;
        for (size_t i = 0; i < set->n_instruments && status == TB_OK; i++) {
            size_t first = set->first[i], end = set->first[i + 1];
            float *code = codes + n * TB_CODE_DIM;
            if (set->items[first].pitched != pitched) {
                continue;
            }
            memset(code, 0, TB_CODE_DIM * sizeof *code);
            for (size_t j = first; j < end && status == TB_OK; j++) {
                status = tb_vae_encode(notes->net, set->items[j].input, 1, mu, NULL);
                for (int k = 0; k < TB_CODE_DIM; k++) {
                    code[k] += mu[k] / (float)(end - first);
                }
            }
            n++;
        }
        if (n > 2 * TB_CODE_DIM && !keep) {
            fit_prior(codes, n, notes->mean[pitched], notes->spread[pitched]);
        } else if (!keep) { /* too few to say what is usual */
            for (int k = 0; k < TB_CODE_DIM; k++) {
                notes->spread[pitched][k * TB_CODE_DIM + k] = 1;
            }
        }
    }
    free(codes);
    return status;
}
