/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renders a MIDI file, every channel played by an instrument that is drawn at random: the same seed, the same sound.
 *
 *   render_midi SONG.mid SEED OUT.wav */
#include <stdio.h>
#include <stdlib.h>
#include <timbrel/engine.h>
#include <timbrel/presets.h>

enum { RATE = 48000, BLOCK = 256, LONGEST_TAIL = 30 /* seconds */ };

/* Plays the song to its end, and on until nothing is heard any more. */
static TbStatus render(TbEngine *engine, const TbSong *song, TbAudioWriter *writer) {
    const size_t end = (size_t)(song->seconds * RATE), latest = end + LONGEST_TAIL * RATE;
    TbStatus status = TB_OK;
    size_t next = 0;
    for (size_t now = 0; status == TB_OK && now < latest && (now < end || tb_engine_is_audible(engine)); now += BLOCK) {
        float left[BLOCK], right[BLOCK], both[2 * BLOCK];
        for (; next < song->n_events; next++) {
            const size_t at = (size_t)(song->events[next].seconds * RATE);
            const TbSongEvent *event = &song->events[next];
            if (at >= now + BLOCK || !tb_engine_event(engine, at > now ? at - now : 0, event->message, event->n_bytes))
                break; /* of a later block; or the queue is full, and it goes into the next one */
        }
        tb_engine_render(engine, left, right, BLOCK);
        for (size_t i = 0; i < BLOCK; i++) {
            both[2 * i] = left[i];
            both[2 * i + 1] = right[i];
        }
        status = tb_audio_writer_add(writer, both, BLOCK);
    }
    return status;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: render_midi SONG.mid SEED OUT.wav\n");
        return 2;
    }
    TbSong song = {0};
    TbModel *model = NULL;
    TbInstrument *instrument = NULL;
    TbEngine *engine = NULL;
    TbAudioWriter *writer = NULL;
    TbEngineOptions options;
    tb_engine_defaults(&options);
    options.sample_rate = RATE;
    options.voices = 32;

    TbStatus status = tb_song_read(argv[1], &song);
    if (status == TB_OK)
        status = tb_default_model(&model);
    if (status == TB_OK)
        status = tb_instrument_random(model, strtoull(argv[2], NULL, 10), &instrument);
    if (status == TB_OK)
        status = tb_engine_new(model, &options, &engine);
    if (status == TB_OK) {
        const TbMix mix = {.part = {instrument}, .weight = {1}};
        for (int channel = 0; channel < TB_CHANNELS; channel++)
            tb_engine_set_mix(engine, channel, &mix);
        status = tb_audio_writer_new(argv[3], 2, RATE, TB_BITS_24, &writer);
    }
    if (status == TB_OK) {
        status = render(engine, &song, writer);
        if (status == TB_OK)
            status = tb_audio_writer_commit(writer);
        else
            tb_audio_writer_discard(writer);
    }
    if (status == TB_OK)
        printf("%zu notes, %.2f s\n", song.n_notes, (double)tb_engine_time(engine) / RATE);
    else
        fprintf(stderr, "render_midi: %s\n", tb_error_text(status));

    tb_engine_free(engine); /* what plays goes before what is played */
    tb_instrument_free(instrument);
    tb_model_free(model);
    tb_song_free(&song);
    return status == TB_OK ? 0 : 1;
}
