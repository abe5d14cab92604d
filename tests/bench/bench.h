/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of the bench, and how it answers. */
#ifndef BENCH_H
#define BENCH_H

#include <linux/seq_buf.h>
#include <linux/types.h>

/**
 * typedef bench_command_t - carries out a command
 * @argc: how many words
 * @argv: the words, the command's name first
 * @answer: takes lines "NAME VALUE"
 *
 * Returns 0 or an error.
 */
typedef int bench_command_t(int argc, char **argv, struct seq_buf *answer);

bench_command_t bench_lane_set;
bench_command_t bench_lane_order;
bench_command_t bench_lane_walk;
bench_command_t bench_lane_pace;
bench_command_t bench_traffic_ask;
bench_command_t bench_traffic_bulk;

void bench_lane_exit(void);

#endif
