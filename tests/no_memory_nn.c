/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of test_no_memory.c: the training engine and safetensors files. */
#include "nn/token_model.h"
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

static TbStatus keep_best(Out *out) {
    TbTraining *training = NULL;
    (void)out;
    TbStatus status = tbi_training_new(one_parameter(), &weight, 0.9, &training);
    status = status ? status : tbi_training_keep_best(training);
    tbi_training_free(training);
    return status;
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

/* Made once. */
static const TbTokenModel *token_model(void) {
    static TbTokenModel model;
    if (!model.parameters.n_params) {
        const TbTokenModelConfig config = {.transformer = {1, 4, 8, {.n_heads = 1, .head_dim = 4}, 0},
                                           .n_fields = 1,
                                           .n_predicted = 1,
                                           .classes = {3},
                                           .head_width = 4};
        tbi_token_model_init(&model, &config);
    }
    return &model;
}

static float token_weights[1024];

static TbStatus token_trainer_new(Out *out) {
    const TbTokenTrainerOptions options = {.max_length = 4, .average = 0.9};
    return tbi_token_trainer_new(token_model(), token_weights, &options, &out->token_trainer);
}

static void free_token_trainer(Out *out) {
    tbi_token_trainer_free(out->token_trainer);
}

static TbStatus token_stream_new(Out *out) {
    return tbi_token_stream_new(token_model(), token_weights, 4, &out->stream);
}

static void free_token_stream(Out *out) {
    tbi_token_stream_free(&out->stream);
}

const NoMemoryCase cases_nn[] = {
    {.covers = "tbi_training_new", .run = training_new, .release = free_training},
    {.covers = "tbi_training_keep_best", .run = keep_best},
    {.covers = "tbi_training_save", .run = training_save, .writes = "checkpoint"},
    {.covers = "tbi_training_resume", .run = training_resume, .release = free_tensors},
    {.covers = "tbi_token_trainer_new", .run = token_trainer_new, .release = free_token_trainer},
    {.covers = "tbi_token_stream_new", .run = token_stream_new, .release = free_token_stream},
    {.covers = "tb_tensor_file_serialize", .run = serialise, .release = free_list},
    {.covers = "tb_tensor_file_read tb_tensor_file_parse", .run = tensors_read, .release = free_tensors},
    {.covers = "tb_tensor_file_parse_as", .run = tensors_parse_as, .release = free_tensors},
    {.covers = "tb_tensor_file_floats", .run = tensors_floats},
    {.run = NULL},
};
