/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of a socket, which TCP_REPAIR lets one read and choose. */
#ifndef TESTS_TRUTH_REPAIR_H
#define TESTS_TRUTH_REPAIR_H

#include <linux/types.h>

int repair_get_numbers(int fd, __u32 *snd_nxt, __u32 *rcv_nxt);
int repair_set_isn(int fd, __u32 isn);

#endif
