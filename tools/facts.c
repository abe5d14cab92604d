// SPDX-License-Identifier: GPL-2.0-only
/* What a record says of its connection, in words, for show and explain. */
#include "facts.h"

#include <stdio.h>
#include <string.h>

#include "format.h"

/**
 * facts_duration() - a time for people: "1 d 2:03:04", or "3.1 s"
 * @ms: the time
 * @text: room for it
 *
 * Return: @text.
 */
const char *facts_duration(uint64_t ms, char text[32])
{
	unsigned long long s = ms / 1000;
	char tenths[FORMAT_NUMBER];

	if (s < 60)
		snprintf(text, 32, "%s s", format_tenths(ms, tenths));
	else if (s < 86400)
		snprintf(text, 32, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(text, 32, "%llu d %llu:%02llu:%02llu", s / 86400, s / 3600 % 24,
			 s / 60 % 60, s % 60);
	return text;
}

/**
 * facts_verdict() - a verdict in words, without a full stop
 * @verdict: enum tcpstate_verdict
 *
 * Return: a constant string; "" if a newer module has it.
 */
const char *facts_verdict(unsigned int verdict)
{
	static const char * const texts[RECORD_VERDICTS] = {
		[TCPSTATE_VERDICT_CLOSED] = "both ends closed it",
		[TCPSTATE_VERDICT_RESET_BY_INITIATOR] = "the initiator sent a RST",
		[TCPSTATE_VERDICT_RESET_BY_RESPONDER] = "the responder sent a RST",
		[TCPSTATE_VERDICT_REFUSED] = "a RST answered the SYN",
		[TCPSTATE_VERDICT_GONE] = "an end no longer knows the connection",
		[TCPSTATE_VERDICT_NO_ANSWER] = "nothing answered the SYN",
		[TCPSTATE_VERDICT_ABANDONED] = "nothing answered the SYN/ACK",
		[TCPSTATE_VERDICT_IDLE] = "silent for as long as its timeout",
		[TCPSTATE_VERDICT_EVICTED] = "its record made room for another",
		[TCPSTATE_VERDICT_FLUSHED] = "its record was flushed",
		[TCPSTATE_VERDICT_REOPENED] = "a new connection has its addresses and ports",
	};

	return verdict < RECORD_VERDICTS && texts[verdict] ? texts[verdict] : "";
}

/**
 * facts_flag() - a flag in words, without a full stop
 * @flag: one of enum tcpstate_flow_flag
 *
 * Return: a constant string; "" if a newer module has it.
 */
const char *facts_flag(uint32_t flag)
{
	switch (flag) {
	case TCPSTATE_FLOW_FLAG_PICKED_UP:
		return "seen first, or again, in mid-stream";
	case TCPSTATE_FLOW_FLAG_GUESSED:
		return "who is the initiator was guessed from the ports";
	case TCPSTATE_FLOW_FLAG_FAST_OPEN:
		return "data on a SYN (RFC 7413)";
	case TCPSTATE_FLOW_FLAG_SIMULTANEOUS:
		return "both ends sent a SYN of their own";
	case TCPSTATE_FLOW_FLAG_RETRACTED:
		return "evidence to the contrary took a state back";
	case TCPSTATE_FLOW_FLAG_PENDING:
		return "may replace an older connection of the same addresses and ports";
	case TCPSTATE_FLOW_FLAG_ONE_WAY:
		return "one direction was heard";
	case TCPSTATE_FLOW_FLAG_ADJUSTED:
		return "SYNPROXY or a NAT helper changes its numbers";
	case TCPSTATE_FLOW_FLAG_OFFLOADED:
		return "a flowtable carries it, past what is seen here";
	default:
		return "";
	}
}

/**
 * facts_with_itself() - is the connection one of an end with itself?
 * @flow: the connection
 *
 * Return: true if both ends have the same address and port.
 */
bool facts_with_itself(const struct flow *flow)
{
	const struct end *one = &flow->end[0], *two = &flow->end[1];

	return one->port == two->port &&
	       !memcmp(one->address, two->address, sizeof(one->address));
}

/**
 * facts_local() - is an end known to be local?
 * @flow: the connection
 * @end: which end
 *
 * Return: true if its socket has an owner here, so that both directions pass here.
 */
bool facts_local(const struct flow *flow, int end)
{
	return record_has(&flow->end[end], TCPSTATE_A_END_UID);
}

/**
 * facts_heard() - was anything seen that an end sent?
 * @flow: the connection
 * @end: which end
 *
 * Return: false if the state of that end follows from what the other one sent.
 */
bool facts_heard(const struct flow *flow, int end)
{
	const struct end *it = &flow->end[end];

	return record_has(it, TCPSTATE_A_END_SEQ) || record_segments(it);
}
