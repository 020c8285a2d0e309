/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network that predicts the next frame of a piano roll. A frame is read as voices (bass, two inner classes, top),
 * whose keys and the place in time are embedded; an LSTM follows; the output adds
 * the logits of linear(h), those of each symbol of the frame (note and voice, place in time, motion of a voice), and,
 * for each note q of the present and the last frames, in voice v, filter[frame][v][p - q] for key p. The filters over
 * pitch are linear in h as well: voices move by steps and leaps, wherever they are. One more is applied to what is
 * recalled from earlier in the piece (bench/piano_recall.h). OFF. */
#ifndef TIMBREL_BENCH_PIANO_NETWORK_H
#define TIMBREL_BENCH_PIANO_NETWORK_H

#include "bench/piano_rolls.h"
#include "nn/training.h"

enum { MAX_STREAMS = 64, MAX_LAYERS = 3 };

typedef struct {
    int units, layers, embedding;
    int taps, lags;                                     /* of the filters: 2 taps + 1 intervals, for `lags` frames */
    double input, embedded, output, recurrent, between; /* rates of dropout */
    int recall;                                         /* width of queries and keys; 0: no recall */
    bool locked;                                        /* the same mask for all frames of a sequence */
    int streams, chunk;                                 /* sequences of a batch, their most frames */
    double average;
    uint64_t seed;
} PianoOptions;

/* Frames first .. first + n - 1 of a roll are the input, those one later the targets. */
typedef struct {
    const Roll *roll;
    size_t first, n;
    int stream; /* whose state is read and written */
} Excerpt;

typedef struct PianoNetwork PianoNetwork;

TB_NODISCARD TbStatus piano_network_new(const PianoOptions *options, PianoNetwork **network);
void piano_network_free(PianoNetwork *network);
TbTraining *piano_network_training(PianoNetwork *network);
const TbParameters *piano_network_parameters(const PianoNetwork *network);
float *piano_network_params(PianoNetwork *network); /* the slab */
/* Sets the bias of the output to the log odds of each key, on[KEYS] its share of frames. */
void piano_network_set_odds(PianoNetwork *network, const double *on);
void piano_network_reset(PianoNetwork *network, int stream); /* its state becomes zero */

/* Sum of the cross-entropies of the excerpts, in nats; n: up to `streams`, sorted by falling n. learn: with dropout,
 * and leaves the gradient of the mean over the frames in the training. */
double piano_network_run(PianoNetwork *network, const Excerpt *excerpts, size_t n, bool learn);

#endif
