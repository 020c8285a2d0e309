/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains an LSTM to predict the next frame of a piano roll, by the protocol of Boulanger-Lewandowski et al. 2012 and
 * Bai et al. 2018: the nats of a frame are the sum of the binary cross-entropies of 88 keys, each frame is predicted
 * from all before it in whole pieces, and a piece of T frames has T - 1 that count. The weights (averaged) of the epoch
 * with the lowest validation error are tested. Usage: piano_roll FILE [NAME=VALUE ...]; bench/piano_rolls.h tells the
 * format. */
#include "base/clock.h"
#include "base/no_memory.h"
#include "bench/piano_network.h"
#include "bench/program.h"
#include "nn/learning_rate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    PianoOptions net;
    double rate, decay, clip, epochs, patience, warm_up, threads;
} Options;

static const Options defaults = {
    .net = {.units = 300,
            .layers = 1,
            .embedding = 100,
            .taps = 12,
            .lags = 2,
            .recall = 32,
            .input = 0.2,
            .embedded = 0.5,
            .output = 0.6,
            .recurrent = 0.5,
            .between = 0.4,
            .streams = 8,
            .chunk = 1024,
            .average = 0.995,
            .seed = 1},
    .rate = 8e-3,
    .decay = 0.1,
    .clip = 1,
    .epochs = 20,
    .patience = 8,
    .warm_up = 50,
    .threads = 1,
};

/* Published figures of the test split, for comparison. */
typedef struct {
    const char *set, *text;
} Published;
static const Published published[] = {
    {"JSB", "LSTM 8.45, TCN 8.10 (Bai et al. 2018), RRU 7.72 (Zakovskis et al. 2021)"},
    {"Nottingham", "LSTM 3.29, TCN 3.07 (Bai et al. 2018), RRU 2.92 (Zakovskis et al. 2021)"},
    {"MuseData", "Mogrifier LSTM 7.22, RRU 7.03 (Zakovskis et al. 2021)"},
    {"Piano_midi", "Mogrifier LSTM 7.52, RRU 7.38 (Zakovskis et al. 2021)"},
};

static bool set_option(Options *o, const char *text) {
    double recall = o->net.recall, locked = o->net.locked, units = o->net.units, layers = o->net.layers,
           embedding = o->net.embedding;
    double taps = o->net.taps, lags = o->net.lags, streams = o->net.streams, chunk = o->net.chunk;
    double seed = (double)o->net.seed;
    const struct {
        const char *name;
        double *value, low, high;
    } table[] = {{"units", &units, 1, 4096},
                 {"layers", &layers, 1, MAX_LAYERS},
                 {"embedding", &embedding, 1, 4096},
                 {"taps", &taps, 0, KEYS},
                 {"lags", &lags, 0, 16},
                 {"input", &o->net.input, 0, 0.95},
                 {"embedded", &o->net.embedded, 0, 0.95},
                 {"output", &o->net.output, 0, 0.95},
                 {"recurrent", &o->net.recurrent, 0, 0.95},
                 {"between", &o->net.between, 0, 0.95},
                 {"recall", &recall, 0, 256},
                 {"locked", &locked, 0, 1},
                 {"streams", &streams, 1, MAX_STREAMS},
                 {"chunk", &chunk, 1, 8192},
                 {"average", &o->net.average, 0, 0.99999},
                 {"seed", &seed, 0, 1e9},
                 {"rate", &o->rate, 0, 1},
                 {"decay", &o->decay, 0, 10},
                 {"clip", &o->clip, 0, 1e6},
                 {"epochs", &o->epochs, 1, 1e6},
                 {"patience", &o->patience, 1, 1e6},
                 {"warm_up", &o->warm_up, 1, 1e6},
                 {"threads", &o->threads, 1, 64}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t n = strlen(table[i].name);
        char *end;
        if (strncmp(text, table[i].name, n) != 0 || text[n] != '=')
            continue;
        double value = strtod(text + n + 1, &end);
        if (end == text + n + 1 || *end || !(value >= table[i].low && value <= table[i].high))
            return false;
        *table[i].value = value;
        o->net.recall = (int)recall;
        o->net.locked = locked > 0;
        o->net.units = (int)units;
        o->net.layers = (int)layers;
        o->net.embedding = (int)embedding;
        o->net.taps = (int)taps;
        o->net.lags = (int)lags;
        o->net.streams = (int)streams;
        o->net.chunk = (int)chunk;
        o->net.seed = (uint64_t)seed;
        return true;
    }
    return false;
}

