/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel compare: the distance between two sounds. */
#include "app/commands.h"
#include "app/files.h"
#include "app/output.h"
#include "app/pairs.h"
#include "app/progress.h"
#include "app/report.h"
#include "app/warning.h"
#include "timbrel/plot.h"

#include <math.h>
#include <string.h>

typedef struct {
    bool json, all;
    const char *picture;
} Values;

static const Option options[] = {
    {"json", 0, OPTION_FLAG, .help = "print JSON instead of a table", .offset = offsetof(Values, json)},
    {"all", 0, OPTION_FLAG, .help = "show every column in the table", .offset = offsetof(Values, all)},
    {"picture", 0, OPTION_TEXT, "FILE.png", .help = "draw both spectrograms (of the most distant pair)",
     .offset = offsetof(Values, picture)},
};

/* Of folders, what cannot be compared is named and left out. *failed: the first such failure. */
static TbStatus compare_all(Pairs *pairs, bool folders, TbStatus *failed) {
    Progress progress;
    TbStatus status = TB_OK;
    *failed = TB_OK;
    progress_begin(&progress, "comparing");
    for (size_t i = 0; i < pairs->n && status == TB_OK;) {
        if (!progress_report(&progress, (double)i / (double)pairs->n, pairs->items[i].name))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
        else
            status = pair_compare(&pairs->items[i]);
        if (folders && status && status != TB_ERR_CANCELLED && status != TB_ERR_NO_MEMORY) {
            warning_print("Left out", tb_error_text(status));
            *failed = *failed ? *failed : status;
            pairs_drop(pairs, i);
            status = TB_OK;
        } else {
            i++;
        }
    }
    progress_end(&progress);
    return status;
}

static TbStatus draw(const char *png, const Pair *pair) {
    TbAudio reference, test;
    TbStatus status = pair_read(pair, &reference, &test);
    if (status)
        return status;
    status = tb_plot_spectrograms(png, (const TbAudio *[]){&reference, &test},
                                  (const char *[]){pair->reference, pair->test}, 2, NULL);
    tb_audio_free(&reference);
    tb_audio_free(&test);
    return status;
}

static TbStatus draw_worst(const char *png, const Pairs *pairs) {
    const Pair *worst = &pairs->items[0];
    for (size_t i = 1; i < pairs->n; i++)
        if (pairs->items[i].result.mel_lsd > worst->result.mel_lsd)
            worst = &pairs->items[i];
    return draw(png, worst);
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    const Values *v = values;
    Pairs pairs;
    TbStatus failed;
    (void)n_operands;
    TbStatus status = v->picture ? picture_place_check(v->picture) : TB_OK;
    if (status == TB_OK)
        status = pairs_find(operands[0], operands[1], &pairs);
    if (status)
        return status;
    status = compare_all(&pairs, path_kind(operands[0]) == PATH_FOLDER, &failed);
    if (status == TB_OK && pairs.n > 0)
        status = v->json ? report_json(&pairs, operands[0], operands[1]) : report_text(&pairs, v->all);
    if (status == TB_OK && v->picture && pairs.n > 0)
        status = draw_worst(v->picture, &pairs);
    if (status == TB_OK && failed)
        status = tb_fail(failed, "%zu of %zu pairs cannot be compared; the reasons are above.", pairs.n_failed,
                         pairs.n + pairs.n_failed);
    pairs_free(&pairs);
    return status;
}

const Command cmd_compare =
    COMMAND("compare", "Measure the distance between two sounds, or two folders of sounds", "REF TEST", 2, 2,
            "REF and TEST are two sound files, or two folders whose sounds of the same name are compared. Smaller is\n"
            "closer. Sounds are converted to 44.1 kHz; TEST is cut or padded to the length of REF, but not shifted or\n"
            "scaled. File names such as 40_67_100.wav (program, MIDI pitch, velocity; program 128: drums) give the\n"
            "pitch.\n\n"
            "  timbrel compare original.wav again.wav\n"
            "  timbrel compare originals/ made/ --json\n");
