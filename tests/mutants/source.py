# SPDX-License-Identifier: GPL-2.0-only
"""Parses as much of C as is needed to change it in one place: the tokens, and where
functions, statements and expressions begin and end."""

import re
from collections import namedtuple

# kind: "name", "number", "string" or "mark"; start, end: offsets in the text
Token = namedtuple("Token", "kind text start end")

PATTERN = re.compile(r"""
    (?P<skip> \s+ | /\*.*?\*/ | //[^\n]* | ^[ \t]*\#(?:\\\n|[^\n])* )
  | (?P<string> "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<number> 0[xX][0-9a-fA-F]+[uUlL]* | [0-9]+[uUlL]* )
  | (?P<mark> <<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\w\s] )
""", re.S | re.M | re.X)

ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}

TYPES = re.compile(r"__[us](8|16|32|64)|[us](8|16|32|64)|bool|int|unsigned|char|void|long|size_t"
                   r"|const|static|struct|union|enum|extern|inline|typedef")
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(?:\\\n|[^\n])*", re.M)
ASSERTION = {"static_assert", "_Static_assert", "BUILD_BUG_ON"}


def words_of(text):
    return set(re.findall(r"\w+", text))


def tokens_of(text):
    """The tokens of a text, without comments and preprocessor lines."""
    tokens = []
    for match in PATTERN.finditer(text):
        if match.lastgroup != "skip":
            tokens.append(Token(match.lastgroup, match.group(), match.start(), match.end()))
    return tokens


