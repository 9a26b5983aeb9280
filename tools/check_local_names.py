#!/usr/bin/env python3
"""Checks that a name in an anonymous namespace is given once in a module, and once in a program of tests.

The sources of a module are compiled in batches, and so are the tests of a program (GW_BATCHES in CMakeLists.txt), so that
two files may see each other's local names: the same name would be an error, or worse, another overload that fits better without a word. A second
definition is also most often a thing said twice. Two aliases of the same type and the tables of `fields` are no clash.
For the same reason no source uses a local name of another: it would compile in the batch and not alone.
"""

import collections
import re
import sys

import check_layering
import check_main

LOCAL = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.S | re.M)
DEFINED = re.compile(
    r"^(?:template <[^\n]*>\n)?(?:"
    r"(?:struct|class|enum class) (?P<type>\w+)[ :{;]"
    r"|(?:inline |static )*(?:const|constexpr) [^=\n{;(]*\b(?P<value>k[A-Z]\w*)(?:\[[^\]]*\])?\s*[={(]"
    r"|using (?P<alias>\w+) = (?P<of>[^;]+);"
    r"|(?!using|return|else)(?:[\w:<>,&*\[\]()]+ )+[&*]?(?P<function>\w+)\()",
    re.M,
)
WORDS = re.compile(r"//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"")
OVERLOADED = {"fields"}  # one for each struct that is read, told apart by the struct


def definitions(text):
    """(name, what it is or None, line) of each thing defined in an anonymous namespace of a source."""
    for space in LOCAL.finditer(text):
        for found in DEFINED.finditer(space.group(1)):
            name = found["type"] or found["value"] or found["alias"] or found["function"]
            at = space.start(1) + found.start()
            yield name, found["of"], text.count("\n", 0, at) + 1


def borrowed(own, texts, declared):
    """(source, line, name, whose) of local names that another source of the module calls and nobody else declares."""
    for whose, names in own.items():
        for name in sorted(names - OVERLOADED):
            if name in declared:
                continue
            used = re.compile(rf"(?<![\w.>:]){name}\b" + ("" if name[0] == "k" else r"(?=[({])"))
            declares = re.compile(rf"(?:\b(?!return\b|else\b|throw\b)\w+|[>&*\]]) {name}\b")
            for path, text in texts.items():
                found = None if path == whose or name in own.get(path, ()) else used.search(text)
                if found and not declares.search(text):
                    yield path, text.count("\n", 0, found.start()) + 1, name, whose


def check(root):
    """The violations, one line each."""
    problems = []
    headers = " ".join(h.read_text() for h in (root / "src").rglob("*.h"))
    declared = set(re.findall(r"\w+", WORDS.sub("", headers)))
    modules = sorted((root / "src" / "gigawatt").glob("*/"))
    build = root / "CMakeLists.txt"
    programs = [names.split() for names in check_layering.TEST_PROGRAM.findall(build.read_text() if build.exists() else "")]
    alone = [[module.name] for module in modules if not any(module.name in program for program in programs)]
    tests = [[root / "src" / "gigawatt" / name / "test" for name in program] for program in programs + alone]
    for batched in [[module] for module in [*modules, root / "python" / "src"]] + tests:
        first, own, texts = collections.OrderedDict(), collections.defaultdict(set), {}
        for folder, path in ((folder, path) for folder in batched for path in sorted(folder.rglob("*.cpp"))):
            if {"test", "fuzz"} & set(path.relative_to(folder).parts):
                continue
            texts[path] = WORDS.sub("", path.read_text())
            for name, alias, line in definitions(path.read_text()):
                own[path].add(name)
                other, same = first.setdefault(name, (path, alias))
                if other == path or name in OVERLOADED or (alias and alias == same):
                    continue
                problems.append(
                    f"{path.relative_to(root)}:{line}: '{name}' is a local name of {other.relative_to(root)} as well: "
                    "share it, or call it what it is here"
                )
        for path, line, name, whose in borrowed(own, texts, declared):
            problems.append(f"{path.relative_to(root)}:{line}: '{name}' is a local name of {whose.relative_to(root)}")
    return problems


if __name__ == "__main__":
    sys.exit(check_main.run(__doc__, "local names", check))
