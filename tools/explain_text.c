// SPDX-License-Identifier: GPL-2.0-only
/* What explain says of states, verdicts, flags and timers. */
#include "explain.h"

#include "compiler.h"

static const struct explain_state states[RECORD_STATES] = {
	[TCPSTATE_LISTEN] = {
		"no answer of it to the SYN counts so far",
		"In LISTEN, %1$s waits for a SYN.",
		"A socket listens for as long as its program keeps it open.",
		"RFC 9293, 3.5", 1,
	},
	[TCPSTATE_SYN_SENT] = {
		"it has sent its SYN, which is not acknowledged",
		"In SYN_SENT, %1$s waits for the SYN/ACK, and its host sends the SYN again, at growing intervals, until it gives up (net.ipv4.tcp_syn_retries on Linux).",
		"A SYN that stays without an answer usually means that a packet filter drops it or its answer, that the host is down, or that no route leads there. A host that is up, but where nothing listens, answers with a RST instead.",
		"RFC 9293, 3.5", 6,
	},
	[TCPSTATE_SYN_RECEIVED] = {
		"it has received the SYN of the other end and has sent its own, which is not acknowledged",
		"In SYN_RECEIVED, %1$s waits for the ACK of its SYN, and its host sends that SYN/ACK again until it gives up (net.ipv4.tcp_synack_retries on Linux).",
		"A handshake stays here when the SYN/ACK or the ACK of it is lost, when a packet filter drops one of the two, or when the address of %2$s was forged, as in a SYN flood (RFC 4987).",
		"RFC 9293, 3.5", 7,
	},
	[TCPSTATE_ESTABLISHED] = {
		"its side of the connection is open",
		"",
		"A connection stays open for as long as the programs on both ends keep it; pools of connections do so on purpose. Without keep-alive probes, neither end notices if the other host is gone, so that silence alone does not tell an idle connection from a dead one.",
		"RFC 9293, 3.8.4", 2,
	},
	[TCPSTATE_FIN_WAIT_1] = {
		"it has sent its FIN, which is not acknowledged; it can still receive data",
		"In FIN_WAIT_1, %1$s waits for the ACK of its FIN, and its host sends the FIN again until it gives up.",
		"This state lasts about a round trip. It lasts longer if the FIN or its ACK is lost, if a packet filter has forgotten the connection, or if the host of %2$s is gone.",
		"RFC 9293, 3.6", 8,
	},
	[TCPSTATE_FIN_WAIT_2] = {
		"its FIN is acknowledged; it can still receive data",
		"In FIN_WAIT_2, %1$s waits for the FIN of %2$s.",
		"The program of %2$s keeps its socket open: it may still have data to send, or may not have noticed the FIN. Linux ends FIN_WAIT_2 after net.ipv4.tcp_fin_timeout if the program behind it has closed the socket, and never if that has only shut down its sending side.",
		"RFC 9293, 3.6.1", 9,
	},
	[TCPSTATE_CLOSE_WAIT] = {
		"it has acknowledged the FIN of the other end, and no FIN of its own counts so far; it can still send data",
		"In CLOSE_WAIT, %1$s waits for its own program to close the socket, and sends its FIN then.",
		"The program of %1$s has not closed its socket. It may still have data to send, it may be busy or blocked, or it has forgotten the socket. No timer of TCP ends this state, and nothing in the network causes it: if there are more and more connections like this one, that program leaks sockets.",
		"RFC 9293, 3.6.1", 10,
	},
	[TCPSTATE_CLOSING] = {
		"it has sent its FIN and acknowledged that of the other end; its own is not acknowledged",
		"In CLOSING, %1$s waits for the ACK of its FIN.",
		"Both ends closed at the same moment, so that their FINs crossed. This state lasts about a round trip, and longer if the ACK is lost.",
		"RFC 9293, 3.6", 12,
	},
	[TCPSTATE_LAST_ACK] = {
		"it has acknowledged the FIN of the other end and has sent its own, which is not acknowledged",
		"In LAST_ACK, %1$s waits for the ACK of its FIN, and its host sends the FIN again until it gives up.",
		"This state lasts about a round trip. It lasts longer if the FIN or its ACK is lost, or if the host of %2$s is gone or no longer knows the connection.",
		"RFC 9293, 3.6", 11,
	},
	[TCPSTATE_TIME_WAIT] = {
		"it has acknowledged the last FIN, and keeps the addresses and ports until no segment of the connection can be in flight",
		"In TIME_WAIT, %1$s waits for 2MSL, and acknowledges a FIN that comes again. A FIN or data that comes meanwhile starts the time again.",
		"This is how an orderly close ends, and no fault: the end that closes first waits, 60 s on Linux. Many connections in TIME_WAIT mean many short connections that this end closes first. Fewer and longer connections avoid it. With timestamps, a new connection may take the addresses and ports earlier (RFC 6191).",
		"RFC 9293, 3.6; RFC 7323, 5; RFC 6191", 13,
	},
	[TCPSTATE_CLOSED] = {
		"nothing is left of its side of the connection",
		"",
		"One end has nothing left of the connection, and answers a segment of the other end with a RST. The other end learns of it when it sends something.",
		"RFC 9293, 3.5.1", 3,
	},
};

