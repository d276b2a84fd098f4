"""Real data: glosses of WordNet and what the built-in embedder makes of them.

Of the 117,659 glosses as many as are asked for are records, in WordNet's order, and QUERIES others are the
questions; a fixed permutation says which.
"""

import json
import os
import subprocess
import sys

import numpy

from base import HERE, HOME

sys.path.insert(0, str(HERE.parent))
import wordnet

SEED = 42
QUERIES = 500
# Lexicographer files with between 0.5 % and 2 % of the synsets: the values of the rare filter.
RARE = (
    "noun.body noun.event noun.object noun.phenomenon noun.possession noun.process noun.quantity noun.time "
    "verb.cognition verb.communication verb.contact verb.creation verb.motion verb.possession verb.social "
    "verb.stative"
).split()
HALF_WORDS = 11  # glosses of this many words or more: 53 %


def embeddings():
    """A row of float32 for each of wordnet.synsets(), made by `reel import` once; some minutes."""
    path = HOME / "data" / "wordnet-embeddings.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        numpy.save(path, embed([(synset.id, synset.gloss) for synset in wordnet.synsets()]))
    return numpy.load(path, mmap_mode="r")


def embed(texts):
    """Embeds [(id, text)] with the command build/reel ($REEL)."""
    reel = os.environ.get("REEL", str(HERE.parent.parent / "build" / "reel"))
    store = HOME / "data" / "embedding.mp4"
    store.unlink(missing_ok=True)
    lines = "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts)
    subprocess.run(
        [reel, "import", store, "-", "--format", "jsonl", "--embedder", "builtin:f32"],
        input=lines.encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    rows = {name: row for row, (name, _) in enumerate(texts)}
    vectors = None
    with subprocess.Popen([reel, "export", store, "--vectors"], stdout=subprocess.PIPE) as export:
        for line in export.stdout:
            record = json.loads(line)
            if vectors is None:
                vectors = numpy.full((len(texts), len(record["vector"])), numpy.nan, numpy.float32)
            vectors[rows[record["id"]]] = record["vector"]
    if export.returncode or numpy.isnan(vectors).any():
        raise RuntimeError(f"{store}: the export is not complete")
    store.unlink()
    return vectors


class Source:
    fields = {
        "part_of_speech": "string",
        "lexicographer": "string",
        "lemmas": "int",
        "words": "int",
        "lemma": "string",
    }

    def __init__(self, count, dimension):
        vectors = embeddings()
        if dimension != vectors.shape[1] or count + QUERIES > len(vectors):
            raise ValueError(f"there are {len(vectors)} glosses of {vectors.shape[1]} dimensions")
        rng = numpy.random.default_rng(SEED)
        chosen = rng.permutation(len(vectors))[: count + QUERIES]
        self.vectors, self.rows = vectors, numpy.sort(chosen[:count])
        self.queries = numpy.array(vectors[numpy.sort(chosen[count:])])
        self.conditions = {
            "rare": {"key": "lexicographer", "op": "=", "values": rng.choice(RARE, QUERIES).tolist()},
            "half": {"key": "words", "op": ">=", "values": [HALF_WORDS] * QUERIES},
        }

    def blocks(self, size):
        """(vectors, metadata, texts) of up to `size` records at a time."""
        synsets = list(wordnet.synsets())
        for first in range(0, len(self.rows), size):
            rows = self.rows[first : first + size]
            members = [synsets[row] for row in rows]
            yield self.vectors[rows], [self.metadata(synset) for synset in members], [
                synset.gloss for synset in members
            ]

    @staticmethod
    def metadata(synset):
        return {
            "part_of_speech": synset.part,
            "lexicographer": synset.lexicographer,
            "lemmas": len(synset.words),
            "words": len(synset.gloss.split()),
            "lemma": synset.words[0],
        }
