/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbrel app: the list of commands. To add one: write app/cmd_NAME.c with a `const Command cmd_NAME`, and put NAME in
 * this list. Help, option reading, completion, messages and exit status follow from its table. */
#ifndef TIMBREL_APP_COMMANDS_H
#define TIMBREL_APP_COMMANDS_H

#include "app/options.h"

/* In the order of the help. */
#define COMMANDS(X)                                                                                                    \
    X(morph)                                                                                                           \
    X(resynth)                                                                                                         \
    X(encode)                                                                                                          \
    X(decode)                                                                                                          \
    X(sample)                                                                                                          \
    X(instrument)                                                                                                      \
    X(compose)                                                                                                         \
    X(jam)                                                                                                             \
    X(render)                                                                                                          \
    X(play)                                                                                                            \
    X(presets)                                                                                                         \
    X(train)                                                                                                           \
    X(compare)                                                                                                         \
    X(plot)                                                                                                            \
    X(map)                                                                                                             \
    X(info)                                                                                                            \
    X(bench)

#define DECLARE_COMMAND(name) extern const Command cmd_##name;
COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
