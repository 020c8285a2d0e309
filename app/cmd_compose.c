/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel compose: a track from the networks of music, played by the networks of sound. */
#include "app/commands.h"
#include "app/compose_files.h"
#include "app/compose_report.h"
#include "app/files.h"
#include "app/progress.h"
#include "timbrel/presets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Up to which share of the progress bar notes are written, if they are played, and sounds are loaded. */
#define WRITTEN 0.1
#define LOADED 0.25

typedef ComposeValues Values;

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "FILE", .required = true,
     .help = "track to write (.wav .flac .aiff .ogg .caf), with its MIDI file beside it; or .mid alone",
     .offset = offsetof(Values, output.path)},
    {"bars", 0, OPTION_INT, "N", .low = 1, .high = TB_COMPOSE_BARS, .help = "new bars (default: 16)",
     .offset = offsetof(Values, bars)},
    {"tempo", 0, OPTION_NUMBER, "BPM", .low = TB_SLOWEST, .high = TB_FASTEST,
     .help = "quarter notes a minute (default: by style)", .offset = offsetof(Values, tempo)},
    {"key", 0, OPTION_TEXT, "KEY", .help = "such as \"D minor\" (default: by seed)", .offset = offsetof(Values, key)},
    {"metre", 0, OPTION_TEXT, "N/N", .help = "4/4 (default), 3/4, 6/8 ...", .offset = offsetof(Values, metre)},
    {"style", 0, OPTION_TEXT, "STYLE", .help = "folk, rock, jazz ..., see below (default: any)",
     .offset = offsetof(Values, style)},
    {"form", 0, OPTION_TEXT, "LETTERS", .help = "phrases, such as AABA (default: by seed)",
     .offset = offsetof(Values, form)},
    {"parts", 0, OPTION_TEXT, "LIST", .help = "parts to write (default: drums,bass,chords,melody)",
     .offset = offsetof(Values, parts)},
    {"only", 0, OPTION_CHOICE, COMPOSE_ONLY, .fallback = "all", .help = "write one part alone; rhythm is drums",
     .offset = offsetof(Values, only)},
    {"density", 0, OPTION_NUMBER, "X", .low = -2, .high = 2, .help = "more notes, or fewer (default: 0)",
     .offset = offsetof(Values, density)},
    {"swing", 0, OPTION_NUMBER, "PERCENT", .low = 50, .high = 75,
     .help = "place of off-beat eighths: 50 straight, 67 triplets (default: by style)",
     .offset = offsetof(Values, swing)},
    {"temperature", 0, OPTION_NUMBER, "X", .low = 0, .high = 2,
     .help = "0: only the likeliest notes; higher: more daring (default: 1)", .offset = offsetof(Values, temperature)},
    {"seed", 0, OPTION_INT, "N", .low = 0, .high = 2147483647, .fallback = "1", .help = "another seed, another track",
     .offset = offsetof(Values, seed)},
    {"loop", 0, OPTION_FLAG, .help = "made to be repeated: no ending", .offset = offsetof(Values, loop)},
    {"primer", 0, OPTION_TEXT, "MIDI", .help = "begin with this file, to the tick", .offset = offsetof(Values, primer)},
    {"continue", 0, OPTION_TEXT, "MIDI", .help = "go on after this piece, with its parts",
     .offset = offsetof(Values, continued)},
    {"without-primer", 0, OPTION_FLAG, .help = "leave out what was given, write only what is new",
     .offset = offsetof(Values, without_primer)},
    {"lock", 0, OPTION_TEXT, "LIST", .help = "keep these parts of FILE.mid, write the others to them",
     .offset = offsetof(Values, lock)},
    {"vary", 0, OPTION_TEXT, "MIDI", .help = "a variation of this file", .offset = offsetof(Values, vary)},
    {"humanise", 0, OPTION_TEXT, "MIDI", .help = "play this file as a drummer would: timing and dynamics",
     .offset = offsetof(Values, humanise)},
    {"amount", 0, OPTION_NUMBER, "X", .low = 0, .high = 1, .help = "how much of it (default: 0.3; humanise: 1)",
     .offset = offsetof(Values, amount)},
    {"harmonise", 0, OPTION_TEXT, "MIDI", .help = "new chords and bass for this melody",
     .offset = offsetof(Values, harmonise)},
    {"interpolate", 0, OPTION_TEXT, "MIDI", .help = "go from this file to FILE.mid",
     .offset = offsetof(Values, interpolate)},
    {"steps", 0, OPTION_INT, "N", .low = 2, .high = 64, .help = "steps of --interpolate (default: 8)",
     .offset = offsetof(Values, steps)},
    {"sound", 's', OPTION_TEXTS, "PART=SOUND", .help = "what plays a part (default: by style and seed)",
     .offset = offsetof(Values, sounds)},
    {"stems", 0, OPTION_TEXT, "DIR", .help = "also write each part alone; they add up to the track",
     .offset = offsetof(Values, stems)},
    {"picture", 0, OPTION_TEXT, "PNG", .help = "also draw notes, chords and sound",
     .offset = offsetof(Values, picture)},
    {"rate", 'r', OPTION_NUMBER, "HZ", .low = 22050, .high = 192000, .help = "sample rate (default: 48000)",
     .offset = offsetof(Values, output.rate)},
    {"bits", 'b', OPTION_CHOICE, "16|24|32f", .help = "sample format (default: 24)",
     .offset = offsetof(Values, output.bits)},
    {"model", 'm', OPTION_TEXT, "MODEL", .help = "file of networks of music to use; \"default\": the built-in ones",
     .offset = offsetof(Values, model)},
    {"allow-copies", 0, OPTION_FLAG, .help = "keep a track even if it copies what was learned",
     .offset = offsetof(Values, allow_copies)},
};

