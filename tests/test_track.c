/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks: notes begin where the score has them, parts have the levels of the plan, the sum has the loudness and the
 * peaks of a finished track, stems add up to it, the tail is not cut, the same seed gives the same samples. */
#include "app/progress.h"
#include "app/track.h"
#include "app/track_kit.h"
#include "tests/default_model.h"
#include "tests/run_tests.h"
#include "timbrel/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICKS = 480, GAP = 3 * TICKS / 2 /* between onsets: 0.9 s at 96 */, NOTES = 8, RATE = 48000 };

static void ok(TbStatus status) {
    if (status != TB_OK)
        fail_msg("%s", tb_error_text(status));
}

/* One note of each part at a time, apart, at odd places of the samples' grid. */
static TbScore piece(void) {
    static const struct {
        const char *name;
        int program, channel;
        uint8_t key[NOTES];
    } parts[] = {
        {"Drums", 0, TB_SCORE_DRUM_CHANNEL, {36, 38, 42, 46, 36, 38, 42, 51}},
        {"Bass", 32, 0, {36, 43, 41, 28, 33, 40, 38, 36}},
        {"Chords", 0, 1, {60, 64, 67, 55, 57, 64, 65, 60}},
        {"Melody", 73, 2, {72, 76, 79, 84, 81, 76, 74, 72}},
    };
    TbScore s;
    ok(tb_score_new(TICKS, &s));
    ok(tb_score_add_tempo(&s, 0, 6e7 / 96));
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        size_t part;
        ok(tb_score_add_part(&s, parts[p].name, parts[p].program, parts[p].channel, &part));
        for (int i = 0; i < NOTES; i++)
            for (int k = 0; k < (p == 2 ? 3 : 1); k++) /* chords of three notes */
                ok(tb_score_add_note(&s, (TbScoreNote){.onset = 7 + GAP * i + 13 * (i % 3),
                                                       .duration = 200,
                                                       .pitch = (uint8_t)(parts[p].key[i] + 4 * k),
                                                       .velocity = 96,
                                                       .part = (uint16_t)part}));
    }
    tb_score_sort(&s);
    s.end = NOTES * GAP;
    return s;
}

static Track make(uint64_t seed, bool stems, const OptionTexts *sounds) {
    TbScore s = piece();
    Orchestra o;
    Track t;
    ok(orchestra_load(&s, model, sounds, "any", seed, (Part){progress_report, NULL, 0, 1, NULL}, &o));
    ok(track_make(&s, &o, RATE, seed, stems, NULL, NULL, &t));
    for (size_t p = 0; p < t.n_parts; p++)
        t.part[p].of = NULL; /* gone with the orchestra */
    orchestra_free(&o);
    tb_score_free(&s);
    return t;
}

/* Sounds that are struck: when such a note begins can be measured. */
static const OptionTexts struck = {
    .values = {"bass=guitar", "chords=piano", "melody=marimba"},
    .n = 3,
};
static Track track;

static Orchestra struck_orchestra(const TbScore *s) {
    Orchestra o;
    ok(orchestra_load(s, model, &struck, "any", 1, (Part){progress_report, NULL, 0, 1, NULL}, &o));
    return o;
}

static int make_track(void **state) {
    if (default_model_load(state) != 0)
        return 1;
    track = make(1, true, &struck);
    return 0;
}

static int free_track(void **state) {
    track_free(&track);
    return default_model_free(state);
}

/* Where the level of a stem first exceeds a tenth of its peak in the 50 ms around the onset and what sounded before. */
static double onset_near(const Track *t, const TrackPart *p, double seconds) {
    enum { BEFORE = RATE / 100, AFTER = RATE / 20, BACK = RATE / 200 };
    size_t at = (size_t)(seconds * t->sample_rate), from = at > BEFORE ? at - BEFORE : 0;
    float peak = 0, before = 0;
    for (size_t i = from; i < at + AFTER; i++) {
        float x = fmaxf(fabsf(p->x[0][i]), fabsf(p->x[1][i]));
        peak = fmaxf(peak, x);
        before = i + BACK < at ? fmaxf(before, x) : before;
    }
    size_t i = from;
    while (i < at + AFTER && fmaxf(fabsf(p->x[0][i]), fabsf(p->x[1][i])) < 0.1f * peak + before)
        i++;
    return (double)i / t->sample_rate;
}