class Source:
    """A C file. Ranges are pairs of indices into .tokens, the second one exclusive.

    .statements: (function, range): each expression statement or jump, with its semicolon
    .expressions: (function, range): each expression
    .conditions: (function, range): the expression in the parentheses of each if and while
    .returns: (function, range, is_bool): the expression of each return, and whether the
        function returns bool
    .cells: (table, range): each designated initialiser, with its comma
    .functions: function: the indices of its first token and of its braces
    .words: function or macro: the set of words in it
    """

    def __init__(self, text):
        self.text = text
        self.tokens = tokens_of(text)
        self.partner = self.match_brackets()
        self.statements, self.expressions, self.conditions = [], [], []
        self.returns, self.cells, self.functions = [], [], {}
        self.words = {match[1]: words_of(match.group()) for match in MACRO.finditer(text)}
        self.is_bool, self.last = False, None
        self.parse_file()

    def match_brackets(self):
        partner, stack = {}, []
        for i, token in enumerate(self.tokens):
            if token.kind == "mark" and token.text in OPEN:
                stack.append(i)
            elif token.kind == "mark" and token.text in CLOSE:
                begin = stack.pop()
                partner[begin], partner[i] = i, begin
        return partner

    def at(self, i):
        return self.tokens[i].text

    def skip(self, i):
        """The index after this token, or after the closing bracket if it opens one."""
        return self.partner[i] + 1 if self.at(i) in OPEN else i + 1

    def find(self, i, end, wanted):
        """The index of the first of the @wanted marks outside brackets, or @end."""
        while i < end and self.at(i) not in wanted:
            i = self.skip(i)
        return min(i, end)

    def span(self, begin, end):
        """The offsets in the text at which a range begins and ends."""
        return self.tokens[begin].start, self.tokens[end - 1].end

    def parse_file(self):
        i, n = 0, len(self.tokens)
        while i < n:
            end = self.find(i, n, {";", "{"})
            if end < n and self.at(end) == "{":
                equals = self.find(i, end, {"="})
                if equals < end:
                    self.parse_table(self.declared(i, equals), end)
                elif end > i and self.at(end - 1) == ")":
                    self.parse_function(i, end)
                end = self.partner[end]
            i = end + 1

    def declared(self, begin, end):
        """The name that is declared, which is the last word, or the one in front of sizes in
        brackets."""
        while self.at(end - 1) == "]":
            end = self.partner[end - 1]
        return self.at(end - 1) if end > begin else "?"

    def parse_table(self, name, brace):
        i, end = brace + 1, self.partner[brace]
        while i < end:
            comma = self.find(i, end, {","})
            equals = self.find(i, comma, {"="})
            if equals < comma and self.at(i) in ("[", "."):
                self.cells.append((name, (i, min(comma + 1, end))))
                i = equals + 1
            if i < comma and self.at(i) == "{":
                self.parse_table(name, i)
            elif i < comma:
                self.expressions.append((name, (i, comma)))
            i = comma + 1

    def parse_function(self, begin, brace):
        params = self.partner[brace - 1]
        name = self.at(params - 1)
        self.is_bool = "bool" in [token.text for token in self.tokens[begin:params - 1]]
        self.last = self.partner[brace]
        self.functions[name] = begin, brace, self.last
        start, end = self.span(begin, self.last + 1)
        self.words[name] = words_of(self.text[start:end])
        self.parse_block(name, brace)

    def parse_block(self, name, brace):
        i, end = brace + 1, self.partner[brace]
        while i < end:
            i = self.parse_statement(name, i)
        return end + 1

    def parse_statement(self, name, i):
        word = self.at(i)
        if word == "{":
            return self.parse_block(name, i)
        if word in ("if", "while", "switch", "for"):
            return self.parse_compound(name, i)
        if word == "do":
            return self.parse_statement(name, self.parse_statement(name, i + 1))
        if word in ("case", "default"):
            return self.find(i, len(self.tokens), {":"}) + 1
        end = self.find(i, len(self.tokens), {";"})
        if word in ASSERTION or end == i:
            return end + 1
        if TYPES.fullmatch(word):
            self.parse_declaration(name, i, end)
            return end + 1
        if word == "return":
            if end > i + 1:
                self.expressions.append((name, (i + 1, end)))
                self.returns.append((name, (i + 1, end), self.is_bool))
        elif word not in ("break", "continue", "goto"):
            self.expressions.append((name, (i, end)))
        # Removing the last return would not compile, or, in a void function, change nothing.
        if word != "return" or end + 1 != self.last:
            self.statements.append((name, (i, end + 1)))
        return end + 1

    def parse_compound(self, name, i):
        word, brace = self.at(i), i + 1
        end = self.partner[brace]
        if word == "for":
            first = self.find(brace + 1, end, {";"})
            second = self.find(first + 1, end, {";"})
            for part in ((brace + 1, first), (first + 1, second), (second + 1, end)):
                if part[1] > part[0] and not TYPES.fullmatch(self.at(part[0])):
                    self.expressions.append((name, part))
        else:
            self.expressions.append((name, (brace + 1, end)))
            if word != "switch":
                self.conditions.append((name, (brace + 1, end)))
        if end + 1 < len(self.tokens) and self.at(end + 1) == ";":
            return end + 2
        i = self.parse_statement(name, end + 1)
        if word == "if" and self.at(i) == "else":
            i = self.parse_statement(name, i + 1)
        return i

    def parse_declaration(self, name, i, end):
        """Collects the initial values of the declared names, and not the sizes of arrays."""
        while i < end:
            comma = self.find(i, end, {","})
            equals = self.find(i, comma, {"="})
            if equals < comma and self.at(equals + 1) == "{":
                self.parse_table(name, equals + 1)
            elif equals < comma:
                self.expressions.append((name, (equals + 1, comma)))
            i = comma + 1

    def operands(self, begin, end, mark):
        """The ranges between the marks that are outside brackets."""
        parts, i = [], begin
        while i < end:
            stop = self.find(i, end, {mark})
            parts.append((i, stop))
            i = stop + 1
        return parts

    def terms(self, begin, end):
        """Yields the ranges that can be operands of && || and ?: in an expression, with the
        mark that follows, the innermost last.

        A comma, an assignment, ? and : end such a range. Brackets are searched, too.
        """
        ends = ASSIGNMENTS | {",", "?", ":"}
        i = begin
        while i < end:
            stop = self.find(i, end, ends)
            if stop > i:
                yield (i, stop), self.at(stop) if stop < end else ""
            j = i
            while j < stop:
                if self.at(j) in OPEN:
                    yield from self.terms(j + 1, self.partner[j])
                j = self.skip(j)
            i = stop + 1

    def is_binary(self, i, begin):
        """Does the operator at this token have a left operand?"""
        if i == begin:
            return False
        before = self.tokens[i - 1]
        if before.text == ")":
            inside = self.tokens[self.partner[i - 1] + 1:i - 1]
            return not all(TYPES.fullmatch(token.text) or token.text == "*" for token in inside)
        return before.kind in ("name", "number") or before.text == "]"

    def parameters(self, name):
        """The names of a function's parameters."""
        brace = self.functions[name][1]
        names = []
        for begin, end in self.operands(self.partner[brace - 1] + 1, brace - 1, ","):
            # NAME, NAME[SIZE], or (*NAME)(...)
            bracket = self.find(begin, end, {"("})
            if bracket < end:
                names.append(self.at(bracket + 2))
            elif self.at(begin) != "void" or end > begin + 1:
                names.append(self.declared(begin, end))
        return names

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def lines_around(self, start, end):
        """The offsets of the whole lines in which a span lies."""
        first = self.text.rfind("\n", 0, start) + 1
        last = self.text.find("\n", end)
        return first, len(self.text) if last < 0 else last
