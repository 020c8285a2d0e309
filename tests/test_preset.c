/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Presets: round trip through JSON, rejection of malformed files, safe file names, and the merged list of factory and
 * user presets. */
#include "session/preset.h"
#include "tests/run_tests.h"
#include "tests/scratch_folder.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static TbStatus parse(const char *text, TbPreset *preset) {
    return tb_preset_parse(text, strlen(text), preset);
}

static TbPreset named(const char *name) {
    TbPreset p;
    tb_preset_defaults(&p);
    snprintf(p.name, sizeof p.name, "%s", name);
    return p;
}

static void assert_same(const TbPreset *a, const TbPreset *b) {
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->text, b->text);
    assert_string_equal(a->model, b->model);
    assert_int_equal(a->n_sounds, b->n_sounds);
    for (int i = 0; i < a->n_sounds; i++)
        assert_string_equal(a->sound[i], b->sound[i]);
    for (int i = 0; i < TB_CONTROLS; i++)
        assert_true(a->control[i] == b->control[i]);
}

/* Exact for all control values; default values are not written. */
static void test_round_trip(void **state) {
    (void)state;
    TbRng rng;
    tb_rng_seed(&rng, 3);
    for (int round = 0; round < 300; round++) {
        TbPreset p = named("Glockenspiel für \"zwei\" \\ \xf0\x9f\x94\x94"), again;
        snprintf(p.text, sizeof p.text, "Round %d.", round);
        snprintf(p.model, sizeof p.model, "%s", round % 2 ? "/home/ada/\"my\" models/\xc3\xbc.safetensors" : "");
        p.n_sounds = 1 + round % TB_PARTS;
        for (int i = 0; i < p.n_sounds; i++)
            snprintf(p.sound[i], sizeof p.sound[i], "seed:%u", tb_rng_next(&rng));
        for (int i = 0; i < TB_CONTROLS; i++) {
            const TbControlInfo *c = tb_control_info((TbControl)i);
            float share = tb_rng_uniform(&rng);
            p.control[i] = round % 7 == 0 ? c->high : round % 7 == 1 ? c->low : c->low + share * (c->high - c->low);
            p.control[i] = fminf(fmaxf(p.control[i], c->low), c->high);
        }
        char *text, *text_again;
        assert_int_equal(tb_preset_print(&p, &text), TB_OK);
        assert_int_equal(parse(text, &again), TB_OK);
        assert_same(&p, &again);
        assert_int_equal(tb_preset_print(&again, &text_again), TB_OK);
        assert_string_equal(text, text_again);
        free(text);
        free(text_again);
    }
    TbPreset p = named("Plain");
    char *text;
    p.control[TB_CONTROL_VOLUME] = -2.3f;
    assert_int_equal(tb_preset_print(&p, &text), TB_OK);
    assert_non_null(strstr(text, "\"volume\": -2.3\n"));
    assert_null(strstr(text, "reverb"));
    assert_null(strstr(text, "model"));
    free(text);
}

static void test_reading(void **state) {
    (void)state;
    TbPreset p, default_value;
    tb_preset_defaults(&default_value);
    assert_int_equal(parse("{\"timbrel_preset\": 1}", &p), TB_OK);
    assert_same(&p, &default_value);
    assert_int_equal(
        parse("{\"timbrel_preset\": 1, \"name\": \"A\", \"sounds\": [\"bell\", \"seed:7\"], \"colour\": 5, "
              "\"controls\": {\"brightness\": 1, \"noisiness\": -0.5, \"stickiness\": \"x\"}}",
              &p),
        TB_OK);
    assert_string_equal(p.name, "A");
    assert_int_equal(p.n_sounds, 2);
    assert_string_equal(p.sound[1], "seed:7");
    assert_true(p.control[TB_CONTROL_KNOBS] == 1 && p.control[TB_CONTROL_KNOBS + 1] == -0.5f);
    assert_true(p.control[TB_CONTROL_VOLUME] == default_value.control[TB_CONTROL_VOLUME]);
}