/* ---- batches ---- */

/* Goes through rolls in an order: each stream plays one after the other in excerpts. */
typedef struct {
    const Rolls *rolls;
    size_t *order, n, next;           /* order: owned, of the rolls of one split that have two frames or more */
    const Roll *playing[MAX_STREAMS]; /* NULL: none */
    size_t at[MAX_STREAMS];
    size_t n_frames; /* that are predicted in all */
} Player;

static int by_falling_length(const void *a, const void *b) {
    const Excerpt *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : x->stream - y->stream;
}

static bool player_new(const Rolls *rolls, Split split, Player *player) {
    *player = (Player){.rolls = rolls, .order = malloc((rolls->n + 1) * sizeof *player->order)};
    for (size_t i = 0; player->order && i < rolls->n; i++)
        if (rolls->roll[i].split == split && rolls->roll[i].n_frames > 1) {
            player->order[player->n++] = i;
            player->n_frames += rolls->roll[i].n_frames - 1;
        }
    return player->order;
}

static void shuffle(Player *player, TbRng *rng) {
    for (size_t i = player->n; i > 1; i--) {
        size_t j = tb_rng_next(rng) % i, kept = player->order[i - 1];
        player->order[i - 1] = player->order[j];
        player->order[j] = kept;
    }
}

/* The next batch; with rng, the first excerpt of a roll that needs several has a random length. Returns the number of
 * excerpts, 0 at the end. */
static size_t next_batch(Player *player, const PianoOptions *o, PianoNetwork *net, TbRng *rng, Excerpt *excerpts) {
    size_t n = 0, chunk = (size_t)o->chunk;
    for (int stream = 0; stream < o->streams; stream++) {
        size_t longest = chunk;
        if (!player->playing[stream]) {
            if (player->next == player->n)
                continue;
            player->playing[stream] = &player->rolls->roll[player->order[player->next++]];
            player->at[stream] = 0;
            piano_network_reset(net, stream);
            if (rng && player->playing[stream]->n_frames - 1 > chunk)
                longest = chunk / 2 + tb_rng_next(rng) % (chunk - chunk / 2) + 1;
        }
        const Roll *roll = player->playing[stream];
        size_t left = roll->n_frames - 1 - player->at[stream];
        longest = longest < chunk ? longest : chunk;
        excerpts[n++] = (Excerpt){roll, player->at[stream], left < longest ? left : longest, stream};
        player->at[stream] += excerpts[n - 1].n;
        if (player->at[stream] == roll->n_frames - 1)
            player->playing[stream] = NULL;
    }
    qsort(excerpts, n, sizeof *excerpts, by_falling_length);
    return n;
}

static double evaluate(Player *player, const PianoOptions *o, PianoNetwork *net) {
    Excerpt excerpts[MAX_STREAMS];
    double sum = 0;
    player->next = 0;
    for (size_t n; (n = next_batch(player, o, net, NULL, excerpts));)
        sum += piano_network_run(net, excerpts, n, false);
    return sum / (double)player->n_frames;
}

/* ---- the run ---- */

