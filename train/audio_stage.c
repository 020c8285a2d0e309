/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last stage of training, on raw audio: chunks of recorded frames are encoded and decoded, the result is
 * synthesised (synth/differentiable.h) at the recorded pitch and phases and compared with the recorded samples at
 * six scales; the gradient is propagated back through synthesis and network. The assignment of chunks to threads is
 * fixed, with separate outputs, so results are reproducible. */
#include "train/audio_stage.h"
#include "base/no_memory.h"
#include "nn/thread_pool.h"
#include "synth/differentiable.h"
#include "train/audio_loss.h"
#include "vae/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = AUDIO_STAGE_CHUNKS, ROWS = AUDIO_STAGE_ROWS, WHITE = (CHUNK_FRAMES + 3) * TB_HOP_SIZE };

/* The state of one chunk of a batch. */
typedef struct {
    TbChunkSynth *synth;
    AudioLoss *loss;
    const Chunk *chunk;
    TbPhases phases[CHUNK_FRAMES];
    float f0[CHUNK_FRAMES], power[CHUNK_FRAMES], gain[CHUNK_FRAMES * TB_GAINS];
    float white[WHITE], target[CHUNK_SAMPLES], audio[CHUNK_SAMPLES], daudio[CHUNK_SAMPLES];
    double value;
} Lane;

struct AudioStage {
    const TbDataset *data;
    TbThreadPool *pool;
    int latent_dim;
    Lane lanes[BATCH];
    float x[ROWS * TB_MODEL_INPUTS], target[ROWS * TB_FEATURES], threshold[ROWS * TB_FEATURES],
        condition[ROWS * TB_CONDITIONS];
    float dy[ROWS * TB_FEATURES];
    float *noise; /* [ROWS][latent_dim] */
    const float *y;
    float scale; /* of the gradient */
};

TbStatus tbi_audio_stage_new(const TbDataset *data, int n_threads, int latent_dim, AudioStage **session) {
    AudioStage *s = calloc(1, sizeof *s);
    *session = NULL;
    if (!s)
        return tbi_no_memory("to train on audio");
    s->data = data;
    s->latent_dim = latent_dim;
    s->noise = calloc((size_t)ROWS * (size_t)latent_dim, sizeof *s->noise);
    TbStatus status = s->noise ? tbi_thread_pool_new(n_threads, &s->pool) : tbi_no_memory("to train on audio");
    for (int i = 0; i < BATCH && status == TB_OK; i++) {
        status = tbi_chunk_synth_new(CHUNK_FRAMES, &s->lanes[i].synth);
        if (status == TB_OK)
            status = tbi_audio_loss_new(&s->lanes[i].loss);
    }
    if (status != TB_OK) {
        tbi_audio_stage_free(s);
        return status;
    }
    *session = s;
    return TB_OK;
}

void tbi_audio_stage_free(AudioStage *s) {
    if (s) {
        for (int i = 0; i < BATCH; i++) {
            tbi_chunk_synth_free(s->lanes[i].synth);
            tbi_audio_loss_free(s->lanes[i].loss);
        }
        tbi_thread_pool_free(s->pool);
        free(s->noise);
        free(s);
    }
}

/* Sets a lane's constants and its rows of the batch. */
static void load(AudioStage *s, int i, const Chunk *chunk, TbRng *rng) {
    Lane *l = &s->lanes[i];
    l->chunk = chunk;
    for (int t = 0; t < CHUNK_FRAMES; t++) {
        size_t row = (size_t)(i * CHUNK_FRAMES + t);
        float *c = s->condition + row * TB_CONDITIONS, *target = s->target + row * TB_FEATURES;
        float below;
        tbi_dataset_unpack(chunk->rows[t], s->x + row * TB_MODEL_INPUTS, target, c, &below);
        tb_masking_threshold(target, c, below, s->threshold + row * TB_FEATURES);
        TbFrame frame;
        frame.f0 = l->f0[t] = 220 * exp2f(3 * c[0]);
        frame.power = l->power[t] = powf(10, 4 * (c[1] - 1));
        tb_features_to_frame(target, &frame);
        memcpy(l->gain + t * TB_GAINS, frame.gain, sizeof frame.gain);
        for (int k = 0; k < CHUNK_PARTS; k++) {
            *(k < TB_HARMONICS ? &l->phases[t].harmonic[k] : &l->phases[t].partial[k - TB_HARMONICS]) =
                (float)chunk->phases[t][k] / 256;
        }
    }
    for (int n = 0; n < CHUNK_SAMPLES; n++)
        l->target[n] = (float)chunk->audio[n] * chunk->peak / 32767;
    for (int n = 0; n < WHITE; n++)
        l->white[n] = tb_rng_normal(rng);
}

static void work(void *context, int index) {
    AudioStage *s = context;
    int n = tbi_thread_pool_count(s->pool);
    for (int i = index; i < BATCH; i += n) {
        Lane *l = &s->lanes[i];
        const float *features = s->target + (size_t)(i * CHUNK_FRAMES) * TB_FEATURES;
        float b = powf(10, 3 * features[TB_FEATURE_INHARMONICITY] - 5) - 1e-5f;
        TbChunk chunk = {.f0 = l->f0,
                         .power = l->power,
                         .inharmonicity = b > 3e-6f ? b : 0,
                         .ratio = l->chunk->ratio,
                         .gain = l->gain,
                         .phases = l->phases,
                         .white = l->white,
                         .begins = l->chunk->begins};
        size_t row = (size_t)(i * CHUNK_FRAMES) * TB_FEATURES;
        tbi_chunk_forward(l->synth, &chunk, s->y + row, l->audio);
        memset(l->daudio, 0, sizeof l->daudio);
        l->value = tbi_audio_loss(l->loss, l->target, l->audio, CHUNK_SAMPLES, l->daudio);
        for (int k = 0; k < CHUNK_SAMPLES; k++)
            l->daudio[k] *= s->scale;
        tbi_chunk_backward(l->synth, l->daudio, s->dy + row);
    }
}

double tbi_audio_stage_gradients(AudioStage *s, TbTrainer *trainer, double weight, TbRng *rng) {
    for (int i = 0; i < BATCH; i++) {
        uint64_t draw = ((uint64_t)tb_rng_next(rng) << 32 | tb_rng_next(rng)) % s->data->n_chunks;
        load(s, i, &s->data->chunks[draw], rng);
    }
    for (int i = 0; i < ROWS * s->latent_dim; i++)
        s->noise[i] = tb_rng_normal(rng);
    s->y = tbi_trainer_forward(trainer, s->x, s->condition, s->noise, ROWS).y;
    s->scale = (float)(weight / BATCH);
    memset(s->dy, 0, sizeof s->dy);
    tbi_thread_pool_run(s->pool, work, s);
    tbi_trainer_backward(trainer, s->dy, NULL, NULL);
    double sum = 0;
    for (int i = 0; i < BATCH; i++)
        sum += s->lanes[i].value;
    return sum / BATCH;
}
