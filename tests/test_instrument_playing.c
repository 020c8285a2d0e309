/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Playing notes: the effect of seeds and knobs, no allocation, and finite output for any input. With the default
 * model's note network, if it has one, and with a simple one. */
#include "tests/counting_malloc.h"
#include "tests/note_player.h"
#include "tests/run_tests.h"

#include <stdio.h>

enum { MODELS = 2, HOLD = 250, SETTLED = 60 };

static Played played[MODELS]; /* the default model; with a simple network */
static TbInstrument *drawn;   /* of the simple network, without recordings */

static int setup(void **state) {
    (void)state;
    return played_new(&played[0]) != TB_OK || learned_new(&played[1]) != TB_OK ||
           tb_instrument_random(played[1].model, 4, &drawn) != TB_OK;
}

static int teardown(void **state) {
    (void)state;
    tb_instrument_free(drawn);
    for (int m = 0; m < MODELS; m++)
        played_free(&played[m]);
    return 0;
}

static TbPlayedNote note_of(const TbInstrument *in) {
    return (TbPlayedNote){.part = {in}, .weight = {1}, .key = 60, .velocity = 0.8f};
}

/* ---- seeds ---- */

static bool same_frames(const Envelope *a, const Envelope *b) {
    return a->n == b->n && memcmp(a->frame, b->frame, a->n * sizeof *a->frame) == 0;
}

static void test_seeds(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        const TbInstrument *in[] = {played[m].clarinet, m == 0 ? played[m].piano : drawn};
        for (int i = 0; i < 2; i++) {
            Envelope a = tbi_envelope_new(played[m].model, note_of(in[i]), 1, 100, 150, NULL),
                     b = tbi_envelope_new(played[m].model, note_of(in[i]), 1, 100, 150, NULL),
                     c = tbi_envelope_new(played[m].model, note_of(in[i]), 2, 100, 150, NULL);
            assert_true(same_frames(&a, &b));
            assert_true(in[i] != drawn || !same_frames(&a, &c)); /* a recording has its own modulation */
            free(a.frame), free(b.frame), free(c.frame);
        }
        TbAudio audio[3];
        for (int i = 0; i < 3; i++) {
            TbNoteOptions o = {.size = sizeof o, .key = 60, .velocity = 0.8, .hold = 0.5, .seed = i == 2 ? 8 : 7};
            assert_int_equal(tb_instrument_note(in[1], &o, 44100, &audio[i]), TB_OK);
        }
        assert_int_equal(audio[0].n_samples, audio[1].n_samples);
        size_t bytes = audio[0].n_samples * sizeof(float);
        assert_memory_equal(audio[0].samples, audio[1].samples, bytes);
        if (audio[2].n_samples == audio[0].n_samples)
            assert_memory_not_equal(audio[0].samples, audio[2].samples, bytes);
        for (int i = 0; i < 3; i++)
            tb_audio_free(&audio[i]);
    }
}

/* Notes are independent: computed together or alone they are the same. */
static void test_together(void **state) {
    (void)state;
    enum { NOTES = 5, FRAMES = 60 };
    for (int m = 0; m < MODELS; m++) {
        const TbModel *model = played[m].model;
        TbPlayedNote note[NOTES], *notes[NOTES];
        TbFrame frame[NOTES], *frames[NOTES];
        Envelope alone[NOTES];
        float *scratch = malloc(tb_notes_scratch(model, NOTES) * sizeof *scratch);
        for (int i = 0; i < NOTES; i++) {
            note[i] = note_of(i % 2 ? played[m].clarinet : played[m].piano);
            note[i].key = 50 + 5 * (float)i;
            alone[i] = tbi_envelope_new(model, note[i], (uint64_t)i, 40, FRAMES, NULL);
            note[i].held = true;
            tb_note_start(&note[i], (uint64_t)i);
            notes[i] = &note[i];
            frames[i] = &frame[i];
        }
        double worst = 0;
        for (size_t t = 0; t < FRAMES; t++) {
            for (int i = 0; i < NOTES; i++)
                note[i].held = t < 40;
            tb_notes_next(model, notes, NOTES, scratch, frames);
            for (int i = 0; i < NOTES && t < alone[i].n; i++) {
                const TbFrame *a = &alone[i].frame[t];
                assert_true(a->f0 == frame[i].f0 && a->power == frame[i].power);
                for (int k = 0; k < TB_HARMONICS; k++)
                    worst = fmax(worst, fabs((double)(a->harmonic[k] - frame[i].harmonic[k])));
            }
        }
        print_message("harmonics differ by at most %.1e\n", worst);
        assert_true(worst < 3e-3); /* matrix products of other shapes, on tile units */
        for (int i = 0; i < NOTES; i++)
            free(alone[i].frame);
        free(scratch);
    }
}

