/* SPDX-License-Identifier: GPL-2.0-only */
/* The compiler's attributes, as the kernel calls them. */
#ifndef TOOLS_COMPILER_H
#define TOOLS_COMPILER_H

#define __printf(format, first)	__attribute__((__format__(printf, format, first)))
#define __aligned(bytes)	__attribute__((__aligned__(bytes)))
#define __noreturn		__attribute__((__noreturn__))
#define __maybe_unused		__attribute__((__unused__))

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif
