/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The jam as others see it: a writer, the user, the audio thread. */
#include "jam/internal.h"

#include <stdio.h>

enum { COLUMNS = 32 /* of a bar, for onsets */ };

static void show_part(const TbJam *j, int part, TbJamPartState *s) {
    const JamPart *p = &j->part[part];
    const int32_t ticks = tbi_jam_bar_ticks(&j->harmony);
    *s = (TbJamPartState){.role = p->role,
                          .bars = p->playing.bars,
                          .mode = p->mode,
                          .muted = atomic_load(&j->player.muted) >> part & 1,
                          .soloed = atomic_load(&j->player.soloed) >> part & 1,
                          .audible = p->audible,
                          .writing = p->writing || p->wants,
                          .waiting = p->next.is_there,
                          .undo = p->n_before,
                          .n_notes = (size_t)p->playing.n,
                          .loop = p->playing.id};
    for (int i = 0; i < p->playing.n; i++) {
        const int32_t onset = p->playing.note[i].onset;
        s->onsets[onset / ticks % TB_JAM_BARS] |= 1u << (onset % ticks * COLUMNS / ticks);
    }
}

void tb_jam_state(TbJam *j, TbJamState *s) {
    memset(s, 0, sizeof *s);
    s->bar = atomic_load(&j->player.shown_bar);
    s->place = (double)atomic_load(&j->player.place);
    s->late = atomic_load(&j->player.late);
    s->dropped = atomic_load(&j->player.dropped);
    tbi_jam_lock(j);
    memcpy(s->value, j->value, sizeof s->value);
    s->key = j->harmony.key;
    s->numerator = j->harmony.numerator;
    s->denominator = j->harmony.denominator;
    s->progression = j->harmony.bars;
    tbi_jam_chords_print(&j->harmony, s->chords);
    s->written = j->written;
    s->redrawn = j->redrawn;
    s->failed = j->failed;
    memcpy(s->last_error, j->last_error, sizeof s->last_error);
    s->n_parts = j->options.n_parts;
    for (int i = 0; i < s->n_parts; i++)
        show_part(j, i, &s->part[i]);
    tbi_jam_unlock(j);
}

void tbi_jam_band(const TbJam *j, JamBand *band) {
    *band = (JamBand){.models = j->models,
                      .learned = j->options.learned,
                      .style = j->options.style,
                      .tempo = j->value[TB_JAM_TEMPO],
                      .temperature = j->value[TB_JAM_TEMPERATURE],
                      .intensity = j->value[TB_JAM_INTENSITY],
                      .harmony = &j->harmony,
                      .n_parts = j->options.n_parts};
    for (int i = 0; i < band->n_parts; i++) {
        band->role[i] = j->part[i].role;
        band->source[i] = tbi_jam_latest(&j->part[i]);
    }
}

TbStatus tb_jam_loops(TbJam *j, TbScore *score) {
    TbRole role[TB_JAM_PARTS];
    JamBand band;
    tbi_jam_lock(j);
    tbi_jam_band(j, &band);
    TbStatus status = tbi_jam_band_score(&band, 0, TB_JAM_BARS, -1, 0, score, role);
    tbi_jam_unlock(j);
    return status;
}

int tb_jam_channel(const TbJam *j, int part) {
    return part >= 0 && part < j->options.n_parts ? j->player.channel[part] : 0;
}

static bool to_engine(void *engine, size_t offset, const uint8_t *message, size_t n_bytes) {
    return tb_engine_event(engine, offset, message, n_bytes);
}

void tb_jam_block(TbJam *j, TbEngine *engine, size_t n) {
    tbi_jam_player_block(&j->player, n, to_engine, engine);
}
