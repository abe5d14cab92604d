/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites use of the kernel's header, for user space. */
#ifndef UNIT_LINUX_KERNEL_H
#define UNIT_LINUX_KERNEL_H

#include <linux/types.h>
#include <stdio.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define fallthrough	__attribute__((__fallthrough__))
#define BIT(n)			(1ul << (n))
#define GFP_KERNEL		0
#define U32_MAX			0xffffffffu
#define min(a, b)		((a) < (b) ? (a) : (b))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max(a, b)		((a) > (b) ? (a) : (b))

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

#endif
