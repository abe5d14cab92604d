# SPDX-License-Identifier: GPL-2.0-only
"""Names the cases in which the wire cannot tell what the kernel did (docs/limits.md).

Each function recognizes one case: it checks the reason why the witness, the module in one
namespace, cannot see what an end did, and that exactly the states are shown that are to be
expected instead. No case is a tolerance.
"""

import errno

from history import FLAGS, FORGED_WINDOW

# The longest time after which a busy socket processes a segment
JUST_NS = 5000000
# The longest time by which Linux delays an ACK (TCP_DELACK_MAX)
DELAYED_ACK_NS = 200000000
# The shortest time after which a socket gives up retransmitting: Linux's least timeout, twice
GIVE_UP_NS = 400000000


def is_silent(case):
    """Did the kernel close the socket without a segment that says so?"""
    return bool(case.life) and case.life.is_silent()


def transitions(case):
    return case.record.transitions(case.role()) if case.record else []


def triggers(case):
    return [trigger for _, trigger, _ in transitions(case)]


def time_of(case, trigger):
    """When this first triggered a transition of the end, or None."""
    return next((time for time, own, _ in transitions(case) if own == trigger), None)


def may_lose(case):
    """May answers be missing?"""
    return case.wave.loses() or case.kind in (
        "dead_peer", "zero_window", "full_queue", "deferred")


def lasts(case):
    """Did the end have the time to give up retransmitting? Where segments are lost, or the
    wire is cut, it may have begun to retransmit before its last state."""
    return case.wave.loses() or case.kind == "dead_peer" or \
        case.life.lasted() >= GIVE_UP_NS


def may_hold(case):
    """May data wait in the socket before they are sent?"""
    return not case.wave.is_clean() or case.kind in ("zero_window", "large")


def has_sent_fin(case, before_rst=False):
    """Did a FIN of the end leave its namespace? With @before_rst: did one leave before the
    end received any RST? The answer is no if the end had several sockets, because it is not
    known which of them sent the FIN."""
    ports = tuple(int(end.rsplit(",", 1)[1]) for end in case.ends)
    sent = case.wave.closing_first if before_rst else case.wave.closing
    return len(case.lives) == 1 and ports in sent


def gives_up_connecting(case):
    """The client closes the socket, or connect() gives up, before an answer arrives:
    SYN_SENT stays. A forged answer may have begun the record, which then began in SYN_SENT and
    has no transition."""
    return is_silent(case) and case.life.states() == ["SYN_SENT", "CLOSED"] and (
        case.shown == ["SYN_SENT"] or not case.shown and case.kind == "false_answer" and
        bool(case.record and case.record.listed) and
        case.record.listed.state[case.role()] == "SYN_SENT")


def gives_up(case):
    """The end gives up retransmitting, because nothing answers. The socket reports an error,
    or, if the process has closed it, disappears after some time."""
    if not is_silent(case) or not case.lacks("CLOSED") or not may_lose(case):
        return False
    if case.life.error in (errno.ETIMEDOUT, errno.EHOSTUNREACH):
        return True
    return case.shown[-1:] in (["FIN_WAIT_1"], ["CLOSING"], ["LAST_ACK"]) and \
        not case.life.error and lasts(case)


def gives_up_before_answer(case):
    """The end had given up before a segment arrived, and a RST answers that segment. The record
    was right until then, except that the end's FIN may never have been sent."""
    if not is_silent(case) or not case.record or case.last or not may_lose(case):
        return False
    states = case.life.states()
    # If there are several sockets, only the record can tell that none has sent a FIN.
    if may_hold(case) and not has_sent_fin(case) and \
            (len(case.lives) == 1 or not time_of(case, "snd_fin")):
        states = without_fin(states)
    closed = case.life.steps[-1][0]
    late = [time for time, _, _ in transitions(case) if time > closed]
    return bool(late) and late[-1] - late[0] < JUST_NS and \
        triggers(case)[-1] in ("snd_rst", "no_socket") and \
        case.record.states(case.role(), closed) + ["CLOSED"] == states


