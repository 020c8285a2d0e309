/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of rhythms, melodies and pieces with few weights, which write nonsense quickly. */
#ifndef TIMBREL_TESTS_SMALL_MUSIC_H
#define TIMBREL_TESTS_SMALL_MUSIC_H

#include "melody/model.h"
#include "tests/small_melodies.h"
#include "tests/small_pieces.h"
#include "tests/small_rhythms.h"
#include "timbrel/compose.h"

/* Weights far from flat. */
static inline void small_random_weights(float *x, size_t n, uint64_t seed, float spread) {
    TbRng rng;
    tb_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = spread * tb_rng_normal(&rng);
}

/* The network of rhythms is trained for a second, so that its beats carry. */
static inline TbStatus small_music(TbMusicModels *models) {
    TbRhythmSet *rhythms = NULL;
    TbMelodySet *melodies = NULL;
    memset(models, 0, sizeof *models);
    TbStatus status = small_rhythms(&rhythms);
    status = status ? status : small_rhythm_trained(rhythms, NULL, &models->rhythm);
    status = status ? status : small_melodies(&melodies);
    status = status ? status : tbi_melody_model_new(&small_melody_sizes, &models->melody);
    status = status ? status : tbi_piece_model_new(&small_piece_sizes, &models->piece);
    if (status == TB_OK) {
        small_random_weights(models->melody->params, models->melody->at.table.n_params, 3, 0.7f);
        status = tbi_melody_count_facts(models->melody, melodies, NULL);
        small_random_weights(models->piece->params, models->piece->net.parameters.n_params, 4, 0.2f);
    }
    tb_rhythm_set_free(rhythms);
    tb_melody_set_free(melodies);
    return status;
}

#endif
