# SPDX-License-Identifier: GPL-2.0-only
"""What the wire cannot tell: the cases of docs/limits.md, each with
exactly what is expected instead. No case is a tolerance: one that applies says why what
the kernel did does not show, and which states stand for it."""

import errno

from history import FLAGS, FORGED_WINDOW

# A socket that is busy takes its segments as late as this.
JUST_NS = 5000000
# Linux sends an ACK after that at the latest (TCP_DELACK_MAX).
DELAYED_ACK_NS = 200000000
# No socket gives up retransmitting sooner: two of Linux's least timeouts.
GIVE_UP_NS = 400000000


def is_silent(case):
    """The kernel closes the socket, and no segment says so."""
    return bool(case.life) and case.life.is_silent()


def transitions(case):
    return case.record.transitions(case.role()) if case.record else []


def triggers(case):
    return [trigger for _, trigger, _ in transitions(case)]


def time_of(case, trigger):
    """When the module first saw this happen to the end, or None."""
    return next((time for time, own, _ in transitions(case) if own == trigger), None)


def may_lose(case):
    """Whether answers may be missing"""
    return case.wave.loses() or case.kind in (
        "dead_peer", "zero_window", "full_queue", "deferred")


def lasts(case):
    """Was there time to give up? Where segments are lost, or all that it sends dies on its
    way, that may have begun before."""
    return case.wave.loses() or case.kind == "dead_peer" or \
        case.life.lasted() >= GIVE_UP_NS


def may_hold(case):
    """Whether data may be held back before it is sent"""
    return not case.wave.is_clean() or case.kind in ("zero_window", "large")


def has_sent_fin(case, before_rst=False):
    """Has a FIN of the end left its namespace, or, with @before_rst, has one left before any
    RST came to it? If the end had several sockets, nobody knows which of them sent it."""
    ports = tuple(int(end.rsplit(",", 1)[1]) for end in case.ends)
    sent = case.wave.closing_first if before_rst else case.wave.closing
    return len(case.lives) == 1 and ports in sent


def gives_up_connecting(case):
    """A connect that is closed, or given up, before an answer came. The record may begin with
    a forged one, and so in SYN_SENT."""
    return is_silent(case) and case.life.states() == ["SYN_SENT", "CLOSED"] and (
        case.shown == ["SYN_SENT"] or not case.shown and case.kind == "false_answer" and
        bool(case.record and case.record.listed) and
        case.record.listed.state[case.role()] == "SYN_SENT")


def gives_up(case):
    """Nothing answers: an error says so, or after some time nobody is left to be told."""
    if not is_silent(case) or not case.lacks("CLOSED") or not may_lose(case):
        return False
    if case.life.error in (errno.ETIMEDOUT, errno.EHOSTUNREACH):
        return True
    return case.shown[-1:] in (["FIN_WAIT_1"], ["CLOSING"], ["LAST_ACK"]) and \
        not case.life.error and lasts(case)


def gives_up_before_answer(case):
    """It has given up when something comes: that finds nobody, as the RST shows that comes
    right after it. Until then the record was right; its FIN may never have been sent."""
    if not is_silent(case) or not case.record or case.last or not may_lose(case):
        return False
    states = case.life.states()
    # If there are several sockets, the record has to say which of them has sent a FIN.
    if may_hold(case) and not has_sent_fin(case) and \
            (len(case.lives) == 1 or not time_of(case, "snd_fin")):
        states = without_fin(states)
    closed = case.life.steps[-1][0]
    late = [time for time, _, _ in transitions(case) if time > closed]
    return bool(late) and late[-1] - late[0] < JUST_NS and \
        triggers(case)[-1] in ("snd_rst", "no_socket") and \
        case.record.states(case.role(), closed) + ["CLOSED"] == states


def without_fin(states):
    """The states of an end whose FIN is never sent."""
    return ["CLOSE_WAIT" if state == "CLOSING" else state for state in states
            if state not in ("FIN_WAIT_1", "LAST_ACK")]


def shows_no_fin(case):
    """The states without those that the end's FIN leads to."""
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
    """Linux is in FIN_WAIT_1 or LAST_ACK before its FIN leaves; here it never does."""
    return shows_no_fin(case) and may_hold(case) and not has_sent_fin(case)


def is_fin_received(case):
    """Has the other end received the end's FIN?"""
    return any(life.time_of(state) for life in case.others
               for state in ("CLOSE_WAIT", "CLOSING"))


def loses_fin(case):
    """Its FIN, or each of them, is lost before the witness, which is not at its end; so the
    other end has none."""
    return case.what != "local end" and may_lose(case) and shows_no_fin(case) and \
        not is_fin_received(case)


