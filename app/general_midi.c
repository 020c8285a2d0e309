/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/general_midi.h"
#include "app/numbers.h"

#include <stdio.h>
#include <string.h>

bool general_midi_known(const TbModel *model) {
    const TbNoteModel *notes = tb_model_notes(model);
    bool known = false;
    for (int i = 0; notes && i < TB_DRUM_KEYS; i++)
        known = known || notes->program[i].kind > 0;
    return known;
}

/* Without a code a program is silent, and the rest of the song plays. */
static TbStatus load_program(GeneralMidi *gm, Instruments *all, int channel, int program) {
    TbStatus status = instruments_of_program(all, program, &gm->program[program]);
    if (status != TB_ERR_UNSUPPORTED)
        return status;
    fprintf(stderr,
            "The model does not know program %d of channel %d, which is silent; give it a sound: --sound %d=SOUND.\n",
            program + 1, channel + 1, channel + 1);
    return TB_OK;
}

TbStatus general_midi_load(GeneralMidi *gm, Instruments *all, const TbSongParts *parts) {
    TbStatus status = TB_OK;
    for (int c = 0; c < TB_CHANNELS; c++)
        for (int p = 0; p < TB_DRUM_KEYS && status == TB_OK && gm->plays[c]; p++)
            if (parts->program[c][p] && !gm->program[p])
                status = load_program(gm, all, c, p);
    return status;
}

TbStatus general_midi_kit(Instruments *all, const bool used[TB_DRUM_KEYS], TbDrum kit[TB_DRUM_KEYS]) {
    const TbNoteModel *notes = tb_model_notes(all->model);
    TbStatus status = TB_OK;
    for (int key = 0; key < TB_DRUM_KEYS && status == TB_OK; key++) {
        const TbInstrument *drum;
        if (!used[key] || !notes || !(notes->program[TB_DRUM_KEYS + key].kind > 0))
            continue;
        status = instruments_of_program(all, TB_DRUM_KEYS + key, &drum);
        if (status == TB_OK)
            kit[key] = (TbDrum){.instrument = drum,
                                .key = (float)key,
                                .gain = kit[key].gain > 0 ? kit[key].gain : 1,
                                .choke = kit[key].choke};
    }
    return status;
}

void general_midi_tell(const GeneralMidi *gm, const TbSongParts *parts) {
    char list[4 * TB_CHANNELS + 1] = "";
    size_t at = 0, n = 0;
    for (int c = 0; c < TB_CHANNELS; c++)
        if (gm->plays[c] && parts->variation[c])
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%d", n++ ? ", " : "", c + 1);
    if (n > 0)
        fprintf(stderr, "Channel%s %s: variation banks are not known; the program of General MIDI plays.\n", plural(n),
                list);
}

static void set(const GeneralMidi *gm, TbEngine *engine, int channel) {
    TbMix mix = {.part = {gm->program[gm->now[channel]]}, .weight = {1}};
    tb_engine_set_mix(engine, channel, &mix);
}

void general_midi_start(GeneralMidi *gm, TbEngine *engine) {
    for (int c = 0; c < TB_CHANNELS; c++)
        if (gm->plays[c])
            set(gm, engine, c);
}

bool general_midi_changes(const GeneralMidi *gm, const TbSongEvent *event) {
    return event->message[0] >> 4 == 0xc ? gm->plays[event->message[0] & 15] : tb_song_is_reset(event);
}

void general_midi_change(GeneralMidi *gm, TbEngine *engine, const TbSongEvent *event) {
    if (tb_song_is_reset(event))
        memset(gm->now, 0, sizeof gm->now);
    else
        gm->now[event->message[0] & 15] = event->message[1] & 127;
    general_midi_start(gm, engine);
}
