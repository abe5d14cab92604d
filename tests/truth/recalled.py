# SPDX-License-Identifier: GPL-2.0-only
"""Histories that no seed brings back, told again, as the witness in one of the namespaces
has them, and compared: some once did not agree, though they should have; others did,
though they should not have."""

from compare import Comparison
from history import STATES, Histories
from script import FIRST_PORT, WIRES, Wave
from selftest import renumber
from ways import PLAIN

CLIENT, SERVER = f"10.2.0.1,{FIRST_PORT}", f"10.2.0.2,{PLAIN}"
NUMBERS = {name: number for number, name in STATES.items()}
NUMBERS["SYN_RECEIVED"] = 3


def ns(ms):
    return round(ms * 1e6)


def socket(name, local, *steps):
    """A life: (ms, state), the first being what it came from."""
    remote = CLIENT if local == SERVER else SERVER
    return [f"s {ns(ms)} {name} {local} {remote} {NUMBERS[old]} {NUMBERS[new]}"
            for (_, old), (ms, new) in zip(steps, steps[1:])]


def accepted(name, *steps):
    return socket(name, SERVER, (0, "LISTEN"), *steps)


def connected(name, *steps):
    return socket(name, CLIENT, (0, "CLOSED"), *steps)


def record(*events, netns="server"):
    """(ms, segment, transition...)"""
    began = ns(events[0][0])
    return [f"m {netns} 0 {ns(ms)} {began} {'new' if ns(ms) == began else 'transition'} "
            f"{CLIENT} {SERVER} - - 0 none {segment} {';'.join(transitions) or '-'}"
            for ms, segment, *transitions in events]


def opening(syn, answer, ack):
    """The first three events of a record"""
    return [(syn, "initiator:S:100:0:64240:0", "initiator:snd_syn:CLOSED:SYN_SENT"),
            (answer, "responder:S.:200:101:64240:0", "responder:rcv_syn:LISTEN:SYN_RECEIVED"),
            (ack, "initiator:.:101:201:64240:0",
             "initiator:rcv_syn_ack:SYN_SENT:ESTABLISHED",
             "responder:rcv_ack_of_syn:SYN_RECEIVED:ESTABLISHED")]


FIN = ("responder:F.:202:101:64240:0", "responder:snd_fin:ESTABLISHED:FIN_WAIT_1")
BOTH_FINS = ("initiator:F.:101:203:64240:0", "initiator:rcv_fin:ESTABLISHED:CLOSE_WAIT",
             "initiator:snd_fin:CLOSE_WAIT:LAST_ACK",
             "responder:rcv_ack_of_fin:FIN_WAIT_1:FIN_WAIT_2")

SYN = "initiator:S:100:0:64240:0"
# The SYN is refused, passes again, and is answered.
REFUSED = ("responder:R.:0:101:0:0", "responder:snd_rst:LISTEN:CLOSED",
           "initiator:rcv_rst:SYN_SENT:CLOSED")
SYN_AGAIN = (SYN, "initiator:undo_rst:CLOSED:SYN_SENT", "responder:undo_rst:CLOSED:LISTEN")
SYN_ACK = ("responder:S.:200:101:64240:0", "responder:rcv_syn:LISTEN:SYN_RECEIVED")

# The client closes, and the server resets; the module does not say that a FIN has left.
CLOSED_BY_BOTH = [
    *connected("a", (0.00, "SYN_SENT"), (0.05, "ESTABLISHED"), (4.90, "FIN_WAIT_1"),
               (5.02, "CLOSED")), f"r {ns(5.01)} a",
    *accepted("b", (0.06, "SYN_RECEIVED"), (0.07, "ESTABLISHED"), (4.97, "CLOSED")),
    *record(*opening(0.01, 0.04, 0.055),
            (4.98, "responder:R.:201:101:0:0", "responder:snd_rst:ESTABLISHED:CLOSED",
             "initiator:rcv_rst:ESTABLISHED:CLOSED"), netns="client")]