#define OLD "{\"timbrel_preset\": 1, "
static void test_malformed(void **state) {
    (void)state;
    static const struct {
        const char *text;
        TbStatus status;
    } cases[] = {
        {"", TB_ERR_FORMAT},
        {"[]", TB_ERR_FORMAT},
        {"{}", TB_ERR_FORMAT},
        {"{\"timbrel_preset\": 1", TB_ERR_FORMAT},
        {"{\"timbrel_preset\": 0}", TB_ERR_FORMAT},
        {"{\"timbrel_preset\": \"1\"}", TB_ERR_FORMAT},
        {"{\"timbrel_preset\": 2}", TB_ERR_VERSION},
        {OLD "\"name\": \"\"}", TB_ERR_FORMAT},
        {OLD "\"name\": \" a\"}", TB_ERR_FORMAT},
        {OLD "\"name\": \"a/b\"}", TB_ERR_FORMAT},
        {OLD "\"name\": \"a.json\"}", TB_ERR_FORMAT},
        {OLD "\"name\": \"a\\nb\"}", TB_ERR_FORMAT},
        {OLD "\"name\": \"a\\u0000b\"}", TB_ERR_FORMAT},
        {OLD "\"name\": \"a\xff\"}", TB_ERR_FORMAT},
        {OLD "\"name\": 7}", TB_ERR_FORMAT},
        {OLD "\"name\": \"a\", \"name\": \"b\"}", TB_ERR_FORMAT},
        {OLD "\"text\": [\"a\"]}", TB_ERR_FORMAT},
        {OLD "\"model\": 7}", TB_ERR_FORMAT},
        {OLD "\"model\": \"a\\nb\"}", TB_ERR_FORMAT},
        {OLD "\"sounds\": []}", TB_ERR_FORMAT},
        {OLD "\"sounds\": \"flute\"}", TB_ERR_FORMAT},
        {OLD "\"sounds\": [\"\"]}", TB_ERR_FORMAT},
        {OLD "\"sounds\": [1]}", TB_ERR_FORMAT},
        {OLD "\"sounds\": [\"a\", \"b\", \"c\", \"d\", \"e\"]}", TB_ERR_FORMAT},
        {OLD "\"controls\": []}", TB_ERR_FORMAT},
        {OLD "\"controls\": {\"brightness\": 100}}", TB_ERR_FORMAT},
        {OLD "\"controls\": {\"brightness\": -3.001}}", TB_ERR_FORMAT},
        {OLD "\"controls\": {\"brightness\": 1e400}}", TB_ERR_FORMAT},
        {OLD "\"controls\": {\"brightness\": NaN}}", TB_ERR_FORMAT},
        {OLD "\"controls\": {\"brightness\": \"1\"}}", TB_ERR_FORMAT},
        {OLD "\"controls\": {\"x\": 1.5}}", TB_ERR_FORMAT},
    };
    TbPreset p, default_value;
    tb_preset_defaults(&default_value);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(cases[i].text, &p), cases[i].status);
        assert_same(&p, &default_value); /* unchanged */
        assert_true(strcmp(tb_error_text(cases[i].status), tb_status_text(cases[i].status)) != 0);
    }
    /* Too long, too deeply nested, too many members. */
    size_t n = 200000;
    char *big = malloc(n + 1);
    memset(big, '[', n);
    big[n] = 0;
    assert_int_equal(tb_preset_parse(big, n, &p), TB_ERR_FORMAT);
    assert_int_equal(tb_preset_parse(big, 60000, &p), TB_ERR_FORMAT);
    for (size_t length = TB_PRESET_NAME - 1; length <= TB_PRESET_NAME; length++) {
        int at = sprintf(big, OLD "\"name\": \"");
        memset(big + at, 'n', length);
        strcpy(big + at + length, "\"}");
        assert_int_equal(parse(big, &p), length < TB_PRESET_NAME ? TB_OK : TB_ERR_FORMAT);
    }
    free(big);
}

