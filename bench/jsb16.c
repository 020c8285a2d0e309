/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relative attention against none, on J. S. Bach's chorales in sixteenths (Huang et al. 2018, "Music Transformer",
 * table 2: 0.417 nats without, 0.335 with).
 *
 * The protocol: 382 chorales with four voices, sampled every sixteenth; held and repeated notes are not told apart. A
 * piece is one sequence of tokens, soprano, alto, tenor, bass of the first sixteenth, then of the second, and so on; a
 * token is a pitch or a rest. Trained on random windows of 512 tokens (eight bars) that begin at a sixteenth, in a
 * random transposition in which all voices stay within the range of pitches. All models have a learned vector per place
 * in the window (absolute positions) added to the token's, and the same layers, widths, steps and random numbers; they
 * differ in the attention alone. The average of the weights is evaluated from time to time, and the one with the fewest
 * nats on the validation pieces is tested. Whole pieces count: each token once, in a window whose first half is context
 * only, but for the piece's first window.
 *
 * Usage: jsb16 [-s STEPS] [-w WIDTH] [-l LAYERS] [-t THREADS] [-r SEED] FILE ATTENTION...
 * ATTENTION: none, bias (numbers per distance), keys (vectors per distance), each by step and by bar; step-bias and
 * step-keys, by step alone. FILE: lines "train INDEX T" (or valid, test), each followed by T lines of four MIDI
 * numbers, -1 for a rest. */
#include "base/clock.h"
#include "bench/program.h"
#include "nn/learning_rate.h"
#include "nn/mlp.h"
#include "nn/token_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VOICES = 4,
    WINDOW = 512,
    BAR = 16 * VOICES, /* tokens */
    LOWEST = 33,
    HIGHEST = 84,
    CLASSES = HIGHEST - LOWEST + 2, /* class 0: a rest */
    BATCH = 8,                      /* windows */
    MAX_PIECES = 512,
    FIELDS = 2 /* the token before, the place in the window */
};

typedef enum { TRAIN, VALID, TEST, SPLITS } Split;
static const char *const split_names[SPLITS] = {"train", "valid", "test"};

typedef struct {
    int *pitches; /* [n_tokens]: MIDI numbers, -1 for a rest */
    size_t n_tokens;
    int low, high; /* pitches */
} Piece;

typedef struct {
    Piece pieces[MAX_PIECES];
    size_t n_pieces, n_tokens;
} Set;

static const struct {
    const char *name;
    size_t n_steps, n_bars;
    TbRelative relative;
} attentions[] = {{"none", 0, 0, TB_RELATIVE_KEYS},
                  {"step-bias", WINDOW / 2, 0, TB_RELATIVE_BIAS},
                  {"bias", WINDOW / 2, WINDOW / BAR, TB_RELATIVE_BIAS},
                  {"step-keys", WINDOW / 2, 0, TB_RELATIVE_KEYS},
                  {"keys", WINDOW / 2, WINDOW / BAR, TB_RELATIVE_KEYS}};
enum { N_ATTENTIONS = sizeof attentions / sizeof *attentions };

static void fail(const char *text, const char *what) {
    fprintf(stderr, text, what);
    exit(1);
}

static void *need_memory(void *memory) {
    if (!memory)
        fail("%s\n", "Out of memory.");
    return memory;
}

/* ---- data ---- */

static void read_pieces(const char *path, Set sets[SPLITS]) {
    FILE *file = fopen(path, "r");
    if (!file)
        fail("\"%s\" cannot be read.\n", path);
    char name[16];
    size_t index, n;
    while (fscanf(file, "%15s %zu %zu", name, &index, &n) == 3) {
        int split = 0;
        while (split < SPLITS && strcmp(name, split_names[split]))
            split++;
        if (split == SPLITS || n < 1 || n > 100000 || sets[split].n_pieces == MAX_PIECES)
            fail("\"%s\" is not in the format that bench/jsb16.c describes.\n", path);
        Piece *piece = &sets[split].pieces[sets[split].n_pieces++];
        *piece = (Piece){need_memory(calloc(n * VOICES, sizeof(int))), n * VOICES, HIGHEST, LOWEST};
        for (size_t i = 0; i < n * VOICES; i++) {
            int p;
            if (fscanf(file, "%d", &p) != 1 || (p != -1 && (p < LOWEST || p > HIGHEST)))
                fail("\"%s\" has a pitch that is missing or out of range.\n", path);
            piece->pitches[i] = p;
            piece->low = p >= 0 && p < piece->low ? p : piece->low;
            piece->high = p > piece->high ? p : piece->high;
        }
        sets[split].n_tokens += n * VOICES;
    }
    fclose(file);
}