def sends_fin_after_rst(case):
    """A socket is closed just when a RST comes, which passes before its FIN does: it has to
    wait for the process that closes it, or for the rest of an MPTCP connection, which closes
    too. The sender of that RST has not received the FIN, then; and where the RST comes, no FIN
    has left yet. (Where the RST is sent, it may cross the FIN.)"""
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
    """It gives up so soon after the other's FIN has come that the ACK of that, which may
    wait, is never sent; nor is its own FIN, which would be an ACK too."""
    if not case.life or not case.record or not is_silent(case) or not may_hold(case) or \
            case.what == "local end" and has_sent_fin(case):
        return False
    received = case.life.time_of("CLOSE_WAIT")
    shown = case.shown + ["CLOSED"] * (case.shown[-1:] != ["CLOSED"])
    return bool(received) and case.life.steps[-1][0] - received < DELAYED_ACK_NS and \
        shown == [state for state in case.expected if state not in ("CLOSE_WAIT", "LAST_ACK")]


def is_opened_before_fin(case):
    """Linux is in FIN_WAIT_1 before its FIN leaves, and the ACK of its SYN comes before it
    does: it was established after all."""
    if not case.life or not case.record or case.last or \
            [state for state in case.shown if state != "ESTABLISHED"] != case.expected:
        return False
    closing, opened, sent = (case.life.time_of("FIN_WAIT_1"), time_of(case, "rcv_ack_of_syn"),
                             time_of(case, "snd_fin"))
    return bool(closing and opened and sent) and closing < opened < sent


def sends_fin_late(case):
    """Linux is in FIN_WAIT_1 before its FIN leaves, and the other's FIN comes before it
    does: CLOSING and TIME_WAIT stand for LAST_ACK and CLOSED."""
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
    """What its ends still send dies at the router, before it is seen: it has both as they
    were."""
    if not case.last or case.kind != "dead_peer" or not case.life.is_over() or \
            case.life.reset_received:
        return False
    return case.shown == case.life.states()[:len(case.shown)] and \
        case.shown[-1:] in (["ESTABLISHED"], ["FIN_WAIT_1"], ["FIN_WAIT_2"], ["CLOSE_WAIT"])


def is_offloaded(case):
    """A flowtable carries its end past the witness, which says so: it has both as they were
    when the flowtable took them over."""
    return case.what == "end seen on the way" and case.record.has(FLAGS["offloaded"]) and \
        case.shown[-1:] == ["ESTABLISHED"] and \
        case.shown == case.expected[:len(case.shown)]


# What is shown of the ends after ESTABLISHED, as far as it gets, where one of their FINs is
# not seen: one that was sent first, or either of two that crossed
FIRST, SECOND = ["FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"], ["CLOSE_WAIT", "LAST_ACK", "CLOSED"]
UNSEEN_FIN = [(FIRST, SECOND), (SECOND, FIRST), (["FIN_WAIT_1", "CLOSING", "TIME_WAIT"], FIRST),
              (["FIN_WAIT_1", "CLOSING", "TIME_WAIT"], SECOND)]


def is_given_back(case):
    """A flowtable has carried a FIN past the witness, and then given the connection back: the
    first FIN that is seen is the other's, or the same sent again. Where segments are lost,
    its socket may not have come to the last state."""
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


# What the ACK of its FIN makes of an end
AFTER = {"FIN_WAIT_1": "FIN_WAIT_2", "CLOSING": "TIME_WAIT", "LAST_ACK": "CLOSED"}


def loses_ack(case):
    """The ACK of its FIN passes the witness, and is lost behind it: it repeats its FIN, or
    gives up before it does."""
    return case.last and (case.wave.loses() or case.kind == "dead_peer") and \
        is_silent(case) and [AFTER.get(case.life.states()[-2])] == case.shown[-1:] and \
        "rcv_ack_of_fin" in triggers(case)[-2:]


# What its peer receives with the segment that brings an end into a state; what comes from
# the peer the witness there has seen.
TOLD = {"ESTABLISHED": "rcv_ack_of_syn", "FIN_WAIT_1": "rcv_fin", "LAST_ACK": "rcv_fin",
        "CLOSE_WAIT": "rcv_ack_of_fin", "CLOSING": "rcv_ack_of_fin",
        "TIME_WAIT": "rcv_ack_of_fin", "CLOSED": "rcv_rst"}