static void test_invalid_presets_are_not_printed(void **state) {
    (void)state;
    char *text;
    for (int i = 0; i < 7; i++) {
        TbPreset p = named("fine");
        switch (i) {
        case 0:
            memset(p.name, 'x', sizeof p.name);
            break;
        case 1:
            p.control[0] = NAN;
            break;
        case 2:
            p.n_sounds = 0;
            break;
        case 3:
            p.n_sounds = TB_PARTS + 1;
            break;
        case 4:
            p.text[0] = 1;
            break;
        case 5:
            p.sound[0][0] = 0;
            break;
        default:
            p.control[TB_CONTROL_VOLUME] = 7;
            break;
        }
        assert_int_equal(tb_preset_print(&p, &text), TB_ERR_ARGUMENT);
        assert_null(text);
    }
}

static size_t files_in(const char *folder) {
    char command[200];
    snprintf(command, sizeof command, "find %s -type f | wc -l", folder);
    FILE *pipe = popen(command, "r");
    unsigned n = 0;
    assert_int_equal(fscanf(pipe, "%u", &n), 1);
    pclose(pipe);
    return n;
}

static void test_store(void **state) {
    (void)state;
    static const char *const names[] = {"Bell!",       "Bell?",   "..",
                                        "..\\..\\etc", "~root",   "Ünïcödé",
                                        "日本",        "-rf *",   "a very long name that goes on and on",
                                        "$(reboot)",   ".hidden", "CON"};
    const size_t n_names = sizeof names / sizeof names[0];
    ScratchFolder scratch;
    assert_true(scratch_new(&scratch));
    char folder[100], path[200];
    snprintf(folder, sizeof folder, "%s/deep/presets", scratch.path);
    TbPreset p, back;
    TbPresetEntry *entries;
    size_t n, factory = tb_factory_preset_count();
    assert_int_equal(tb_presets_list(folder, &entries, &n), TB_OK); /* does not exist yet */
    assert_int_equal(n, factory);
    free(entries);
    for (int twice = 0; twice < 2; twice++) { /* the second time replaces the files */
        for (size_t i = 0; i < n_names; i++) {
            p = named(names[i]);
            p.control[0] = (float)twice;
            assert_int_equal(tb_preset_write(folder, &p), TB_OK);
            assert_int_equal(tb_preset_read(folder, names[i], &back), TB_OK);
            assert_same(&p, &back);
        }
    }
    assert_int_equal(files_in(folder), n_names);
    assert_int_equal(files_in(scratch.path), n_names); /* no other files */
    assert_int_equal(tb_preset_read(folder, "bELL!", &back), TB_OK);
    assert_string_equal(back.name, "Bell!");

    /* Malformed files and duplicate names are left out; a path is read as a path. */
    snprintf(path, sizeof path, "%s/0.json", folder);
    assert_int_equal(tb_write_file(path, "{", 1), TB_OK);
    snprintf(path, sizeof path, "%s/zzz.json", folder);
    assert_int_equal(tb_write_file(path, OLD "\"name\": \"bell?\"}", strlen(OLD "\"name\": \"bell?\"}")), TB_OK);
    assert_int_equal(tb_presets_list(folder, &entries, &n), TB_OK);
    assert_int_equal(n, factory + n_names);
    for (size_t i = factory; i < n; i++) {
        assert_false(entries[i].factory);
        assert_true(i == factory || strcasecmp(entries[i - 1].name, entries[i].name) < 0);
    }
    free(entries);
    assert_int_equal(tb_preset_read(folder, path, &back), TB_OK);
    assert_string_equal(back.name, "bell?");
    assert_int_equal(tbi_preset_find(folder, path, &back), TB_ERR_NOT_FOUND);

    assert_int_equal(tb_preset_remove(folder, "Bell!"), TB_OK);
    assert_int_equal(tb_preset_remove(folder, "Bell!"), TB_ERR_NOT_FOUND);
    assert_int_equal(tb_preset_read(folder, "Bell!", &back), TB_ERR_NOT_FOUND);
    assert_int_equal(tb_preset_remove(folder, "../presets/bell"), TB_ERR_NOT_FOUND);
    scratch_free(&scratch);
}

