/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line of text in the making: words and numbers in columns. The caller has the room
 * for it. What the kernel has for that (seq_file, vsnprintf) looks at its bounds, and at
 * formats, for each of them: a line of the table took 1.4 us with it.
 */
#ifndef TCPSTATE_LINE_H
#define TCPSTATE_LINE_H

#include <linux/types.h>

/* Decimal digits of a 64-bit number, at most. */
#define TCPSTATE_LINE_NUMBER	20

char *tcpstate_line_pad(char *to, const char *from, unsigned int width);
char *tcpstate_line_put(char *to, const char *text);
char *tcpstate_line_number(char *to, u64 number);
char *tcpstate_line_column(char *to, unsigned int width, const char *text);
char *tcpstate_line_number_column(char *to, unsigned int width, u64 number);

#endif
