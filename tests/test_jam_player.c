/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clock and the loops of a jam: bars exact to the sample, changes at bar lines alone, no note that hangs. */
#include "jam/player.h"
#include "tests/run_tests.h"

#include <math.h>
#include <stdio.h>

enum { RATE = 48000, EVENTS = 100000, BAR = 4 * TB_JAM_TICKS, ON = 0x90 };

typedef struct {
    uint64_t sample;
    uint8_t status, key, velocity;
} Heard;

typedef struct {
    JamPlayer player;
    Heard heard[EVENTS];
    size_t n;
} Stage;

static bool hear(void *context, size_t offset, const uint8_t *m, size_t n_bytes) {
    Stage *s = context;
    assert_int_equal(n_bytes, 3);
    assert_true(s->n < EVENTS);
    s->heard[s->n++] = (Heard){s->player.sample + offset, m[0], m[1], m[2]};
    return true;
}

static int setup(void **state) {
    Stage *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_true(tbi_jam_player_init(&s->player, RATE));
    s->player.n_parts = 2;
    s->player.channel[1] = 1;
    *state = s;
    return 0;
}

static int teardown(void **state) {
    Stage *s = *state;
    tbi_jam_player_release(&s->player);
    free(s);
    return 0;
}

/* A loop of `bars` bars with a note of this key at the line of each, and one that lasts `duration` in its middle. */
static JamLoop *loop_of(uint64_t source, int bars, uint8_t key, int32_t duration) {
    JamLoop *l = calloc(1, sizeof *l + 2 * TB_JAM_BARS * sizeof *l->event);
    assert_non_null(l);
    *l = (JamLoop){.source = source, .bars = bars, .cycle = bars};
    uint32_t n = 0;
    for (int b = 0; b <= TB_JAM_BARS; b++) {
        l->first[b] = n;
        if (b < bars) {
            l->event[n++] = (JamEvent){0, BAR / 4, key, 100};
            l->event[n++] = (JamEvent){BAR / 2, duration, (uint8_t)(key + 1), 100};
        }
    }
    return l;
}

static void hand_over(Stage *s, JamChange change) {
    assert_int_equal(tbi_ring_put(&s->player.changes, &change, 1), 1);
}

/* Frees what the player gives back; returns how many loops that were. */
static int take_news(Stage *s) {
    JamNews news;
    int n = 0;
    while (tbi_ring_get(&s->player.news, &news, 1) == 1) {
        n += news.retired != NULL;
        free(news.retired);
    }
    return n;
}

static void run(Stage *s, uint64_t until, TbRng *rng) {
    while (s->player.sample < until) {
        uint64_t n = rng ? 1 + tb_rng_next(rng) % 1000 : 256;
        n = until - s->player.sample < n ? until - s->player.sample : n;
        tbi_jam_player_block(&s->player, (size_t)n, hear, s);
    }
}

/* Note k of those with this key that begin. */
static const Heard *onset(const Stage *s, uint8_t key, size_t k) {
    for (size_t i = 0; i < s->n; i++)
        if (s->heard[i].status >> 4 == ON >> 4 && s->heard[i].key == key && k-- == 0)
            return &s->heard[i];
    fail_msg("key %d does not begin so often", key);
    return NULL;
}

static void test_bars_are_exact(void **state) {
    Stage *s = *state;
    hand_over(s, (JamChange){.now = {loop_of(1, 2, 60, 100)}});
    run(s, 20 * 96000 + 1, NULL);
    for (size_t bar = 0; bar < 20; bar++) /* 120 beats a minute: a bar is 2 s, two are 192,000 samples */
        assert_int_equal(onset(s, 60, bar)->sample, 96000 * bar);
    take_news(s);
}

