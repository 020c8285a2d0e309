/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the programs that train a network of music share: arguments, and lines of progress. */
#ifndef TIMBREL_BENCH_TRAINING_OPTIONS_H
#define TIMBREL_BENCH_TRAINING_OPTIONS_H

#include "timbrel/nn.h"

/* A number that an argument NAME=VALUE sets. */
typedef struct {
    const char *name; /* NULL: the end of a list */
    double *value;
} TrainingOption;

/* Reads an argument: "resume"; steps=, batch=, seed=, every=, patience=, threads=, decay=, average=, rate= or seconds=
 * of the plan; or one of the network's own options. Ends the program with a sentence if it is NAME=VALUE, but none of
 * these. false: it is not an option at all. */
bool training_option(TbTrainingPlan *plan, const TrainingOption *own, const char *text);

/* The path of the value, if the argument is NAME=PATH; else NULL. */
const char *training_path(const char *text, const char *name);

/* Sets the checkpoint of a plan with the network's defaults: MODEL.checkpoint, where argv[model] is the path of the
 * model. Ends the program with its usage if it has less than two arguments. */
void training_begin(TbTrainingPlan *plan, int argc, char **argv, int model, const char *usage);

/* Prints a line: step, seconds, losses, a star if the look had the lowest error so far; then the rest, as printf does.
 * Returns true: training goes on. */
bool training_report(const TbTrainingProgress *progress, const char *rest, ...) TB_PRINTF(2, 3);

#endif
