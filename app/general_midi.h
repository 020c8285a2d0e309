/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: General MIDI by itself: a song's programs and drums, from the codes in the model. */
#ifndef TIMBREL_APP_GENERAL_MIDI_H
#define TIMBREL_APP_GENERAL_MIDI_H

#include "app/song_instruments.h"

typedef struct {
    bool plays[TB_CHANNELS];                   /* channels whose sound is that of their program */
    const TbInstrument *program[TB_DRUM_KEYS]; /* those in use */
    uint8_t now[TB_CHANNELS];                  /* the program of each */
} GeneralMidi;

/* Whether the model has codes of programs. */
bool general_midi_known(const TbModel *model);

/* Loads the programs of the channels in gm->plays. */
TB_NODISCARD TbStatus general_midi_load(GeneralMidi *gm, Instruments *all, const TbSongParts *parts);
/* The drums of the model, in place of those of the bundled kit that it knows; their levels and choke groups stay. */
TB_NODISCARD TbStatus general_midi_kit(Instruments *all, const bool used[TB_DRUM_KEYS], TbDrum kit[TB_DRUM_KEYS]);

/* Says which channels ask for banks of other programs than General MIDI's. */
void general_midi_tell(const GeneralMidi *gm, const TbSongParts *parts);
/* Before the first sample: gives the channels their first program. */
void general_midi_start(GeneralMidi *gm, TbEngine *engine);
/* Whether the message changes a channel's program; then it must be the first of a block. */
bool general_midi_changes(const GeneralMidi *gm, const TbSongEvent *event);
/* Follows such a message. */
void general_midi_change(GeneralMidi *gm, TbEngine *engine, const TbSongEvent *event);

#endif
