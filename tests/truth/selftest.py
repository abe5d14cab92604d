# SPDX-License-Identifier: GPL-2.0-only
"""Shows that the comparison can fail: histories of a wave that agree, each altered in one
place, have to be told from the true ones, and the report has to have all there is to see."""

import contextlib
import io
import random

from history import FLAGS, OTHER_ROLE
from script import WIRES
from ways import active_close, close_both, half_close, idle, linger, offloaded, \
    refused_elsewhere, retried, shut_both

# Waves that are always the same, and none of those that count. The first has a clean wire
# without a router; that of the second loses a tenth; that of the third has a router.
SEED = 1
NUMBER = -2 * len(WIRES)
LOSSY = NUMBER + WIRES.index("loss 10%")
ROUTED = NUMBER + 1
SIZE = 120
WAYS = {active_close: 4, shut_both: 1, close_both: 1, half_close: 1, linger: 1,
        retried: 1, refused_elsewhere: 1, idle: 1}
ROUTED_WAYS = {offloaded: 1}
# Transitions that are left out, one after the other
SAMPLE = 400


def renumber(lines):
    """Numbers the events without gaps, so that a missing one does not show by its number."""
    numbers, out = {}, []
    for line in lines:
        words = line.split()
        if words[0] == "m":
            numbers[words[1]] = numbers.get(words[1], 0) + 1
            words[2] = str(numbers[words[1]])
        out.append(" ".join(words))
    return out


def change(lines, i, word, text):
    """Replaces a word in one of the lines."""
    words = lines[i].split()
    words[word] = text
    return lines[:i] + [" ".join(words)] + lines[i + 1:]


def find(lines, kind, *texts):
    """The number of the first line of a kind that has all these texts."""
    return next(i for i, line in enumerate(lines)
                if line.startswith(kind + " ") and all(text in line for text in texts))


def without_record(lines):
    ident = lines[find(lines, "m", "m client ", " new ")].split()[4]
    return renumber([line for line in lines if line[0] not in "ml" or
                     line.split()[4] != ident])


def swapped(lines):
    """FIN_WAIT_2 before FIN_WAIT_1"""
    for sent, line in enumerate(lines):
        words = line.split()
        if words[:2] != ["m", "client"] or \
                words[13] != "initiator:snd_fin:ESTABLISHED:FIN_WAIT_1":
            continue
        for acked, other in enumerate(lines):
            if other.startswith("m client ") and other.split()[4] == words[4] and \
                    "initiator:rcv_ack_of_fin:FIN_WAIT_1:FIN_WAIT_2" in other:
                return change(change(lines, sent, 13, other.split()[13]), acked, 13, words[13])
    raise LookupError("no client has closed first")


def without_transition(lines, i, transition):
    transitions = [own for own in lines[i].split()[13].split(";") if own != transition]
    return change(lines, i, 13, ";".join(transitions) or "-")


def without_answered_fin(lines):
    """A client's FIN that was answered with a RST"""
    fin, answer = (f"initiator:{transition}" for transition in (
        "snd_fin:ESTABLISHED:FIN_WAIT_1", "rcv_rst:FIN_WAIT_1:CLOSED"))
    ident = lines[find(lines, "m", "m client ", answer)].split()[4]
    sent = next(i for i, line in enumerate(lines) if line.startswith("m client ") and
                line.split()[4] == ident and fin in line)
    return without_transition(lines, sent, fin)


def in_time_wait(lines):
    """The table's line of a client in TIME_WAIT"""
    return next(i for i, line in enumerate(lines) if line[0] == "l" and
                line.split()[3:8:4] == ["client", "TIME_WAIT"])


def timed(ms):
    """TIME_WAIT with some ms more than it has left"""
    def alter(lines):
        i = in_time_wait(lines)
        return change(lines, i, 12, str(int(lines[i].split()[12]) + ms))
    return alter


def asked(before_ns, after_ns):
    """inet_diag was asked for a socket so long before and after the module says that it came
    into TIME_WAIT, and had it in FIN_WAIT_2."""
    def alter(lines):
        event = lines[find(lines, "m", "m client ",
                           "initiator:rcv_fin:FIN_WAIT_2:TIME_WAIT")].split()
        i = find(lines, "d", " ".join(["client", "6", *event[6:8]]))
        lines = change(lines, i, 1, str(int(event[3]) - before_ns))
        lines = change(lines, i, 3, str(int(event[3]) + after_ns))
        return change(lines, i, 5, "5")
    return alter


def listed(state):
    """The table has it in another state."""
    return lambda lines: change(lines, in_time_wait(lines), 7, state)


def without(kind, *texts):
    def alter(lines):
        i = find(lines, kind, *texts)
        return lines[:i] + lines[i + 1:]
    return alter


def replaced(kind, old, new):
    def alter(lines):
        i = find(lines, kind, old)
        return lines[:i] + [lines[i].replace(old, new)] + lines[i + 1:]
    return alter


