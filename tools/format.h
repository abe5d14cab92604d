/* SPDX-License-Identifier: GPL-2.0-only */
/* How values are written for people. */
#ifndef TOOLS_FORMAT_H
#define TOOLS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "parse.h"
#include "record.h"

/* The label before a value of show, and the columns of the two ends */
#define FORMAT_LABEL	"  %-16s"
#define FORMAT_ENDS	"%14s %14s"

/* "18446744073709551615+" */
#define FORMAT_NUMBER	24
/* "ADDRESS%INTERFACE" */
#define FORMAT_HOST	64
/* "[ADDRESS%INTERFACE]:SERVICE" */
#define FORMAT_END	128
/* All flags, joined by commas. */
#define FORMAT_FLAGS	160
/* A date, a time, and its fraction. */
#define FORMAT_TIME	48

/** enum format_table - the tables of names_gen.h */
enum format_table {
	FORMAT_FAMILY,
	/** @FORMAT_ROLE: enum tcpstate_role */
	FORMAT_ROLE,
	FORMAT_STATE,
	FORMAT_PHASE,
	FORMAT_TIMER,
	FORMAT_VERDICT,
	FORMAT_TRIGGER,
	FORMAT_FLAG,
	/** @FORMAT_COUNT: by the number of the bit of enum tcpstate_count */
	FORMAT_COUNT,
	FORMAT_COUNTER,
};

/** enum format_clock - how a time is shown */
enum format_clock {
	/** @FORMAT_CLOCK: 18:50:11.214330 */
	FORMAT_CLOCK,
	/** @FORMAT_DATE: 2025-11-22T18:50:11.214330+0100 */
	FORMAT_DATE,
	/** @FORMAT_SINCE: seconds since the first one that was shown */
	FORMAT_SINCE,
	/** @FORMAT_BOOT: seconds since boot */
	FORMAT_BOOT,
};

const struct parse_names *format_names(enum format_table table);
const char *format_name(enum format_table table, unsigned int value);
const char *format_phase(const struct flow *flow, char text[24]);
const char *format_step(const struct flow *flow, char text[8]);
const char *format_flags(uint32_t flags, char text[FORMAT_FLAGS]);
const char *format_tcp_flags(uint8_t flags, char text[12]);
const char *format_number(bool known, uint64_t number, char text[FORMAT_NUMBER]);
const char *format_count(uint64_t count, bool saturated, char text[FORMAT_NUMBER]);
void format_scaled(double number, bool saturated, char text[16]);
const char *format_tenths(uint64_t ms, char text[FORMAT_NUMBER]);
const char *format_thousandths(uint64_t ms, char text[FORMAT_NUMBER]);
__printf(3, 4) void format_append(char *text, size_t size, const char *format, ...);

const char *format_host(const struct flow *flow, int end, char text[FORMAT_HOST]);
const char *format_end(const struct flow *flow, int end, bool numeric, char text[FORMAT_END]);
const char *format_port(uint16_t port, bool numeric, char text[FORMAT_END]);
const char *format_interface(uint32_t ifindex);
const char *format_flow_interface(const struct flow *flow);
void format_forget_interfaces(void);
bool format_set_interface(uint32_t ifindex, const char *name);

void format_word(const char *name, char *text, size_t size);
void format_time(uint64_t boot_ns, enum format_clock clock, char text[FORMAT_TIME]);

#endif