/* One batch of windows in memory that they share. */
typedef struct {
    size_t lengths[BATCH];
    int32_t fields[BATCH * WINDOW * FIELDS], labels[BATCH * WINDOW];
    int bars[BATCH * WINDOW];
    size_t rows;
    TbTokenBatch tokens;
} Windows;

static void clear(Windows *w) {
    w->rows = 0;
    w->tokens = (TbTokenBatch){{0, w->lengths, w->bars}, w->fields, w->labels};
}

static int32_t class_of(int pitch, int shift) {
    return pitch < 0 ? 0 : pitch + shift - LOWEST + 1;
}

/* Tokens first .. first + n - 1; the first `context` of them are not counted. */
static void add_window(Windows *w, const Piece *piece, size_t first, size_t n, size_t context, int shift) {
    for (size_t i = 0; i < n; i++) {
        const size_t at = w->rows + i, token = first + i;
        w->fields[at * FIELDS] = token ? class_of(piece->pitches[token - 1], shift) : TB_NO_SYMBOL;
        w->fields[at * FIELDS + 1] = (int32_t)i;
        w->labels[at] = i < context ? TB_NO_SYMBOL : class_of(piece->pitches[token], shift);
        w->bars[at] = (int)(token / BAR);
    }
    w->lengths[w->tokens.sequences.n_sequences++] = n;
    w->rows += n;
}

static size_t below(TbRng *rng, size_t n) {
    return (size_t)((double)tb_rng_uniform(rng) * (double)n);
}

/* Every place in the training set is as likely as any other to be in a window's middle. */
static void draw_batch(Windows *w, const Set *set, TbRng *rng) {
    clear(w);
    for (int i = 0; i < BATCH; i++) {
        size_t place = below(rng, set->n_tokens);
        const Piece *piece = set->pieces;
        for (; place >= piece->n_tokens; piece++)
            place -= piece->n_tokens;
        const size_t n = piece->n_tokens < WINDOW ? piece->n_tokens : WINDOW;
        size_t first = place < WINDOW / 2 ? 0 : place - WINDOW / 2;
        first = (first < piece->n_tokens - n ? first : piece->n_tokens - n) / VOICES * VOICES;
        const int down = piece->low - LOWEST, up = HIGHEST - piece->high;
        const int shift = (int)below(rng, (size_t)(down + up + 1)) - down;
        add_window(w, piece, first, n, 0, shift < -6 ? -6 : shift > 6 ? 6 : shift);
    }
}

/* Nats per token of whole pieces. */
static double evaluate(TbTokenTrainer *trainer, Windows *w, const Set *set) {
    double nats = 0;
    size_t count = 0;
    clear(w);
    for (const Piece *piece = set->pieces; piece < set->pieces + set->n_pieces; piece++) {
        for (size_t first = 0, counted = 0; counted < piece->n_tokens; first += WINDOW / 2) {
            const size_t left = piece->n_tokens - first, n = left < WINDOW ? left : WINDOW;
            add_window(w, piece, first, n, counted - first, 0);
            counted = first + n;
            const bool last = piece == set->pieces + set->n_pieces - 1 && counted == piece->n_tokens;
            if (w->tokens.sequences.n_sequences == BATCH || last) {
                TbTokenLoss loss = tbi_token_trainer_evaluate(trainer, &w->tokens);
                nats += loss.nats[0];
                count += loss.count[0];
                clear(w);
            }
        }
    }
    if (count != set->n_tokens)
        fail("%s\n", "Not every token was counted once.");
    return nats / (double)count;
}

/* ---- a run ---- */

typedef struct {
    size_t n_steps, width, n_layers;
    uint64_t seed;
} Options;

typedef struct {
    double valid, test;
} Result;