static void test_allocates_nothing(void **state) {
    (void)state;
    enum { NOTES = 8 };
    for (int m = 0; m < MODELS; m++) {
        TbPlayedNote note[NOTES], *notes[NOTES];
        TbFrame frame[NOTES], *frames[NOTES];
        float *scratch = malloc(tb_notes_scratch(played[m].model, NOTES) * sizeof *scratch);
        size_t before = counted_allocations();
        for (int i = 0; i < NOTES; i++) {
            note[i] = (TbPlayedNote){.part = {played[m].clarinet, i % 2 ? played[m].piano : NULL},
                                     .weight = {i % 2 ? 0.5f : 1, i % 2 ? 0.5f : 0},
                                     .key = 40 + 4 * (float)i,
                                     .velocity = 0.5f,
                                     .held = true};
            tb_note_start(&note[i], (uint64_t)i);
            notes[i] = &note[i];
            frames[i] = &frame[i];
        }
        for (size_t t = 0; t < 300; t++) {
            for (int i = 0; i < NOTES; i++) {
                note[i].held = t < 30 * (size_t)(i + 1);
                note[i].key += 0.02f;
                note[i].knob[t % TB_KNOBS] = 0.01f * (float)t;
            }
            tb_notes_next(played[m].model, notes, 1 + t % NOTES, scratch, frames);
        }
        assert_int_equal(counted_allocations() - before, 0);
        free(scratch);
    }
    free(malloc(1));
#ifndef TB_SANITIZE
    assert_true(counted_allocations() > 0); /* the counter counts */
#endif
}

/* ---- knobs ---- */

static TbPlayedNote tbi_knob_amount(const TbInstrument *in, int knob, float by) {
    TbPlayedNote note = note_of(in);
    note.knob[knob] = by;
    return note;
}

/* Sum of the deviations of loudness (dB) and pitch (cents / 10) from their means. */
static double movement_of(const Envelope *c) {
    double db = mean_db(c, SETTLED, HOLD), key = mean_key(c, SETTLED, HOLD), a = 0, b = 0;
    for (size_t i = SETTLED; i < HOLD; i++) {
        double e = 10 * (mean_key(c, i, i + 1) - key);
        a += pow(course_db(c, i) - db, 2);
        b += e * e;
    }
    return sqrt(a / (HOLD - SETTLED)) + sqrt(b / (HOLD - SETTLED));
}

/* Rate of the network's vibrato, octaves from NOTE_RATE. */
static float rate_of(const TbInstrument *in) {
    int latent = tb_vae_config(tb_model_vae(in->model))->latent_dim;
    float condition[NOTE_CONDITIONS], table[NOTE_TABLE_MAX];
    tbi_note_condition(60, 0.8f, true, condition);
    assert_int_equal(tb_vae_decode(tb_model_notes(in->model)->net, in->code, condition, 1, table), TB_OK);
    return table[note_table_rate(latent)];
}

/* The pitch of a note oscillates at the rate of the network's vibrato. */
static void test_vibrato(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        Envelope c = tbi_envelope_new(played[1].model, note_of(drawn), seed, 560, 560, NULL);
        double mean = mean_key(&c, SETTLED, c.n), most = 0;
        int n_turns = 0;
        for (size_t i = SETTLED + 1; i < c.n; i++) {
            n_turns += mean_key(&c, i, i + 1) > mean && mean_key(&c, i - 1, i) <= mean;
            most = fmax(most, fabs(mean_key(&c, i, i + 1) - mean));
        }
        double rate = NOTE_RATE * exp2((double)rate_of(drawn));
        print_message("%d turns in %.1f s, of %.1f Hz; up to %.1f cents\n", n_turns, 500 * TB_HOP, rate, 100 * most);
        assert_true(abs(n_turns - (int)rint(500 * TB_HOP * rate)) <= 1);
        assert_true(most > 0.05 && most < 0.25);
        free(c.frame);
    }
}