def without_fin(states):
    """What is shown of an end with these states if its FIN is never seen."""
    return ["CLOSE_WAIT" if state == "CLOSING" else state for state in states
            if state not in ("FIN_WAIT_1", "LAST_ACK")]


def shows_no_fin(case):
    """Does the record show the end's states as if it had sent no FIN?"""
    if not case.life or not case.record or {"snd_fin", "rcv_ack_of_fin"} & {*triggers(case)} or \
            {"FIN_WAIT_2", "TIME_WAIT"} & set(case.expected):
        return False
    if is_silent(case) and not case.life.error and not lasts(case):
        return False
    without = without_fin(case.expected)
    if without == case.expected:
        return False
    if is_silent(case) and case.shown[-1:] != ["CLOSED"]:
        without = without[:-1]
    return case.shown[-1:] == without[-1:] if case.last else case.shown == without


def never_sends_fin(case):
    """The FIN never leaves: Linux enters FIN_WAIT_1 or LAST_ACK before it sends the FIN."""
    return shows_no_fin(case) and may_hold(case) and not has_sent_fin(case)


def is_fin_received(case):
    """Did the other end receive the end's FIN?"""
    return any(life.time_of(state) for life in case.others
               for state in ("CLOSE_WAIT", "CLOSING"))


def loses_fin(case):
    """Each copy of the end's FIN is lost before the witness, which is not at that end, so the
    other end has not received it either."""
    return case.what != "local end" and may_lose(case) and shows_no_fin(case) and \
        not is_fin_received(case)


def sends_fin_after_rst(case):
    """A process closes the socket just when a RST arrives, and the RST passes the witness
    before the FIN does. The RST had to wait, because the closing process, or the rest of an
    MPTCP connection that also closes, held the socket. The sender of the RST has then not
    received the FIN. At the receiver of the RST, no FIN has left before it came. (At its
    sender, the RST may cross the FIN.)"""
    if not case.life or not case.record or not case.life.reset_received or \
            is_fin_received(case) or \
            case.what == "local end" and has_sent_fin(case, before_rst=True):
        return False
    if case.expected[-2:] not in (["FIN_WAIT_1", "CLOSED"], ["LAST_ACK", "CLOSED"]) or \
            case.shown != case.expected[:-2] + ["CLOSED"]:
        return False
    closing, passed = case.life.steps[-2][0], time_of(case, "rcv_rst")
    return bool(passed) and abs(closing - passed) < JUST_NS


def never_acknowledges_fin(case):
    """The end gives up soon after it has received the other's FIN. It never sends the ACK of
    that FIN, which may be delayed, nor its own FIN, which would acknowledge it too."""
    if not case.life or not case.record or not is_silent(case) or not may_hold(case) or \
            case.what == "local end" and has_sent_fin(case):
        return False
    received = case.life.time_of("CLOSE_WAIT")
    shown = case.shown + ["CLOSED"] * (case.shown[-1:] != ["CLOSED"])
    return bool(received) and case.life.steps[-1][0] - received < DELAYED_ACK_NS and \
        shown == [state for state in case.expected if state not in ("CLOSE_WAIT", "LAST_ACK")]


def is_opened_before_fin(case):
    """Linux enters FIN_WAIT_1 before it sends the FIN, and the ACK of its SYN arrives in
    between: ESTABLISHED is shown before FIN_WAIT_1."""
    if not case.life or not case.record or case.last or \
            [state for state in case.shown if state != "ESTABLISHED"] != case.expected:
        return False
    closing, opened, sent = (case.life.time_of("FIN_WAIT_1"), time_of(case, "rcv_ack_of_syn"),
                             time_of(case, "snd_fin"))
    return bool(closing and opened and sent) and closing < opened < sent


