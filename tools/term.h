/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal's width and colours, and the clocks that a user reads there. */
#ifndef TOOLS_TERM_H
#define TOOLS_TERM_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S	1000000000

/** enum term_color - the colours, named for what they mark */
enum term_color {
	TERM_PLAIN,
	TERM_HEADING,
	TERM_OPENING,
	TERM_OPEN,
	TERM_CLOSING,
	TERM_DONE,
	TERM_BAD,
};

uint64_t term_now_ns(void);
uint64_t term_wall_ns(uint64_t boot_ns);
void term_set_now(uint64_t now_ns);
bool term_set_wall(uint64_t boot_ns, uint64_t wall_ns);
bool term_change_wall(uint64_t boot_ns, uint64_t wall_ns);

void term_set_color(bool color);
enum term_color term_state_color(unsigned int state);
enum term_color term_verdict_color(unsigned int verdict);
const char *term_color(enum term_color color);
unsigned int term_columns(void);
unsigned int term_lines(void);

#endif