static void test_movement(void **state) {
    (void)state;
    const TbInstrument *in[] = {drawn, played[1].clarinet};
    for (int i = 0; i < 2; i++) {
        double moves[3];
        for (int k = 0; k < 3; k++) {
            Envelope c = tbi_envelope_new(played[1].model, tbi_knob_amount(in[i], TB_MOVEMENT, 1.5f * (float)(k - 1)),
                                          5, HOLD, HOLD, NULL);
            assert_int_equal(c.n, HOLD);
            moves[k] = movement_of(&c);
            free(c.frame);
        }
        print_message("movement %.3f, %.3f, %.3f\n", moves[0], moves[1], moves[2]);
        assert_true(moves[2] > 1.5 * moves[1]);
        assert_true(i == 1 || moves[0] < 0.7 * moves[1]); /* a recording's own modulation is not removed */
    }
}

/* Frames until the level is within 6 dB of the maximum. */
static size_t rise_of(const Envelope *c) {
    double most = -200;
    size_t t = 0;
    for (size_t i = 0; i < c->n; i++)
        most = fmax(most, course_db(c, i));
    while (course_db(c, t) < most - 6)
        t++;
    return t;
}

static void test_attack(void **state) {
    (void)state;
    const TbInstrument *in[] = {played[0].clarinet, played[0].piano, played[1].clarinet, played[1].piano, drawn};
    for (int i = 0; i < 5; i++) {
        size_t rise[4];
        for (int k = 0; k < 4; k++) {
            TbPlayedNote note = tbi_knob_amount(in[i], TB_ATTACK, 1.5f * (float)(k - 1));
            Envelope c = tbi_envelope_new(in[i]->model, note, 5, HOLD, HOLD, NULL);
            rise[k] = rise_of(&c);
            free(c.frame);
        }
        print_message("rises in %zu, %zu, %zu, %zu frames\n", rise[0], rise[1], rise[2], rise[3]);
        assert_true(rise[0] <= rise[1] && rise[1] < rise[2] && rise[2] < rise[3]);
        assert_true(rise[3] > rise[1] + 20);
    }
}

static double centroid_of(const Envelope *c) {
    double sum = 0, all = 1e-20;
    for (size_t i = SETTLED; i < c->n; i++) {
        for (int k = 0; k < TB_HARMONICS; k++) {
            double a = c->frame[i].harmonic[k], power = a * a;
            sum += power * c->frame[i].f0 * (k + 1);
            all += power;
        }
    }
    return sum / all;
}

/* The default model's network has learned brightness. */
static void test_brightness(void **state) {
    (void)state;
    const TbModel *model = played[0].model;
    int n_brighter = 0, n = 8;
    assert_non_null(tb_model_notes(model));
    for (int i = 0; i < n; i++) {
        TbInstrument *in = NULL;
        double hz[2];
        assert_int_equal(tb_instrument_random(model, (uint64_t)i + 1, &in), TB_OK);
        for (int k = 0; k < 2; k++) {
            Envelope c =
                tbi_envelope_new(model, tbi_knob_amount(in, TB_BRIGHTNESS, k ? 1.5f : -1.5f), 5, HOLD, HOLD, NULL);
            hz[k] = centroid_of(&c);
            free(c.frame);
        }
        print_message("from %.0f to %.0f Hz\n", hz[0], hz[1]);
        n_brighter += hz[1] > 1.1 * hz[0];
        tb_instrument_free(in);
    }
    assert_true(n_brighter >= n - 1);
}

/* ---- arbitrary input ---- */

/* Knobs of the player and of the instrument are equivalent. */
static void test_turned_instrument(void **state) {
    (void)state;
    const float knob[TB_KNOBS] = {0.5f, -1, 0.5f, 0.25f, 1, -0.5f, 1};
    TbInstrument *copy = NULL;
    assert_int_equal(tb_instrument_vary(drawn, 0, 1, &copy), TB_OK);
    TbPlayedNote note = note_of(drawn);
    Envelope a = tbi_envelope_new(played[1].model, note_of(copy), 5, 100, 200, NULL),
             b = tbi_envelope_new(played[1].model, note, 5, 100, 200, NULL);
    assert_true(same_frames(&a, &b));
    free(a.frame), free(b.frame);
    tb_instrument_add_knobs(copy, knob);
    memcpy(note.knob, knob, sizeof knob);
    a = tbi_envelope_new(played[1].model, note_of(copy), 5, 100, 200, NULL);
    b = tbi_envelope_new(played[1].model, note, 5, 100, 200, NULL);
    assert_int_equal(a.n, b.n);
    for (size_t i = 0; i < a.n; i++)
        assert_true(fabs(course_db(&a, i) - course_db(&b, i)) < 0.01 &&
                    fabs(mean_key(&a, i, i + 1) - mean_key(&b, i, i + 1)) < 1e-3);
    free(a.frame), free(b.frame);
    tb_instrument_free(copy);
}

