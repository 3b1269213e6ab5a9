#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A person at a terminal, played by a program: what the keys do to a shell, vim, less and python3 in the guest.

usage: terminal.py [--kernel FILE] [NAME...]

Every case is a session of its own through `perennial run` on a pseudo-terminal (python3-pexpect): keys go in as a person would
press them, and the case goes on when the text that must follow has come, never after a time. --kernel build/debian/generic/boot/vmlinuz
plays the same sessions on Debian's kernel. Prints a line for each failed case and closes with `N passed, N failed`.
"""
import argparse
import os
import signal
import sys
import tempfile
import termios
import time

import pexpect

LIMIT = 120
PROMPT = "@@ "
INPUTRC = "set enable-bracketed-paste off\nset bell-style none\n"
UP, DOWN, LEFT, RIGHT, HOME, END = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F"
ESC, TAB, ERASE = "\x1b", "\t", "\x7f"
CASES = []
kernel = []  # the words that choose it


def case(function):
    CASES.append(function)
    return function


def start(directory, *command, size=(24, 80)):
    with open(f"{directory}/inputrc", "w") as f:
        f.write(INPUTRC)
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": directory, "TERM": "xterm", "LC_ALL": "C.UTF-8", "PS1": PROMPT,
           "INPUTRC": f"{directory}/inputrc", "LESSHISTFILE": "-"}
    args = ["run", "--timeout", str(LIMIT), *kernel, "--", *command]
    return pexpect.spawn("build/perennial", args, dimensions=size, timeout=LIMIT, encoding="utf-8", env=env)


def shell(directory, **kw):
    c = start(directory, "bash", "--norc", "--noprofile", **kw)
    c.expect_exact(PROMPT)
    return c


def enter(c, line, *answers):
    """Type a line; each answer must come after it, then the prompt."""
    c.send(line + "\r")
    c.expect_exact("\r\n")
    for answer in answers:
        c.expect_exact(answer)
    c.expect_exact(PROMPT)


def leave(c, status=0):
    c.send(f"exit {status}\r")
    end(c, status)


def end(c, status):
    c.expect(pexpect.EOF)
    c.close()
    assert (c.exitstatus, c.signalstatus) == (status, None), f"status {c.exitstatus}, signal {c.signalstatus}"


@case
def shell_editing(d):
    c = shell(d)
    enter(c, "echo wrng" + LEFT * 2 + "o", "wrong\r\n")
    enter(c, "cho one" + HOME + "e" + END + " two", "one two\r\n")
    enter(c, "echo abc xyz" + "\x17" + "def", "abc def\r\n")  # Ctrl-W
    enter(c, "junk" + "\x15" + "echo clean", "clean\r\n")  # Ctrl-U
    enter(c, "echo keep lose" + LEFT * 5 + "\x0b" + "\x19" + "!", "keep lose!\r\n")  # Ctrl-K, Ctrl-Y
    enter(c, "echo x" + ERASE + "y" + ERASE * 3 + "o z", "z\r\n")
    leave(c)


@case
def shell_history(d):
    c = shell(d)
    enter(c, "echo first", "first\r\n")
    enter(c, "echo second", "second\r\n")
    enter(c, UP + UP, "first\r\n")
    enter(c, UP + UP + UP + DOWN + " again", "second again\r\n")
    c.send("\x12" + "fir")  # Ctrl-R
    c.expect_exact("echo first")
    enter(c, "", "first\r\n")
    leave(c, 3)


@case
def shell_completion(d):
    c = shell(d)
    enter(c, "cd /tmp && mkdir dir && cd dir && touch unmistakable_name && echo made", "made\r\n")
    enter(c, "ls unmis" + TAB, "unmistakable_name\r\n")
    enter(c, "touch unmistakable_noun; echo two", "two\r\n")
    c.send("ls unmistak" + TAB)
    c.expect_exact("able_n")
    c.send(TAB + TAB) # readline lists at a tab that follows one which changed nothing: the third
    c.expect_exact("unmistakable_name")
    c.expect_exact("unmistakable_noun")
    enter(c, "oun", "unmistakable_noun\r\n")
    leave(c)


@case
def interrupt(d):
    c = shell(d)
    c.send("sh -c 'echo run''ning; exec sleep 1000'\r")
    c.expect_exact("running\r\n")
    c.sendintr()
    c.expect_exact("^C")
    c.expect_exact(PROMPT)
    enter(c, "echo status=$?", "status=130\r\n")
    c.send("sh -c 'echo st''art; while :; do :; done' | cat\r")
    c.expect_exact("start\r\n")
    c.sendintr()
    c.expect_exact(PROMPT)
    c.send("echo never typed")
    c.expect_exact("echo never typed")
    c.sendintr()
    c.expect_exact(PROMPT)
    enter(c, "echo next", "next\r\n")
    c.send("sh -c 'trap \"echo cau\"\"ght; exit 7\" INT; echo re''ady; while :; do sleep 0.1; done'\r")
    c.expect_exact("ready\r\n")
    c.sendintr()
    c.expect_exact("caught\r\n")
    c.expect_exact(PROMPT)
    enter(c, "echo status=$?", "status=7\r\n")
    c.send("sh -c 'echo q''uit; exec sleep 1000'\r")
    c.expect_exact("quit\r\n")
    c.send("\x1c")  # Ctrl-backslash
    c.expect_exact("Quit")
    c.expect_exact(PROMPT)
    enter(c, "echo status=$?", "status=131\r\n")
    leave(c)


@case
def stop_and_foreground(d):
    c = shell(d)
    c.send("sh -c 'echo be''gin; read line; echo got $line'\r")
    c.expect_exact("begin\r\n")
    c.send("\x1a")
    c.expect_exact("Stopped")
    c.expect_exact(PROMPT)
    enter(c, "jobs", "[1]+  Stopped", "read line")
    c.send("fg\r")
    c.expect_exact("$line'\r\n")
    c.send("words\r")
    c.expect_exact("got words\r\n")
    c.expect_exact(PROMPT)
    leave(c)


@case
def background(d):
    c = shell(d)
    enter(c, "mkfifo /tmp/f; echo made", "made\r\n")
    enter(c, "(read x < /tmp/f; echo heard $x) & true", "[1] ")
    enter(c, "echo a word > /tmp/f; wait %1; echo wa''ited", "heard a word\r\n", "waited\r\n")
    c.send("cat\r")  # a stopped job that is continued in the background stops again when it reads the terminal
    c.send("echoed\r")
    c.expect_exact("echoed\r\nechoed\r\n")
    c.send("\x1a")
    c.expect_exact("Stopped")
    c.expect_exact(PROMPT)
    enter(c, "bg; until jobs -s | grep -q cat; do :; done; echo sto''pped", "stopped\r\n")
    c.send("fg\r")
    c.expect_exact("cat\r\n")
    c.send("more\r")
    c.expect_exact("more\r\nmore\r\n")
    c.sendeof()
    c.expect_exact(PROMPT)
    leave(c)


@case
def window_size(d):
    c = shell(d, size=(30, 101))
    enter(c, "stty size", "30 101\r\n")
    enter(c, "trap 'echo \"now $(stty size)\"' WINCH; echo set", "set\r\n")
    c.setwinsize(40, 120)
    c.send("until [ \"$(stty size)\" = '40 120' ]; do :; done; echo di''d\r")
    c.expect_exact("now 40 120\r\n")
    c.expect_exact("did\r\n")
    c.expect_exact(PROMPT)
    enter(c, "echo $COLUMNS", "120\r\n")
    leave(c)


@case
def echo_and_secrets(d):
    c = shell(d)
    c.send("read -rsp 'pass''word: ' p; echo; echo len ${#p}\r")
    c.expect_exact("password: ")
    c.send("secret\r")
    c.expect_exact("len 6\r\n")
    assert "secret" not in c.before, c.before
    c.expect_exact(PROMPT)
    enter(c, "stty -echo; echo off", "off\r\n")
    c.send("echo un''seen\r")
    c.expect_exact("unseen\r\n")
    c.expect_exact(PROMPT)
    leave(c)


@case
def vim(d):
    c = start(d, "vim", "-u", "NONE", "-i", "NONE", "-N", "/tmp/text")
    c.expect_exact('"/tmp/text" [New]')
    c.send("ihello\rworld" + ESC)
    c.send(":s/wor/unwor/\r")
    c.expect_exact("unworld")
    c.send("ggyyGp")  # copy the first line to the end
    c.send(":%s/hello/HELLO/g\r")
    c.expect_exact("HELLO")
    c.setwinsize(33, 90)
    c.send(":echo 'size' &lines . 'x' . &columns\r")
    while c.expect_exact(["size 33x90", "size 24x80"]):
        c.send(":echo 'size' &lines . 'x' . &columns\r")
    c.send("uu")  # undo both
    c.send(":2d\r:wq\r")
    end(c, 0)


@case
def vim_from_a_shell(d):
    c = shell(d)
    c.send("vim -u NONE -i NONE -N /tmp/note\r")
    c.expect_exact('"/tmp/note" [New]')
    c.send("iline one\rline two" + ESC)
    c.send("\x1a")  # Ctrl-Z: vim gives the terminal back and stops
    c.expect_exact("Stopped")
    c.expect_exact(PROMPT)
    enter(c, "stty -a | grep -o ' icanon'; echo ok", " icanon\r\n", "ok\r\n")
    c.send("fg\r")
    c.expect_exact("line two")
    c.send(":1s/one/three/|wq\r")
    c.expect_exact(PROMPT)
    enter(c, "cat /tmp/note; echo =$(wc -l </tmp/note)=", "line three\r\n", "line two\r\n", "=2=\r\n")
    leave(c)


@case
def less(d):
    c = shell(d)
    c.send("seq -f 'row %g.' 1000 | less\r")
    c.expect_exact("row 1.")
    c.expect_exact("row 23.")
    c.send(" ")
    c.expect_exact("row 46.")
    c.send("/row 777\r")
    c.expect_exact("777")
    c.send("G")
    c.expect_exact("row 1000.")
    c.send("g")
    c.expect_exact("row 1.")
    c.send("500g")
    c.expect_exact("row 522.")
    c.send("q")
    c.expect_exact(PROMPT)
    enter(c, "echo back", "back\r\n")
    leave(c)


@case
def python_prompt(d):
    c = start(d, "/usr/bin/python3", "-q", "-i", "-c", "import sys; sys.ps1 = '@@ '")
    c.expect_exact(PROMPT)
    enter(c, "6 * 7", "42\r\n")
    # Python's handler only notes a signal: one that comes just before a sleep begins is seen when it is over, on any kernel
    c.send("import time; print('wai' 'ting'); [time.sleep(.1) for _ in iter(int, 1)]\r")
    c.expect_exact("waiting\r\n")
    c.sendintr()
    c.expect_exact("KeyboardInterrupt")
    c.expect_exact(PROMPT)
    enter(c, UP + UP, "42\r\n")
    c.sendeof()
    end(c, 0)


@case
def much_output_and_flow(d):
    c = shell(d)
    c.send("seq 1 20000; echo en''d\r")
    c.expect_exact("\r\n19999\r\n20000\r\nend\r\n")
    c.expect_exact(PROMPT)
    c.send("cat > /tmp/in; echo by''tes $(wc -c </tmp/in)\r")
    for i in range(200):
        c.send("x" * 99 + "\r")
    c.sendeof()
    c.expect_exact("bytes 20000\r\n")
    c.expect_exact(PROMPT)
    leave(c)


@case
def the_callers_terminal_is_as_before(d):
    c = start(d, "sh", "-c", "stty raw -echo; echo changed; kill -9 $$")
    before = termios.tcgetattr(c.child_fd)
    c.expect_exact("changed")
    c.expect(pexpect.EOF)
    assert termios.tcgetattr(c.child_fd) == before, "the settings differ"
    c.close()
    assert c.exitstatus == 137, c.exitstatus


def play(function):
    """None, or what was wrong."""
    with tempfile.TemporaryDirectory() as d:
        try:
            function(d)
        except (pexpect.ExceptionPexpect, AssertionError, OSError) as error:
            return f"FAIL {function.__name__}: {type(error).__name__}: {error}"
    return None


def main():
    # Who is started in the background ignores these, and so would the shells below.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kernel")
    parser.add_argument("names", nargs="*")
    opt = parser.parse_args()
    if opt.kernel:
        kernel.extend(["--kernel", opt.kernel])
    passed = failed = 0
    for function in CASES:
        if opt.names and function.__name__ not in opt.names:
            continue
        start_time = time.monotonic()
        problem = play(function)
        print(problem or f"ok {function.__name__} ({time.monotonic() - start_time:.1f} s)", flush=True)
        passed += not problem
        failed += bool(problem)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
