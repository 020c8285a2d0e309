/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel nn: building blocks shared by all networks: tensors, optimizer, threads, safetensors files. Thread letters
 * (RT, CT, OFF, ANY) are explained in timbrel/base.h. */
#ifndef TIMBREL_NN_H
#define TIMBREL_NN_H

#include "timbrel/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- weights ---- */

/* One row per tensor of the parameter slab; the same table drives files, initialisation and gradient checks. */
typedef struct {
    char name[48];     /* "encoder.0.weight", ... */
    size_t rows, cols; /* a vector has rows == 1 */
    size_t offset;     /* floats from the start of the slab */
    bool decay;        /* AdamW's weight decay applies (matrices, not biases or norms) */
} TbTensor;

/* ---- training ---- */

typedef struct {
    double learning_rate; /* for this step; the schedule is up to the caller */
    double beta1, beta2, epsilon;
    double weight_decay; /* decoupled (Loshchilov and Hutter 2019) */
    double clip_norm;    /* gradients are scaled down to this norm; 0 = no clipping */
} TbAdamConfig;

/* Sets the number of threads for trainers created from now on (initially 1). Results are bit-identical for the same
 * number of threads on the same kind of processor. ANY. */
TB_API void tb_set_threads(int n);

/* How a run of training goes, whichever network it trains. Each network has defaults of its own. */
typedef struct {
    size_t size;
    uint64_t seed;
    uint64_t steps;              /* at most */
    size_t batch;                /* examples a step */
    double learning_rate;        /* at its highest */
    double decay, average;       /* AdamW's weight decay; decay of the averaged weights, per step */
    size_t look_every;           /* steps between looks at the held-out examples */
    size_t patience;             /* looks without a lower error after which training ends */
    double seconds;              /* of wall clock, after which it ends; 0: no limit */
    const char *checkpoint;      /* file, written at each look; NULL: none */
    bool resume;                 /* from the checkpoint, which must exist */
    bool (*stop)(void *context); /* asked after each step; true: stop now; NULL: none */
    void *context;
    bool fine_tune; /* looks at the weights it starts with, too, which may remain the best; a short warm-up */
} TbTrainingPlan;

/* How it goes, after a look at the held-out examples. */
typedef struct {
    uint64_t step, steps;    /* taken; in all */
    double seconds;          /* so far, resumed parts included */
    double loss;             /* of the steps since the last look */
    double held_out, lowest; /* of the held-out examples; lowest so far */
    double before;           /* of the held-out examples with the weights it started with; NAN: not fine_tune */
} TbTrainingProgress;

/* ---- safetensors files ---- */

typedef enum { TB_F32, TB_F16, TB_I64, TB_U8 } TbDtype;

typedef struct {
    char name[64];
    TbDtype dtype;
    size_t n_dims, shape[4];
    const void *data; /* borrowed; little-endian, as in the file */
} TbTensorView;

/* A safetensors file in memory: 8 bytes header length, JSON header, data. Every statement in the header is checked
 * (unique names, known dtype, offsets within the data, contiguous, no overlap, size = shape) before it is used. */
typedef struct TbTensorFile TbTensorFile;

/* Takes ownership of `data` (freed with free() by tb_tensor_file_free, also when parsing fails). OFF. */
TB_NODISCARD TB_API TbStatus tb_tensor_file_parse(void *data, size_t n_bytes, TbTensorFile **file);
/* As tb_tensor_file_parse, but accepts only files whose metadata has this `format`; for any other, tb_fail_not names
 * what the file is instead of `what` (such as "a Timbrel model"), or gives `advice`. OFF. */
TB_NODISCARD TB_API TbStatus tb_tensor_file_parse_as(void *data, size_t n_bytes, const char *format, const char *what,
                                                     const char *advice, TbTensorFile **file);
#define TB_MAX_TENSOR_FILE ((size_t)1 << 30) /* bytes; the largest file that is read */
TB_NODISCARD TB_API TbStatus tb_tensor_file_read(const char *path, TbTensorFile **file);
TB_API void tb_tensor_file_free(TbTensorFile *file);
TB_API size_t tb_tensor_file_count(const TbTensorFile *file);
TB_API const TbTensorView *tb_tensor_file_at(const TbTensorFile *file, size_t i);
TB_API const TbTensorView *tb_tensor_file_find(const TbTensorFile *file, const char *name); /* NULL if absent */
TB_API const char *tb_tensor_file_metadata(const TbTensorFile *file, const char *key);      /* NULL if absent */

/* Copies tensor `name` into out[n] as float (F32 or F16 source). Fails with TB_ERR_FORMAT, naming the tensor, unless
 * it has exactly n elements and all are finite. OFF. */
TB_NODISCARD TB_API TbStatus tb_tensor_file_floats(const TbTensorFile *file, const char *name, float *out, size_t n);

/* Serialises tensors and string metadata (keys and values alternate, NULL-terminated). *data is malloced and belongs
 * to the caller; the data begin at a multiple of 8 bytes, each tensor at one of its elements' size. OFF. */
TB_NODISCARD TB_API TbStatus tb_tensor_file_serialize(const TbTensorView *tensors, size_t n_tensors,
                                                      const char *const *metadata, void **data, size_t *n_bytes);
TB_API uint16_t tb_float_to_half(float x); /* IEEE 754 binary16, round to nearest even. RT */
TB_API float tb_half_to_float(uint16_t h); /* RT */

#ifdef __cplusplus
}
#endif

#endif
