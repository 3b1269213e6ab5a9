#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""tree.py - the tree's own rules, for what no compiler checks.

Each finding is one line, "file:line: rule: what", where the rule is the short name of docs/style.md. The rules:
  spdx            the first line (the second of a script) names the licence
  layers          a folder depends only on folders before it in kernel/floors.mk
  declared-deps   a file includes directly only headers of its own folder and of its declared dependencies
  self-contained  each public header compiles alone
  theory          a kernel .c file that has state or 120 lines opens with "name - ...", WHAT, and LOCKING if it takes locks
  patchable       no static variable inside a function
  no-ifdef-in-body
  named-files     a test or a page that a comment of the kernel names exists
  no-alloc-retry  no loop goes on because an allocation failed (alloc_loops.py), but in the allocator itself
  no-bare-todo    TODO(#issue): text, and nothing else
Before it looks at the tree it proves itself on a bad one (tree_bad.py): a checker that finds nothing there fails.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import alloc_loops

FREE_INCLUDES = ("linux", "asm", "asm-generic")
COMPILER_HEADERS = {"stdarg.h", "stddef.h", "stdbool.h", "stdint.h", "stdalign.h", "limits.h", "cpuid.h",
                    "immintrin.h", "x86intrin.h"}
THEORY_LINES = 120
ALLOCATORS = ("page_alloc.c",)
SPDX = "SPDX-License-Identifier: GPL-2.0-only"


class Tree:
    def __init__(self, root):
        self.root = root
        self.findings = []
        self.floors = read_variable(self.path("kernel/floors.mk"), "FLOORS")
        self.deps = {}
        self.public = {}
        self.providers = {}
        for floor in self.floors:
            build = self.path("kernel", floor, "build.mk")
            if not os.path.exists(build):
                continue
            self.deps[floor] = read_variable(build, "deps")
            self.public[floor] = read_variable(build, "public_deps")
            include = self.path("kernel", floor, "include")
            for name in sorted(os.listdir(include)) if os.path.isdir(include) else []:
                self.providers.setdefault(name, set()).add(floor)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def find(self, path, line, rule, what):
        self.findings.append("%s:%d: %s: %s" % (os.path.relpath(path, self.root), line, rule, what))

    def files(self):
        out = subprocess.run(["git", "-C", self.root, "ls-files", "-co", "--exclude-standard"],
                             capture_output=True, text=True, check=True).stdout
        return [self.path(p) for p in out.splitlines() if os.path.isfile(self.path(p))]

    def floor_of(self, path):
        """The innermost folder with a build.mk that holds this file, or None."""
        inside = os.path.relpath(path, self.path("kernel"))
        fits = [f for f in self.deps if inside.startswith(f + os.sep)]
        return max(fits, key=len) if fits else None

    def closure(self, floor, seen=None):
        seen = seen if seen is not None else set()
        if floor not in seen:
            seen.add(floor)
            for dep in self.public.get(floor, []):
                self.closure(dep, seen)
        return seen


def read_variable(path, name):
    """The words of a plain make variable; continuation lines joined, comments dropped."""
    words = []
    with open(path) as f:
        text = f.read().replace("\\\n", " ")
    for line in text.splitlines():
        m = re.match(r"\s*%s\s*(:=|\+=|=)\s*([^#]*)" % re.escape(name), line)
        if m:
            words = (words if m.group(1) == "+=" else []) + m.group(2).split()
    return words


def strip_code(text):
    """Comments and strings become blanks; lines stay where they are."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def check_spdx(tree, path, text):
    lines = text.splitlines()[:2]
    if not lines:
        return
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    if SPDX not in first:
        tree.find(path, 1, "spdx", "the first line must be the licence line")
    elif path.endswith((".c", ".h", ".S")) and first != "/* %s */" % SPDX:
        tree.find(path, 1, "spdx", "written /* ... */ in C and assembly")


def check_layers(tree):
    order = {floor: i for i, floor in enumerate(tree.floors)}
    for floor in tree.deps:
        build = tree.path("kernel", floor, "build.mk")
        for dep in tree.deps[floor] + tree.public[floor]:
            if dep not in order:
                tree.find(build, 1, "layers", "%s is no floor" % dep)
            elif order[dep] >= order[floor]:
                tree.find(build, 1, "layers", "%s is not below %s" % (dep, floor))
    for dirpath, _, names in os.walk(tree.path("kernel")):
        floor = os.path.relpath(dirpath, tree.path("kernel"))
        if "build.mk" in names and floor not in order:
            tree.find(os.path.join(dirpath, "build.mk"), 1, "layers", "not in kernel/floors.mk")


def includes(text):
    """(line, name) of each include outside of #ifdef HOST_TEST."""
    host = []
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r"\s*#\s*(if|ifdef|ifndef|else|elif|endif|include)\b\s*(.*)", line)
        if not m:
            continue
        word, rest = m.groups()
        if word.startswith("if"):
            host.append(word == "ifdef" and rest.strip() == "HOST_TEST")
        elif word == "endif" and host:
            host.pop()
        elif word in ("else", "elif") and host:
            host[-1] = False
        elif word == "include" and not any(host):
            m = re.match(r"<([^>]+)>", rest)
            if m:
                yield number, m.group(1)


