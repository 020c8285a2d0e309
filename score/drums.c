/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drum maps: keys to the nine classes of the Groove MIDI Dataset (Gillick et al. 2019, "Learning to Groove"). */
#include "timbrel/score.h"

enum { NO_DRUM, KICK, SNARE, CLOSED_HAT, OPEN_HAT, LOW_TOM, MID_TOM, HIGH_TOM, CRASH, RIDE };

static const char *const class_names[TB_DRUM_CLASSES] = {
    "kick", "snare", "closed hi-hat", "open hi-hat", "low tom", "mid tom", "high tom", "crash", "ride",
};

/* Keys that General MIDI and Roland's TD-11 share, and mean the same in both; then those of one alone. */
#define SHARED_KEYS                                                                                                    \
    [36] = KICK, [37] = SNARE, [38] = SNARE, [40] = SNARE, [42] = CLOSED_HAT, [44] = CLOSED_HAT, [46] = OPEN_HAT,      \
    [43] = LOW_TOM, [45] = MID_TOM, [47] = MID_TOM, [48] = HIGH_TOM, [50] = HIGH_TOM, [49] = CRASH, [52] = CRASH,      \
    [55] = CRASH, [57] = CRASH, [51] = RIDE, [53] = RIDE, [59] = RIDE
#define GM_KEYS [35] = KICK, [39] = SNARE, [41] = LOW_TOM
#define TD_11_KEYS [22] = CLOSED_HAT, [26] = OPEN_HAT, [58] = LOW_TOM
#define WRITTEN {36, 38, 42, 46, 43, 47, 50, 49, 51}, 44

static const TbDrumMap maps[] = {
    {"all", {SHARED_KEYS, GM_KEYS, TD_11_KEYS}, WRITTEN},
    {"gm", {SHARED_KEYS, GM_KEYS}, WRITTEN},
    {"td-11", {SHARED_KEYS, TD_11_KEYS}, WRITTEN},
};

const TbDrumMap *tb_drum_map(const char *name) {
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        if (!name || strcmp(maps[i].name, name) == 0)
            return &maps[i];
    return NULL;
}

const char *tb_drum_class_name(int drum_class) {
    return drum_class >= 0 && drum_class < TB_DRUM_CLASSES ? class_names[drum_class] : "";
}

size_t tb_score_unknown_drums(const TbScore *score, const TbDrumMap *map, uint64_t keys[2]) {
    size_t n = 0;
    if (keys)
        keys[0] = keys[1] = 0;
    for (size_t i = 0; i < score->n_notes; i++) {
        const TbScoreNote *note = &score->notes[i];
        if (score->parts[note->part].channel != TB_SCORE_DRUM_CHANNEL || tb_drum_class(map, note->pitch) >= 0)
            continue;
        n++;
        if (keys)
            keys[note->pitch / 64] |= 1ull << note->pitch % 64;
    }
    return n;
}
