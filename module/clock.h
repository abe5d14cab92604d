/* SPDX-License-Identifier: GPL-2.0-only */
/* The two clocks: one of deadlines, in ms, and one of ids and events, in ns since boot. */
#ifndef TCPSTATE_CLOCK_H
#define TCPSTATE_CLOCK_H

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

/**
 * tcpstate_clock_now_ms() - read the clock of deadlines: ms, never steps, wraps
 *
 * Converts 64-bit jiffies, so that the result wraps at 2^32 and nowhere else. Takes a few ns.
 *
 * Context: any.
 * Return: the time, as coarse as jiffies are.
 */
static inline u32 tcpstate_clock_now_ms(void)
{
	return jiffies64_to_msecs(get_jiffies_64());
}

/**
 * tcpstate_clock_now_ns() - read the clock of ids and events: ns since boot (CLOCK_BOOTTIME)
 *
 * Context: any.
 * Return: the time.
 */
static inline u64 tcpstate_clock_now_ns(void)
{
	return ktime_get_boottime_ns();
}

/**
 * tcpstate_clock_tick_ns() - read the same clock as it was at the last tick
 *
 * Takes a few ns, where tcpstate_clock_now_ns() takes some twenty.
 *
 * Context: any.
 * Return: the time, as coarse as jiffies are.
 */
static inline u64 tcpstate_clock_tick_ns(void)
{
	return ktime_get_coarse_boottime_ns();
}

/**
 * tcpstate_clock_age_ns() - tell how long before a time an id was given
 * @id: the id
 * @now_ns: the time, from tcpstate_clock_now_ns()
 *
 * Context: any.
 * Return: ns; 0 for an id that is ahead of the clock, as it may be because it is unique.
 */
static inline u64 tcpstate_clock_age_ns(u64 id, u64 now_ns)
{
	return now_ns > id ? now_ns - id : 0;
}

#endif
