/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timbrel train: trains a model on folders of sounds, or the networks of music on MIDI files. */
#include "app/commands.h"
#include "app/files.h"
#include "app/midi_folder.h"
#include "app/numbers.h"
#include "app/output.h"
#include "app/train_values.h"
#include "train/find_sounds.h"

#include <math.h>

typedef TrainValues Values;
enum { MAX_FOLDERS = 1000 };

static const Option options[] = {
    {"output", 'o', OPTION_TEXT, "MODEL", .required = true, .help = "model to write, such as mine.safetensors",
     .offset = offsetof(TrainValues, output)},
    {"budget", 'b', OPTION_SECONDS, "TIME", .low = 1, .high = 1e7, .help = "total time, such as 10m",
     .offset = offsetof(TrainValues, budget)},
    {"steps", 0, OPTION_INT, "N", .low = 1, .high = 1e8, .help = "number of steps, instead of a budget",
     .offset = offsetof(TrainValues, steps)},
    {"note-steps", 0, OPTION_INT, "N", .low = 1, .high = 1e8,
     .help = "steps of the note network (default: an eighth of --steps)", .offset = offsetof(TrainValues, note_steps)},
    {"hold", 0, OPTION_SECONDS, "TIME", .low = 0, .high = 60,
     .help = "how long keys were held, in files that end within 0.75 s after (default: detected)",
     .offset = offsetof(TrainValues, hold)},
    {"from", 0, OPTION_TEXT, "MODEL", .help = "start from this model; \"default\": the built-in one",
     .offset = offsetof(TrainValues, from)},
    {"learn", 0, OPTION_CHOICE, "auto|sounds|midi", .fallback = "auto", .help = "what to learn from, if there are both",
     .offset = offsetof(TrainValues, learn)},
    {"only", 0, OPTION_CHOICE, "all|rhythm|melody|piece", .fallback = "all",
     .help = "which network of music learns from MIDI", .offset = offsetof(TrainValues, only)},
    {"resume", 0, OPTION_FLAG, .help = "continue a stopped run", .offset = offsetof(TrainValues, resume)},
    {"force", 0, OPTION_FLAG, .help = "replace an existing model", .offset = offsetof(TrainValues, force)},
    {"latent", 0, OPTION_INT, "N", .low = 1, .high = 256, .help = "latents per frame (default: 32)",
     .offset = offsetof(TrainValues, latent)},
    {"width", 0, OPTION_INT, "N", .low = 8, .high = 4096, .help = "width of the hidden layers (default: 512)",
     .offset = offsetof(TrainValues, width)},
    {"layers", 0, OPTION_INT, "N", .low = 1, .high = 8, .help = "hidden layers on each side (default: 2)",
     .offset = offsetof(TrainValues, layers)},
    {"batch", 0, OPTION_INT, "N", .low = 1, .high = 65536, .help = "frames per step (default: 512)",
     .offset = offsetof(TrainValues, batch)},
    {"frames", 0, OPTION_INT, "N", .low = 100, .high = 100000000,
     .help = "maximum number of frames in memory, 0.5 kB each (default: 1000000)",
     .offset = offsetof(TrainValues, frames)},
    {"seed", 0, OPTION_INT, "N", .low = 0, .high = 2147483647, .fallback = "1",
     .help = "same seed, threads and sounds give the same model", .offset = offsetof(TrainValues, seed)},
    {"threads", 0, OPTION_INT, "N", .low = 1, .high = TRAIN_MOST_THREADS,
     .help = "number of threads (default: all cores)", .offset = offsetof(TrainValues, threads)},
    {"learning-rate", 0, OPTION_NUMBER, "X", .low = 1e-7, .high = 1, .help = "peak learning rate",
     .offset = offsetof(TrainValues, learning_rate)},
    {"beta", 0, OPTION_NUMBER, "X", .low = 0, .high = 100, .help = "weight of the KL term",
     .offset = offsetof(TrainValues, beta)},
    {"free-bits", 0, OPTION_NUMBER, "X", .low = 0, .high = 10, .help = "nats that each latent may use for free",
     .offset = offsetof(TrainValues, free_bits)},
    {"augment", 0, OPTION_NUMBER, "X", .low = 0, .high = 1, .help = "share of frames to augment",
     .offset = offsetof(TrainValues, augment)},
    {"audio-share", 0, OPTION_NUMBER, "X", .low = 0, .high = 1, .help = "share of the run trained on raw audio",
     .offset = offsetof(TrainValues, audio_share)},
};

