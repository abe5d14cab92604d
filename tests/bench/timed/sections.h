/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The compiler reads this in front of each file of the module, in the bench's own
 * build of it: how long bottom halves are off at a time, without a word of that in
 * the sources.
 */
#ifndef BENCH_SECTIONS_H
#define BENCH_SECTIONS_H

#include <linux/bottom_half.h>
#include <linux/spinlock.h>

void tcpstate_sections_begin(void);
void tcpstate_sections_end(void);

/* A macro is not expanded in its own expansion: these are the kernel's. */
#define local_bh_disable() ({ local_bh_disable(); tcpstate_sections_begin(); })
#define local_bh_enable() ({ tcpstate_sections_end(); local_bh_enable(); })
#define spin_lock_bh(lock) ({ spin_lock_bh(lock); tcpstate_sections_begin(); })
#define spin_unlock_bh(lock) ({ tcpstate_sections_end(); spin_unlock_bh(lock); })

#endif