/* At a tempo whose bars are no whole samples nothing drifts: 10,000 bars later the line is where it is to be. */
static void test_no_drift(void **state) {
    static const struct {
        uint32_t us;
        uint8_t numerator, denominator;
    } cases[] = {{517241, 4, 4}, {333333, 7, 8}, {999983, 3, 4}, {200001, 12, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Stage *s = *state;
        const uint64_t bars = 10000;
        JamPlayer *p = &s->player;
        p->sample = p->bar = p->line = p->next = 0;
        p->begun = false;
        p->numerator = cases[i].numerator;
        p->denominator = cases[i].denominator;
        atomic_store(&p->tempo, cases[i].us);
        while (!p->begun || p->bar < bars) {
            tbi_jam_player_block(p, 4096, hear, s);
            take_news(s);
        }
        const long double exact =
            (long double)bars * 4 * cases[i].numerator / cases[i].denominator * cases[i].us * RATE / 1000000;
        const long double line = (long double)p->line / JAM_UNIT;
        assert_true(fabsl(line - exact) < 1e-6L);
    }
}

/* The tempo changes at the next bar line, and not before. */
static void test_tempo(void **state) {
    Stage *s = *state;
    hand_over(s, (JamChange){.now = {loop_of(1, 1, 60, 100)}});
    run(s, 100000, NULL); /* in bar 1 */
    atomic_store(&s->player.tempo, 250000);
    run(s, 96000 * 4, NULL);
    assert_int_equal(onset(s, 61, 1)->sample, 96000 + 48000);
    assert_int_equal(onset(s, 60, 2)->sample, 192000);
    assert_int_equal(onset(s, 61, 2)->sample, 192000 + 24000);
    assert_int_equal(onset(s, 60, 3)->sample, 192000 + 48000);
    take_news(s);
}

/* The same events in blocks of any size. */
static void test_blocks(void **state) {
    Stage *s = *state;
    TbRng rng;
    tb_rng_seed(&rng, 5);
    atomic_store(&s->player.tempo, 441177);
    hand_over(s, (JamChange){.now = {loop_of(1, 2, 60, 3000), loop_of(2, 4, 48, 700)}});
    run(s, 2000000, NULL);
    take_news(s);
    Stage *other = calloc(1, sizeof *other);
    assert_non_null(other);
    assert_true(tbi_jam_player_init(&other->player, RATE));
    other->player.n_parts = 2;
    other->player.channel[1] = 1;
    atomic_store(&other->player.tempo, 441177);
    hand_over(other, (JamChange){.now = {loop_of(1, 2, 60, 3000), loop_of(2, 4, 48, 700)}});
    run(other, 2000000, &rng);
    take_news(other);
    assert_int_equal(s->n, other->n);
    for (size_t i = 0, k; i < s->n; i++) { /* parts within one block may be told in another order */
        for (k = 0;
             k < other->n && (other->heard[k].sample != s->heard[i].sample ||
                              other->heard[k].status != s->heard[i].status || other->heard[k].key != s->heard[i].key);
             k++) {
        }
        assert_true(k < other->n);
    }
    tbi_jam_player_release(&other->player);
    free(other);
}

/* A thousand changes at random times: each begins at the right bar, all loops come back, no note hangs. */
static void test_changes_at_random(void **state) {
    Stage *s = *state;
    JamPlayer *p = &s->player;
    TbRng rng;
    uint64_t source = 0;
    int handed = 0, returned = 0, right = 0;
    tb_rng_seed(&rng, 9);
    JamChange first = {.now = {loop_of(++source, 4, 60, 100)}};
    first.now[1] = loop_of(++source, 2, 48, 9000);
    hand_over(s, first);
    handed += 2;
    atomic_store(&p->tempo, 20000); /* short bars: 3,840 samples */
    run(s, 1, NULL);
    for (int i = 0; i < 1000; i++) {
        const int part = (int)(tb_rng_next(&rng) % 2), bars = 1 << tb_rng_next(&rng) % 4;
        const bool at_bars = tb_rng_next(&rng) % 4 == 0;
        run(s, p->sample + tb_rng_next(&rng) % 20000, &rng);
        const uint64_t next_bar = p->bar + 1,
                       turn = (p->bar / (uint64_t)p->part[part].loop->bars + 1) * (uint64_t)p->part[part].loop->bars;
        const uint64_t due = at_bars ? next_bar : turn;
        const uint64_t line = (due - p->bar) * (p->next - p->line) + p->line;
        JamChange change = {.harmony = 0};
        atomic_store(&p->at_bars, at_bars);
        change.next[part] = loop_of(++source, bars, part ? 48 : 60, (int32_t)(tb_rng_next(&rng) % 5000));
        handed++;
        hand_over(s, change);
        if (tb_rng_next(&rng) % 3 == 0) { /* asked for twice: the last counts */
            change.next[part] = loop_of(++source, bars, part ? 48 : 60, 10);
            handed++;
            hand_over(s, change);
        }
        s->n = 0;
        run(s, line / JAM_UNIT - 2, &rng);
        assert_true(p->part[part].loop->source != source);
        run(s, line / JAM_UNIT + 2, &rng);
        right += p->part[part].loop->source == source && p->bar == due;
        returned += take_news(s);
    }
    printf("%d of 1000 changes begin at the right bar\n", right);
    assert_int_equal(right, 1000);
    assert_int_equal(returned, handed - 2);
    /* muted, all that sounds ends at the line */
    atomic_store(&p->muted, 3);
    run(s, p->next / JAM_UNIT + 1, NULL);
    assert_int_equal(p->part[0].n_sounding + p->part[1].n_sounding, 0);
    s->n = 0;
    run(s, p->sample + 100000, NULL);
    assert_int_equal(s->n, 0);
    take_news(s);
}

/* Each note that begins ends, once, before it begins again. */
static void test_no_note_hangs(void **state) {
    Stage *s = *state;
    TbRng rng;
    int sounding[16][128] = {{0}};
    tb_rng_seed(&rng, 2);
    atomic_store(&s->player.tempo, 100000);
    hand_over(s, (JamChange){.now = {loop_of(1, 4, 60, 5 * BAR), loop_of(2, 1, 48, 3 * BAR)}});
    for (int i = 0; i < 300; i++) {
        run(s, s->player.sample + tb_rng_next(&rng) % 40000, &rng);
        atomic_store(&s->player.muted, tb_rng_next(&rng) % 4);
        atomic_store(&s->player.soloed, tb_rng_next(&rng) % 8 == 0);
        if (i % 3 == 0)
            hand_over(s, (JamChange){.next = {loop_of((uint64_t)i + 10, 1 << i % 4, 60, i * 50)}});
        take_news(s);
    }
    atomic_store(&s->player.soloed, 0);
    atomic_store(&s->player.muted, 3);
    run(s, s->player.next / JAM_UNIT + 10, &rng);
    for (size_t i = 0; i < s->n; i++) {
        int *n = &sounding[s->heard[i].status & 15][s->heard[i].key];
        *n += s->heard[i].status >> 4 == ON >> 4 ? 1 : -1;
        assert_in_range(*n, 0, 1);
    }
    for (int c = 0; c < 16; c++)
        for (int k = 0; k < 128; k++)
            assert_int_equal(sounding[c][k], 0);
    take_news(s);
}

/* The same notes in another key replace what plays at once, for all parts at one bar; and if what waited has begun in
 * the meantime, it is that which is replaced. */
static void test_replacing(void **state) {
    Stage *s = *state;
    JamPlayer *p = &s->player;
    hand_over(s, (JamChange){.now = {loop_of(1, 4, 60, 10), loop_of(2, 4, 48, 10)}});
    run(s, 96000 + 10, NULL);
    hand_over(s, (JamChange){.now = {loop_of(1, 4, 62, 10), loop_of(2, 4, 50, 10)}});
    run(s, 192000 + 10, NULL);
    assert_int_equal(onset(s, 62, 0)->sample, 192000);
    assert_int_equal(onset(s, 50, 0)->sample, 192000);
    hand_over(s, (JamChange){.next = {loop_of(3, 4, 70, 10)}});
    run(s, 4 * 96000 + 10, NULL);
    assert_int_equal(p->part[0].loop->source, 3);
    hand_over(s, (JamChange){.now = {loop_of(1, 4, 64, 10)}, .next = {loop_of(3, 4, 72, 10)}});
    run(s, 5 * 96000 + 10, NULL);
    assert_int_equal(onset(s, 72, 0)->sample, 5 * 96000);
    assert_null(p->part[0].next);
    assert_int_equal(take_news(s), 5);
}

/* With nobody to take the news, the jam plays on. */
static void test_nobody_listens(void **state) {
    Stage *s = *state;
    hand_over(s, (JamChange){.now = {loop_of(1, 1, 60, 10)}});
    atomic_store(&s->player.tempo, 2000);
    for (int i = 0; i < 2 * JAM_NEWS; i++) {
        s->n = 0;
        run(s, s->player.sample + 400, NULL);
        assert_true(s->n >= 2);
    }
    hand_over(s, (JamChange){.next = {loop_of(2, 1, 60, 10)}});
    run(s, s->player.sample + 4000, NULL);
    assert_int_equal(s->player.part[0].loop->source, 1);
    take_news(s);
    run(s, s->player.sample + 4000, NULL);
    assert_int_equal(s->player.part[0].loop->source, 2);
    take_news(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_bars_are_exact),    TEST(test_no_drift),      TEST(test_tempo),     TEST(test_blocks),
        TEST(test_changes_at_random), TEST(test_no_note_hangs), TEST(test_replacing), TEST(test_nobody_listens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
