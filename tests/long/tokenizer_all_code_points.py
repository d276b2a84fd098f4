#!/usr/bin/env python3
"""Compares the built-in tokenizer, id for id, with PyPI `tokenizers` 0.23.3.

usage: tokenizer_all_code_points.py REEL_TOKENIZE MODEL_FOLDER

Every Unicode scalar value alone and between letters, pairs with combining marks,
and random strings with a fixed seed. Needs `pip install tokenizers==0.23.3`.
"""

import random
import struct
import subprocess
import sys

import tokenizers

PINNED = "0.23.3"
BATCH = 50_000
RANDOM_STRINGS = 100_000
SPECIALS = ["[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]", "[sep]", "[", "]"]
TRICKY = (
    [" ", "\t", "\n", "\r", "\x00", "\x01", "\x7f", "\x85", "\u00a0", "\u200b", "\u200d", "\u3000", "\ufffd"]
    + [chr(c) for c in range(0x300, 0x370)]
    + [chr(c) for c in (0x302E, 0x302F, 0x1D165, 0x1D16D, 0x0344, 0x0F73, 0x1E031, 0x10EFD, 0x16FF0, 0x0130, 0x1E9E)]
    + list("abcxyzABCXYZ0129.,-'\"#@")
    + [chr(c) for c in (0xAC00, 0xAC01, 0xD7A3, 0x1100, 0x1161, 0x4E2D, 0xF900, 0x2B920, 0x2B900, 0x1F600)]
)


def scalar_values():
    return (c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF)


def random_strings():
    chooser = random.Random(20260101)
    values = list(scalar_values())
    low = values[:0x3000]
    for _ in range(RANDOM_STRINGS):
        length = chooser.randrange(1, 40)
        pools = [TRICKY, [chr(chooser.choice(low))], [chr(chooser.choice(values))], SPECIALS]
        yield "".join(chooser.choice(chooser.choices(pools, (6, 4, 2, 1))[0]) for _ in range(length))


def texts():
    for value in scalar_values():
        yield chr(value)
    for value in scalar_values():
        yield f"ab{chr(value)}cd"
    for value in scalar_values():
        if value < 0x20000:
            yield f"a\u0315{chr(value)}\u0300\u302eb"
    yield from random_strings()


def batches():
    batch = []
    for text in texts():
        batch.append(text)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def ids_from(program, vocabulary, batch):
    encoded = [text.encode() for text in batch]
    request = b"".join(struct.pack("<I", len(text)) + text for text in encoded)
    answer = subprocess.run([program, vocabulary], input=request, stdout=subprocess.PIPE, check=True).stdout
    words = memoryview(answer).cast("I")
    at = 0
    for text in encoded:
        count = words[at]
        ends = list(words[at + 1 + count : at + 1 + 2 * count])
        assert ends == sorted(ends) and (not ends or 0 < ends[-1] <= len(text)), (text, ends)
        yield list(words[at + 1 : at + 1 + count])
        at += 1 + 2 * count


def main():
    program, folder = sys.argv[1:]
    if tokenizers.__version__ != PINNED:
        sys.exit(f"tokenizers {PINNED} is needed, not {tokenizers.__version__}")
    reference = tokenizers.Tokenizer.from_file(f"{folder}/tokenizer.json")
    reference.no_truncation()
    reference.no_padding()
    compared = differing = 0
    for batch in batches():
        expected = reference.encode_batch(batch, add_special_tokens=False)
        for text, wanted, ours in zip(batch, expected, ids_from(program, f"{folder}/vocab.txt", batch)):
            compared += 1
            if wanted.ids != ours:
                differing += 1
                if differing <= 20:
                    print(f"{text!a}: expected {wanted.ids}, got {ours}")
    print(f"{compared} texts compared, {differing} differ")
    sys.exit(1 if differing or not compared else 0)


if __name__ == "__main__":
    main()
