/* SPDX-License-Identifier: GPL-2.0-only */
/* The paths of cgroups, which the kernel tells by number. */
#ifndef TOOLS_CGROUP_H
#define TOOLS_CGROUP_H

#include <stdint.h>

/* A path that is longer is not told. */
#define CGROUP_PATH	128

const char *cgroup_path(uint64_t id);
void cgroup_forget(void);

#endif