# (what it is, its way, syncookies, names that explain it, what the witness wrote, the sets
# of nft that the client's FIN is in...)
RECALLED = [
    ("the second of two connections is given up just before an answer", "reuse", 1,
     ["an end has given up when an answer comes"], [
         *accepted("a", (0.06, "SYN_RECEIVED"), (0.07, "ESTABLISHED"), (0.26, "FIN_WAIT_1"),
                   (218.80, "FIN_WAIT_2"), (218.82, "CLOSED")),
         *record(*opening(0.01, 0.02, 0.05), (0.27, *FIN), (218.79, *BOTH_FINS),
                 (218.81, "responder:.:203:102:64240:0",
                  "responder:rcv_fin:FIN_WAIT_2:TIME_WAIT",
                  "initiator:rcv_ack_of_fin:LAST_ACK:CLOSED"),
                 (591.78, "initiator:S:900:0:64240:0",
                  "responder:reincarnate:TIME_WAIT:CLOSED")),
         *accepted("b", (1630.18, "SYN_RECEIVED"), (1630.19, "ESTABLISHED"),
                   (1640.82, "FIN_WAIT_1"), (4831.10, "CLOSED")),
         *record(*opening(591.77, 591.79, 1630.17), (1858.74, *FIN), (4831.94, *BOTH_FINS),
                 (4831.95, "responder:R:203:0:0:0", "responder:snd_rst:FIN_WAIT_2:CLOSED",
                  "initiator:rcv_rst:LAST_ACK:CLOSED"))]),
    ("a connect that sent nothing, before a cookie makes a second socket", "reuse", 2,
     ["a cookie makes a second socket", "a second socket goes on with a record"], [
         *connected("a", (0.00, "SYN_SENT"), (0.10, "ESTABLISHED"), (311.67, "CLOSE_WAIT"),
                    (311.76, "LAST_ACK"), (3146.33, "CLOSED")),
         *connected("b", (359.654, "SYN_SENT"), (359.656, "CLOSED")),
         *accepted("c", (0.13, "SYN_RECEIVED"), (0.14, "ESTABLISHED"), (311.65, "FIN_WAIT_1"),
                   (3062.71, "CLOSED")),
         *record(*opening(0.03, 0.04, 0.12), (311.654, *FIN), (3143.59, *BOTH_FINS),
                 (3146.32, "responder:F.:203:102:64240:0",
                  "responder:rcv_fin:FIN_WAIT_2:TIME_WAIT",
                  "responder:fin_again:TIME_WAIT:CLOSING"),
                 (4184.283, "initiator:R:102:0:0:0", "initiator:no_socket:LAST_ACK:CLOSED",
                  "responder:rcv_rst:CLOSING:CLOSED")),
         *accepted("d", (3143.60, "SYN_RECEIVED"), (3143.601, "ESTABLISHED"),
                   (3143.603, "CLOSE_WAIT"), (3146.317, "LAST_ACK"), (4184.289, "CLOSED")),
         f"r {ns(4184.286)} d"]),
    ("data comes to what was the second socket, next to a forged SYN's record", "forged", 2,
     ["a second socket goes on with a forged SYN's"], [
         *accepted("a", (2.07, "SYN_RECEIVED"), (2.08, "ESTABLISHED"), (17.945, "CLOSED")),
         f"r {ns(17.937)} a",
         *record(*opening(0.02, 0.03, 2.06),
                 (17.93, "initiator:R:101:0:1000:0", "initiator:no_socket:ESTABLISHED:CLOSED",
                  "responder:rcv_rst:ESTABLISHED:CLOSED")),
         *accepted("b", (18.17, "SYN_RECEIVED"), (18.19, "ESTABLISHED"), (19.12, "FIN_WAIT_1"),
                   (31.08, "FIN_WAIT_2"), (31.09, "CLOSED")),
         *record((18.11, "initiator:S:5100:0:1000:0", "initiator:snd_syn:CLOSED:SYN_SENT"),
                 (18.13, "responder:S.:5200:5101:64240:0",
                  "responder:rcv_syn:LISTEN:SYN_RECEIVED"),
                 (19.13, "responder:F.:201:101:64240:0",
                  "responder:snd_fin:SYN_RECEIVED:FIN_WAIT_1"),
                 (948.93, "responder:R:202:0:0:0", "responder:snd_rst:FIN_WAIT_1:CLOSED")),
         f"x {ns(948.93)} 0 7 {SERVER} {CLIENT}"]),
    ("a RST is lost, and taken back when a cookie has made a second socket", "linger", 2,
     ["a second socket goes on with a record"], [
         *connected("a", (0.00, "SYN_SENT"), (0.05, "ESTABLISHED"), (5007.24, "FIN_WAIT_1"),
                    (5250.48, "FIN_WAIT_2"), (5250.50, "CLOSED")),
         f"d {ns(5300)} {ns(5300)} {ns(5300)} client 6 {CLIENT} {SERVER} 3 950",
         *accepted("b", (0.064, "SYN_RECEIVED"), (0.068, "ESTABLISHED"), (0.254, "CLOSED")),
         *accepted("c", (5239.507, "SYN_RECEIVED"), (5239.519, "ESTABLISHED"),
                   (5239.523, "CLOSE_WAIT"), (5250.43, "LAST_ACK"), (5250.53, "CLOSED")),
         *record(*opening(0.02, 0.03, 0.061),
                 (0.26, "responder:R.:211:101:64240:0", "responder:snd_rst:ESTABLISHED:CLOSED",
                  "initiator:rcv_rst:ESTABLISHED:CLOSED"),
                 (5246.90, "responder:.:201:102:64240:0",
                  "initiator:undo_rst:CLOSED:FIN_WAIT_1", "responder:undo_rst:CLOSED:ESTABLISHED",
                  "responder:rcv_fin:ESTABLISHED:CLOSE_WAIT",
                  "initiator:rcv_ack_of_fin:FIN_WAIT_1:FIN_WAIT_2"), netns="router")]),
    ("a copy of a RST comes when the SYN that it refused is sent again", "retried", 1,
     ["what answers a SYN behind a RST is lost"], [
         *connected("a", (0.00, "SYN_SENT"), (0.13, "CLOSED")), f"r {ns(0.126)} a",
         *connected("b", (1.108, "SYN_SENT"), (2.294, "CLOSED")), f"r {ns(2.29)} b",
         *record((0.01, SYN, "initiator:snd_syn:CLOSED:SYN_SENT"), (0.12, *REFUSED),
                 (1.12, *SYN_AGAIN), (1.14, *SYN_ACK), netns="router")]),
    ("a copy of a SYN is refused, and that closes the next socket", "retried", 1,
     ["a request socket", "what answers a SYN behind a RST is lost"], [
         *connected("a", (0.00, "SYN_SENT"), (1.57, "CLOSED")), f"r {ns(1.565)} a",
         *connected("b", (3.02, "SYN_SENT"), (4.398, "CLOSED")), f"r {ns(4.393)} b",
         *record((1.501, SYN, "initiator:snd_syn:CLOSED:SYN_SENT"), (1.537, *REFUSED),
                 (1.545, *SYN_AGAIN), (1.55, *REFUSED), (5.497, *SYN_AGAIN),
                 (5.509, *SYN_ACK)),
         f"x {ns(1.536)} 0 7 {SERVER} {CLIENT}", f"x {ns(1.549)} 0 7 {SERVER} {CLIENT}"]),
    ("a listener resets an old ACK behind a forged SYN", "forged", 1, [], [
         *accepted("a", (0.574, "SYN_RECEIVED"), (0.582, "ESTABLISHED"), (3.606, "CLOSE_WAIT"),
                   (3.82, "LAST_ACK"), (3.934, "CLOSED")),
         *record(*opening(0.509, 0.525, 0.569),
                 (3.601, "initiator:F.:101:4202:64240:0",
                  "initiator:snd_fin:ESTABLISHED:FIN_WAIT_1"),
                 (3.715, "responder:.:4202:102:64240:0",
                  "responder:rcv_fin:ESTABLISHED:CLOSE_WAIT",
                  "initiator:rcv_ack_of_fin:FIN_WAIT_1:FIN_WAIT_2"),
                 (3.824, "responder:F.:4202:102:64240:0",
                  "responder:snd_fin:CLOSE_WAIT:LAST_ACK"),
                 (3.897, "initiator:.:102:4203:64240:0",
                  "initiator:rcv_fin:FIN_WAIT_2:TIME_WAIT",
                  "responder:rcv_ack_of_fin:LAST_ACK:CLOSED"),
                 (3.911, "initiator:S:434:0:1000:0",
                  "initiator:reincarnate:TIME_WAIT:CLOSED")),
         *record((3.912, "initiator:S:434:0:1000:0", "initiator:snd_syn:CLOSED:SYN_SENT"),
                 (4.199, "responder:R:202:0:0:0", "responder:snd_rst:LISTEN:CLOSED")),
         f"x {ns(4.197)} e 10 {SERVER} ::,0"]),
    ("a RST to an end that took a forged one before is lost", "false_answer", 1,
     ["what an end sends last is lost before the witness"], [
         *connected("a", (0.00, "SYN_SENT"), (1.56, "CLOSED")), f"r {ns(1.56)} a",
         *connected("b", (32.18, "SYN_SENT"), (32.58, "ESTABLISHED"),
                    (5135.15, "FIN_WAIT_1"), (5139.19, "FIN_WAIT_2")),
         *accepted("c", (5135.30, "SYN_RECEIVED"), (5135.31, "ESTABLISHED"),
                   (5135.32, "CLOSE_WAIT"), (5141.44, "CLOSED")),
         *record((0.01, SYN, "initiator:snd_syn:CLOSED:SYN_SENT"), (1.55, *REFUSED),
                 (32.185, *SYN_AGAIN), (32.57, *SYN_ACK),
                 (32.59, "initiator:.:101:201:64240:0",
                  "initiator:rcv_syn_ack:SYN_SENT:ESTABLISHED",
                  "responder:rcv_ack_of_syn:SYN_RECEIVED:ESTABLISHED"),
                 (5135.18, "initiator:F.:101:201:64240:0",
                  "initiator:snd_fin:ESTABLISHED:FIN_WAIT_1"),
                 (5139.18, "responder:.:201:102:64240:0",
                  "responder:rcv_fin:ESTABLISHED:CLOSE_WAIT",
                  "initiator:rcv_ack_of_fin:FIN_WAIT_1:FIN_WAIT_2"), netns="client")]),
    ("a forged answer of another number passes before the RST that closes", "false_answer", 1,
     ["a false answer passes before the SYN"], [
         *connected("a", (0.00, "SYN_SENT"), (1.46, "CLOSED")), f"r {ns(1.45)} a",
         *record((0.73, "responder:S.:777:100:1000:0",
                  "responder:rcv_syn:LISTEN:SYN_RECEIVED"), netns="router"),
         f"l {ns(4000)} {ns(4000)} router {ns(0.73)} {CLIENT} {SERVER} SYN_SENT SYN_RECEIVED "
         "0 none - 0"]),
    ("a SYN comes after the forged answer and the forged RST", "false_answer", 1,
     ["a false answer passes before the SYN"], [
         *connected("a", (0.00, "SYN_SENT"), (2.06, "CLOSED")), f"r {ns(2.05)} a",
         *record((0.93, "responder:S.:777:101:1000:0",
                  "responder:rcv_syn:LISTEN:SYN_RECEIVED"),
                 (2.00, "responder:R.:0:101:1000:0",
                  "responder:snd_rst:SYN_RECEIVED:CLOSED",
                  "initiator:rcv_rst:SYN_SENT:CLOSED"),
                 (463.3, SYN, "initiator:undo_rst:CLOSED:SYN_SENT",
                  "responder:undo_rst:CLOSED:SYN_RECEIVED"), netns="router"),
         f"l {ns(4000)} {ns(4000)} router {ns(0.93)} {CLIENT} {SERVER} SYN_SENT SYN_RECEIVED "
         "0 none - 0"]),
    ("a FIN is acknowledged late, behind a RST that was forged after it", "forged", 1,
     ["a RST is lost, or late, behind the witness"], [
         *connected("a", (0.00, "SYN_SENT"), (0.05, "ESTABLISHED"), (1500.27, "CLOSE_WAIT"),
                    (1500.61, "LAST_ACK"), (4695.4, "CLOSED")),
         *accepted("b", (0.06, "SYN_RECEIVED"), (0.07, "ESTABLISHED"),
                   (1500.25, "FIN_WAIT_1"), (2425.57, "FIN_WAIT_2")),
         *record(*opening(0.01, 0.04, 0.055),
                 (1500.26, "responder:F.:201:101:64240:0",
                  "responder:snd_fin:ESTABLISHED:FIN_WAIT_1"),
                 (1500.5, "responder:R:202:0:1000:0", "responder:snd_rst:FIN_WAIT_1:CLOSED",
                  "initiator:rcv_fin:ESTABLISHED:CLOSE_WAIT",
                  "initiator:rcv_rst:CLOSE_WAIT:CLOSED"), netns="router")]),
    ("a SYN comes late behind the RST that closed its socket", "simultaneous_open", 1,
     ["a SYN comes late behind a RST"], [
         *connected("a", (0.00, "SYN_SENT"), (1.137, "CLOSED")), f"r {ns(1.13)} a",
         *socket("b", SERVER, (0, "CLOSED"), (0.124, "SYN_SENT"), (0.323, "SYN_RECEIVED"),
                 (1.266, "CLOSED")), f"r {ns(1.263)} b",
         *record((0.012, SYN, "initiator:snd_syn:CLOSED:SYN_SENT"), (1.123, *REFUSED),
                 (1.176, "responder:S.:200:101:64240:0",
                  "initiator:undo_rst:CLOSED:SYN_SENT", "responder:undo_rst:CLOSED:LISTEN",
                  "responder:rcv_syn:LISTEN:SYN_RECEIVED"),
                 (1.183, "initiator:R:101:0:0:0", "initiator:snd_rst:SYN_SENT:CLOSED",
                  "responder:rcv_rst:SYN_RECEIVED:CLOSED"),
                 (3.542, "responder:S:200:0:64240:0",
                  "initiator:undo_rst:CLOSED:SYN_SENT",
                  "responder:undo_rst:CLOSED:SYN_RECEIVED"),
                 (3.554, "initiator:R.:0:201:0:0", "initiator:snd_rst:SYN_SENT:CLOSED"),
                 netns="client")]),
    ("a copy of a refused SYN is answered before the next socket", "retried", 1,
     ["a copy of a SYN is answered"], [
         *connected("a", (0.00, "SYN_SENT"), (0.057, "CLOSED")), f"r {ns(0.053)} a",
         *connected("b", (0.578, "SYN_SENT"), (3.652, "ESTABLISHED")),
         *record((0.006, SYN, "initiator:snd_syn:CLOSED:SYN_SENT"), (0.047, *REFUSED),
                 (0.487, "responder:S.:200:101:64240:0",
                  "initiator:undo_rst:CLOSED:SYN_SENT", "responder:undo_rst:CLOSED:LISTEN",
                  "responder:rcv_syn:LISTEN:SYN_RECEIVED"),
                 (0.493, "initiator:R:101:0:0:0", "initiator:snd_rst:SYN_SENT:CLOSED",
                  "responder:rcv_rst:SYN_RECEIVED:CLOSED"),
                 (0.706, SYN, "initiator:undo_rst:CLOSED:SYN_SENT",
                  "responder:undo_rst:CLOSED:SYN_RECEIVED"),
                 (3.66, "initiator:.:101:201:64240:0",
                  "initiator:rcv_syn_ack:SYN_SENT:ESTABLISHED",
                  "responder:rcv_ack_of_syn:SYN_RECEIVED:ESTABLISHED"), netns="client"),
         *accepted("c", (4.514, "SYN_RECEIVED"), (4.52, "ESTABLISHED")),
         f"x {ns(0.046)} 0 7 {SERVER} {CLIENT}", f"x {ns(0.492)} 0 7 {CLIENT} {SERVER}"]),
    ("a FIN leaves when its socket has waited for who closes it, behind a RST",
     "active_close", 1, ["a FIN leaves just after a RST has come"], CLOSED_BY_BOTH, "closing"),
    ("a flowtable carries the first FIN past, and the other is lost behind the witness",
     "offloaded", 1, ["a flowtable carries a FIN past the witness"], [
         *connected("a", (0.00, "SYN_SENT"), (0.06, "ESTABLISHED"), (651.54, "FIN_WAIT_1"),
                    (868.41, "FIN_WAIT_2")),
         *accepted("b", (0.09, "SYN_RECEIVED"), (0.10, "ESTABLISHED"), (651.57, "CLOSE_WAIT"),
                   (651.67, "LAST_ACK"), (3788.43, "CLOSED")),
         *record(*opening(0.02, 0.04, 0.08),
                 (2750.87, "responder:F.:201:20102:292:0",
                  "responder:snd_fin:ESTABLISHED:FIN_WAIT_1"), netns="router"),
         f"l {ns(4000)} {ns(4000)} router {ns(0.02)} {CLIENT} {SERVER} ESTABLISHED FIN_WAIT_1 "
         "1 none - 0"]),
    ("a SYN and its cookie are those of a socket that has given up", "same_syn", 2,
     ["a cookie makes a second socket", "a second socket goes on with a record"], [
         *accepted("a", (0.069, "SYN_RECEIVED"), (0.074, "ESTABLISHED"), (4223.88, "CLOSED")),
         f"e {ns(4223.88)} {SERVER} {CLIENT} 110",
         *connected("b", (0.0, "SYN_SENT"), (0.05, "ESTABLISHED"), (619.75, "CLOSED")),
         f"r {ns(619.78)} b",
         *connected("c", (4334.34, "SYN_SENT"), (4334.41, "ESTABLISHED"),
                    (9341.89, "FIN_WAIT_1"), (9342.157, "FIN_WAIT_2")),
         *accepted("d", (9342.0, "SYN_RECEIVED"), (9342.01, "ESTABLISHED"),
                   (9342.016, "CLOSE_WAIT"), (9342.1, "LAST_ACK"), (9342.2, "CLOSED")),
         *record(*opening(0.02, 0.03, 0.066),
                 (9341.98, "initiator:F.:101:201:254:0",
                  "initiator:snd_fin:ESTABLISHED:FIN_WAIT_1"),
                 (9342.104, "responder:F.:201:102:254:0",
                  "responder:rcv_fin:ESTABLISHED:CLOSE_WAIT",
                  "responder:snd_fin:CLOSE_WAIT:LAST_ACK"),
                 (9342.193, "initiator:.:102:202:254:0",
                  "initiator:rcv_ack_of_fin:FIN_WAIT_1:FIN_WAIT_2"))]),
    ("a forged answer passes where the SYN does not", "false_answer", 1,
     ["a connect is given up"], [
         *connected("a", (0.00, "SYN_SENT"), (3122.45, "CLOSED")),
         *record((0.22, "responder:S.:777:101:1000:0",
                  "responder:rcv_syn:LISTEN:SYN_RECEIVED"), netns="router"),
         f"l {ns(4000)} {ns(4000)} router {ns(0.22)} {CLIENT} {SERVER} SYN_SENT SYN_RECEIVED "
         "0 none - 0"]),
]