def sends_fin_late(case):
    """Linux enters FIN_WAIT_1 before it sends the FIN, and the other's FIN arrives in
    between: CLOSE_WAIT, LAST_ACK and CLOSED are shown instead of FIN_WAIT_1, CLOSING and
    TIME_WAIT."""
    if not case.life or not case.record or "CLOSING" not in case.life.states():
        return False
    received, sent = time_of(case, "rcv_fin"), time_of(case, "snd_fin")
    if not received or not sent or sent < received or \
            case.life.time_of("FIN_WAIT_1") > received:
        return False
    if case.what == "holder of TIME_WAIT":
        return case.shown in ([], ["LAST_ACK"], ["CLOSED"])
    instead = {"FIN_WAIT_1": "CLOSE_WAIT", "CLOSING": "LAST_ACK", "TIME_WAIT": "CLOSED"}
    expected = [instead.get(state, state) for state in case.expected]
    return case.shown == expected or "TIME_WAIT" not in case.expected and \
        is_silent(case) and case.shown + ["CLOSED"] == expected


def is_cut_off(case):
    """The wire is cut: the router drops what the ends still send, before the witness can see
    it. The states before that stay."""
    if not case.last or case.kind != "dead_peer" or not case.life.is_over() or \
            case.life.reset_received:
        return False
    return case.shown == case.life.states()[:len(case.shown)] and \
        case.shown[-1:] in (["ESTABLISHED"], ["FIN_WAIT_1"], ["FIN_WAIT_2"], ["CLOSE_WAIT"])


def is_offloaded(case):
    """A flowtable carries the end of the connection past the witness, and the record is flagged
    as offloaded. ESTABLISHED stays, as it was when the flowtable took over."""
    return case.what == "end seen on the way" and case.record.has(FLAGS["offloaded"]) and \
        case.shown[-1:] == ["ESTABLISHED"] and \
        case.shown == case.expected[:len(case.shown)]


# The states after ESTABLISHED of the end that closes first, and of the one that closes second
FIRST, SECOND = ["FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"], ["CLOSE_WAIT", "LAST_ACK", "CLOSED"]
# The states of an end, and what is shown instead, or the beginning of it, if the witness does
# not see one of the FINs: the one that was sent first, or one of two that crossed
UNSEEN_FIN = [(FIRST, SECOND), (SECOND, FIRST), (["FIN_WAIT_1", "CLOSING", "TIME_WAIT"], FIRST),
              (["FIN_WAIT_1", "CLOSING", "TIME_WAIT"], SECOND)]


def is_given_back(case):
    """A flowtable carries a FIN past the witness, and then gives the connection back. The first
    FIN that the witness sees is the other end's, or a repetition. Where segments are
    lost, its socket may not reach the last state."""
    if case.what != "end seen on the way" or case.kind != "offloaded" or \
            not case.record.has(FLAGS["picked_up"]) or "ESTABLISHED" not in case.shown:
        return False
    sent = [time for life in (*case.lives, *case.others) for time, state in life.steps
            if state == "FIN_WAIT_1"]
    seen = [time for other in (False, True)
            for time, trigger, _ in case.record.transitions(case.role(other))
            if trigger == "snd_fin"]
    if not sent or not seen or min(seen) < min(sent) + JUST_NS // 10:
        return False
    begun = case.shown.index("ESTABLISHED") + 1
    shown, expected = case.shown[begun:], case.expected[begun:]
    return case.shown[:begun] == case.expected[:begun] and any(
        (expected == states or case.wave.loses() and expected == states[:len(expected)]) and
        shown == instead[:len(shown)] for states, instead in UNSEEN_FIN)


# The state of an end after the ACK of its FIN
AFTER = {"FIN_WAIT_1": "FIN_WAIT_2", "CLOSING": "TIME_WAIT", "LAST_ACK": "CLOSED"}


def loses_ack(case):
    """The ACK of the end's FIN is lost behind the witness. The end repeats its FIN, or gives up
    before it does."""
    return case.last and (case.wave.loses() or case.kind == "dead_peer") and \
        is_silent(case) and [AFTER.get(case.life.states()[-2])] == case.shown[-1:] and \
        "rcv_ack_of_fin" in triggers(case)[-2:]