static void test_onsets(void **state) {
    (void)state;
    TbScore s = piece();
    double worst = 0;
    assert_int_equal(track.n_parts, s.n_parts);
    for (size_t i = 0; i < s.n_notes; i++) {
        double at = tb_score_seconds(&s, s.notes[i].onset);
        double late = onset_near(&track, &track.part[s.notes[i].part], at) - at;
        worst = fmax(worst, fabs(late));
        if (fabs(late) >= 0.002)
            fail_msg("part %d, key %d at %.3f s is %.1f ms late", s.notes[i].part, s.notes[i].pitch, at, 1000 * late);
    }
    printf("%zu onsets, worst error %.2f ms\n", s.n_notes, 1000 * worst);
    tb_score_free(&s);
}

static double loudness(float *const x[2], size_t n) {
    double lufs;
    ok(tb_loudness((const float *const[]){x[0], x[1]}, 2, n, RATE, &lufs));
    return lufs;
}

static void test_levels(void **state) {
    (void)state;
    static const char *const names[] = {"drums", "bass", "chords", "melody"};
    double melody = loudness(track.part[3].x, track.n_samples);
    for (size_t p = 0; p < 4; p++) {
        double level = loudness(track.part[p].x, track.n_samples) - melody;
        printf("%s: %.1f LU under the melody, planned %.1f\n", names[p], -level, -track.part[p].plan);
        assert_true(fabs(level - (track.part[p].plan - track.part[3].plan)) < 1.5);
    }
    printf("track: %.2f LUFS, peak %.2f dB, limited by %.1f dB\n", track.lufs, track.peak, track.limited);
    assert_true(fabs(loudness(track.x, track.n_samples) - TRACK_LUFS) < 0.5);
    assert_true(fabs(track.lufs - loudness(track.x, track.n_samples)) < 0.01);
    float *peak = calloc(track.n_samples, sizeof *peak), high = 0;
    for (int side = 0; side < 2; side++)
        tb_true_peaks(track.x[side], track.n_samples, peak);
    for (size_t i = 0; i < track.n_samples; i++)
        high = fmaxf(high, peak[i]);
    free(peak);
    assert_true(20 * log10((double)high) <= TRACK_PEAK);
    assert_true(fabs(20 * log10((double)high) - track.peak) < 0.001);
}

/* Bass and drums are in the middle, the rest is not to one side. */
static void test_places(void **state) {
    (void)state;
    for (size_t p = 0; p < 4; p++) {
        double power[2] = {0};
        for (int side = 0; side < 2; side++)
            for (size_t i = 0; i < track.n_samples; i++)
                power[side] += (double)track.part[p].x[side][i] * (double)track.part[p].x[side][i];
        printf("part %zu: %.1f dB to the left\n", p, 10 * log10(power[0] / power[1]));
        assert_true(fabs(10 * log10(power[0] / power[1])) < (p == 1 ? 0.3 : 3));
    }
}

static void test_stems_make_the_track(void **state) {
    (void)state;
    double error = 0;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < track.n_samples; i++) {
            double sum = 0;
            for (size_t p = 0; p < track.n_parts; p++)
                sum += (double)track.part[p].x[side][i];
            error = fmax(error, fabs(sum - (double)track.x[side][i]));
        }
    }
    printf("sum of the stems: error %.1e\n", error);
    assert_true(error < 1e-5);
}

/* The last notes ring, then there is silence: nothing is cut. */
static void test_end(void **state) {
    (void)state;
    double end = NOTES * GAP * 60 / 96.0 / TICKS;
    float last = 0, ring = 0;
    for (size_t i = 0; i < track.n_samples; i++) {
        float x = fmaxf(fabsf(track.x[0][i]), fabsf(track.x[1][i]));
        last = i + RATE / 20 >= track.n_samples ? fmaxf(last, x) : last;
        ring = i > (size_t)((end - 0.5) * RATE) ? fmaxf(ring, x) : ring;
    }
    printf("%.1f s for %.1f s of notes; %.0f dB at the end\n", (double)track.n_samples / RATE, end,
           20 * log10((double)last + 1e-9));
    assert_true((double)track.n_samples / RATE >= end);
    assert_true(ring > 1e-3f && last < 1e-3f);
}

