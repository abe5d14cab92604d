# SPDX-License-Identifier: GPL-2.0-only
"""Makes the changes of a source, each in one place."""

import re
from collections import Counter, namedtuple

# where: the function or table; key: the change as the list of survivors writes it; line: its
# line in the source; start, end: the offsets of the text that is replaced; other: the text
# that replaces it
Change = namedtuple("Change", "where key line start end other")

OTHER = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "&&": "||", "||": "&&", "<<": ">>", ">>": "<<", "^": "|", "/": "*", "%": "*",
    "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "<<=": ">>=", ">>=": "<<=",
    "++": "--", "--": "++",
}
# Binary operators that mean something else with one operand, where they are left alone
OTHER_BINARY = {"+": "-", "-": "+", "&": "|", "|": "&", "*": "/"}
OTHER_NAME = {"true": "false", "false": "true"}
# "After" and "not before" differ for one number only, the one that is equal.
OFF_BY_ONE = {"tcpstate_seq_before": "!tcpstate_seq_after",
              "tcpstate_seq_after": "!tcpstate_seq_before"}
LARGER_OF = "tcpstate_seq_max"


def number_neighbours(text):
    """A number plus 1 and, unless it is 0, minus 1, in the same notation."""
    digits = text.rstrip("uUlL")
    suffix = text[len(digits):]
    value = int(digits, 0)
    form = "{:#x}{}" if digits.lower().startswith("0x") else "{}{}"
    return [form.format(each, suffix) for each in (value + 1, value - 1) if each >= 0]


def of_token(source, i, begin):
    """The texts that can replace this token."""
    token = source.tokens[i]
    if token.kind == "number":
        return number_neighbours(token.text)
    if token.kind == "name":
        other = OTHER_NAME.get(token.text) or OFF_BY_ONE.get(token.text)
        return [other] if other else []
    if token.text in ("!", "~"):
        return [""]
    if token.text in OTHER_BINARY:
        return [OTHER_BINARY[token.text]] if source.is_binary(i, begin) else []
    return [OTHER[token.text]] if token.text in OTHER else []


def of_expression(source, begin, end):
    """Yields the changes within one expression, as (start, end, other text): each token, an
    argument for the larger of two numbers, a negated condition of ?:, and an operand of ||
    or && that has no effect."""
    for i in range(begin, end):
        token = source.tokens[i]
        for other in of_token(source, i, begin):
            yield token.start, token.end, other
        if token.text == LARGER_OF:
            inside = source.operands(i + 2, source.partner[i + 1], ",")
            for each in inside:
                start, stop = source.span(*each)
                yield token.start, source.span(i, source.partner[i + 1] + 1)[1], \
                    f"({source.text[start:stop]})"
    for (first, last), mark in source.terms(begin, end):
        start, stop = source.span(first, last)
        if mark == "?":
            yield start, stop, f"!({source.text[start:stop]})"
        alternatives = source.operands(first, last, "||")
        for alternative in alternatives:
            if len(alternatives) > 1:
                yield *source.span(*alternative), "0"
            conjuncts = source.operands(*alternative, "&&")
            if len(conjuncts) > 1:
                for conjunct in conjuncts:
                    yield *source.span(*conjunct), "1"


def spans(source):
    """Yields all changes, as (function or table, start, end, other text). The same change can
    come twice."""
    for where, (begin, end) in source.statements:
        yield where, *source.span(begin, end), ";"
    for where, (begin, end) in source.cells:
        yield where, *source.span(begin, end), ""
    for where, (begin, end) in source.conditions:
        start, stop = source.span(begin, end)
        yield where, start, stop, f"!({source.text[start:stop]})"
    for where, (begin, end), is_bool in source.returns:
        start, stop = source.span(begin, end)
        if is_bool and source.text[start:stop] not in OTHER_NAME:
            yield where, start, stop, f"!({source.text[start:stop]})"
    for where, (begin, end) in source.expressions:
        for change in of_expression(source, begin, end):
            yield where, *change


def squeeze(text):
    """The code on one line, without comments."""
    return " ".join(re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S).split())


def key_of(source, start, end, other):
    """The changed lines on one line, with {before => after}, or {!} for a negation."""
    first, last = source.lines_around(start, end)
    text = source.text
    before, after = squeeze(text[start:end]), squeeze(other)
    if after == f"!({before})":
        marked = "{!}(" + before + ")"
    else:
        marked = "{" + before + " => " + after + "}"
    left, right = text[first:start], text[end:last]
    return squeeze(left + "\x01" + right).replace("\x01", marked)


def changes_of(source):
    """Yields each change of a source once, in the order of the text."""
    found, seen = [], set()
    for where, start, end, other in spans(source):
        if (start, end, other) not in seen:
            seen.add((start, end, other))
            found.append((start, end, other, where))
    count = Counter()
    for start, end, other, where in sorted(found):
        key = key_of(source, start, end, other)
        count[where, key] += 1
        # The function has this line, or this operator in it, more than once.
        if count[where, key] > 1:
            key += f" #{count[where, key]}"
        yield Change(where, key, source.line(start), start, end, other)


def changed(text, change, first=0, last=None):
    """The text from @first to @last, with the change made."""
    return text[first:change.start] + change.other + text[change.end:last]


def all_in_one(source, changes):
    """One text of the source that has all of these changes of functions.

    @changes are the changes by number. For each of them, the text has a changed copy of its
    function. The function itself calls the copy that mutant_number selects, if there is one.
    """
    text, parts, done = source.text, ["extern int mutant_number;\n"], 0
    for name, (begin, brace, last) in source.functions.items():
        numbers = [i for i, change in changes.items() if change.where == name]
        if not numbers:
            continue
        start, body = source.tokens[begin].start, source.tokens[brace].end
        end, at = source.tokens[last].end, source.tokens[source.partner[brace - 1] - 1].end
        returns = "" if "void" in text[start:at].split() else "return "
        arguments = ", ".join(source.parameters(name))
        parts.append(text[done:start])
        for i in numbers:
            head = re.sub(r"\b(inline|static)\b", "", text[start:at])
            parts.append(f'\n#line 1 "mutant-{i}"\nstatic __attribute__((noinline, unused)) '
                         f"{head}_{i}" + changed(text, changes[i], at, end))
        parts.append(f'\n#line 1 "{name}"\n' + text[start:body] + "switch (mutant_number) {\n")
        parts += [f"case {i}: {returns}{name}_{i}({arguments}); {'' if returns else 'return;'}\n"
                  for i in numbers]
        parts.append("}\n")
        done = body
    return "".join(parts) + text[done:]
