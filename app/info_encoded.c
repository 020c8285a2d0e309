/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Describes an encoded sound. */
#include "app/info_kinds.h"
#include "app/sound_pitch.h"

#include <inttypes.h>
#include <stdio.h>

enum { NOTES_SHOWN = 16 };

/* "0.00 s A4, 1.52 s unpitched, ...": as many as fit on a line. */
static void list_notes(const TbSound *sound, char *text, size_t size) {
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < sound->n_notes && i < NOTES_SHOWN && at < size; i++) {
        char name[40] = "unpitched";
        if (sound->notes[i].pitched)
            pitch_name(midi_of_hz(sound->notes[i].f0), name, sizeof name);
        at += (size_t)snprintf(text + at, size - at, "%s%.2f s %s", i ? ", " : "", sound->notes[i].start, name);
    }
    if (sound->n_notes > NOTES_SHOWN && at < size)
        snprintf(text + at, size - at, ", and %zu more", sound->n_notes - NOTES_SHOWN);
}

TbStatus describe_encoded(const char *path, Info *info) {
    TbSound sound;
    TbStatus status = tb_sound_read(path, &sound);
    if (status)
        return status;
    char text[1000], fingerprint[20];
    size_t n_frames = 0, n_detail = 0;
    for (size_t i = 0; i < sound.n_notes; i++) {
        n_frames += sound.notes[i].n_frames;
        n_detail += sound.notes[i].detail ? sound.notes[i].n_frames : 0;
    }
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, sound.model);
    info_text(info, "kind", "encoded sound");
    info_number(info, "length", sound.seconds, "s");
    info_number(info, "channels", sound.width.n ? 2 : 1, "");
    info_number(info, "latents", sound.latent_dim, "");
    info_number(info, "notes", (double)sound.n_notes, "");
    if (sound.n_notes > 0) {
        list_notes(&sound, text, sizeof text);
        info_text(info, "pitches", text);
    } else {
        info_text(info, "note", "it is silent");
    }
    info_number(info, "frames", (double)n_frames, "");
    info_text(info, "detail",
              n_detail == 0          ? "none: latents only"
              : n_detail == n_frames ? "kept"
                                     : "kept of some notes");
    info_text(info, "model", fingerprint);
    tb_sound_free(&sound);
    return TB_OK;
}
