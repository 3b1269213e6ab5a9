# SPDX-License-Identifier: GPL-2.0-only
"""tree_bad.py - a small tree in which each rule of tree.py is broken once, and kept once beside it."""
import os

C = "/* SPDX-License-Identifier: GPL-2.0-only */\n"
MK = "# SPDX-License-Identifier: GPL-2.0-only\n"
LONG = "\n" * 120

FILES = {
    "kernel/floors.mk": MK + "FLOORS := low middle \\\n\thigh\n",
    "kernel/low/build.mk": MK + "srcs := good.c\ndeps := high\npublic_deps :=\n",
    "kernel/middle/build.mk": MK + "srcs := a.c\ndeps := low\n",
    "kernel/high/build.mk": MK + "srcs := b.c\ndeps := middle\npublic_deps := low\n",
    "kernel/stray/build.mk": MK + "srcs :=\n",
    "kernel/low/include/low/alone.h": C + "#include <linux/types.h>\n#ifdef HOST_TEST\n#include <stdio.h>\n#endif\n"
                                          "int low(void);\n",
    "kernel/low/include/low/not_alone.h": C + "unknown_type low_value(void);\n",
    "kernel/middle/include/middle/m.h": C + "#include <low/alone.h>\n",
    "kernel/high/include/high/h.h": C + "#include <low/alone.h>\n",
    "kernel/low/good.c": C + "/*\n * good.c - keeps every rule.\n *\n * WHAT        This.\n */\n"
                             "#include <low/alone.h>\nint low(void)\n{\n\treturn 0; /* TODO(#7): more */\n}\n" + LONG,
    "kernel/low/bare.c": "int licence_missing;\n",
    "kernel/middle/a.c": C + "#include <low/alone.h>\n#include <high/h.h>\n#include <nowhere/x.h>\n",
    "kernel/high/b.c": C + "/* b.c - short, so it needs no theory. TODO: who does this? */\nint count(void)\n{\n"
                           "\tstatic int calls;\n\n\treturn ++calls;\n}\n",
    "kernel/high/c.c": C + "/* c.c - */\nint odd(int array[static 2])\n{\n#ifdef X\n\treturn 1;\n#endif\n\treturn 0;\n}\n",
    "kernel/high/d.c": C + LONG,
    "kernel/high/e.c": C + "/*\n * e.c - locks in silence.\n *\n * WHAT        Locks.\n */\nvoid f(void)\n{\n"
                           "\tspin_lock(0);\n}\n" + LONG,
    "kernel/high/g.c": C + "/* g.c - state without theory. */\nstatic struct {\n\tint n;\n} state;\n",
    "kernel/high/h.c": C + "/* h.c - no state: no theory wanted. */\nstatic int f(int a)\n{\n\treturn a;\n}\n",
    "kernel/high/i.c": C + "/* i.c - tests/guest/x/there_test.c, beside_test.c, missing_test.c; docs/no.md */\n",
    "kernel/high/j.c": C + "/* j.c - a retry by condition. */\nvoid f(void)\n{\n\twhile (!(p = kmalloc(8, GFP_KERNEL)))\n\t\tschedule();\n}\n",
    "kernel/high/k.c": C + "/* k.c - a retry by break. */\nvoid f(void)\n{\n\tfor (;;) {\n\t\tp = alloc_page(GFP_NOFS);\n"
                           "\t\tif (p)\n\t\t\tbreak;\n\t\tschedule();\n\t}\n}\n",
    "kernel/high/l.c": C + "/* l.c - a retry by goto. */\nvoid f(void)\n{\nagain:\n\tp->buf = (char *)kzalloc(8, 0);\n"
                           "\tif (unlikely(!p->buf)) {\n\t\tschedule();\n\t\tgoto again;\n\t}\n}\n",
    "kernel/high/m.c": C + "/* m.c - a retry by do. */\nvoid f(void)\n{\n\tdo {\n\t\tp = kmem_cache_alloc(c, 0);\n\t} while (!p);\n}\n",
    "kernel/high/n.c": C + "/* n.c - a retry by continue. */\nvoid f(void)\n{\n\twhile (busy()) {\n\t\tp = vmalloc(9);\n"
                           "\t\tif (p == NULL)\n\t\t\tcontinue;\n\t\tuse(p);\n\t}\n}\n",
    "kernel/high/o.c": C + "/* o.c - no retry: each failure leaves. */\nint f(void)\n{\n\tfor (i = 0; i < n; i++) {\n"
                           "\t\tp = kmalloc(8, 0);\n\t\tif (!p)\n\t\t\tbreak;\n\t\tuse(p);\n\t}\n"
                           "\twhile ((p = alloc_page(0)))\n\t\tkeep(p);\nagain:\n\tq = kmalloc(8, 0);\n\tif (!q)\n\t\treturn 1;\n"
                           "\tif (raced(q))\n\t\tgoto again;\n\treturn 0;\n}\n",
    "tests/guest/x/there_test.c": C,
    "tests/guest/x/beside_test.c": C,
    "kernel/high/f.h": C + "#define ONCE() ({ static int said; said++; })\n#define MAKE(n) static int n(void)\n",
}

EXPECTED = [
    ("kernel/low/build.mk:1", "layers"),
    ("kernel/stray/build.mk:1", "layers"),
    ("kernel/low/include/low/not_alone.h:1", "self-contained"),
    ("kernel/middle/include/middle/m.h:2", "declared-deps"),
    ("kernel/low/bare.c:1", "spdx"),
    ("kernel/middle/a.c:3", "declared-deps"),
    ("kernel/middle/a.c:4", "declared-deps"),
    ("kernel/high/b.c:2", "no-bare-todo"),
    ("kernel/high/b.c:5", "patchable"),
    ("kernel/high/c.c:5", "no-ifdef-in-body"),
    ("kernel/high/d.c:2", "theory"),
    ("kernel/high/e.c:2", "theory"),
    ("kernel/high/f.h:2", "patchable"),
    ("kernel/high/g.c:2", "theory"),
    ("kernel/high/i.c:2", "named-files"),
    ("kernel/high/j.c:5", "no-alloc-retry"),
    ("kernel/high/k.c:5", "no-alloc-retry"),
    ("kernel/high/l.c:5", "no-alloc-retry"),
    ("kernel/high/m.c:5", "no-alloc-retry"),
    ("kernel/high/n.c:5", "no-alloc-retry"),
]


def plant(root):
    """Writes the tree at @root; returns the (place, rule) pairs that must be found."""
    for name, text in FILES.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
    os.makedirs(os.path.join(root, "build"))
    if os.path.isdir("build/uapi"):
        os.symlink(os.path.abspath("build/uapi"), os.path.join(root, "build/uapi"))
    return EXPECTED