# What is done to the histories, and which check has to notice it: "" none, "lost" that
# not all was seen.
ALTERATIONS = [
    ("nothing", lambda lines: lines, ""),
    ("a record that is missing", without_record, "local end without a record"),
    ("a record that is nobody's", replaced("m", ",5000", ",5999"), "local end without a socket"),
    ("states in another order", swapped, "local end"),
    ("another state at the end", listed("FIN_WAIT_2"), "table and events"),
    ("a timer with 30 ms more", timed(30), ""),
    ("a timer with 300 ms more", timed(300), "TIME_WAIT's timer"),
    ("a timer with 300 ms less", timed(-300), "TIME_WAIT's timer"),
    ("the kernel asked while it came into TIME_WAIT", asked(5, 5), ""),
    ("the kernel asked after it came into TIME_WAIT", asked(-5, 10), "local end"),
    ("no TIME_WAIT for the kernel", without("d", " 6 "), "local end"),
    ("a state the kernel did not have", replaced("s", " 1 4", " 1 8"), "lost"),
    ("a state of the kernel not seen", without("s", " 4 5"), "lost"),
    ("a FIN that a RST answers, left out", without_answered_fin, "local end"),
    ("an event not seen", without("m", "rcv_ack_of_fin"), "lost"),
]


def transitions_of(lines):
    """(line, transition) of every transition in the module's events."""
    return [(i, transition) for i, line in enumerate(lines) if line.startswith("m ")
            for transition in line.split()[13].split(";") if transition != "-"]


def run(lines, compare, report):
    """Yields (name, is it as it should be). @compare: lines -> comparison; @report:
    prints one."""
    for name, alter, wanted in ALTERATIONS:
        comparison = compare(alter(lines))
        if wanted == "lost":
            yield f"{name}: the wave is run again", bool(comparison.histories.lost)
            continue
        noticed = {case.what for case in comparison.disagreements}
        if not wanted:
            found = [*comparison.histories.lost, *map(str, comparison.disagreements)][:1]
            yield "\n".join([f"{name}: agrees", *found]), not found
            continue
        yield f"{name}: is noticed ({wanted})", wanted in noticed
        if name == "states in another order":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                report(comparison)
            text = out.getvalue()
            case = comparison.disagreements[0]
            yield "the report names connection, script, histories, segments and seed", \
                all(part in text for part in (
                    *case.ends, "script: c.open", "kernel: SYN_SENT ESTABLISHED FIN_WAIT_1",
                    "module: SYN_SENT ESTABLISHED FIN_WAIT_2", "snd_fin", "Flags [S.]",
                    "Flags [F.]", "SEED="))
    yield all_noticed("transitions", transitions_of(lines), lines, compare)


def run_lossy(lines, compare, _):
    """What may get lost is no excuse for a FIN that was not."""
    fins = [(i, transition) for i, transition in transitions_of(lines)
            if lines[i].startswith("m client ") and transition.startswith("initiator:snd_fin:")]
    yield "nothing: agrees", not compare(lines).disagreements
    yield all_noticed("FINs", fins, lines, compare)


# What excuses that the first FIN which the witness has seen is the other end's
LATE = "a flowtable carries a FIN past the witness"


def run_routed(lines, compare, _):
    """What a flowtable carries past the witness is no excuse where the module does not say
    so."""
    comparison = compare(lines)
    named = comparison.named["a flowtable carries an end past the witness"]
    yield "nothing: agrees", not comparison.disagreements and named > 0
    altered = []
    for line in lines:
        words = line.split()
        flags = {"m": 10, "l": 9}.get(words[0])
        if flags:
            words[flags] = str(int(words[flags]) & ~FLAGS["offloaded"])
        altered.append(" ".join(words))
    yield f"{named} ends that are not flagged are each noticed", \
        len(compare(altered).disagreements) == named
    closed = sum(line.startswith("m router ") and ":TIME_WAIT" in line for line in lines)
    altered = compare([turned(line) for line in lines])
    # On a slow machine the witness may see the first FIN so late that another one may have passed.
    late = altered.named[LATE] - comparison.named[LATE]
    noticed = len(altered.disagreements)
    yield f"{closed} connections that have closed the other way round are each noticed", \
        closed and noticed + late == 2 * closed and late < noticed


def turned(line):
    """The router's line, with the ends' transitions after ESTABLISHED changed for each other's"""
    words = line.split()
    if words[:2] == ["m", "router"]:
        transitions = [transition.split(":") for transition in words[13].split(";")]
        words[13] = ";".join(":".join(
            [OTHER_ROLE[transition[0]], *transition[1:]] if transition[0] in OTHER_ROLE and
            transition[2] not in ("CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED") else transition)
            for transition in transitions)
    return " ".join(words)


def all_noticed(what, transitions, lines, compare):
    """Some of these, each of them left out"""
    sample = random.Random(1).sample(transitions, min(SAMPLE, len(transitions)))
    missed = []
    for i, transition in sample:
        comparison = compare(without_transition(lines, i, transition))
        if not comparison.disagreements:
            missed += [f"{transition} of {lines[i]}", *(f"{name}: {case}" for name, case in
                                   comparison.examples.items())]
    return "\n".join([f"of {len(sample)} {what} left out each is noticed", *missed]), \
        bool(sample) and not missed