static void test_seeds(void **state) {
    (void)state;
    Track same = make(1, false, &struck), other = make(2, false, &struck);
    assert_int_equal(same.n_samples, track.n_samples);
    for (int side = 0; side < 2; side++)
        assert_memory_equal(same.x[side], track.x[side], track.n_samples * sizeof(float));
    assert_null(same.part[0].x[0]);
    assert_true(other.n_samples != same.n_samples ||
                memcmp(other.x[0], same.x[0], same.n_samples * sizeof(float)) != 0);
    track_free(&same);
    track_free(&other);
}

/* Soft kicks and loud snares are brought together, within bounds, and accents stay what they are. */
static void test_kit_is_balanced(void **state) {
    (void)state;
    TbScore s;
    TbDrum kit[128] = {{.gain = 0}};
    ok(tb_score_new(TICKS, &s));
    ok(tb_score_add_part(&s, "Drums", 0, TB_SCORE_DRUM_CHANNEL, NULL));
    static const uint8_t hits[][2] = {{36, 70}, {36, 70}, {38, 120}, {42, 10}, {51, 90}};
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++)
        ok(tb_score_add_note(&s, (TbScoreNote){(int32_t)(100 * i), 50, hits[i][0], hits[i][1], 0}));
    for (int key = 0; key < 128; key++)
        kit[key].gain = 1;
    track_kit_mix(&s, kit);
    assert_true(fabs((double)kit[36].gain * 70 * 70 - 90 * 90) < 1 && kit[35].gain == kit[36].gain);
    assert_true(fabs((double)kit[38].gain * 120 * 120 - 90 * 90) < 1);
    assert_true(kit[42].gain == 2 && fabsf(kit[51].gain - 1) < 1e-6f && kit[75].gain == 1);
    assert_true(kit[36].pan == 0 && kit[42].pan > 0 && kit[43].pan < kit[50].pan);
    tb_score_free(&s);
}

static void test_too_long(void **state) {
    (void)state;
    TbScore s = piece();
    Orchestra o = struck_orchestra(&s);
    Track t;
    s.end = TICKS * 96 * 21; /* 21 minutes */
    assert_int_equal(track_make(&s, &o, RATE, 1, false, NULL, NULL, &t), TB_ERR_UNSUPPORTED);
    assert_null(t.x[0]);
    orchestra_free(&o);
    tb_score_free(&s);
}

static bool stop(void *context, double done, const char *what) {
    (void)context, (void)done, (void)what;
    return false;
}

static void test_stopped(void **state) {
    (void)state;
    TbScore s = piece();
    Orchestra o = struck_orchestra(&s);
    Track t;
    assert_int_equal(track_make(&s, &o, RATE, 1, true, stop, NULL, &t), TB_ERR_CANCELLED);
    assert_true(!t.part && !t.x[0] && !t.x[1]);
    orchestra_free(&o);
    tb_score_free(&s);
}

static void test_sounds_asked_for(void **state) {
    (void)state;
    static const char *const bad[] = {"flute", "melody=", "tuba=flute", "Melody=flute", "=flute"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(orchestra_check(&(OptionTexts){.values = {bad[i]}, .n = 1}), TB_ERR_ARGUMENT);
    assert_int_equal(orchestra_check(&(OptionTexts){.values = {"bass=flute", "bass=voice"}, .n = 2}), TB_ERR_ARGUMENT);
    assert_int_equal(orchestra_check(&(OptionTexts){.values = {"bass=flute", "other=voice"}, .n = 2}), TB_OK);
}

int main(void) {
    return RUN_TESTS(make_track, free_track, test_onsets, test_levels, test_places, test_stems_make_the_track, test_end,
                     test_seeds, test_kit_is_balanced, test_too_long, test_stopped, test_sounds_asked_for);
}