/* Nothing is saved into what cannot be listed, here since it is no folder. */
static void test_unreadable_folder(void **state) {
    (void)state;
    ScratchFolder scratch;
    TbPreset preset;
    TbPresetFault *faults;
    char path[200];
    size_t n;
    assert_true(scratch_new(&scratch));
    snprintf(path, sizeof path, "%s/presets", scratch.path);
    assert_int_equal(tb_write_file(path, "x", 1), TB_OK);
    tb_preset_defaults(&preset);
    assert_int_equal(tb_preset_write(path, &preset), TB_ERR_IO);
    assert_non_null(strstr(tb_error_text(TB_ERR_IO), "cannot be read (Not a directory); nothing was saved."));
    assert_int_equal(tb_presets_faults(path, &faults, &n), TB_OK);
    assert_true(n == 1 && faults[0].left_out && strstr(faults[0].text, "the folder of presets cannot be read"));
    free(faults);
    void *text;
    assert_int_equal(tb_read_file(path, 10, &text, &n), TB_OK);
    assert_true(n == 1 && *(char *)text == 'x');
    free(text);
    scratch_free(&scratch);
}

/* A user preset replaces the factory preset that it hides, until it is removed. */
static void test_hiding(void **state) {
    (void)state;
    ScratchFolder scratch;
    assert_true(scratch_new(&scratch));
    TbPresetEntry *entries;
    size_t n, factory = tb_factory_preset_count();
    assert_true(factory >= 24);
    assert_int_equal(tb_presets_list(scratch.path, &entries, &n), TB_OK);
    assert_int_equal(n, factory);
    char name[TB_PRESET_NAME];
    memcpy(name, entries[5].name, sizeof name);
    free(entries);
    TbPreset p = named(name), back;
    name[0] = (char)(name[0] ^ 0x20); /* in other case */
    memcpy(p.name, name, sizeof name);
    snprintf(p.text, sizeof p.text, "Mine.");
    assert_int_equal(tb_preset_write(scratch.path, &p), TB_OK);
    assert_int_equal(tb_presets_list(scratch.path, &entries, &n), TB_OK);
    assert_int_equal(n, factory);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(entries[i].factory, i != 5);
    assert_string_equal(entries[5].text, "Mine.");
    free(entries);
    assert_int_equal(tb_preset_read(scratch.path, name, &back), TB_OK);
    assert_string_equal(back.text, "Mine.");
    assert_int_equal(tb_preset_remove(scratch.path, name), TB_OK);
    assert_int_equal(tb_preset_read(scratch.path, name, &back), TB_OK);
    assert_string_not_equal(back.text, "Mine.");
    assert_int_equal(tb_preset_remove(scratch.path, name), TB_ERR_NOT_FOUND);
    scratch_free(&scratch);
}

