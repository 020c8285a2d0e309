/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/jam_sounds.h"
#include "app/track.h"
#include "app/track_stem.h"
#include "base/arena_floats.h"
#include "base/no_memory.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdlib.h>

#define LISTENED 10.0 /* seconds of the loops from which levels are found */
#define LOADED 0.8    /* the share of the time that loading sounds takes */
enum { CC_VOLUME = 7, CC_PAN = 10, CC_REVERB = 91, USUAL_VOLUME = 100, MOST = 127, USUAL_VELOCITY = 90 };

/* ---- sounds ---- */

/* The loops, and a note for each drum that they do not have: other loops may. */
static TbStatus add_drums(TbScore *score) {
    const TbDrumMap *map = tb_drum_map(NULL);
    TbStatus status = TB_OK;
    for (size_t p = 0; p < score->n_parts; p++) {
        bool used[128] = {false};
        if (score->parts[p].channel != TB_SCORE_DRUM_CHANNEL)
            continue;
        for (size_t i = 0; i < score->n_notes; i++)
            if (score->notes[i].part == p)
                used[score->notes[i].pitch] = true;
        for (int c = 0; c <= TB_DRUM_CLASSES && status == TB_OK; c++) {
            const uint8_t key = c < TB_DRUM_CLASSES ? map->key_of[c] : map->pedal_hat;
            if (key && !used[key])
                status = tb_score_add_note(score, (TbScoreNote){score->end, 1, key, USUAL_VELOCITY, (uint16_t)p});
        }
    }
    tb_score_sort(score);
    return status;
}

static TbStatus load_orchestra(const TbScore *loops, const TbModel *model, const OptionTexts *sounds, const char *style,
                               uint64_t seed, Part progress, Orchestra *orchestra) {
    TbScore all;
    TbStatus status = tb_score_copy(loops, &all);
    if (status)
        return status;
    status = add_drums(&all);
    status = status ? status : orchestra_load(&all, model, sounds, style, seed, progress, orchestra);
    tb_score_free(&all);
    return status;
}

/* ---- levels ---- */

/* By how many dB a part of the loops has to be changed for its level in the plan, a melody being at 0 LUFS. */
static TbStatus listen(const JamSounds *all, const TbScore *loops, const OrchestraPart *part, double sample_rate,
                       size_t n, double *change) {
    const TrackStrip *strip = track_strip(part->role);
    TbArena memory = {0};
    double lufs = -INFINITY;
    float *x[4];
    for (int i = 0; i < 4; i++)
        x[i] = tbi_arena_floats(&memory, n);
    const Stem stem = {.model = all->orchestra.instruments.model,
                       .score = loops,
                       .part = part->part,
                       .instrument = part->instrument,
                       .kit = all->orchestra.kit,
                       .sample_rate = sample_rate,
                       .stereo = true,
                       .width = strip->width,
                       .pan = strip->pan,
                       .send = strip->send};
    TbStatus status = memory.failed ? tbi_no_memory("to find levels") : stem_add(&stem, x, x + 2, n);
    if (status == TB_OK)
        status = tb_loudness((const float *const[]){x[0], x[1]}, 2, n, sample_rate, &lufs);
    *change = isfinite(lufs) ? strip->level - lufs - 10 * log10(1 + (double)(strip->send * strip->send)) : -20;
    tbi_arena_free(&memory);
    return status;
}

static void add_message(JamSounds *all, int channel, int controller, double value) {
    uint8_t *m = all->message[all->n_messages++];
    m[0] = (uint8_t)(0xb0 | channel);
    m[1] = (uint8_t)controller;
    m[2] = (uint8_t)lround(fmin(fmax(value, 0), MOST));
}

/* The engine's gain is that of the part which needs most; the others are turned down. Volumes are squared. */
static void set_levels(JamSounds *all, const TbJam *jam, const double *change) {
    const Orchestra *o = &all->orchestra;
    double power = 0, most = -INFINITY;
    for (size_t i = 0; i < o->n_parts; i++) {
        power += pow(10, track_strip(o->part[i].role)->level / 10);
        most = fmax(most, change[i]);
    }
    const double whole = TRACK_LUFS - 10 * log10(fmax(power, 1e-9)), full = 40 * log10((double)MOST / USUAL_VOLUME);
    all->gain = fmin(fmax(most + whole - full, -60), 60);
    for (size_t i = 0; i < o->n_parts; i++) {
        const int channel = tb_jam_channel(jam, (int)o->part[i].part);
        const TrackStrip *strip = track_strip(o->part[i].role);
        add_message(all, channel, CC_VOLUME, USUAL_VOLUME * pow(10, (change[i] + whole - all->gain) / 40));
        add_message(all, channel, CC_PAN, 64 + 63 * (double)strip->pan);
        add_message(all, channel, CC_REVERB, MOST * (double)strip->send);
    }
}

static TbStatus find_levels(JamSounds *all, const TbJam *jam, const TbScore *loops, double sample_rate,
                            const Part *progress) {
    Part part = *progress;
    double change[TB_JAM_PARTS];
    TbStatus status = TB_OK;
    for (size_t i = 0; i < all->orchestra.n_parts && status == TB_OK; i++) {
        if (!part_report(&part, (double)i / (double)all->orchestra.n_parts, "levels"))
            return tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
        status = listen(all, loops, &all->orchestra.part[i], sample_rate, (size_t)(LISTENED * sample_rate), &change[i]);
    }
    if (status == TB_OK)
        set_levels(all, jam, change);
    return status;
}

TbStatus jam_sounds_load(TbJam *jam, const TbModel *model, const OptionTexts *sounds, const char *style,
                         double sample_rate, uint64_t seed, Part progress, JamSounds *all) {
    TbScore loops;
    Part loading = progress, levels = progress;
    *all = (JamSounds){.gain = 0};
    loading.to = levels.from = progress.from + LOADED * (progress.to - progress.from);
    TbStatus status = tb_jam_loops(jam, &loops);
    if (status)
        return status;
    tb_score_tidy(&loops, NULL);
    status = load_orchestra(&loops, model, sounds, style, seed, loading, &all->orchestra);
    status = status ? status : find_levels(all, jam, &loops, sample_rate, &levels);
    tb_score_free(&loops);
    if (status)
        jam_sounds_free(all);
    return status;
}

void jam_sounds_set(const JamSounds *all, const TbJam *jam, TbEngine *engine) {
    const Orchestra *o = &all->orchestra;
    for (size_t i = 0; i < o->n_parts; i++)
        if (o->part[i].instrument)
            tb_engine_set_mix(engine, tb_jam_channel(jam, (int)o->part[i].part),
                              &(TbMix){.part = {o->part[i].instrument}, .weight = {1}});
    for (int key = 0; key < 128; key++)
        tb_engine_set_drum(engine, key, &o->kit[key]);
}

void jam_sounds_free(JamSounds *all) {
    orchestra_free(&all->orchestra);
}