def check_includes(tree, path, text):
    floor = tree.floor_of(path)
    if not floor:
        return
    is_public = os.sep + "include" + os.sep in os.path.relpath(path, tree.path("kernel", floor) + os.sep + "..")
    is_test = os.sep + "tests" + os.sep in path
    allowed = set(tree.public[floor]) | {floor} | (set() if is_public else set(tree.deps[floor]))
    for number, name in includes(text):
        top = name.split("/")[0]
        if top in FREE_INCLUDES or name in COMPILER_HEADERS or is_test and top not in tree.providers:
            continue
        if os.path.exists(tree.path("kernel", floor, "include", name)):
            continue
        owners = {f for f in tree.providers.get(top, ())
                  if os.path.exists(tree.path("kernel", f, "include", name))}
        if not owners:
            if not os.path.exists(tree.path("build/gen/include", name)):
                tree.find(path, number, "declared-deps", "<%s> is in no folder's include/" % name)
        elif not owners & allowed:
            tree.find(path, number, "declared-deps", "<%s>: %s is not in %s of kernel/%s/build.mk" % (
                name, "/".join(sorted(owners)), "public_deps" if is_public else "deps", floor))


def check_theory(tree, path, text):
    name = os.path.basename(path)
    lines = text.splitlines()
    head = text[:6000].split("*/", 2)[1] if text.count("*/") > 1 else ""
    code = strip_code(text)
    owns_state = re.search(r"^static (?!const\b|inline\b|noinline\b)[^();]*(\{|=|;)", code, re.M)
    if not tree.floor_of(path) or len(lines) < THEORY_LINES and not owns_state:
        return
    if not re.search(r"\* %s - \S" % re.escape(name), head):
        tree.find(path, 2, "theory", 'the head comment must begin "%s - ..."' % name)
    elif not re.search(r"^ \* WHAT\b", head, re.M):
        tree.find(path, 2, "theory", "WHAT is missing")
    elif re.search(r"\b(with_)?(spin_?lock|mutex_lock|down_write)\w*\(", code) and \
            not re.search(r"^ \* LOCKING\b", head, re.M):
        tree.find(path, 2, "theory", "it takes locks: LOCKING is missing")


def check_named_files(tree, path, text):
    """A test or a page that a comment names is there: below the root, the file's own folder, or the folder of the name before it."""
    floor = tree.floor_of(path)
    beside = [tree.path("kernel", floor)] if floor else []
    for number, line in enumerate(text.splitlines(), 1):
        for name in re.findall(r"[\w./-]*\w+_(?:test|fuzz)\.c\b|\bdocs/[\w./-]+\.md\b", line):
            places = [tree.root, os.path.dirname(path)] + beside
            found = [p for p in (os.path.join(place, name) for place in places) if os.path.exists(p)]
            if not found:
                tree.find(path, number, "named-files", "%s is not there" % name)
            else:
                beside.append(os.path.dirname(found[0]))


def join_macros(code):
    """(first line, text) of each logical line: continuations joined."""
    start, text = 1, ""
    for number, line in enumerate(code.splitlines(), 1):
        if not text:
            start = number
        if line.endswith("\\"):
            text += line[:-1] + " "
            continue
        yield start, text + line
        text = ""


def check_bodies(tree, path, text):
    """Static variables and #if at brace depth above 0; a macro's body has a depth of its own."""
    depth = 0
    for number, line in join_macros(strip_code(text)):
        directive = re.match(r"\s*#\s*(\w+)", line)
        if directive:
            if directive.group(1).startswith("if") and depth > 0 and path.endswith(".c"):
                tree.find(path, number, "no-ifdef-in-body", "#if inside a function")
            if directive.group(1) == "define":
                scan_statics(tree, path, number, line, 0)
            continue
        depth = scan_statics(tree, path, number, line, depth)


