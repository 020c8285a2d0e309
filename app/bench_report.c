/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/bench_report.h"
#include "app/numbers.h"
#include "base/no_memory.h"

#include <jansson.h>
#include <stdio.h>

void bench_text_head(const Bench *b) {
    const Load *l = b->load;
    char rate[40];
    number_text(l->rate, 8, 2, rate, sizeof rate);
    printf("%s Hz, stereo%s%s; chords that force voice stealing,\n%s%.1f s, %d time%s.\n", rate,
           l->reverb ? ", reverb" : "", l->limit ? ", limiter" : "", l->still ? "" : "knobs, pad and pitch moving, ",
           l->seconds, l->plays, plural((size_t)l->plays));
    printf("sounding: how many voices sound on average, with those that fade after they were\n"
           "stolen. In %% of the period of a block: the processor time that it takes, the\n"
           "least of all times (p50 .. worst), then the worst processor time seen, and the\n"
           "worst on the clock, with all else that this machine does. Last, the number of\n"
           "voices whose worst block takes less than %.0f %%, with that block; +: there may be\n"
           "more.\n\n",
           100 * b->share);
    printf("block voices sounding    p50    p99  p99.9  worst  | seen  clock | voices\n");
}

void bench_text_row(const BenchRow *r) {
    const LoadTimes *t = &r->times;
    printf("%5d %6d %8.1f  %5.1f  %5.1f  %5.1f  %5.1f  |%5.1f  %5.1f | ", r->block, r->voices, t->voices, 100 * t->p50,
           100 * t->p99, 100 * t->p999, 100 * t->worst, 100 * t->seen, 100 * t->wall);
    if (r->most > 0)
        printf("%d%s (%.1f %%)\n", r->most, r->most == TB_VOICES_MAX ? "+" : "", 100 * r->most_worst);
    else
        printf("none\n");
    fflush(stdout);
}

static void part(const char *what, double seconds, const Parts *p) {
    printf("  %-42s %6.1f ms  %5.1f %%\n", what, 1e3 * seconds, p->whole > 0 ? 100 * seconds / p->whole : 0);
}

void bench_text_rest(const Bench *b) {
    const Load *l = b->load;
    const Parts *p = &b->parts;
    const LoadLatency *t = &b->latency;
    double ms = 1e3 / l->rate;
    printf("\nFrom a note's stamp to its first sample that is not zero, %d notes:\n"
           "%.0f to %.0f samples (%.2f ms, of which %.0f are the limiter's look-ahead);\n"
           "to -40 dB of its peak %.0f samples (%.1f ms). Live a block and the device's own\n"
           "latency come before that.\n",
           t->notes, t->least, t->most, t->most * ms, t->stated, t->heard, t->heard * ms);
    printf("\nWhere the time goes, for a second of %d voices in blocks of %d; each part\n"
           "is run on its own, and all of them are scaled where they then take longer than\n"
           "the whole:\n",
           l->voices, l->block);
    part("note network, run every frame", p->notes, p);
    part("decoder of frames", p->decoder, p);
    part("other work on frames", p->frames, p);
    part("oscillators", p->tone, p);
    part("noise (Fourier transforms)", p->noise, p);
    part("reverb and limiter", p->room, p);
    part("rest: starts of notes, gains, sums, caches", p->rest, p);
    part("all", p->whole, p);
    const Bounds *m = &b->bounds;
    printf("\nWhat this machine could do: it reads %.1f MB of weights at %.1f GB/s,\n"
           "and needs %.2f GB/s: %.0f %%. One core does %.0f billion multiply-adds\n"
           "a second in vectors, and needs %.1f (networks %.1f): %.1f %%.\n",
           1e-6 * m->cached, 1e-9 * m->bytes_limit, 1e-9 * m->bytes, 100 * m->bytes / m->bytes_limit,
           1e-9 * m->products_limit, 1e-9 * m->products, 1e-9 * m->network_products,
           100 * m->products / m->products_limit);
}

/* ---- JSON ---- */

static json_t *row_json(const BenchRow *r) {
    const LoadTimes *t = &r->times;
    return json_pack("{s:i,s:i,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:i,s:f}", "block", r->block, "voices", r->voices,
                     "sounding", t->voices, "mean", t->mean, "p50", t->p50, "p99", t->p99, "p99.9", t->p999, "worst",
                     t->worst, "worst_seen", t->seen, "worst_clock", t->wall, "voices_most", r->most,
                     "voices_most_worst", r->most_worst);
}

TbStatus bench_json(const Bench *b) {
    const Parts *p = &b->parts;
    const Bounds *m = &b->bounds;
    const LoadLatency *t = &b->latency;
    json_t *rows = json_array();
    for (int i = 0; i < b->n_rows; i++)
        json_array_append_new(rows, row_json(&b->rows[i]));
    json_t *root =
        json_pack("{s:f,s:f,s:o,s:{s:i,s:f,s:f,s:f,s:f},s:{s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f},s:{s:f,s:f,s:f,s:f,s:f}}",
                  "rate", b->load->rate, "share", b->share, "blocks", rows, "latency", "notes", t->notes, "least",
                  t->least, "most", t->most, "to_-40_dB", t->heard, "stated", t->stated, "seconds_per_second", "notes",
                  p->notes, "decoder", p->decoder, "frames", p->frames, "oscillators", p->tone, "noise", p->noise,
                  "reverb_and_limiter", p->room, "rest", p->rest, "all", p->whole, "machine", "weight_bytes_per_second",
                  m->bytes, "weight_bytes_limit", m->bytes_limit, "multiply_adds_per_second", m->products,
                  "multiply_adds_limit", m->products_limit, "network_multiply_adds_per_second", m->network_products);
    int failed = !root || json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(root);
    return failed ? tbi_no_memory("for the JSON text") : TB_OK;
}