/**
 * explain_state() - what a state means
 * @state: enum tcpstate_state
 *
 * Return: the texts, of which none is NULL.
 */
const struct explain_state *explain_state(unsigned int state)
{
	static const struct explain_state unknown = {
		"this tool is older than the module and does not know the state", "",
		"This tool is older than the module.", "RFC 9293, 3.3.2", 0,
	};

	return state < RECORD_STATES && states[state].is ? &states[state] : &unknown;
}

/**
 * explain_verdict() - what usually leads to a verdict
 * @verdict: enum tcpstate_verdict
 *
 * Return: the sentences; NULL if the states explain the connection.
 */
struct explain_text explain_verdict(unsigned int verdict)
{
	static const struct explain_text texts[RECORD_VERDICTS] = {
		[TCPSTATE_VERDICT_CLOSED] = {
			"This is the orderly end of a connection: both sides have closed.",
			"RFC 9293, 3.6" },
		[TCPSTATE_VERDICT_RESET_BY_INITIATOR] = {
			"A RST of the initiator discards the connection. Its program closed the socket with data that it had not read, or asked for this (SO_LINGER with a time of 0), or ended; or its host no longer knows the connection. A firewall on the path can also send it in its name.",
			"RFC 9293, 3.5.2 and 3.10.5" },
		[TCPSTATE_VERDICT_RESET_BY_RESPONDER] = {
			"A RST of the responder discards the connection. Its program closed the socket with data that it had not read, or asked for this (SO_LINGER with a time of 0), or ended; or its host no longer knows the connection. A firewall on the path can also send it in its name.",
			"RFC 9293, 3.5.2 and 3.10.5" },
		[TCPSTATE_VERDICT_REFUSED] = {
			"No socket listens on this port of the responder, or a packet filter rejects the SYN with a RST. Check the port, and whether the program runs and listens on this address.",
			"RFC 9293, 3.5.2 and 3.10.7.1" },
		[TCPSTATE_VERDICT_GONE] = {
			"An end no longer knows the connection. Its host was restarted, or has given the connection up after its own timeout, and answers what still comes with a RST.",
			"RFC 9293, 3.5.1" },
		[TCPSTATE_VERDICT_NO_ANSWER] = {
			"Nothing answered the SYN for as long as the handshake timeout. A packet filter drops it or its answer, the host is down, or no route leads there. The answer may also take another path, past this machine.",
			"RFC 9293, 3.5" },
		[TCPSTATE_VERDICT_ABANDONED] = {
			"Nothing answered the SYN/ACK for as long as the handshake timeout. It was lost, a packet filter drops it, or the address of the initiator was forged, as in a SYN flood (RFC 4987).",
			"RFC 9293, 3.5" },
		[TCPSTATE_VERDICT_IDLE] = {
			"No segment passed for as long as the timeout of the connection's class, so its record ended. The connection itself may go on: its next segment is then picked up.",
			"RFC 9293, 3.8.4; RFC 5382" },
		[TCPSTATE_VERDICT_EVICTED] = {
			"The table was full, and the record made room for another one. The connection itself may go on: its next segment is then picked up.",
			"RFC 9293, 3.3.2" },
		[TCPSTATE_VERDICT_FLUSHED] = {
			"The record was forgotten by request. The connection itself may go on: its next segment is then picked up.",
			"RFC 9293, 3.3.2" },
		[TCPSTATE_VERDICT_REOPENED] = {
			"A new connection has taken the addresses and ports, as a client does that uses one port again.",
			"RFC 9293, 3.10.7.4; RFC 6191" },
	};

