/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of states, phases, verdicts and counters, for people. Pure. */
#ifndef TCPSTATE_NAMES_H
#define TCPSTATE_NAMES_H

#include <linux/tcpstate.h>
#include <linux/types.h>

const char *tcpstate_names_phase(enum tcpstate_phase phase);
const char *tcpstate_names_state(enum tcpstate_state state);
const char *tcpstate_names_timer(enum tcpstate_timer timer);
const char *tcpstate_names_verdict(enum tcpstate_verdict verdict);
const char *tcpstate_names_flow_flag(unsigned int bit);
const char *tcpstate_names_counter(unsigned int counter);

#endif
