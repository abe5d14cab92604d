/* SPDX-License-Identifier: GPL-2.0-only */
/* Two dependent cache misses, a bucket and the record that it points to; or work on them. */
#ifndef BENCH_CHASE_H
#define BENCH_CHASE_H

#include <linux/types.h>

struct bench_chase;

struct bench_chase *bench_chase_alloc(u32 count);
void bench_chase_free(struct bench_chase *chase);
u32 bench_chase_run(const struct bench_chase *chase, const u32 *order, u32 n, u32 seed);
u32 bench_chase_work(const struct bench_chase *chase, const u32 *order, u32 n, u32 seed);

#endif
