#!/usr/bin/env python3
"""How good keyword, vector and hybrid search are, by 2,000 judged questions.

usage: quality.py [--out FOLDER] [--questions N] [--records N]

Indexed: all 117,659 synsets of WordNet 3.0 (Debian: wordnet-base), each as its words and its definition,
without example sentences. A question is an example sentence of a synset; the one right answer is that
synset. It is asked twice: blanked, with every form of every word of the synset taken out ("the ___ of
cargo onto the vessel"), so that only the meaning leads to the answer; and whole ("the movement of cargo onto
the vessel"), where the word leads to all synsets that have it and the rest of the sentence to one of them.
No sentence is indexed, and nobody chose them to suit a method: the sample is drawn by a fixed permutation
from all synsets that have a sentence in which one of their words occurs and at least five others are left.

MRR@10 is the mean of 1/rank of the right answer, 0 where it is not among the first ten; recall@10 the share
of questions for which it is. The errors given are standard errors of the mean. What the figures say: which
way of searching, and which weight of fusing, puts the right meaning higher, on short texts. What they do
not: how good an answer is in absolute terms. Sentences often fit dozens of synsets equally well (synonyms,
hypernyms), and each of these counts as wrong, so all figures are low, the blanked ones very; long documents
and questions made of their own words do not occur; and no other embedding model is compared.

Needs the Python module ($REEL_PYTHON: its folder) and numpy.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import tempfile
import time

import numpy

import wordnet

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, os.environ.get("REEL_PYTHON", str(HERE.parent / "build" / "python")))
import reeldb

HOME = pathlib.Path(os.environ.get("PEERS_HOME", "~/.cache/reel-peers")).expanduser()
SEED = 42
BLANK = "___"
LEAST_WORDS = 5  # other than the blanks
VOWELS = "aeiou"

# {name: options of Store.search()}
WAYS = {
    "keyword": {"mode": "text"},
    "vector": {"mode": "vector", "recall": 1.0},
    **{
        f"hybrid, by rank, vector weight {weight}": {
            "mode": "hybrid",
            "fusion": "rank",
            "vector_weight": weight,
        }
        for weight in (0.3, 0.5, 0.7, 0.8, 0.9)
    },
    **{
        f"hybrid, by score, vector weight {weight}": {
            "mode": "hybrid",
            "fusion": "weighted",
            "vector_weight": weight,
        }
        for weight in (0.3, 0.5, 0.7, 0.8, 0.9)
    },
}


# --- Questions ---


def inflected(word, part, irregular):
    """All forms that `word` may have as that part of speech, and some it never has."""
    forms = {word} | irregular.get(word, set())
    stems = {word}
    if word.endswith("e"):
        stems.add(word[:-1])
    if word.endswith("y"):
        stems.add(word[:-1] + "i")
    if len(word) > 2 and word[-1] not in VOWELS + "wxy" and word[-2] in VOWELS:
        stems.add(word + word[-1])
    endings = {
        "noun": ("s", "es"),
        "verb": ("s", "es", "ed", "d", "ing"),
        "adj": ("er", "est", "r", "st"),
        "adv": ("er", "est"),
    }[part]
    return forms | {stem + ending for stem in stems for ending in endings}


def lemma_pattern(lemma, part, irregular):
    """Matches a lemma of one or several words, each in any form."""
    words = []
    for word in lemma.lower().split():
        forms = sorted(inflected(word, part, irregular), key=len, reverse=True)
        words.append("(?:" + "|".join(map(re.escape, forms)) + ")")
    return r"(?<!\w)" + r"[\s-]+".join(words) + r"(?!\w)"


def question_of(synset, irregular):
    """The first example sentence that can be asked, whole and blanked; or None."""
    lemmas = sorted(synset.lemmas, key=len, reverse=True)  # the longer first: "give up" before "give"
    pattern = re.compile(
        "|".join(lemma_pattern(lemma, synset.part, irregular) for lemma in lemmas), re.IGNORECASE
    )
    for example in synset.examples:
        blanked, count = pattern.subn(BLANK, example)
        if count and len(re.findall(r"\w+", blanked.replace(BLANK, " "))) >= LEAST_WORDS:
            return example, blanked
    return None


def questions(synsets, count):
    """[(sentence, sentence blanked, id of the right answer)]."""
    irregular = {part: wordnet.irregular_forms(part) for part in wordnet.PARTS}
    chosen = []
    for place in numpy.random.default_rng(SEED).permutation(len(synsets)):
        synset = synsets[place]
        asked = question_of(synset, irregular[synset.part])
        if asked is not None:
            chosen.append((*asked, synset.id))
            if len(chosen) == count:
                break
    return chosen


# --- The store ---


def make_store(synsets, folder):
    """A sealed store of the synsets. Their vectors are made once and kept."""
    store = reeldb.create(str(folder / "quality.mp4"), embedder="builtin:f32")
    texts = [f'{", ".join(synset.lemmas)}: {synset.definition}' for synset in synsets]
    kept = HOME / "data" / f"quality-{len(texts)}.npy"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        numpy.save(kept, embed(store, texts, documents=True))
    store.add([synset.id for synset in synsets], numpy.load(kept), texts=texts)
    store.seal()
    return store


def embed(store, texts, documents=False):
    """A row a text; in pieces, because a call keeps all of its texts in memory."""
    pieces = (texts[first : first + 2000] for first in range(0, len(texts), 2000))
    return numpy.concatenate([store.embed(piece, documents=documents) for piece in pieces])


# --- Judging ---


def judge(store, texts, answers, vectors, options):
    """MRR@10, recall@10, their standard errors, and ms a question without embedding it."""
    reciprocal, started = [], time.perf_counter()
    for text, answer, vector in zip(texts, answers, vectors):
        given = {"query": text, "vector": vector}
        if options["mode"] != "hybrid":
            given = {"query": text if options["mode"] == "text" else vector}
        ids = [hit.id for hit in store.search(k=10, **given, **options)]
        reciprocal.append(1 / (ids.index(answer) + 1) if answer in ids else 0)
    took = (time.perf_counter() - started) * 1e3 / len(texts)
    found = numpy.array(reciprocal) > 0
    root = len(texts) ** 0.5
    return {
        "mrr": float(numpy.mean(reciprocal)),
        "mrr_error": float(numpy.std(reciprocal) / root),
        "recall": float(found.mean()),
        "recall_error": float(found.std() / root),
        "ms": took,
    }


def judge_all(store, texts, answers):
    """{way: judgement}."""
    vectors = embed(store, texts)
    return {name: judge(store, texts, answers, vectors, options) for name, options in WAYS.items()}


def table(results, asked, count):
    lines = [
        "# Quality of answers\n",
        "Made by `scripts/bench.sh quality`; do not edit. The head of bench/quality.py says what the figures "
        f"mean and what they do not. {len(asked):,} questions, {count:,} records.",
    ]
    for kind, ways in results.items():
        lines += [
            f"\n## Sentences {kind}\n",
            "| way | MRR@10 | recall@10 | ms a question, without embedding it |",
            "| --- | --- | --- | --- |",
        ]
        for name, result in ways.items():
            figures = (f"{result[name]:.4f} ± {result[f'{name}_error']:.4f}" for name in ("mrr", "recall"))
            lines.append(f"| {name} | {' | '.join(figures)} | {result['ms']:.2f} |")
    lines.append("\nThe first questions:\n")
    lines += [f"- {whole}; {blanked} ({answer})" for whole, blanked, answer in asked[:5]]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results" / "quality")
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--records", type=int, help="only so many synsets, for a trial")
    arguments = parser.parse_args()
    synsets = list(wordnet.synsets())[: arguments.records]
    asked = questions(synsets, arguments.questions)
    whole, blanked, answers = map(list, zip(*asked))
    # Blanks are left out: they say nothing to keyword search, and the model knows no such token.
    blanked = [text.replace(BLANK, " ") for text in blanked]
    with tempfile.TemporaryDirectory() as folder, make_store(synsets, pathlib.Path(folder)) as store:
        results = {"whole": judge_all(store, whole, answers), "blanked": judge_all(store, blanked, answers)}
    report = {
        "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "questions": len(asked),
        "records": len(synsets),
        "results": results,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "quality.json").write_text(json.dumps(report, indent=1) + "\n")
    (arguments.out / "README.md").write_text(table(results, asked, len(synsets)))
    print(table(results, asked, len(synsets)))


if __name__ == "__main__":
    main()