# By the new state of an end: the trigger at its peer of the segment that shows the new state.
# The witness is at the peer, so it has seen what the peer sent.
TOLD = {"ESTABLISHED": "rcv_ack_of_syn", "FIN_WAIT_1": "rcv_fin", "LAST_ACK": "rcv_fin",
        "CLOSE_WAIT": "rcv_ack_of_fin", "CLOSING": "rcv_ack_of_fin",
        "TIME_WAIT": "rcv_ack_of_fin", "CLOSED": "rcv_rst"}


def loses_before(case):
    """The last segment of the remote end is lost before the witness, so the record has the
    states until then, and the local end has not received that segment either. In addition,
    an ACK of the remote end's SYN or FIN may have been lost behind the witness, or have been
    answered with a RST; and without an answer the witness cannot know which of two FINs came
    first."""
    if case.what != "remote end" or not case.wave.loses():
        return False
    told = case.role(other=True)
    received = [trigger for time, trigger, _ in case.record.transitions(told)
                if time >= case.record.restored(told)]
    shown, expected = case.shown, case.expected
    if shown[-1:] == ["FIN_WAIT_2"] and expected[-2:] == ["CLOSING", "TIME_WAIT"]:
        return "rcv_ack_of_fin" not in received
    if "ESTABLISHED" not in expected:
        shown = [state for state in shown if state != "ESTABLISHED"]
    if shown == expected[:-1] + [AFTER.get(expected[-2])]:
        shown = shown[:-1]
    if shown != expected[:len(shown)] or shown == expected:
        return False
    unseen = expected[len(shown)]
    takes_rst = (case.life.reset_received or 0) > (case.life.reset_sent or 0)
    return TOLD.get(unseen) not in received and not (unseen == "CLOSED" and takes_rst)


def waits_for_answer(case):
    """The FINs of both ends cross, and one is lost. Whether the ACK of the end's FIN or the
    other's FIN arrived first, the end's answer would have shown, but it never gets the FIN."""
    return case.last and case.wave.loses() and case.shown[-1:] == ["FIN_WAIT_1"] and \
        bool({"FIN_WAIT_2", "TIME_WAIT"} & set(case.expected)) and \
        case.record.states(case.role(other=True))[-1:] == ["CLOSING"]


def closing_rst(case):
    """The RST by which the record shows the end as closed, or None, and whether the end itself
    sent it."""
    if not case.record or case.shown[-1:] != ["CLOSED"]:
        return None, False
    segment = case.record.last_segment(case.role())
    if not segment or "R" not in segment.flags:
        return None, False
    return segment, segment.sender == case.role()


def is_disproved(case, since):
    """Does an end still accept segments so long after a RST that their sender must have known
    it? The states that segments lead to show that it does. The exception is FIN_WAIT_2, if
    the FIN passed before the RST: its ACK was to be expected."""
    sent = {life: min((time for time, trigger, _ in case.record.transitions(
        case.role(other=life.local != case.ends[0])) if trigger == "snd_fin"), default=since)
            for life in (case.life, *case.lives, *case.others)}
    return any(time > since + GIVE_UP_NS and (
        state in ("ESTABLISHED", "CLOSE_WAIT") or
        state == "FIN_WAIT_2" and fin >= since)
               for life, fin in sent.items() for time, state in life.steps)


def loses_rst(case):
    """A RST passes the witness, and is then lost, or overtaken by a segment that ends the
    connection. If it was forged, the end whose address it bears has not sent it. No later
    segment shows that the receiver did not get it."""
    segment, is_sender = closing_rst(case)
    if not segment or not case.last or not (case.wave.loses() or (
            case.wave.delays() and case.life.is_over())) or \
            is_disproved(case, transitions(case)[-1][0]):
        return False
    if is_sender:
        return case.kind == "forged" and segment.window == FORGED_WINDOW and \
            bool(case.others) and not any(life.reset_received for life in case.others)
    return not case.life.reset_received


def is_forged(case):
    """An end believes a RST that the other end has not sent. The other end lives on, and the
    witness there has not seen that the first one is closed. The same holds for a forged SYN
    that ends TIME_WAIT."""
    if case.what == "remote end" and case.kind in ("forged", "false_answer") and \
            case.lacks("CLOSED") and \
            (case.life.reset_received or case.expected[-2:-1] == ["TIME_WAIT"]):
        return True
    segment, is_sender = closing_rst(case)
    return bool(segment) and is_sender and case.last and case.kind == "forged" and \
        segment.window == FORGED_WINDOW and \
        any(life.reset_received for life in case.others)