	return verdict < RECORD_VERDICTS ? texts[verdict] : (struct explain_text){};
}

/**
 * explain_flag() - what a flag says of what was seen
 * @flag: one of enum tcpstate_flow_flag
 *
 * Return: the sentences; NULL if a newer module has it.
 */
struct explain_text explain_flag(uint32_t flag)
{
	switch (flag) {
	case TCPSTATE_FLOW_FLAG_PICKED_UP:
		return (struct explain_text){
			"The connection was seen first, or again, in mid-stream: what passed before that is not known here.",
			NULL };
	case TCPSTATE_FLOW_FLAG_GUESSED:
		return (struct explain_text){
			"Which of the ends is the initiator was guessed from the ports.", NULL };
	case TCPSTATE_FLOW_FLAG_FAST_OPEN:
		return (struct explain_text){
			"A SYN carried data (TCP Fast Open), which counts as far as it was acknowledged.",
			"RFC 7413" };
	case TCPSTATE_FLOW_FLAG_SIMULTANEOUS:
		return (struct explain_text){
			"Both ends opened at the same time, each with a SYN of its own.",
			"RFC 9293, figure 7" };
	case TCPSTATE_FLOW_FLAG_RETRACTED:
		return (struct explain_text){
			"A state was taken back, because a later segment disproved it; such a segment is a SYN/ACK or a FIN that comes again.",
			"RFC 9293, 3.8.1" };
	case TCPSTATE_FLOW_FLAG_PENDING:
		return (struct explain_text){
			"An older connection has the same addresses and ports; the answer to the new SYN decides which of the two goes on.",
			"RFC 9293, 3.10.7.4; RFC 5961, 4; RFC 6191" };
	case TCPSTATE_FLOW_FLAG_ONE_WAY:
		return (struct explain_text){
			"Segments of one direction alone were seen here. The other direction takes another path, as with asymmetric routes or a mirrored port, or is silent.",
			NULL };
	case TCPSTATE_FLOW_FLAG_ADJUSTED:
		return (struct explain_text){
			"A SYNPROXY or a NAT helper changes sequence numbers after this point, so that both sides see different ones.",
			NULL };
	case TCPSTATE_FLOW_FLAG_OFFLOADED:
		return (struct explain_text){
			"A flowtable carries the segments, past what is seen here: silence says nothing about this connection.",
			NULL };
	default:
		return (struct explain_text){};
	}
}

/**
 * explain_timer() - what it means when a timer runs out
 * @timer: enum tcpstate_timer
 *
 * Return: the end of a sentence that begins with "If no segment passes until then, ", without a
 * full stop.
 */
const char *explain_timer(unsigned int timer)
{
	static const char * const texts[] = {
		[TCPSTATE_TIMER_HANDSHAKE] = "the handshake counts as failed, and the record is removed",
		[TCPSTATE_TIMER_UNSURE] = "the record is removed, because too little of the connection was seen to keep it longer",
		[TCPSTATE_TIMER_ESTABLISHED] = "the connection counts as idle, and its record is removed",
		[TCPSTATE_TIMER_HALF_CLOSED] = "the connection counts as idle, and its record is removed",
		[TCPSTATE_TIMER_CLOSING] = "the close counts as given up, and the record is removed",
		[TCPSTATE_TIMER_TIME_WAIT] = "TIME_WAIT is over, and the record is removed some seconds later",
		[TCPSTATE_TIMER_CLOSED] = "the record is removed",
	};

	return timer < ARRAY_SIZE(texts) ? texts[timer] : "the record is removed";
}