static Result train(const Options *o, int attention, const Set sets[SPLITS]) {
    static Windows windows;
    enum { HEAD_DIM = 32, EVALUATE_EVERY = 250 };
    const TbTokenModelConfig config = {
        .transformer = {.n_layers = o->n_layers,
                        .width = o->width,
                        .hidden = 4 * o->width,
                        .attention = {.n_heads = o->width / HEAD_DIM,
                                      .head_dim = HEAD_DIM,
                                      .n_steps = attentions[attention].n_steps,
                                      .n_bars = attentions[attention].n_bars,
                                      .relative = attentions[attention].relative},
                        .dropout = 0.2f},
        .n_fields = FIELDS,
        .n_predicted = 1,
        .classes = {CLASSES, WINDOW},
        .head_width = o->width,
    };
    static TbTokenModel model;
    tbi_token_model_init(&model, &config);
    TbArena memory = {0};
    float *params = need_memory(tbi_arena_floats(&memory, model.parameters.n_params));
    TbRng rng;
    tb_rng_seed(&rng, o->seed);
    tbi_token_model_init_weights(&model, params, &rng);
    TbTokenTrainer *trainer;
    const TbTokenTrainerOptions options = {.max_length = WINDOW, .average = 0.995, .seed = o->seed};
    TbStatus status = tbi_token_trainer_new(&model, params, &options, &trainer);
    if (status != TB_OK)
        fail("%s\n", tb_error_text(status));
    TbTraining *training = tbi_token_trainer_training(trainer);
    const TbLearningRate rate = {.peak = 1.5e-3, .final_share = 0.02, .warm_up_steps = 100};
    TbAdamConfig adam = {.beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-9, .weight_decay = 0.05, .clip_norm = 1};
    printf("%s: %zu weights\n", attentions[attention].name, model.parameters.n_params);
    Result best = {INFINITY, 0};
    double start = tbi_now(), nats = 0;
    size_t n_summed = 0; /* steps since the last line */
    for (size_t step = 0; step < o->n_steps; step++) {
        draw_batch(&windows, &sets[TRAIN], &rng);
        adam.learning_rate = tbi_learning_rate(&rate, step, (double)step / (double)o->n_steps);
        TbTokenLoss loss = tbi_token_trainer_step(trainer, &windows.tokens, &adam);
        nats += tbi_token_loss_nats(&loss, 1);
        n_summed++;
        if ((step + 1) % EVALUATE_EVERY && step + 1 < o->n_steps)
            continue;
        tbi_training_swap_average(training);
        const double valid = evaluate(trainer, &windows, &sets[VALID]);
        if (valid < best.valid)
            best = (Result){valid, evaluate(trainer, &windows, &sets[TEST])};
        tbi_training_swap_average(training);
        printf("  step %5zu  train %.4f  valid %.4f  test %.4f at the best valid  %.0f s\n", step + 1,
               nats / (double)n_summed, valid, best.test, tbi_now() - start);
        fflush(stdout);
        nats = 0;
        n_summed = 0;
    }
    tbi_token_trainer_free(trainer);
    tbi_arena_free(&memory);
    return best;
}

int main(int argc, char **argv) {
    Options options = {.n_steps = 1200, .width = 128, .n_layers = 3, .seed = 1};
    int option;
    while ((option = getopt(argc, argv, "s:w:l:t:r:")) != -1) {
        const long value = option == '?' ? 0 : atol(optarg);
        if (value < 1 || (option == 'w' && value % 32) || (option == 'l' && value > TB_MAX_TRANSFORMER_LAYERS))
            option = '?';
        switch (option) {
        case 's':
            options.n_steps = (size_t)value;
            break;
        case 'w':
            options.width = (size_t)value;
            break;
        case 'l':
            options.n_layers = (size_t)value;
            break;
        case 't':
            tb_set_threads((int)value);
            break;
        case 'r':
            options.seed = (uint64_t)value;
            break;
        default:
            optind = argc;
        }
    }
    usage_if(argc - optind < 2, "jsb16 [-s STEPS] [-w WIDTH] [-l LAYERS] [-t THREADS] [-r SEED] FILE ATTENTION...\n"
                                "WIDTH is a multiple of 32; ATTENTION is none, step-bias, bias, step-keys or keys.");
    static Set sets[SPLITS];
    read_pieces(argv[optind++], sets);
    for (int split = 0; split < SPLITS; split++)
        printf("%s: %zu pieces, %zu tokens\n", split_names[split], sets[split].n_pieces, sets[split].n_tokens);
    Result first = {0};
    for (int i = optind; i < argc; i++) {
        int attention = 0;
        while (attention < N_ATTENTIONS && strcmp(argv[i], attentions[attention].name))
            attention++;
        if (attention == N_ATTENTIONS)
            fail("\"%s\" is no attention: use none, step-bias, bias, step-keys or keys.\n", argv[i]);
        const Result result = train(&options, attention, sets);
        if (i == optind)
            first = result;
        printf("%-9s  nats a token: valid %.4f, test %.4f; against %s: %+.1f %%, %+.1f %%\n", argv[i], result.valid,
               result.test, argv[optind], 100 * (result.valid / first.valid - 1), 100 * (result.test / first.test - 1));
    }
    return 0;
}
