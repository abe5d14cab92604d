/* SPDX-License-Identifier: GPL-2.0-only */
/* The paths of cgroups, which the kernel tells by number. */
#ifndef TOOLS_CGROUP_H
#define TOOLS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* A path that is longer is not told. Those of pods have 200 bytes. */
#define CGROUP_PATH	512

const char *cgroup_path(uint64_t id);
void cgroup_forget(void);
bool cgroup_set(uint64_t id, const char *path);

#endif
