# SPDX-License-Identifier: GPL-2.0-only
"""alloc_loops.py - finds hand-written retry loops around an allocation. Must-succeed is the allocator's business (docs/allocation.md).

A loop is one when its way out is that the allocation worked, and its way on that it did not:
  while (!(p = alloc()))          for (;;) { p = alloc(); if (p) break; ... }     do { p = alloc(); } while (!p);
  again: p = alloc(); if (!p) goto again;                  for (;;) { p = alloc(); if (!p) continue; ... }
A loop that makes many objects is none: there a failure leaves it. The text has no comments and no strings any more.
"""
import re

ALLOC = (r"(?:k[vz]?[mzc]alloc\w*|kv[mzc]alloc\w*|krealloc|kmem_cache_z?alloc\w*|alloc_pages?\w*|alloc_folio\w*|get_free_pages?\w*|"
         r"get_zeroed_page|v[mz]alloc\w*|kstrn?dup|kmemdup|stack_alloc|mempool_alloc)")
ASSIGN = re.compile(r"([A-Za-z_][\w.>\[\]-]*)\s*=\s*(?:\([^()]*\)\s*)?%s\s*\(" % ALLOC)
LEAVE = r"(?:return\b|break\b|goto\b)"


def match_end(text, at, opening, closing):
    """The place behind the bracket that closes the one at @at."""
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == opening) - (text[i] == closing)
        if not depth:
            return i + 1
    return len(text)


def statement_end(text, at):
    """The end of the statement, or of the block, that begins at @at."""
    at += len(text[at:]) - len(text[at:].lstrip())
    if text[at:at + 1] == "{":
        return match_end(text, at, "{", "}")
    if re.match(r"(?:if|for|while|switch)\b", text[at:]):
        return statement_end(text, match_end(text, text.index("(", at), "(", ")"))
    end = text.find(";", at)
    return len(text) if end < 0 else end + 1


def branch(text, test):
    """What is done behind `if (test)`, for each such if."""
    for m in re.finditer(r"\bif\s*\(\s*(?:un)?(?:likely\s*\(\s*)?%s\s*\)?\s*\)" % test, text):
        yield text[m.end():statement_end(text, m.end())]


def leaves(code):
    return re.search(LEAVE, code) is not None


def is_retry(body, name):
    """Does the loop with this body go on because the allocation in @name failed?"""
    failed = list(branch(body, r"(?:!\s*%s|%s\s*==\s*NULL)" % (re.escape(name), re.escape(name))))
    worked = list(branch(body, r"(?:%s|%s\s*!=\s*NULL)" % (re.escape(name), re.escape(name))))
    if any(leaves(code) for code in failed):
        return False
    return any(re.search(r"\bcontinue\b", code) for code in failed) or any(leaves(code) for code in worked)


def loops(text):
    """(place, head, body) of each loop; of do-while the head is its condition."""
    for m in re.finditer(r"\b(for|while)\s*\(|\bdo\s*\{", text):
        if not m.group(1):
            end = match_end(text, m.end() - 1, "{", "}")
            tail = re.match(r"\s*while\s*\(", text[end:])
            head = text[end + tail.end() - 1:match_end(text, end + tail.end() - 1, "(", ")")] if tail else ""
            yield m.start(), head, text[m.end() - 1:end]
            continue
        head_end = match_end(text, m.end() - 1, "(", ")")
        yield m.start(), text[m.end() - 1:head_end], text[head_end:statement_end(text, head_end)]


def gotos_back(text):
    """(place, body) from each label to a goto behind it that leads back."""
    for m in re.finditer(r"^\s*([A-Za-z_]\w*):(?!:)", text, re.M):
        if m.group(1) in ("default",):
            continue
        end = text.find("\n}\n", m.end())
        end = len(text) if end < 0 else end
        for back in re.finditer(r"\bgoto\s+%s\s*;" % m.group(1), text[m.end():end]):
            yield m.start(1), m.group(1), text[m.end():m.end() + back.end()]


def find(text):
    """The places in @text, C without comments and strings, of such loops."""
    places = set()
    for at, head, body in loops(text):
        in_head = re.search(r"!\s*\(\s*[\w.>\[\]-]+\s*=\s*(?:\([^()]*\)\s*)?%s\s*\(" % ALLOC, head)
        names = {m.group(1) for m in ASSIGN.finditer(body)}
        if in_head or any(re.search(r"!\s*%s\b|\b%s\s*==\s*NULL" % (re.escape(n), re.escape(n)), head) or is_retry(body, n)
                          for n in names):
            places.add(at)
    for at, label, body in gotos_back(text):
        for name in {m.group(1) for m in ASSIGN.finditer(body)}:
            test = r"(?:!\s*%s|%s\s*==\s*NULL)" % (re.escape(name), re.escape(name))
            if any(re.search(r"\bgoto\s+%s\b" % label, code) for code in branch(body, test)):
                places.add(at)
    return sorted(places)
