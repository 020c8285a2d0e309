/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: the training engine and safetensors files. */
#include "nn/training.h"
#include "tests/no_memory.h"

#include <stdlib.h>
#include <unistd.h>

static const float x[6];

/* ---- safetensors ---- */

static const TbTensorView views[] = {{"a", TB_F32, 2, {2, 3}, x}, {"b", TB_U8, 1, {5}, x}};

static TbStatus serialise(Out *out) {
    static const char *const metadata[] = {"key", "value", "other", "text", NULL};
    return tb_tensor_file_serialize(views, 2, metadata, &out->list.items, &out->list.n);
}

static void free_list(Out *out) {
    free(out->list.items);
}

/* Made once. */
static const char *tensor_file(void) {
    const char *path = scratch_file("tensors");
    if (access(path, F_OK)) {
        static const char *const metadata[] = {"format", "small", NULL};
        void *data = NULL;
        size_t n;
        if (tb_tensor_file_serialize(views, 2, metadata, &data, &n) == TB_OK)
            (void)!tb_write_file(path, data, n);
        free(data);
    }
    return path;
}

static TbStatus tensors_read(Out *out) {
    return tb_tensor_file_read(tensor_file(), &out->tensors);
}

static TbStatus tensors_parse_as(Out *out) {
    void *data = NULL;
    size_t n;
    TbStatus status = tb_read_file(tensor_file(), 1 << 20, &data, &n);
    return status ? status : tb_tensor_file_parse_as(data, n, "small", "a small file", "Make one.", &out->tensors);
}

static void free_tensors(Out *out) {
    tb_tensor_file_free(out->tensors);
}

static TbStatus tensors_floats(Out *out) {
    (void)out;
    TbTensorFile *file = NULL;
    float a[6];
    TbStatus status = tb_tensor_file_read(tensor_file(), &file);
    status = status ? status : tb_tensor_file_floats(file, "a", a, 6);
    tb_tensor_file_free(file);
    return status;
}

/* ---- nn ---- */

static float weight = 1;

static const TbParameters *one_parameter(void) {
    static TbParameters parameters;
    if (!parameters.n_params)
        tbi_parameters_add(&parameters, 1, 1, true, "weight");
    return &parameters;
}

static TbStatus training_new(Out *out) {
    return tbi_training_new(one_parameter(), &weight, 0.9, &out->training);
}

static void free_training(Out *out) {
    tbi_training_free(out->training);
}

static TbStatus training_save(Out *out) {
    TbTraining *training = NULL;
    (void)out;
    TbStatus status = tbi_training_new(one_parameter(), &weight, 0.9, &training);
    status = status ? status
                    : tbi_training_save(training, &(TbCheckpoint){"a", "b", "c", NULL, 0}, scratch_file("checkpoint"));
    tbi_training_free(training);
    return status;
}

static const char *checkpoint_file(void) {
    const char *path = scratch_file("read_checkpoint");
    TbTraining *training = NULL;
    if (access(path, F_OK) && tbi_training_new(one_parameter(), &weight, 0.9, &training) == TB_OK)
        (void)!tbi_training_save(training, &(TbCheckpoint){"a", "b", "c", NULL, 0}, path);
    tbi_training_free(training);
    return path;
}

static TbStatus training_resume(Out *out) {
    TbTraining *training = NULL;
    TbStatus status = tbi_training_new(one_parameter(), &weight, 0.9, &training);
    status = status ? status : tbi_training_resume(training, "a", "b", checkpoint_file(), &out->tensors);
    tbi_training_free(training);
    return status;
}

const NoMemoryCase cases_nn[] = {
    {.covers = "tbi_training_new", .run = training_new, .release = free_training},
    {.covers = "tbi_training_save", .run = training_save, .writes = "checkpoint"},
    {.covers = "tbi_training_resume", .run = training_resume, .release = free_tensors},
    {.covers = "tb_tensor_file_serialize", .run = serialise, .release = free_list},
    {.covers = "tb_tensor_file_read tb_tensor_file_parse", .run = tensors_read, .release = free_tensors},
    {.covers = "tb_tensor_file_parse_as", .run = tensors_parse_as, .release = free_tensors},
    {.covers = "tb_tensor_file_floats", .run = tensors_floats},
    {.run = NULL},
};
