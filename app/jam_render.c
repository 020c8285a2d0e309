/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/jam_render.h"
#include "app/progress.h"
#include "timbrel/audio.h"

#include <math.h>

enum { BLOCK = 256 };

void jam_feed(void *feed, TbEngine *engine, size_t n) {
    JamFeed *f = feed;
    for (int i = 0; i < f->sounds->n_messages && !f->begun; i++)
        tb_engine_event(engine, 0, f->sounds->message[i], sizeof f->sounds->message[i]);
    f->begun = true;
    tb_jam_block(f->jam, engine, n);
}

/* Renders n samples, of which the jam plays the first `fed`, and then lets the networks write what is due. */
static void render(JamFeed *feed, TbEngine *engine, float *out, size_t n, size_t fed) {
    float left[BLOCK], right[BLOCK];
    if (fed > 0)
        jam_feed(feed, engine, fed);
    tb_engine_render(engine, left, right, n);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = left[i];
        out[2 * i + 1] = right[i];
    }
    tb_jam_work(feed->jam);
}

/* The first `late` samples, which are the engine's delay, are left out. */
static TbStatus render_all(TbAudioWriter *writer, JamFeed *feed, TbEngine *engine, size_t late, size_t n) {
    Progress progress;
    TbStatus status = TB_OK;
    progress_begin(&progress, "jamming");
    for (size_t at = 0; at < n + late && status == TB_OK; at += BLOCK) {
        float out[2 * BLOCK];
        const size_t m = n + late - at < BLOCK ? n + late - at : BLOCK;
        const size_t skipped = at < late ? (late - at < m ? late - at : m) : 0;
        render(feed, engine, out, m, at >= n ? 0 : n - at < m ? n - at : m);
        if (writer)
            status = tb_audio_writer_add(writer, out + 2 * skipped, m - skipped);
        if (status == TB_OK && !progress_report(&progress, (double)at / (double)(n + late), NULL))
            status = tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
    }
    progress_end(&progress);
    return status;
}

TbStatus jam_render(const JamValues *v, JamFeed *feed, TbEngine *engine, double sample_rate) {
    static const TbBits bits[] = {TB_BITS_16, TB_BITS_24, TB_BITS_32F};
    TbAudioWriter *writer = NULL;
    const size_t late = tb_engine_latency(engine), n = (size_t)llround(v->offline * sample_rate);
    TbStatus status = v->record ? tb_audio_writer_new_file(v->record, 2, sample_rate, bits[v->bits], &writer) : TB_OK;
    if (status)
        return status;
    status = render_all(writer, feed, engine, late, n);
    if (writer && status == TB_OK)
        return tb_audio_writer_commit(writer);
    tb_audio_writer_discard(writer);
    return status;
}