static void print_silent_drums(const TbScore *score, const Orchestra *orchestra) {
    int key;
    size_t n = orchestra_silent_drums(score, orchestra, &key);
    if (n > 0)
        fprintf(stderr, "%zu drum key%s, such as %d, ha%s no sound in this kit.\n", n, n == 1 ? "" : "s", key,
                n == 1 ? "s" : "ve");
}

/* Plays the score. The orchestra must outlive the track. */
static TbStatus play(const ComposeRequest *r, const Composition *c, TbModel *model, Progress *progress,
                     Orchestra *orchestra, Track *track) {
    const Values *v = r->values;
    Part loading = {progress_report, progress, WRITTEN, LOADED, NULL},
         rendering = {progress_report, progress, LOADED, 1, NULL};
    TbStatus status = orchestra_load(&c->score, model, &v->sounds, c->style, (uint64_t)v->seed, loading, orchestra);
    if (status)
        return status;
    print_silent_drums(&c->score, orchestra);
    return track_make(&c->score, orchestra, r->output.rate, (uint64_t)v->seed, v->stems != NULL, part_report,
                      &rendering, track);
}

static TbStatus make(const ComposeRequest *r) {
    Composition c;
    Orchestra orchestra = {.part = NULL};
    Track track = {.part = NULL};
    TbModel *model = NULL;
    Progress progress;
    char title[400];
    progress_begin(&progress, "composing");
    TbStatus status = composition_make(r, (Part){progress_report, &progress, 0, r->sound ? WRITTEN : 1, NULL}, &c);
    if (status) {
        progress_end(&progress);
        return status;
    }
    if (r->sound) {
        status = tb_default_model(&model);
        if (status == TB_OK)
            status = play(r, &c, model, &progress, &orchestra, &track);
    }
    progress_end(&progress);
    if (status == TB_OK)
        status = compose_title(r, &c.score, title, sizeof title);
    if (status == TB_OK)
        status = compose_files_write(r, &c.score, r->sound ? &track : NULL, title);
    if (status == TB_OK)
        status = compose_report(r, &c, r->sound ? &track : NULL);
    track_free(&track);
    orchestra_free(&orchestra);
    tb_model_free(model);
    composition_free(&c);
    return status;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    ComposeRequest request;
    TbStatus status = compose_request(values, n_operands > 0 ? operands[0] : NULL, &request);
    if (status == TB_OK)
        status = compose_files_check(&request);
    return status ? status : make(&request);
}

const Command cmd_compose =
    COMMAND("compose", "Compose a track: rhythm, melody, chords and bass, played and mixed", "[FILE.mid]", 0, 1,
            "Networks that have learned from music write the notes, and Timbrel's instruments play them. The same\n"
            "seed makes the same track. PART is melody, chords, bass, drums or other; SOUND is as for `timbrel play`,\n"
            "for drums also a folder of files named by key. FILE.mid is for --lock and --interpolate, and for\n"
            "nothing else. At the end it prints the longest run of notes that also occurs in what the networks\n"
            "learned from.\n"
            "STYLE is any, afrobeat, afrocuban, ballad, blues, country, dance, folk, funk, gospel, highlife, hiphop,\n"
            "jazz, latin, middleeastern, neworleans, pop, punk, reggae, rock or soul.\n\n"
            "  timbrel compose -o track.wav\n"
            "  timbrel compose --bars 32 --key \"D minor\" --metre 3/4 -o waltz.flac\n"
            "  timbrel compose --sound melody=flute --stems parts -o track.wav\n"
            "  timbrel compose --primer mine.mid --bars 8 -o mine-and-more.wav\n"
            "  timbrel compose --lock melody mine.mid -o mine-with-a-band.wav\n"
            "  timbrel compose --interpolate a.mid b.mid --steps 8 -o between.mid\n");
