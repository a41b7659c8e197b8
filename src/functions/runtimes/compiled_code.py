"""Compiled code of a function's own modules: taken from a program that has served a request, kept by the node, and given
to the function's later instances. The bytes are `u32 header length | header JSON | data…`, where the header has
[path, length] for each file of bytecode. Python itself sees whether it fits its source.
"""

import importlib.machinery
import json
import struct
import sys

# Of the whole: a frame's limit, and a file each that the node keeps.
MOST_BYTES = 6_000_000


def read_kept(path):
    kept = {}
    try:
        with open(path, "rb") as file:
            data = file.read()
        (header_bytes,) = struct.unpack_from(">I", data)
        at = 4 + header_bytes
        for name, length in json.loads(data[4:at]):
            kept[name] = data[at : at + length]
            at += length
    except (OSError, ValueError, struct.error):
        # It saves time and nothing else.
        kept.clear()
    return kept


def use_compiled_code(roots, kept_at):
    """Loads sources under `roots` with what is in the file `kept_at`, if given.

    The result tells what was compiled, or None when there is nothing worth keeping.
    """
    kept = read_kept(kept_at) if kept_at else {}
    compiled = {}
    within = tuple(f"{root}/" for root in roots)
    loader = importlib.machinery.SourceFileLoader
    get_data = loader.get_data

    def get_kept(self, path):
        found = kept.get(path)
        return get_data(self, path) if found is None else found

    def gather(_self, source_path, bytecode_path, data):
        # Nothing is written beside the sources, which are not ours to write to.
        if source_path.startswith(within):
            compiled[bytecode_path] = bytes(data)

    loader.get_data = get_kept
    loader._cache_bytecode = gather
    sys.dont_write_bytecode = False

    def taken():
        if not compiled:
            return None
        header, parts, total = [], [], 0
        for path, data in compiled.items():
            total += len(data)
            if total > MOST_BYTES:
                break
            header.append([path, len(data)])
            parts.append(data)
        head = json.dumps(header).encode()
        return b"".join([struct.pack(">I", len(head)), head, *parts])

    return taken