static void test_xdg(void **state) {
    (void)state;
    static const struct {
        const char *data, *master, *where;
    } cases[] = {{"%s/data", "%s/home", "data/timbrel/presets/süß-笛.json"},
                 {NULL, "%s/home", "home/.local/share/timbrel/presets/süß-笛.json"},
                 {"relative", "%s/home2", "home2/.local/share/timbrel/presets/süß-笛.json"},
                 {NULL, NULL, NULL}};
    ScratchFolder scratch;
    assert_true(scratch_new(&scratch));
    TbPreset p = named("Süß: 笛_");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char data[100], master[100], path[200];
        snprintf(data, sizeof data, cases[i].data ? cases[i].data : "", scratch.path);
        snprintf(master, sizeof master, cases[i].master ? cases[i].master : "", scratch.path);
        cases[i].data ? setenv("XDG_DATA_HOME", data, 1) : unsetenv("XDG_DATA_HOME");
        cases[i].master ? setenv("HOME", master, 1) : unsetenv("HOME");
        if (cases[i].where) {
            snprintf(path, sizeof path, "%s/%s", scratch.path, cases[i].where);
            assert_int_not_equal(access(path, F_OK), 0);
            assert_int_equal(tb_preset_write(NULL, &p), TB_OK);
            assert_int_equal(access(path, F_OK), 0);
        } else { /* no user folder: only factory presets */
            TbPresetEntry *entries;
            size_t n;
            assert_int_equal(tb_preset_write(NULL, &p), TB_ERR_NOT_FOUND);
            assert_int_equal(tb_presets_list(NULL, &entries, &n), TB_OK);
            assert_int_equal(n, tb_factory_preset_count());
            assert_int_equal(tb_preset_read(NULL, entries[0].name, &p), TB_OK);
            free(entries);
        }
    }
    scratch_free(&scratch);
}

/* A model path is relative to the preset's folder, independent of the current one; it is saved as absolute. */
static void test_model(void **state) {
    (void)state;
    static const char *const models[] = {"m.safetensors", "../m.safetensors", "/m.safetensors", ""};
    ScratchFolder scratch;
    char path[200], text[TB_SOUND_NAME + 100], expected[TB_SOUND_NAME], *here = getcwd(NULL, 0);
    TbPreset p, again;
    assert_true(scratch_new(&scratch));
    snprintf(path, sizeof path, "%s/mine.json", scratch.path);
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        int n = snprintf(text, sizeof text, OLD "\"name\": \"Mine\", \"model\": \"%s\"}", models[i]);
        assert_int_equal(tb_write_file(path, text, (size_t)n), TB_OK);
        if (i < 2)
            snprintf(expected, sizeof expected, "%s/%s", scratch.path, models[i]);
        else
            snprintf(expected, sizeof expected, "%s", models[i]);
        assert_int_equal(tb_preset_read(NULL, path, &p), TB_OK);
        assert_string_equal(p.model, expected);
        assert_int_equal(tb_preset_read(scratch.path, "mine", &p), TB_OK);
        assert_string_equal(p.model, expected);
        assert_int_equal(chdir(scratch.path), 0);
        assert_int_equal(tb_preset_read(NULL, "mine.json", &p), TB_OK);
        assert_int_equal(chdir(here), 0);
        assert_string_equal(p.model, expected);
        assert_int_equal(tb_preset_write(scratch.path, &p), TB_OK);
        assert_int_equal(tb_preset_read(scratch.path, "mine", &again), TB_OK);
        assert_same(&p, &again);
    }
    /* A path that becomes too long is refused. */
    char longest[TB_SOUND_NAME];
    memset(longest, 'm', sizeof longest);
    longest[sizeof longest - 1] = 0;
    int n = snprintf(text, sizeof text, OLD "\"model\": \"%s\"}", longest);
    assert_int_equal(tb_write_file(path, text, (size_t)n), TB_OK);
    assert_int_equal(tb_preset_read(NULL, path, &p), TB_ERR_FORMAT);
    free(here);
    scratch_free(&scratch);
}

/* Write errors are reported. */
static void test_no_folder(void **state) {
    (void)state;
    ScratchFolder scratch;
    char folder[200];
    TbPreset p = named("Mine");
    assert_true(scratch_new(&scratch));
    snprintf(folder, sizeof folder, "%s/file", scratch.path);
    assert_int_equal(tb_write_file(folder, "x", 1), TB_OK);
    strcat(folder, "/presets");
    assert_int_equal(tb_preset_write(folder, &p), TB_ERR_IO);
    scratch_free(&scratch);
}

int main(void) {
    return RUN_TESTS(NULL, NULL, test_round_trip, test_reading, test_malformed, test_invalid_presets_are_not_printed,
                     test_store, test_unreadable_folder, test_hiding, test_xdg, test_model, test_no_folder);
}