def scan_statics(tree, path, number, line, depth):
    for m in re.finditer(r"[{}]|\[\s*static\b|\bstatic\b", line):
        if m.group(0) == "{":
            depth += 1
        elif m.group(0) == "}":
            depth -= 1
        elif m.group(0) == "static" and depth > 0:
            tree.find(path, number, "patchable", "a static variable inside a function")
    return depth


def check_alloc_loops(tree, path, text):
    if tree.floor_of(path) == "pages" and os.path.basename(path) in ALLOCATORS:
        return
    code = strip_code(text)
    for at in alloc_loops.find(code):
        tree.find(path, code.count("\n", 0, at) + 1, "no-alloc-retry",
                  "a loop around an allocation that failed: must-succeed is __GFP_NOFAIL (docs/allocation.md)")


def check_todo(tree, path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(TODO\b(?!\(#\d+\): \S)|FIXME\b|XXX\b)", line):
            tree.find(path, number, "no-bare-todo", "write TODO(#issue): the open decision")


def compile_header(tree, floor, header):
    dirs = set()
    for dep in [floor] + tree.deps[floor] + tree.public[floor]:
        dirs |= tree.closure(dep)
    name = os.path.relpath(header, tree.path("kernel", floor, "include"))
    cmd = ["clang-22", "--target=x86_64-linux-gnu", "-std=gnu17", "-ffreestanding", "-nostdinc", "-fsyntax-only",
           "-isystem", "build/uapi", "-isystem", "/usr/lib/llvm-22/lib/clang/22/include", "-mgeneral-regs-only",
           "-D__KERNEL__", "-DPERENNIAL", "-Wall", "-Wextra", "-Werror", "-Wundef", "-Wno-unused-parameter",
           "-Wno-sign-compare", "-Wno-missing-field-initializers", "-Wno-gnu-variable-sized-type-not-at-end",
           "-Wno-address-of-packed-member", "-Ibuild/gen/include", "-x", "c", "-"]
    cmd += ["-Ikernel/%s/include" % d for d in sorted(dirs)]
    force = "kernel/lib/include/lib/compiler.h"
    if os.path.exists(tree.path(force)):
        cmd += ["-include", force]
    run = subprocess.run(cmd, input="#include <%s>\n" % name, capture_output=True, text=True, cwd=tree.root)
    return header, next((e for e in run.stderr.splitlines() if "error:" in e), "") if run.returncode else None


def check_headers(tree):
    jobs = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for floor in tree.deps:
            for dirpath, _, names in os.walk(tree.path("kernel", floor, "include")):
                jobs += [pool.submit(compile_header, tree, floor, os.path.join(dirpath, n))
                         for n in sorted(names) if n.endswith(".h")]
        for job in jobs:
            header, error = job.result()
            if error is not None:
                tree.find(header, 1, "self-contained", error.split("error: ")[-1])


def check_tree(root):
    tree = Tree(root)
    check_layers(tree)
    for path in tree.files():
        kind = os.path.splitext(path)[1]
        if kind not in (".c", ".h", ".S", ".mk", ".py", ".sh", ".lds", ".def"):
            continue
        with open(path, errors="replace") as f:
            text = f.read()
        check_spdx(tree, path, text)
        if kind in (".c", ".h", ".S"):
            check_todo(tree, path, text)
        if kind in (".c", ".h") and path.startswith(tree.path("kernel") + os.sep):
            check_includes(tree, path, text)
            if os.sep + "tests" + os.sep not in path:
                check_bodies(tree, path, text)
                check_alloc_loops(tree, path, text)
                check_named_files(tree, path, text)
                if kind == ".c":
                    check_theory(tree, path, text)
    check_headers(tree)
    return tree.findings


def self_proof():
    """Every fault planted in the bad tree is found, and nothing else is."""
    import tree_bad
    with tempfile.TemporaryDirectory() as root:
        expected = tree_bad.plant(root)
        subprocess.run(["git", "init", "-q", root], check=True)
        found = sorted({tuple(f.split(": ")[:2]) for f in check_tree(root)})
    wrong = [f for f in found if f not in expected], [e for e in expected if e not in found]
    for f in wrong[0]:
        print("self-proof: found by mistake: %s: %s" % f)
    for e in wrong[1]:
        print("self-proof: missed: %s: %s" % e)
    return not any(wrong)


def main():
    if not self_proof():
        return 1
    findings = check_tree(os.getcwd())
    for finding in findings:
        print(finding)
    print("check: %d findings" % len(findings) if findings else "check: the tree keeps its rules")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
