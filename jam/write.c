/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "jam/write.h"
#include "compose/styles.h"
#include "score/swing.h"

#include <math.h>

enum { TRIES = 5, USUAL_VELOCITY = 84 };
static const TbPieceRange bass_range = {28, 55}, chords_range = {48, 67}, other_range = {48, 84};

static void piece_options(const JamBand *band, const JamTask *task, const TbRole *role, TbPieceOptions *o) {
    const int style = tb_piece_style_find(tb_compose_style_name(band->style));
    const TbRole own = band->role[task->part];
    tb_piece_defaults(o);
    o->seed = task->seed;
    o->style = style > 0 ? style : TB_PIECE_ANY_STYLE;
    o->temperature = fmin(0.9 * band->temperature, 2);
    o->density[own] = tbi_jam_density(band);
    o->movement[TB_ROLE_BASS] = tbi_compose_style(band->style)->movement;
    o->range[TB_ROLE_BASS] = bass_range;
    o->range[TB_ROLE_CHORDS] = chords_range;
    o->range[TB_ROLE_OTHER] = other_range;
    o->role = role;
    o->loop = true;
}

/* Fills bars of the part's role; *score becomes the result. */
static TbStatus fill(const JamBand *band, const JamTask *task, const TbPieceOptions *o, int first, int n,
                     TbScore *score) {
    TbScore out;
    TbStatus status = tb_piece_fill(band->models->piece, score, (size_t)first, (size_t)n,
                                    tb_piece_role_bit(band->role[task->part]), o, &out);
    if (status == TB_OK) {
        tb_score_free(score);
        *score = out;
    }
    return status;
}

/* Each bar becomes new with a probability of the amount, and at least one. */
static TbStatus fill_some(const JamBand *band, const JamTask *task, TbPieceOptions *o, TbScore *score) {
    TbRng rng;
    bool chosen[TB_JAM_BARS] = {false}, any = false;
    TbStatus status = TB_OK;
    tb_rng_seed(&rng, task->seed);
    for (int b = 0; b < task->bars; b++) {
        chosen[b] = (double)tb_rng_uniform(&rng) < task->amount;
        any = any || chosen[b];
    }
    if (!any && task->amount > 0)
        chosen[tb_rng_next(&rng) % (uint32_t)task->bars] = true;
    for (int b = 0; b < task->bars && status == TB_OK; b++) {
        o->seed = task->seed + (uint64_t)b;
        if (chosen[b])
            status = fill(band, task, o, b, 1, score);
    }
    return status;
}

/* Bass, chords and other parts, by the network of pieces, which reads all parts and the chord symbols. */
static TbStatus write_part(const JamBand *band, const JamTask *task, JamSource *loop) {
    const JamSource *present = band->source[task->part];
    const bool has = present && present->n > 0, on = task->how == JAM_ON && has && task->bar >= (uint64_t)task->bars;
    const int before = on ? task->bars : 0, n = before + task->bars;
    const bool vary = task->how == JAM_VARY && has;
    TbRole role[TB_JAM_PARTS];
    TbPieceOptions o;
    TbScore score;
    TbStatus status = tbi_jam_band_score(band, task->bar - (uint64_t)before, n, task->part,
                                         task->bar + (uint64_t)(vary ? task->bars : 0), &score, role);
    if (status)
        return status;
    piece_options(band, task, role, &o);
    status = vary ? fill_some(band, task, &o, &score) : fill(band, task, &o, before, task->bars, &score);
    if (status == TB_OK)
        tbi_jam_take_notes(&score, (size_t)task->part, before * tbi_jam_bar_ticks(band->harmony), loop);
    tb_score_free(&score);
    return status;
}

/* Networks play one loop softly and the next one loudly. The dynamics inside a loop stay, but on average it is as loud
 * as others: amplitudes are squares of velocities. */
static void level(JamSource *loop) {
    double power = 0;
    for (int i = 0; i < loop->n; i++)
        power += pow(loop->note[i].velocity / 127.0, 4) / loop->n;
    const double change = USUAL_VELOCITY / 127.0 / fmax(pow(power, 0.25), 0.1);
    for (int i = 0; i < loop->n; i++)
        loop->note[i].velocity = (uint8_t)lround(fmin(fmax(change * loop->note[i].velocity, 1), 127));
}

static TbStatus write_once(const JamBand *band, const JamTask *task, JamSource *loop) {
    *loop = (JamSource){.bars = task->bars,
                        .first = (int)(task->bar % TB_JAM_BARS),
                        .harmony = *band->harmony,
                        .swing = SWING_STRAIGHT};
    switch (band->role[task->part]) {
    case TB_ROLE_DRUMS:
        return tbi_jam_write_drums(band, task, loop);
    case TB_ROLE_MELODY:
        return tbi_jam_write_melody(band, task, loop);
    default:
        return write_part(band, task, loop);
    }
}

TbStatus tbi_jam_write(const JamBand *band, const JamTask *task, JamSource *loop, uint64_t *redrawn) {
    JamTask t = *task;
    JamSource draft;
    double least = INFINITY, faults = 0;
    TbStatus status = TB_OK;
    for (int i = 0; i < TRIES && least > 0 && status == TB_OK; i++) {
        t.seed = task->seed + ((uint64_t)i << 32);
        status = write_once(band, &t, &draft);
        status = status ? status : tbi_jam_faults(band, band->role[t.part], &draft, &faults);
        if (status == TB_OK && faults < least) {
            least = faults;
            *loop = draft;
        }
        *redrawn += i > 0;
    }
    if (status == TB_OK && band->role[t.part] != TB_ROLE_DRUMS)
        level(loop);
    return status;
}