def is_answered_after_rst(case):
    """A RST closes a socket in SYN_SENT, behind the witness. The RST was forged, or it refused
    the same SYN of an earlier socket and arrives late (it, or the SYN that it answers, may be
    a copy). When the RST passed the witness, the present socket had not sent its SYN, or the
    RST changed nothing; since then the repeated SYN has taken the verdict back. The answer to
    the SYN, or the answer to that, was lost, so nothing shows that the socket is closed."""
    if case.what == "local end" or not case.life or not case.wave.loses() or \
            not case.life.reset_received or case.expected != ["SYN_SENT", "CLOSED"] or \
            case.shown != ["SYN_SENT"] or triggers(case)[-1:] != ["undo_rst"]:
        return False
    if case.kind == "false_answer":
        return case.what == "end seen on the way"
    segment = case.record.last_segment(case.role())
    since = [trigger for time, trigger, _ in transitions(case) if time > case.life.began()]
    # The server listens before the last socket sends its SYN, so nothing refuses that one.
    return case.kind == "retried" and case.wave.delays() and bool(case.life.tries) and \
        segment.flags == "S" and segment.sender == case.role() and "rcv_rst" not in since[1:]


def begins_with_false_answer(case):
    """At the router, a forged answer begins the record in SYN_SENT, without a transition,
    because the SYN was lost before the router, or passes only after the RST that closed the
    socket. If the answer acknowledged another number than the RST, the record does not accept
    the RST; and a SYN that passes after it takes the RST back."""
    if case.what != "end seen on the way" or case.kind != "false_answer" or \
            not case.wave.loses() or case.shown or case.expected != ["SYN_SENT", "CLOSED"] or \
            not case.life.reset_received:
        return False
    first = case.record.events[0].segment.split(":")
    return first[:2] == ["responder", "S."] and triggers(case)[-1:] in ([], ["undo_rst"])


def is_undone_by_late_syn(case):
    """A wire with delay delivers a copy of the SYN after the RST that closed the socket. A
    repeated SYN takes a RST back, and no later segment shows that this one was sent before
    the RST."""
    if not case.record or not case.life or case.kind == "retried" or not case.wave.delays() or \
            not case.life.is_over() or case.life.successor or not case.life.reset_received or \
            case.expected[-1:] != ["CLOSED"] or "CLOSED" in case.shown[-1:]:
        return False
    restored = case.record.restored(case.role())
    return restored > case.life.steps[-1][0] and any(
        event.time == restored and event.segment.split(":")[:2] == [case.role(), "S"]
        for event in case.record.events)


def answers_copy(case):
    """A copy of a refused SYN arrives when the server listens by then, and is answered. The
    client has no socket at that time, and so refuses the answer with a RST."""
    if case.what != "end that refuses" or case.kind != "retried" or not case.wave.delays():
        return False
    clients = case.lives if case.role() == "initiator" else case.others
    began = max((life.began() for life in clients), default=0)
    segments = [(event.time, event.segment.split(":")[:2]) for event in case.record.events]
    return any(answer == ["responder", "S."] and refusal == ["initiator", "R"] and time < began
               for (_, answer), (time, refusal) in zip(segments, segments[1:]))


def is_syn_forged(case):
    """A third host forges a SYN from the end in TIME_WAIT. The end would have had to leave
    TIME_WAIT before it sent a SYN, so it is shown as closed."""
    return case.last and case.kind == "forged" and case.expected[-1:] == ["TIME_WAIT"] and \
        case.shown == case.expected + ["CLOSED"] and \
        triggers(case)[-1] in ("no_socket", "reincarnate")


def is_destroyed(case):
    """ss -K ends the socket in a state in which Linux sends no RST."""
    return is_silent(case) and case.life.error == errno.ECONNABORTED and \
        case.kind == "destroy" and case.lacks("CLOSED") and \
        case.life.states()[-2] in ("SYN_SENT", "LAST_ACK", "CLOSING")