/* ---- sounds or MIDI ---- */

static bool is_wanted(const char *path) {
    return tbi_is_sound_name(path) || is_midi_file(path);
}

/* Both kinds are found by one search, so that a folder is read once. */
static TbStatus choose(const TrainValues *v, char *const *operands, int n_operands, const FileList *found,
                       Learn *learn) {
    size_t n_midi = 0, n_sounds = 0;
    for (size_t i = 0; i < found->n; i++) {
        const bool midi = is_midi_file(found->paths[i]);
        n_midi += midi;
        n_sounds += !midi && path_kind(found->paths[i]) != PATH_FOLDER; /* a folder inside that cannot be read */
    }
    *learn = v->learn != LEARN_AUTO ? (Learn)v->learn : n_midi > 0 ? LEARN_MIDI : LEARN_SOUNDS;
    if (v->learn == LEARN_AUTO && n_midi > 0 && n_sounds > 0)
        return tb_fail(TB_ERR_ARGUMENT,
                       "There are %zu sound%s and %zu MIDI file%s; choose what to learn from with --learn sounds or "
                       "--learn midi.",
                       n_sounds, plural(n_sounds), n_midi, plural(n_midi));
    if (found->n == 0)
        return tbi_no_sound_found((const char *const *)operands, (size_t)n_operands, NULL, true);
    if (*learn == LEARN_MIDI && n_midi == 0)
        return tb_fail(TB_ERR_EMPTY,
                       "There is no MIDI file in \"%s\", nor in folders inside it; name one with .mid "
                       "files.",
                       operands[0]);
    return TB_OK;
}

static TbStatus run(const void *values, char *const *operands, int n_operands) {
    TrainValues with = *(const TrainValues *)values, *v = &with;
    FileList found;
    Learn learn;
    if (isfinite(v->budget) && v->steps)
        return tb_fail(TB_ERR_ARGUMENT, "--budget and --steps both say how long to train; give one of them.");
    TbStatus status = output_ending_check(v->output, ".safetensors", "models");
    if (status == TB_OK)
        status = output_place_check(v->output);
    if (status == TB_OK)
        status = tbi_find_files((const char *const *)operands, (size_t)n_operands, is_wanted, &found);
    if (status)
        return status;
    status = choose(v, operands, n_operands, &found, &learn);
    if (status == TB_OK && learn == LEARN_SOUNDS && v->only)
        status =
            tb_fail(TB_ERR_ARGUMENT, "--only chooses among the networks of music, and these are sounds; leave it out.");
    with.n_found = found.n;
    if (status == TB_OK)
        status = learn == LEARN_MIDI ? train_music(v, found.paths, found.n) : train_sounds(v, operands, n_operands);
    tbi_file_list_free(&found);
    return status;
}

const Command cmd_train = COMMAND(
    "train", "Train a model on folders of sounds, or of MIDI files", "DIR...", 1, MAX_FOLDERS,
    "Folders are searched recursively. A twentieth of the data is held out to measure the error on: whole files,\n"
    "or short stretches where files are few. Without --budget and --steps, training ends when the last third of\n"
    "all steps has not reduced that error by more than 1 %.\n"
    "The state is saved to MODEL.checkpoint every 20 seconds, so --resume can continue a run that was stopped,\n"
    "even by a power cut. A report as text and as a picture is written next to the model.\n\n"
    "MIDI files fine-tune the networks of music instead, the built-in ones or those of --from; --budget, --steps,\n"
    "--seed, --threads, --learning-rate, --resume and --force are for them, too. To judge by, every eighth file is\n"
    "held out: of fewer than 16 files every fourth, of fewer than four the last quarter of each.\n\n"
    "  timbrel train my-sounds -o mine.safetensors --budget 10m\n"
    "  timbrel train one-singer -o singer.safetensors --from default --budget 5m\n"
    "  timbrel train my-midis -o mine.safetensors --budget 10m\n");
