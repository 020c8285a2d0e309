/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel bench: how many voices this machine can play, and the time of the worst block. */
#include "app/bench_report.h"
#include "app/commands.h"
#include "app/progress.h"
#include "app/song_instruments.h"

#include <math.h>

#define SEARCH_SECONDS 1.2
enum { BLOCKS = 6, SMALLEST = 32, STEP = 8, USUAL_VOICES = 16, LATENCY_NOTES = 200 };

typedef struct {
    bool json, still, no_reverb;
    int voices, block, plays;
    double seconds, share, rate;
    const char *model;
} Values;

static const Option options[] = {
    {"voices", 'v', OPTION_INT, "N", .low = 1, .high = TB_VOICES_MAX, .fallback = "16",
     .help = "number of voices to measure", .offset = offsetof(Values, voices)},
    {"block", 0, OPTION_INT, "N", .low = 16, .high = 4096, .help = "measure only this block size, not 32 to 1024",
     .offset = offsetof(Values, block)},
    {"seconds", 's', OPTION_NUMBER, "S", .low = 0.1, .high = 3600, .fallback = "3",
     .help = "seconds to play for each measurement", .offset = offsetof(Values, seconds)},
    {"plays", 0, OPTION_INT, "N", .low = 1, .high = 100, .fallback = "3",
     .help = "repetitions; the least time of each block counts", .offset = offsetof(Values, plays)},
    {"share", 0, OPTION_NUMBER, "PERCENT", .low = 1, .high = 100, .fallback = "70",
     .help = "find the number of voices whose worst block takes less", .offset = offsetof(Values, share)},
    {"still", 0, OPTION_FLAG, .help = "do not move knobs, pad and pitch wheel", .offset = offsetof(Values, still)},
    {"rate", 'r', OPTION_NUMBER, "HZ", .low = 22050, .high = 192000, .fallback = "48000", .help = "sample rate",
     .offset = offsetof(Values, rate)},
    {"no-reverb", 0, OPTION_FLAG, .help = "no reverb", .offset = offsetof(Values, no_reverb)},
    {"json", 0, OPTION_FLAG, .help = "print JSON", .offset = offsetof(Values, json)},
    MODEL_OPTION(Values, model),
};

/* The largest number of voices, in steps of STEP (or one voice), whose worst block meets the limit. Bisection: more
 * voices are more work. */
static TbStatus find_most(const Load *load, double share, BenchRow *row) {
    int low = 0, high = TB_VOICES_MAX / STEP + 1; /* low meets the limit, high does not */
    TbStatus status = TB_OK;
    row->most = 0;
    while (status == TB_OK && high - low > 1) {
        LoadTimes t;
        Load l = *load;
        int middle = low == 0 && high > TB_VOICES_MAX / STEP ? 64 / STEP : (low + high) / 2;
        l.voices = middle * STEP;
        l.seconds = fmin(l.seconds, SEARCH_SECONDS);
        status = load_play(&l, &t);
        if (status == TB_OK && t.worst < share) {
            low = middle;
            row->most = l.voices;
            row->most_worst = t.worst;
        } else {
            high = middle;
        }
    }
    return status;
}

static TbStatus measure(const Values *v, Load *load, Bench *bench, BenchRow rows[BLOCKS]) {
    TbStatus status = TB_OK;
    int n = v->block ? 1 : BLOCKS;
    for (int i = 0; status == TB_OK && i < n; i++) {
        rows[i] = (BenchRow){.block = v->block ? v->block : SMALLEST << i, .voices = v->voices};
        load->block = rows[i].block;
        status = load_play(load, &rows[i].times);
        if (status == TB_OK)
            status = find_most(load, bench->share, &rows[i]);
        if (status == TB_OK && !v->json)
            bench_text_row(&rows[i]);
        bench->n_rows = i + 1;
    }
    load->block = v->block ? v->block : 64;
    if (status == TB_OK)
        status = load_latency(load, LATENCY_NOTES, &bench->latency);
    return status == TB_OK ? parts_measure(load, &bench->parts, &bench->bounds) : status;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    static char *const default_value[] = {"piano", "flute"};
    const Values *v = values;
    BenchRow rows[BLOCKS];
    Progress progress;
    TbModel *model = NULL;
    Load load = {.rate = v->rate,
                 .reverb = !v->no_reverb,
                 .limit = true,
                 .still = v->still,
                 .voices = v->voices,
                 .seconds = v->seconds,
                 .plays = v->plays};
    char *const *names = n_operands > 0 ? operands : default_value;
    load.n_corners = n_operands > 0 ? n_operands : 2;
    progress_begin(&progress, "listening");
    TbStatus status = model_load(v->model, &model);
    Instruments instruments = {.model = model,
                               .progress = {.progress = progress_report, .context = &progress, .from = 0, .to = 1},
                               .n_expected = load.n_corners};
    load.model = model;
    for (int i = 0; status == TB_OK && i < load.n_corners; i++)
        status = instruments_find(&instruments, names[i], &load.corner[i]);
    progress_end(&progress);
    Bench bench = {.load = &load, .share = v->share / 100, .rows = rows};
    if (status == TB_OK && !v->json)
        bench_text_head(&bench);
    if (status == TB_OK)
        status = measure(v, &load, &bench, rows);
    if (status == TB_OK && v->json)
        status = bench_json(&bench);
    else if (status == TB_OK)
        bench_text_rest(&bench);
    instruments_free(&instruments);
    tb_model_free(model);
    return status;
}

const Command cmd_bench = COMMAND(
    "bench", "Measure how many voices this machine can play live", "[SOUND...]", 0, TB_PARTS,
    "Runs the engine of `timbrel play` as fast as possible, without a sound device and without output. SOUND is\n"
    "what `timbrel play` takes (default: piano and flute). Measure on an idle machine.\n\n"
    "  timbrel bench\n"
    "  timbrel bench seed:7 --block 64 --voices 64 --seconds 10\n");