def loses_before(case):
    """What the other end sends last is lost before it is seen: the states until then are
    shown, and its peer, whose states are compared, does not know the next. In addition, an ACK
    of its SYN or FIN may pass the witness and be lost behind it, or close it with a RST; and
    which of two FINs came first is not seen without its answer."""
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
    """An ACK of its FIN passes a FIN that is lost: which came first its answer would have
    shown, to which it does not come."""
    return case.last and case.wave.loses() and case.shown[-1:] == ["FIN_WAIT_1"] and \
        bool({"FIN_WAIT_2", "TIME_WAIT"} & set(case.expected)) and \
        case.record.states(case.role(other=True))[-1:] == ["CLOSING"]


def closing_rst(case):
    """The RST that closed the end, or None; and whether the end sent it."""
    if not case.record or case.shown[-1:] != ["CLOSED"]:
        return None, False
    segment = case.record.last_segment(case.role())
    if not segment or "R" not in segment.flags:
        return None, False
    return segment, segment.sender == case.role()


def is_disproved(case, since):
    """Does an end still take the other's segments, so long after a RST that none of them was
    sent in ignorance of it? The states that a segment leads to tell; but an ACK of a FIN that
    passed before the RST is one that the witness must expect then."""
    sent = {life: min((time for time, trigger, _ in case.record.transitions(
        case.role(other=life.local != case.ends[0])) if trigger == "snd_fin"), default=since)
            for life in (case.life, *case.lives, *case.others)}
    return any(time > since + GIVE_UP_NS and (
        state in ("ESTABLISHED", "CLOSE_WAIT") or
        state == "FIN_WAIT_2" and fin >= since)
               for life, fin in sent.items() for time, state in life.steps)


def loses_rst(case):
    """A RST passes the witness, and is lost behind it, or overtaken by what ends the
    connection; if it was forged, it has not even been sent by whom it seems to come from.
    Nothing that passes later says so."""
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
    """A RST that its receiver believes, and that its sender has never sent: it lives on, and
    where it is, nobody has seen that the other does not. The same of a SYN that ends
    TIME_WAIT."""
    if case.what == "remote end" and case.kind in ("forged", "false_answer") and \
            case.lacks("CLOSED") and \
            (case.life.reset_received or case.expected[-2:-1] == ["TIME_WAIT"]):
        return True
    segment, is_sender = closing_rst(case)
    return bool(segment) and is_sender and case.last and case.kind == "forged" and \
        segment.window == FORGED_WINDOW and \
        any(life.reset_received for life in case.others)


def is_answered_after_rst(case):
    """A RST closes a connect behind the witness: one that was forged, or one that refused
    the SYN of a socket before it, with the same number, and comes as late as that (a copy of
    it, or the answer to a copy of that SYN); what answers the SYN is lost, or the answer to
    that. When the RST passed, the next socket had not sent its SYN, or the RST told nothing
    new; the same SYN has taken back what it had told."""
    if case.what == "local end" or not case.life or not case.wave.loses() or \
            not case.life.reset_received or case.expected != ["SYN_SENT", "CLOSED"] or \
            case.shown != ["SYN_SENT"] or triggers(case)[-1:] != ["undo_rst"]:
        return False
    if case.kind == "false_answer":
        return case.what == "end seen on the way"
    segment = case.record.last_segment(case.role())
    since = [trigger for time, trigger, _ in transitions(case) if time > case.life.began()]
    # Nothing refuses the last socket: the server has begun to listen before its SYN.
    return case.kind == "retried" and case.wave.delays() and bool(case.life.tries) and \
        segment.flags == "S" and segment.sender == case.role() and "rcv_rst" not in since[1:]


def begins_with_false_answer(case):
    """On the way, a forged answer begins the record, because the SYN is lost before it, or
    comes after the RST that closed the socket. The record then begins in SYN_SENT, without a
    transition. It cannot know the RST, if the answer acknowledged another number than the RST
    does; and a SYN that comes so late takes the RST back."""
    if case.what != "end seen on the way" or case.kind != "false_answer" or \
            not case.wave.loses() or case.shown or case.expected != ["SYN_SENT", "CLOSED"] or \
            not case.life.reset_received:
        return False
    first = case.record.events[0].segment.split(":")
    return first[:2] == ["responder", "S."] and triggers(case)[-1:] in ([], ["undo_rst"])


def is_undone_by_late_syn(case):
    """A wire that delays brings a SYN after the RST that closed its socket. The same SYN again
    takes a RST back, and nothing that passes later says that this one was sent before."""
    if not case.record or not case.life or case.kind == "retried" or not case.wave.delays() or \
            not case.life.is_over() or case.life.successor or not case.life.reset_received or \
            case.expected[-1:] != ["CLOSED"] or "CLOSED" in case.shown[-1:]:
        return False
    restored = case.record.restored(case.role())
    return restored > case.life.steps[-1][0] and any(
        event.time == restored and event.segment.split(":")[:2] == [case.role(), "S"]
        for event in case.record.events)