# The same with what has to be noticed, and has no name
NOTICED = [
    ("a FIN that has left before a RST came", "active_close", 1, ["local end"], CLOSED_BY_BOTH,
     "closing", "closing_first"),
    ("a FIN that has left, and so the ACK of the other's", "active_close", 1, ["local end"], [
        *connected("a", (0.00, "SYN_SENT"), (0.05, "ESTABLISHED"), (4.90, "CLOSE_WAIT"),
                   (4.95, "LAST_ACK"), (150.0, "CLOSED")),
        *record(*opening(0.01, 0.04, 0.055), (4.89, *FIN), netns="client")], "closing"),
    ("a FIN of one of two sockets, whose ACK closes it", "reuse", 1, ["local end"], [
        *accepted("a", (0.06, "SYN_RECEIVED"), (0.07, "ESTABLISHED"), (4.90, "CLOSE_WAIT"),
                  (4.95, "LAST_ACK"), (5.10, "CLOSED")),
        *record(*opening(0.01, 0.04, 0.055),
                (4.89, "initiator:F.:101:201:64240:0",
                 "initiator:snd_fin:ESTABLISHED:FIN_WAIT_1"),
                (4.96, "responder:F.:201:102:64240:0",
                 "responder:rcv_fin:ESTABLISHED:CLOSE_WAIT",
                 "initiator:rcv_ack_of_fin:FIN_WAIT_1:FIN_WAIT_2"),
                (5.09, "initiator:.:102:202:64240:0",
                 "initiator:rcv_fin:FIN_WAIT_2:TIME_WAIT",
                 "responder:rcv_ack_of_fin:LAST_ACK:CLOSED")),
        *accepted("b", (10.06, "SYN_RECEIVED"), (10.07, "ESTABLISHED"), (10.51, "CLOSED")),
        f"r {ns(10.5)} b",
        *record(*opening(10.01, 10.04, 10.055),
                (10.49, "initiator:R:101:0:0:0", "initiator:snd_rst:ESTABLISHED:CLOSED",
                 "responder:rcv_rst:ESTABLISHED:CLOSED"))], "closing", "closing_first"),
    ("a RST that refuses a socket, and is taken back", "retried", 1, ["remote end"], [
        *connected("a", (0.00, "SYN_SENT"), (0.13, "CLOSED")), f"r {ns(0.126)} a",
        *connected("b", (1.108, "SYN_SENT"), (2.294, "CLOSED")), f"r {ns(2.29)} b",
        *record((0.01, SYN, "initiator:snd_syn:CLOSED:SYN_SENT"), (0.12, *REFUSED),
                (1.12, *SYN_AGAIN), (1.14, *REFUSED), (3.00, *SYN_AGAIN), (3.01, *SYN_ACK))]),
]


