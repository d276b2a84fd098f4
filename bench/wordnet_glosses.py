#!/usr/bin/env python3
"""Writes the 117,659 glosses of WordNet 3.0 (Debian: wordnet-base).

usage: wordnet_glosses.py [--text] [--folder /usr/share/wordnet] > OUT

JSONL {"id", "text", "metadata"} with the synset's file and offset as id, or with
--text only the texts, one a line.
"""

import argparse
import json
import pathlib


def glosses(folder):
    for part in ("noun", "verb", "adj", "adv"):
        with open(folder / f"data.{part}", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("  "):  # the licence
                    continue
                fields, gloss = line.split("| ", 1)
                offset, _, _, word_count, *rest = fields.split(" ")
                words = [word.replace("_", " ") for word in rest[0 : 2 * int(word_count, 16) : 2]]
                yield f"{part}-{offset}", gloss.strip(), {"part_of_speech": part, "words": words}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/usr/share/wordnet"))
    parser.add_argument("--text", action="store_true")
    arguments = parser.parse_args()
    for name, text, metadata in glosses(arguments.folder):
        if arguments.text:
            print(text)
        else:
            print(json.dumps({"id": name, "text": text, "metadata": metadata}, ensure_ascii=False))


if __name__ == "__main__":
    main()