def answers_copy(case):
    """A copy of a SYN that was refused comes when the server listens, and is answered. Where
    the SYN came from there is no socket yet, and so a RST refuses the answer."""
    if case.what != "end that refuses" or case.kind != "retried" or not case.wave.delays():
        return False
    clients = case.lives if case.role() == "initiator" else case.others
    began = max((life.began() for life in clients), default=0)
    segments = [(event.time, event.segment.split(":")[:2]) for event in case.record.events]
    return any(answer == ["responder", "S."] and refusal == ["initiator", "R"] and time < began
               for (_, answer), (time, refusal) in zip(segments, segments[1:]))


def is_syn_forged(case):
    """A forged SYN of the end in TIME_WAIT, which would have left that state first."""
    return case.last and case.kind == "forged" and case.expected[-1:] == ["TIME_WAIT"] and \
        case.shown == case.expected + ["CLOSED"] and \
        triggers(case)[-1] in ("no_socket", "reincarnate")


def is_destroyed(case):
    """ss -K where Linux sends no RST."""
    return is_silent(case) and case.life.error == errno.ECONNABORTED and \
        case.kind == "destroy" and case.lacks("CLOSED") and \
        case.life.states()[-2] in ("SYN_SENT", "LAST_ACK", "CLOSING")


def begins_forged(case):
    """A record that a forged SYN has begun."""
    return case.kind == "forged" and case.record.begins_forged()


def is_request(case):
    """A request socket that has not become a socket: its SYN/ACK is all there is; it may
    take a RST, or have gone when the third segment comes. Or nobody has sent the SYN; one
    more within its window, it refuses with a RST."""
    own = [trigger for time, trigger, _ in transitions(case)
           if time > case.record.restored(case.role()) or trigger == "rcv_syn"]
    return not case.life and case.role() == "responder" and \
        (case.wave.loses() or case.wave.delays() or begins_forged(case) or
         case.kind in ("full_queue", "deferred", "syn_data", "false_answer")) \
        and (own[:1] == ["rcv_syn"] and
             own[1:] in ([], ["rcv_rst"], ["rcv_ack_of_syn", "no_socket"]) or
             own == ["rcv_syn", "no_socket"] and begins_forged(case))


def is_queue_full(case):
    """The third segment arrives, but a full queue or TCP_DEFER_ACCEPT keeps it; the SYN/ACK
    that comes again then says so."""
    if case.life or case.kind not in ("full_queue", "deferred") or \
            case.role() != "responder":
        return False
    return case.shown == ["SYN_RECEIVED"] and "syn_ack_again" in triggers(case) or \
        case.shown in (["SYN_RECEIVED", "ESTABLISHED"],
                       ["SYN_RECEIVED", "ESTABLISHED", "CLOSED"])


def may_come_twice(case):
    """Can it be that a listener makes a second socket of the same connection? An ACK that is
    late, or comes twice, has a valid SYN cookie still; a SYN that comes twice a cookie of Fast
    Open."""
    return case.wave.syncookies == 2 or case.kind == "fast_open"


def second_sockets(lives, others):
    """The passive lives that came to be though no new connection was begun: a connect that
    never leaves SYN_SENT makes none."""
    others = [life for life in others if life.states() != ["SYN_SENT", "CLOSED"]]
    passive = [life for life in lives if life.passive]
    return [life for before, life in zip(passive, passive[1:])
            if not any(before.began() < other.began() < life.began() for other in others)]


def is_made_twice(case):
    """When its socket is gone, a second one comes to be."""
    return not case.record and may_come_twice(case) and \
        case.life in second_sockets(case.lives, case.others)


def is_right(life, shown, states):
    """Is what is shown of a life right up to then? It may have become a minisocket, or died
    in silence, its FIN never sent."""
    if life.is_minisocket() and states[-1:] == ["CLOSED"]:
        time_wait = states[:-1] + ["TIME_WAIT"]
        return shown in (states[:-1], time_wait, time_wait + ["CLOSED"])
    return shown == states or life.is_silent() and \
        shown + ["CLOSED"] in (states, without_fin(states))


def is_made_after_rst(case):
    """The ACK that makes a socket comes behind one that has no valid cookie, which is refused
    with a RST: that ends the record before there is a socket."""
    return bool(case.life and case.record) and case.wave.syncookies == 2 and \
        case.life.passive and \
        triggers(case) == ["rcv_syn", "rcv_ack_of_syn", "no_socket"] and \
        time_of(case, "no_socket") < case.life.began()