static double train_epoch(Player *player, const Options *o, PianoNetwork *net, double epoch) {
    Excerpt excerpts[MAX_STREAMS];
    TbTraining *training = piano_network_training(net);
    const TbLearningRate rate = {o->rate, 0.01, o->warm_up};
    TbRng rng;
    tb_rng_seed(&rng, o->net.seed * 1000003 + (uint64_t)epoch);
    shuffle(player, &rng);
    player->next = 0;
    double sum = 0, done = 0;
    for (size_t n; (n = next_batch(player, &o->net, net, &rng, excerpts));) {
        const TbAdamConfig adam = {
            .learning_rate = tbi_learning_rate(&rate, tbi_training_n_steps(training),
                                               (epoch + done / (double)player->n_frames) / o->epochs),
            .beta1 = 0.9,
            .beta2 = 0.99,
            .epsilon = 1e-8,
            .weight_decay = o->decay,
            .clip_norm = o->clip,
        };
        sum += piano_network_run(net, excerpts, n, true);
        tbi_training_step(training, &adam);
        for (size_t i = 0; i < n; i++)
            done += (double)excerpts[i].n;
    }
    return sum / (double)player->n_frames;
}

static void set_odds(const Rolls *rolls, PianoNetwork *net) {
    double on[KEYS] = {0}, n = 0;
    for (size_t i = 0; i < rolls->n; i++) {
        const Roll *roll = &rolls->roll[i];
        for (size_t k = 0; roll->split == TRAIN && k < roll->start[roll->n_frames]; k++)
            on[roll->note[k]]++;
        n += roll->split == TRAIN ? (double)roll->n_frames : 0;
    }
    for (int k = 0; k < KEYS; k++)
        on[k] /= fmax(n, 1);
    piano_network_set_odds(net, on);
}

static void run(const Options *o, Player player[SPLITS], PianoNetwork *net) {
    TbTraining *training = piano_network_training(net);
    double started = tbi_now(), chosen = INFINITY, chosen_valid = INFINITY;
    for (int epoch = 0; epoch < (int)o->epochs; epoch++) {
        double trained = train_epoch(&player[TRAIN], o, net, epoch);
        tbi_training_swap_average(training);
        double valid = evaluate(&player[VALID], &o->net, net), test = evaluate(&player[TEST], &o->net, net);
        size_t worse = tbi_training_evaluated(training, valid);
        tbi_training_swap_average(training);
        if (worse == 0) {
            chosen = test;
            chosen_valid = valid;
        }
        printf("epoch %3d: train %.3f, valid %.4f, test %.4f nats, %.0f s%s\n", epoch + 1, trained, valid, test,
               tbi_now() - started, worse ? "" : " *");
        fflush(stdout);
        if ((double)worse >= o->patience)
            break;
    }
    printf("chosen by validation: valid %.4f, test %.4f nats a frame, %.0f s\n", chosen_valid, chosen,
           tbi_now() - started);
}

int main(int argc, char **argv) {
    Options o = defaults;
    for (int i = 2; i < argc; i++)
        if (!set_option(&o, argv[i])) {
            fprintf(stderr, "\"%s\" is not an option, or out of range.\n", argv[i]);
            return 2;
        }
    usage_if(argc < 2, "piano_roll FILE [NAME=VALUE ...]");
    Rolls rolls;
    PianoNetwork *net = NULL;
    Player player[SPLITS] = {{0}};
    tb_set_threads((int)o.threads);
    TbStatus status = rolls_read(argv[1], &rolls);
    if (status == TB_OK)
        status = piano_network_new(&o.net, &net);
    for (int i = 0; status == TB_OK && i < SPLITS; i++)
        if (!player_new(&rolls, (Split)i, &player[i]))
            status = tbi_no_memory("for the pieces");
    if (status != TB_OK) {
        fprintf(stderr, "%s\n", tb_error_text(status));
        return 1;
    }
    set_odds(&rolls, net);
    run(&o, player, net);
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (strstr(argv[1], published[i].set))
            printf("published: %s\n", published[i].text);
    for (int i = 0; i < SPLITS; i++)
        free(player[i].order);
    piano_network_free(net);
    rolls_free(&rolls);
    return 0;
}
