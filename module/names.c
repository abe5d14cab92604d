// SPDX-License-Identifier: GPL-2.0-only
/* The names of states, phases, verdicts and counters, for people. Pure. */
#include "names.h"

#include "names_gen.h"

/**
 * tcpstate_names_phase() - name a phase
 * @phase: enum tcpstate_phase
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_names_phase(enum tcpstate_phase phase)
{
	return tcpstate_phase_names[phase];
}

/**
 * tcpstate_names_state() - name a state as RFC 9293 does
 * @state: enum tcpstate_state, or TCPSTATE_NONE
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_names_state(enum tcpstate_state state)
{
	return state ? tcpstate_state_names[state] : "-";
}

/**
 * tcpstate_names_timer() - name a timeout class as its sysctl does
 * @timer: enum tcpstate_timer
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_names_timer(enum tcpstate_timer timer)
{
	return tcpstate_timer_names[timer];
}

/**
 * tcpstate_names_verdict() - name how a connection ended, "-" if it has not
 * @verdict: enum tcpstate_verdict
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_names_verdict(enum tcpstate_verdict verdict)
{
	return verdict ? tcpstate_verdict_names[verdict] : "-";
}

/**
 * tcpstate_names_flow_flag() - name one of enum tcpstate_flow_flag
 * @bit: the number of its bit, below TCPSTATE_FLOW_FLAGS
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_names_flow_flag(unsigned int bit)
{
	return tcpstate_flow_flag_names[bit];
}

/**
 * tcpstate_names_counter() - name a counter of a namespace
 * @counter: TCPSTATE_A_COUNTER_*
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_names_counter(unsigned int counter)
{
	return tcpstate_counter_names[counter];
}