def goes_on_with_record(case):
    """What that second socket sends and receives goes on with the first one's record, which
    was right up to then, but for a RST that was lost, and is taken back."""
    if not case.life or not case.record or not may_come_twice(case):
        return False
    seconds = second_sockets(case.lives, case.others) or \
        second_sockets(case.others, case.lives)
    until = max(case.record.events[-1].time, case.life.steps[-1][0])
    if not seconds or seconds[0].began() > until or case.life in seconds:
        return False
    # The ACK that makes the socket is there before the socket is.
    began = seconds[0].began()
    return any(is_right(case.life, case.record.states(case.role(), until, restored),
                        case.life.states_until(until))
               for until in (began - JUST_NS, began - JUST_NS // 10, began)
               for restored in (False, True))


def goes_on_with_forged(case):
    """The same, where the first one's record has ended: a forged SYN has begun another, with
    which the second socket's segments go on. No segment that comes to it is in that record's
    window; what it sends itself counts as sent."""
    if not case.record or not may_come_twice(case) or not begins_forged(case) or \
            case.life not in second_sockets(case.lives, case.others):
        return False
    sends_fin = bool({"FIN_WAIT_1", "LAST_ACK"} & set(case.life.states()))
    # What comes to its minisocket, or after it, nobody takes.
    sends_rst = case.life.reset_sent or \
        case.life.is_minisocket() and case.refusal > case.life.steps[-1][0]
    return case.shown == ["SYN_RECEIVED"] + ["FIN_WAIT_1"] * sends_fin + \
        ["CLOSED"] * bool(sends_rst)


def states_picked_up(life, since):
    """What is shown of a life that is picked up then: with its state at that time or without,
    and with its last, unless that was silent. That the other's FIN has come is not known."""
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
        # It acknowledges the other's FIN once more.
        yield ["CLOSE_WAIT"]


def is_picked_up_second(case):
    """The same, where the first one's record is not there any more when the second socket's
    segments pass, or the one that makes it, of which a record is made."""
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
    """A third socket goes on with the record that was picked up of the second, which was
    right up to then; a RST may have ended it."""
    seconds = second_sockets(case.lives, case.others)
    if not may_come_twice(case) or not case.record or not case.record.is_picked_up() or \
            case.life not in seconds[1:]:
        return False
    before = seconds[seconds.index(case.life) - 1]
    shown = case.record.states(case.role(), case.life.began())
    return any(shown in (states, states + ["CLOSED"])
               for states in states_picked_up(before, case.record.began()))


def is_answered_at_once(case):
    """A FIN and the ACK of its own FIN come one right after the other, to a socket that is
    busy: its backlog makes one segment of them; or that just then repeats its FIN. Its
    answer is to both: FIN_WAIT_2 is there instead of CLOSING."""
    if not case.life or \
            [state if state != "CLOSING" else "FIN_WAIT_2" for state in case.shown] != \
            case.expected:
        return False
    last = {trigger: time for time, trigger, _ in transitions(case)}
    return last.get("rcv_fin") == last.get("rcv_ack_of_fin")


def is_taken_in_turn(case):
    """A FIN and then the ACK of its own FIN come to a socket that is busy, and the ACK has
    to wait for it: CLOSING is there instead of FIN_WAIT_2."""
    if not case.life or not case.record or case.last or case.expected != \
            [state if state != "FIN_WAIT_2" else "CLOSING" for state in case.shown]:
        return False
    acked, closing = time_of(case, "rcv_ack_of_fin"), case.life.time_of("CLOSING")
    passed = next((time for time, trigger, _ in case.record.transitions(case.role(other=True))
                   if trigger == "snd_fin"), None)
    return bool(acked and closing and passed) and \
        passed < acked < closing < acked + JUST_NS


def is_answered_for_nobody(case):
    """What comes just when the socket is closed is answered with a RST for nobody, before
    the socket's own leaves, which says that the other's FIN has come."""
    if not case.life or not case.record or case.last or \
            case.expected[-2:] != ["CLOSE_WAIT", "CLOSED"] or \
            case.shown != case.expected[:-2] + ["CLOSED"]:
        return False
    return triggers(case)[-1] == "no_socket" and \
        case.life.steps[-1][0] < transitions(case)[-1][0] < (case.life.reset_sent or 0)


def is_just_closed(case):
    """The socket is closed just when the ACK of its FIN comes, which is answered with a
    RST; or it was busy, and the first segment of its backlog has closed it."""
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