def begins_forged(case):
    """Did a forged segment begin the record?"""
    return case.kind == "forged" and case.record.begins_forged()


def is_request(case):
    """A request socket never became a full socket, which alone is traced. It sent its SYN/ACK,
    and may have received a RST, or have disappeared before the third segment arrived. Or the
    SYN was forged, and the request socket refuses another SYN in its window with a RST."""
    own = [trigger for time, trigger, _ in transitions(case)
           if time > case.record.restored(case.role()) or trigger == "rcv_syn"]
    return not case.life and case.role() == "responder" and \
        (case.wave.loses() or case.wave.delays() or begins_forged(case) or
         case.kind in ("full_queue", "deferred", "syn_data", "false_answer")) \
        and (own[:1] == ["rcv_syn"] and
             own[1:] in ([], ["rcv_rst"], ["rcv_ack_of_syn", "no_socket"]) or
             own == ["rcv_syn", "no_socket"] and begins_forged(case))


def is_queue_full(case):
    """The third segment arrives, but because the accept queue is full, or of TCP_DEFER_ACCEPT,
    the responder stays in SYN_RECEIVED. Only a repeated SYN/ACK shows that."""
    if case.life or case.kind not in ("full_queue", "deferred") or \
            case.role() != "responder":
        return False
    return case.shown == ["SYN_RECEIVED"] and "syn_ack_again" in triggers(case) or \
        case.shown in (["SYN_RECEIVED", "ESTABLISHED"],
                       ["SYN_RECEIVED", "ESTABLISHED", "CLOSED"])


def may_come_twice(case):
    """Can a listener create a second socket for the same connection? The SYN cookie is still
    valid in an ACK that arrives late or twice, and so is the Fast Open cookie in a SYN that
    arrives twice."""
    return case.wave.syncookies == 2 or case.kind == "fast_open"


def second_sockets(lives, others):
    """The passive sockets that a listener created although the other end had opened no new
    connection since the one before. (A socket that never leaves SYN_SENT opens none.)"""
    others = [life for life in others if life.states() != ["SYN_SENT", "CLOSED"]]
    passive = [life for life in lives if life.passive]
    return [life for before, life in zip(passive, passive[1:])
            if not any(before.began() < other.began() < life.began() for other in others)]


def sockets_with_same_numbers(case):
    """The passive sockets that a SYN and a cookie created which are those of the socket before,
    after that one had ended in silence: no segment tells the two connections apart."""
    if case.kind != "same_syn" or case.wave.syncookies != 2:
        return []
    passive = [life for life in case.lives if life.passive]
    return [life for before, life in zip(passive, passive[1:]) if before.is_silent()]


def is_made_twice(case):
    """This is a second socket, created when the first was gone. It has no record of its own."""
    return not case.record and may_come_twice(case) and \
        case.life in second_sockets(case.lives, case.others) + sockets_with_same_numbers(case)


def is_right(life, shown, states):
    """Do the states @shown fit those that the life had up to a time? It may have become a
    minisocket by then, or have ended in silence without sending its FIN."""
    if life.is_minisocket() and states[-1:] == ["CLOSED"]:
        time_wait = states[:-1] + ["TIME_WAIT"]
        return shown in (states[:-1], time_wait, time_wait + ["CLOSED"])
    return shown == states or life.is_silent() and \
        shown + ["CLOSED"] in (states, without_fin(states))


def is_made_after_rst(case):
    """An ACK without a valid cookie arrives before the ACK that creates the socket. The RST
    that refuses it ends the record before there is a socket."""
    return bool(case.life and case.record) and case.wave.syncookies == 2 and \
        case.life.passive and \
        triggers(case) == ["rcv_syn", "rcv_ack_of_syn", "no_socket"] and \
        time_of(case, "no_socket") < case.life.began()