static void bend(TbPlayedNote *note, size_t frame) {
    note->key += frame % 100 < 50 ? 0.7f : -0.7f;
}

static void turn(TbPlayedNote *note, size_t frame) {
    for (int k = 0; k < TB_KNOBS; k++)
        note->knob[k] = 4 * sinf(0.1f * (float)frame * (float)(k + 1));
}

static void fade(TbPlayedNote *note, size_t frame) {
    float w = 0.5f + 0.5f * sinf(0.05f * (float)frame);
    if (note->part[1]) {
        note->weight[0] = w;
        note->weight[1] = 1 - w;
        note->weight[2] = note->weight[3] = 0;
    }
}

static void check_finite(const Envelope *c) {
    for (size_t i = 0; i < c->n; i++) {
        const TbFrame *f = &c->frame[i];
        assert_true(isfinite(f->f0) && f->f0 >= 8 && f->f0 <= 20000);
        assert_true(f->power >= 0 && f->power <= 1.0001f);
        double sum = 0, gain = 0;
        for (int k = 0; k < TB_HARMONICS; k++)
            sum += 0.5 * (double)f->harmonic[k] * (double)f->harmonic[k];
        for (int k = 0; k < TB_PARTIALS; k++) {
            sum += 0.5 * (double)f->partial[k] * (double)f->partial[k];
            assert_true(isfinite(f->ratio[k]));
        }
        for (int k = 0; k < TB_GAINS; k++) /* noise is its bands times their gains within the frame */
            gain += pow(10, (double)f->gain[k] / 10) / TB_GAINS;
        for (int k = 0; k < TB_BANDS; k++)
            sum += gain * (double)f->band[k];
        assert_true(isfinite(sum) && sum < 1.001 * (double)f->power + 1e-12); /* not more than its power */
        assert_true(isfinite(f->inharmonicity) && f->inharmonicity >= 0);
    }
}

static void test_anything(void **state) {
    (void)state;
    static const float keys[] = {0, 60.5f, 127};
    static const Touch touches[] = {NULL, bend, turn, fade};
    for (int m = 0; m < MODELS; m++) {
        const TbInstrument *parts[TB_PARTS] = {played[m].clarinet, played[m].piano, m ? drawn : played[m].kick,
                                               played[m].kick};
        for (int n_parts = 1; n_parts <= TB_PARTS; n_parts += n_parts < 2 ? 1 : 2) {
            for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
                for (size_t t = 0; t < sizeof touches / sizeof *touches; t++) {
                    TbPlayedNote note = {.key = keys[k], .velocity = (float)((k + t) % 2)};
                    for (int p = 0; p < n_parts; p++) {
                        note.part[p] = parts[p];
                        note.weight[p] = 1 / (float)n_parts;
                    }
                    Envelope c = tbi_envelope_new(played[m].model, note, k, 60, FRAMES_MOST, touches[t]);
                    check_finite(&c);
                    assert_true(c.n < FRAMES_MOST); /* it ends */
                    free(c.frame);
                }
            }
        }
    }
}

static void test_extreme_sound(void **state) {
    (void)state;
    static const double keys[] = {0, 60, 127};
    for (int m = 0; m < MODELS; m++) {
        const TbInstrument *in[] = {played[m].clarinet, played[m].piano, m ? drawn : played[m].kick};
        for (int i = 0; i < 3; i++) {
            for (int k = 0; k < 6; k++) {
                TbNoteOptions o = {
                    .size = sizeof o, .key = keys[k / 2], .velocity = k % 2, .hold = 0.3, .longest = 1, .seed = 1};
                TbAudio audio;
                float most = 0;
                assert_int_equal(tb_instrument_note(in[i], &o, 44100, &audio), TB_OK);
                for (size_t s = 0; s < audio.n_samples; s++) {
                    assert_true(isfinite(audio.samples[s]));
                    most = fmaxf(most, fabsf(audio.samples[s]));
                }
                assert_true(most < 2);
                assert_true(keys[k / 2] != 60 || most > 0.01f);
                tb_audio_free(&audio);
            }
        }
    }
}

int main(void) {
    return RUN_TESTS(setup, teardown, test_seeds, test_together, test_allocates_nothing, test_movement, test_vibrato,
                     test_attack, test_brightness, test_turned_instrument, test_anything, test_extreme_sound);
}
