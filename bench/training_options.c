/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/training_options.h"
#include "bench/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *training_path(const char *text, const char *name) {
    const size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == '=' ? text + length + 1 : NULL;
}

static bool set(const TrainingOption *options, const char *text) {
    for (; options->name; options++) {
        const char *value = training_path(text, options->name);
        char *end;
        if (!value)
            continue;
        *options->value = strtod(value, &end);
        return end != value && *end == 0;
    }
    return false;
}

bool training_option(TbTrainingPlan *plan, const TrainingOption *own, const char *text) {
    double steps = (double)plan->steps, batch = (double)plan->batch, seed = (double)plan->seed, threads = 0;
    double every = (double)plan->look_every, patience = (double)plan->patience;
    const TrainingOption common[] = {{"steps", &steps},
                                     {"batch", &batch},
                                     {"seed", &seed},
                                     {"every", &every},
                                     {"patience", &patience},
                                     {"threads", &threads},
                                     {"decay", &plan->decay},
                                     {"average", &plan->average},
                                     {"rate", &plan->learning_rate},
                                     {"seconds", &plan->seconds},
                                     {NULL, NULL}};
    const bool resume = strcmp(text, "resume") == 0;
    if (!resume && !strchr(text, '='))
        return false;
    if (resume) {
        plan->resume = true;
    } else if (!set(own, text) && !set(common, text)) {
        fprintf(stderr, "\"%s\" is not an option with a number.\n", text);
        exit(2);
    }
    plan->steps = (uint64_t)steps;
    plan->batch = (size_t)batch;
    plan->seed = (uint64_t)seed;
    plan->look_every = (size_t)every;
    plan->patience = (size_t)patience;
    if (threads > 0)
        tb_set_threads((int)threads);
    return true;
}

void training_begin(TbTrainingPlan *plan, int argc, char **argv, int model, const char *usage) {
    static char checkpoint[4096];
    usage_if(argc < 3, usage);
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", argv[model]);
    plan->checkpoint = checkpoint;
}

bool training_report(const TbTrainingProgress *p, const char *rest, ...) {
    va_list arguments;
    printf("step %6llu, %5.0f s: loss %.4f, held out %.4f%s: ", (unsigned long long)p->step, p->seconds, p->loss,
           p->held_out, p->held_out <= p->lowest ? " *" : "");
    va_start(arguments, rest);
    vprintf(rest, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
    return true;
}