def compare(kind, syncookies, lines, sets):
    """As if that were all of a wave on a wire that does all that one can."""
    wave = Wave(1, WIRES.index("all"), 0)
    wave.syncookies = syncookies
    wave.kinds[FIRST_PORT] = kind
    for name in sets:
        setattr(wave, name, {(FIRST_PORT, PLAIN)})
    events = [line for line in lines if line[0] == "m"]
    events.sort(key=lambda line: int(line.split()[3]))
    lines = renumber(events) + [line for line in lines if line[0] != "m"]
    netns = events[0].split()[1]
    end = {"client": CLIENT, "server": SERVER}.get(netns)
    sides = {netns: end and end.split(",", maxsplit=1)[0]}
    return Comparison(Histories(lines), sides, wave).run()


def run():
    """Yields (name, is it as it should be)."""
    for what, kind, syncookies, names, lines, *sets in RECALLED:
        comparison = compare(kind, syncookies, lines, sets)
        wrong = [*comparison.histories.lost, *map(str, comparison.disagreements)]
        if sorted(comparison.named) != sorted(names):
            wrong.append(f"named: {sorted(comparison.named)}, expected: {sorted(names)}")
        yield "\n".join([f"{what}: is named", *wrong]), not wrong
    for what, kind, syncookies, wanted, lines, *sets in NOTICED:
        comparison = compare(kind, syncookies, lines, sets)
        wrong = [*comparison.histories.lost]
        if [case.what for case in comparison.disagreements] != wanted:
            wrong += [f"named: {dict(comparison.named)}", *map(str, comparison.disagreements)]
        yield "\n".join([f"{what}: is noticed", *wrong]), not wrong
