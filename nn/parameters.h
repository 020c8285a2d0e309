/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: the tensors of a network as one table. The table alone defines each tensor's name in files, its shape and
 * its place in the slab of weights; gradients, moments and averaged weights are slabs of the same layout. */
#ifndef TIMBREL_NN_PARAMETERS_H
#define TIMBREL_NN_PARAMETERS_H

#include "timbrel/nn.h"

enum { TB_MAX_TENSORS = 192 };

typedef struct {
    size_t n_tensors, n_params;
    TbTensor tensors[TB_MAX_TENSORS];
} TbParameters;

/* Appends a tensor [rows][cols] (rows = 1: a vector) whose name is formatted like printf's; returns its offset in the
 * slab. decay: AdamW's weight decay applies. OFF. */
size_t tbi_parameters_add(TbParameters *parameters, size_t rows, size_t cols, bool decay, const char *name, ...)
    TB_PRINTF(5, 6);

/* Draws weights w[n] from a normal distribution. OFF. */
void tbi_normal_weights(float *w, size_t n, double deviation, TbRng *rng);

/* Fills views[n_tensors] for tb_tensor_file_serialize; each name is preceded by `prefix`. halves[n_params] receives the
 * weights in 16 bits, and the views point to it; NULL: 32 bits, and the views point to `params`. OFF. */
void tbi_parameters_views(const TbParameters *parameters, const char *prefix, const float *params, uint16_t *halves,
                          TbTensorView *views);

/* Reads all tensors, named as above, into the slab `params`. Fails with TB_ERR_FORMAT if one is missing, has another
 * size, or is not finite. OFF. */
TB_NODISCARD TbStatus tbi_parameters_read(const TbParameters *parameters, const char *prefix, const TbTensorFile *file,
                                          float *params);

#endif
