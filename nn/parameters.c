/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/parameters.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

size_t tbi_parameters_add(TbParameters *p, size_t rows, size_t cols, bool decay, const char *name, ...) {
    assert(p->n_tensors < TB_MAX_TENSORS);
    TbTensor *tensor = &p->tensors[p->n_tensors++];
    *tensor = (TbTensor){.rows = rows, .cols = cols, .offset = p->n_params, .decay = decay};
    va_list arguments;
    va_start(arguments, name);
    int length = vsnprintf(tensor->name, sizeof tensor->name, name, arguments);
    va_end(arguments);
    assert(length > 0 && (size_t)length < sizeof tensor->name);
    (void)length;
    p->n_params += rows * cols;
    return tensor->offset;
}

void tbi_normal_weights(float *w, size_t n, double deviation, TbRng *rng) {
    for (size_t i = 0; i < n; i++)
        w[i] = (float)deviation * tb_rng_normal(rng);
}

void tbi_parameters_views(const TbParameters *p, const char *prefix, const float *params, uint16_t *halves,
                          TbTensorView *views) {
    for (size_t i = 0; halves && i < p->n_params; i++)
        halves[i] = tb_float_to_half(params[i]);
    for (size_t i = 0; i < p->n_tensors; i++) {
        const TbTensor *t = &p->tensors[i];
        TbTensorView *v = &views[i];
        *v = (TbTensorView){.dtype = halves ? TB_F16 : TB_F32, .n_dims = t->rows > 1 ? 2 : 1};
        snprintf(v->name, sizeof v->name, "%s%s", prefix, t->name);
        v->shape[0] = t->rows > 1 ? t->rows : t->cols;
        v->shape[1] = t->cols;
        v->data = halves ? (const void *)(halves + t->offset) : (const void *)(params + t->offset);
    }
}

TbStatus tbi_parameters_read(const TbParameters *p, const char *prefix, const TbTensorFile *file, float *params) {
    TbStatus status = TB_OK;
    for (size_t i = 0; status == TB_OK && i < p->n_tensors; i++) {
        const TbTensor *t = &p->tensors[i];
        char name[64];
        snprintf(name, sizeof name, "%s%s", prefix, t->name);
        status = tb_tensor_file_floats(file, name, params + t->offset, t->rows * t->cols);
    }
    return status;
}
