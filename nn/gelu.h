/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal: the Gaussian error linear unit (Hendrycks and Gimpel 2016) in its tanh form, which is
 * y = x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)). Rows of `width` floats, `ld` apart. RT */
#ifndef TIMBREL_NN_GELU_H
#define TIMBREL_NN_GELU_H

#include <stddef.h>

/* Adds the bias to x in place, which backward needs, and fills y, which may be x. */
void tbi_gelu_forward(float *x, size_t ld, size_t n, size_t width, const float *bias, float *y);

/* Turns dy into the gradient of x in place; adds to dbias. */
void tbi_gelu_backward(float *dy, const float *x, size_t ld, size_t n, size_t width, float *dbias);

#endif
