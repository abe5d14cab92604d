/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The compiler reads this before each file of the module in the bench's own build of it. It
 * measures how long bottom halves are off at a time, and the module's sources need not
 * know about that.
 */
#ifndef BENCH_SECTIONS_H
#define BENCH_SECTIONS_H

#include <linux/bottom_half.h>
#include <linux/spinlock.h>

void tcpstate_sections_begin(void);
void tcpstate_sections_end(void);

/* A macro is not expanded in its own expansion, so these call the kernel's functions. */
#define local_bh_disable() ({ local_bh_disable(); tcpstate_sections_begin(); })
#define local_bh_enable() ({ tcpstate_sections_end(); local_bh_enable(); })
#define spin_lock_bh(lock) ({ spin_lock_bh(lock); tcpstate_sections_begin(); })
#define spin_unlock_bh(lock) ({ tcpstate_sections_end(); spin_unlock_bh(lock); })

#endif
