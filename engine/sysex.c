/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/sysex.h"
#include "engine/engine.h"

#include <string.h>

enum { ANY = 0xff, LOW = 0xfe, HIGH = 0xfd, BLOCK = 0xfc, END = 0xf7, MAX = 10, FIRST_BLOCK = 0x10 };

/* The bytes between F0 and F7. ANY: a device or a checksum; LOW, HIGH: the value; BLOCK: of a part in GS, as LOW. */
static const struct {
    uint8_t becomes, n, bytes[MAX];
} known[] = {
    {SYSTEM_VOLUME, 6, {0x7f, ANY, 4, 1, LOW, HIGH}},
    {SYSTEM_FINE_TUNE, 6, {0x7f, ANY, 4, 3, LOW, HIGH}},
    {SYSTEM_COARSE_TUNE, 6, {0x7f, ANY, 4, 4, ANY, HIGH}},
    {SYSTEM_RESET, 4, {0x7e, ANY, 9, 1}},                               /* General MIDI on, */
    {SYSTEM_RESET, 4, {0x7e, ANY, 9, 2}},                               /* off, */
    {SYSTEM_RESET, 4, {0x7e, ANY, 9, 3}},                               /* level 2 on */
    {SYSTEM_RESET, 9, {0x41, ANY, 0x42, 0x12, 0x40, 0, 0x7f, 0, 0x41}}, /* GS */
    {SYSTEM_RESET, 7, {0x43, ANY, 0x4c, 0, 0, 0x7e, 0}},                /* XG */
    {SYSTEM_PART, 9, {0x41, ANY, 0x42, 0x12, 0x40, BLOCK, 0x15, HIGH, ANY}},
    {SYSTEM_PART, 7, {0x43, ANY, 0x4c, 8, LOW, 7, HIGH}},
};

static bool matches(const uint8_t *pattern, size_t n, const uint8_t *bytes, uint8_t message[3]) {
    for (size_t i = 0; i < n; i++)
        if (pattern[i] == BLOCK && bytes[i] >> 4 != FIRST_BLOCK >> 4)
            return false;
        else if (pattern[i] == BLOCK) /* block 0 is channel 10; then come 1 to 9, 11 to 16 */
            message[1] = bytes[i] == FIRST_BLOCK ? TB_DRUM_CHANNEL
                                                 : (bytes[i] & 15) - (bytes[i] <= FIRST_BLOCK + TB_DRUM_CHANNEL);
        else if (pattern[i] == LOW)
            message[1] = bytes[i];
        else if (pattern[i] == HIGH)
            message[2] = bytes[i];
        else if (pattern[i] != ANY && pattern[i] != bytes[i])
            return false;
    return true;
}

/* Drum maps and drum setups are numbered from 1; 0 is a melodic part. XG has more parts than channels. */
static bool read_part(uint8_t message[3]) {
    message[2] = message[2] ? PART_RHYTHM : PART_MELODY;
    return message[1] < TB_CHANNELS;
}

bool tbi_sysex_read(const uint8_t *bytes, size_t n, uint8_t message[3]) {
    if (n < 1 || bytes[0] != 0xf0)
        return false;
    for (size_t i = 1; i < n; i++)
        if (bytes[i] >= 0x80 && !(bytes[i] == END && i == n - 1))
            return false;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        memset(message, 0, 3);
        message[0] = known[k].becomes;
        if (n - 1 >= known[k].n && matches(known[k].bytes, known[k].n, bytes + 1, message))
            return message[0] != SYSTEM_PART || read_part(message);
    }
    return false;
}

/* Ends all notes; sounds, MPE zones and what the controls say stay. */
static void reset(TbEngine *e) {
    for (int c = 0; c < TB_CHANNELS; c++) {
        tbi_voices_silence(e, c);
        tbi_channel_reset(e, c);
        tbi_channel_defaults(&e->channel[c], tbi_mpe_default_range(e, c));
        e->channel[c].part = (ChannelPart){0};
        e->channel[c].send.target = e->control[TB_CONTROL_REVERB];
    }
    e->fine = e->coarse = 0;
    tbi_control_master_volume(e, 1);
}

void tbi_sysex_run(TbEngine *e, const uint8_t message[3]) {
    int value = message[2] * 128 + message[1];
    float share = (float)value / 16383;
    switch (message[0]) {
    case SYSTEM_RESET:
        reset(e);
        break;
    case SYSTEM_VOLUME: /* as volume on a channel, with 14 bits */
        tbi_control_master_volume(e, share * share);
        break;
    case SYSTEM_FINE_TUNE:
        e->fine = (float)(value - 8192) / 8192;
        break;
    case SYSTEM_COARSE_TUNE:
        e->coarse = (float)(message[2] - 64);
        break;
    case SYSTEM_PART:
        e->channel[message[1]].part.by_sysex = message[2];
        break;
    }
}
