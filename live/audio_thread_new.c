/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates what the audio thread needs: the rings that its messages arrive through. */
#include "live/audio_thread.h"

bool tbi_audio_thread_init(AudioThread *a, size_t n_events) {
    TbMidiMap map;
    tb_midi_map_defaults(&map);
    for (int i = 0; i < TB_CONTROLS; i++)
        atomic_init(&a->control[i], tb_control_info(i)->default_value);
    for (int i = 0; i < CONTROLLERS; i++)
        atomic_init(&a->map[i], map.control[i]);
    atomic_init(&a->learning, -1);
    atomic_init(&a->program, -1);
    bool made = tbi_ring_new(&a->changes, sizeof(EngineChange), CHANGES);
    for (int i = 0; i < SOURCES; i++)
        made = tbi_ring_new(&a->source[i], sizeof(LiveEvent), n_events) && made;
    return made;
}

void tbi_audio_thread_release(AudioThread *a) {
    for (int i = 0; i < SOURCES; i++)
        tbi_ring_free(&a->source[i]);
    tbi_ring_free(&a->changes);
}
