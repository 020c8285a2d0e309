/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a model of pieces or refused. Any bytes are a MIDI file, too, or refused: what is in it goes to tokens
 * and back, and a model that has learned nothing writes only what is possible to it. */
#include "piece/model.h"
#include "piece/window.h"
#include "tests/fuzz/fuzz.h"

static void check(const TbScore *score) {
    for (size_t i = 0; i < score->n_notes; i++) {
        const TbScoreNote *n = &score->notes[i];
        require(n->onset >= 0 && n->part < score->n_parts && n->pitch < 128 && n->velocity > 0 && n->velocity < 128);
        require(n->duration >= 0 && n->onset + (int64_t)n->duration <= score->end);
    }
}

static void write_all(const TbPieceModel *model, const TbScore *given, size_t size) {
    enum { ALL = (1 << TB_PIECE_ROLES) - 1, MOST_BARS = 24 };
    TbPieceOptions o;
    TbScore out;
    TbBars bars;
    tb_piece_defaults(&o);
    o.seed = size;
    o.style = (int)(size % TB_PIECE_STYLES);
    const int32_t last = tb_score_last_off(given);
    if (tb_bars_new(given, given->end > last ? given->end : last, &bars) != TB_OK)
        return;
    const size_t n = bars.n_bars;
    tb_bars_free(&bars);
    if (n <= MOST_BARS && tb_piece_write_parts(model, given, 1 + size % ALL, &o, &out) == TB_OK) {
        check(&out);
        tb_score_free(&out);
    }
    if (tb_piece_continue(model, given, 2, &o, &out) == TB_OK) {
        check(&out);
        tb_score_free(&out);
    }
    if (tb_piece_fill(model, given, n / 2, n - n / 2 < 2 ? 1 : 2, 0, &o, &out) == TB_OK) {
        check(&out);
        tb_score_free(&out);
    }
}

/* All windows have symbols that exist, and labels that mean notes. */
static void read_windows(const TbScore *score) {
    static int32_t fields[PIECE_WINDOW * PIECE_FIELDS], labels[PIECE_WINDOW * PIECE_PREDICTED];
    static int bars[PIECE_WINDOW];
    const PieceReading reading = {.find = true};
    Piece piece;
    TbRng rng;
    if (tbi_piece_read(score, &reading, &piece) != TB_OK)
        return;
    tb_rng_seed(&rng, 1);
    for (int i = 0; i < 8; i++) {
        PieceTokens t = {fields, labels, bars, 0, PIECE_WINDOW};
        tbi_piece_draw_window(&piece, i % 2, &rng, &t);
        for (size_t row = 0; row < t.n; row++)
            for (int f = 0; f < PIECE_FIELDS; f++) {
                const int32_t value = fields[row * PIECE_FIELDS + (size_t)f];
                require(value >= -1 && value < (int32_t)tbi_piece_classes[f]);
                if (f < PIECE_PREDICTED)
                    require(labels[row * PIECE_PREDICTED + (size_t)f] < (int32_t)tbi_piece_classes[f]);
            }
    }
    tbi_piece_free(&piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const PieceSizes sizes = {
        .layers = 1, .heads = 1, .head_dim = 8, .hidden = 8, .head_width = 8, .steps = 4, .bars = 4, .ahead = 2};
    static TbPieceModel *blank; /* all notes are as likely */
    TbPieceModel *model;
    TbScore score;
    TbStatus status = tb_piece_model_parse(data, size, &model);
    require(model || status != TB_OK);
    if (status != TB_OK)
        require_message(status);
    if (!blank)
        require(tbi_piece_model_new(&sizes, &blank) == TB_OK);
    if (status == TB_OK) {
        if (tb_score_new(480, &score) == TB_OK) {
            score.end = 480 * 16;
            write_all(model, &score, size);
            tb_score_free(&score);
        }
        tb_piece_model_free(model);
    } else if (tb_score_parse(data, size, &score) == TB_OK) {
        read_windows(&score);
        write_all(blank, &score, size);
        tb_score_free(&score);
    }
    return 0;
}