def goes_on_with_record(case):
    """The segments of a second socket continue the record of the first one. The record was
    right until then, or had a RST that was lost and is now taken back."""
    if not case.life or not case.record or not may_come_twice(case):
        return False
    seconds = second_sockets(case.lives, case.others) or \
        second_sockets(case.others, case.lives) or sockets_with_same_numbers(case)
    until = max(case.record.events[-1].time, case.life.steps[-1][0])
    if not seconds or seconds[0].began() > until or case.life in seconds:
        return False
    # The ACK that creates the socket passes before the socket is traced.
    began = seconds[0].began()
    return any(is_right(case.life, case.record.states(case.role(), until, restored),
                        case.life.states_until(until))
               for until in (began - JUST_NS, began - JUST_NS // 10, began)
               for restored in (False, True))


def goes_on_with_forged(case):
    """The record of the first socket has ended, a forged SYN has begun another record, and the
    segments of the second socket continue that one. The segments that this socket receives
    are outside the window of that record; those that it sends count."""
    if not case.record or not may_come_twice(case) or not begins_forged(case) or \
            case.life not in second_sockets(case.lives, case.others):
        return False
    sends_fin = bool({"FIN_WAIT_1", "LAST_ACK"} & set(case.life.states()))
    # A segment that arrives at its minisocket, or after it, is answered with a RST.
    sends_rst = case.life.reset_sent or \
        case.life.is_minisocket() and case.refusal > case.life.steps[-1][0]
    return case.shown == ["SYN_RECEIVED"] + ["FIN_WAIT_1"] * sends_fin + \
        ["CLOSED"] * bool(sends_rst)


def states_picked_up(life, since):
    """What a record can show of a life that it picks up at a time. The first state is the one
    at that time, or the next. The last one is missing if the socket ended in silence. The
    record does not know that the other's FIN had arrived before."""
    before = sum(time <= since - JUST_NS for time, _ in life.steps)
    for states in (life.states()[before:], life.states()[max(before - 1, 0):]):
        if states[:1] == ["LAST_ACK"]:
            after = "CLOSED" if life.is_reset() else "FIN_WAIT_2"
            states = ["FIN_WAIT_1", after][:len(states)]
        yield states
        if life.is_silent() or life.is_minisocket() or states == ["FIN_WAIT_1", "FIN_WAIT_2"]:
            yield states[:-1]
        if life.is_minisocket():
            yield states[:-1] + ["TIME_WAIT"]
    if life.is_minisocket() and since > life.steps[-1][0]:
        # The minisocket acknowledges the other's FIN once more.
        yield ["CLOSE_WAIT"]


def is_picked_up_second(case):
    """The record of the first socket is gone when the segments of the second one pass, or the
    segment that creates it, and they are picked up as a record."""
    if not may_come_twice(case) or not case.record or not case.record.is_picked_up():
        return False
    seconds = second_sockets(case.lives, case.others)
    if case.life:
        return case.life in seconds and case.shown == [
            state for state in case.expected if state not in ("SYN_RECEIVED", "ESTABLISHED")]
    return any(case.shown in states_picked_up(life, case.record.began())
               for life in seconds
               if life.began() < case.record.began() and
               (life.is_minisocket() or case.record.began() <= life.steps[-1][0]))


def goes_on_with_picked_up(case):
    """The segments of a third socket continue the record that was picked up from the second
    one. The record was right until then, and a RST may have ended it."""
    seconds = second_sockets(case.lives, case.others)
    if not may_come_twice(case) or not case.record or not case.record.is_picked_up() or \
            case.life not in seconds[1:]:
        return False
    before = seconds[seconds.index(case.life) - 1]
    shown = case.record.states(case.role(), case.life.began())
    return any(shown in (states, states + ["CLOSED"])
               for states in states_picked_up(before, case.record.began()))


def is_answered_at_once(case):
    """A FIN and the ACK of the end's own FIN arrive right after each other. The socket was
    busy and its backlog merged them, or it was just repeating its FIN. Its answer
    acknowledges both, so CLOSING is shown instead of FIN_WAIT_2."""
    if not case.life or \
            [state if state != "CLOSING" else "FIN_WAIT_2" for state in case.shown] != \
            case.expected:
        return False
    last = {trigger: time for time, trigger, _ in transitions(case)}
    return last.get("rcv_fin") == last.get("rcv_ack_of_fin")


def is_taken_in_turn(case):
    """A FIN and then the ACK of its own FIN arrive at a busy socket, which processes them one
    after the other: the socket goes through CLOSING, and FIN_WAIT_2 is shown."""
    if not case.life or not case.record or case.last or case.expected != \
            [state if state != "FIN_WAIT_2" else "CLOSING" for state in case.shown]:
        return False
    acked, closing = time_of(case, "rcv_ack_of_fin"), case.life.time_of("CLOSING")
    passed = next((time for time, trigger, _ in case.record.transitions(case.role(other=True))
                   if trigger == "snd_fin"), None)
    return bool(acked and closing and passed) and \
        passed < acked < closing < acked + JUST_NS


def is_answered_for_nobody(case):
    """A segment arrives just when the socket is closed, and is answered with a RST for which
    there is no socket. The RST of the socket itself, which shows that it had received the
    other's FIN, leaves after that."""
    if not case.life or not case.record or case.last or \
            case.expected[-2:] != ["CLOSE_WAIT", "CLOSED"] or \
            case.shown != case.expected[:-2] + ["CLOSED"]:
        return False
    return triggers(case)[-1] == "no_socket" and \
        case.life.steps[-1][0] < transitions(case)[-1][0] < (case.life.reset_sent or 0)


def is_just_closed(case):
    """The ACK of the end's FIN arrives just when the socket is closed, and is answered with a
    RST; or the socket was busy, and an earlier segment of its backlog has closed it."""
    if not case.life or not case.record or not case.life.is_reset() or case.last or \
            case.shown != case.expected[:-1] + ["FIN_WAIT_2", "CLOSED"]:
        return False
    return triggers(case)[-2:] == ["rcv_ack_of_fin", "snd_rst"] and \
        transitions(case)[-1][0] - transitions(case)[-2][0] < JUST_NS


NAMED = {
    "a connect is given up": gives_up_connecting,
    "an end gives up retransmitting": gives_up,
    "an end has given up when an answer comes": gives_up_before_answer,
    "an end is cut off": is_cut_off,
    "a flowtable carries an end past the witness": is_offloaded,
    "a flowtable carries a FIN past the witness": is_given_back,
    "a FIN is held back, and never sent": never_sends_fin,
    "a FIN is lost before the witness": loses_fin,
    "a FIN leaves just after a RST has come": sends_fin_after_rst,
    "a FIN is held back": sends_fin_late,
    "an ACK of a SYN comes before a FIN leaves": is_opened_before_fin,
    "a FIN is never acknowledged": never_acknowledges_fin,
    "an ACK is lost behind the witness": loses_ack,
    "an ACK passes a FIN that is lost": waits_for_answer,
    "a RST is lost, or late, behind the witness": loses_rst,
    "a RST is forged": is_forged,
    "what answers a SYN behind a RST is lost": is_answered_after_rst,
    "a false answer passes before the SYN": begins_with_false_answer,
    "a SYN comes late behind a RST": is_undone_by_late_syn,
    "a copy of a SYN is answered": answers_copy,
    "a SYN is forged in TIME_WAIT": is_syn_forged,
    "what an end sends last is lost before the witness": loses_before,
    "ss -K without a RST": is_destroyed,
    "a cookie makes a second socket": is_made_twice,
    "a cookie makes a socket after a RST": is_made_after_rst,
    "a second socket goes on with a record": goes_on_with_record,
    "a second socket goes on with a forged SYN's": goes_on_with_forged,
    "a second socket is picked up": is_picked_up_second,
    "a third socket goes on with what is picked up": goes_on_with_picked_up,
    "a FIN and an ACK come together": is_answered_at_once,
    "a FIN and an ACK come in turn": is_taken_in_turn,
    "an ACK comes to what is just closed": is_just_closed,
    "a RST for nobody passes the socket's own": is_answered_for_nobody,
    "a request socket": is_request,
    "a full queue or TCP_DEFER_ACCEPT": is_queue_full,
}
