#!/usr/bin/env python3
"""Writes the 117,659 glosses of WordNet 3.0 (Debian: wordnet-base).

usage: wordnet_glosses.py [--text] [--folder /usr/share/wordnet] > OUT

JSONL {"id", "text", "metadata"} with the synset's file and offset as id, or with
--text only the texts, one a line.
"""

import argparse
import json
import pathlib

import wordnet


def glosses(folder):
    for synset in wordnet.synsets(folder):
        yield synset.id, synset.gloss, {"part_of_speech": synset.part, "words": synset.words}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=pathlib.Path, default=wordnet.FOLDER)
    parser.add_argument("--text", action="store_true")
    arguments = parser.parse_args()
    for name, text, metadata in glosses(arguments.folder):
        if arguments.text:
            print(text)
        else:
            print(json.dumps({"id": name, "text": text, "metadata": metadata}, ensure_ascii=False))


if __name__ == "__main__":
    main()
