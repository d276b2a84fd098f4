#!/usr/bin/env python3
"""The built-in model in 64-bit floats, to measure the encoder against.

usage: embed_reference.py compare VECTORS.npy [--limit 1000] < texts (one a line)
           prints the lowest and the mean cosine to the reference as one line of JSON
       embed_reference.py write OUT.jsonl < texts
           writes {"text", "vector"} for each, rounded to 9 digits

Needs: pip install numpy scipy safetensors==0.8.0 tokenizers==0.23.3
"""

import argparse
import json
import math
import os
import pathlib
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more are slower for matrices this small

import numpy as np  # noqa: E402
import safetensors.numpy  # noqa: E402
import scipy.special  # noqa: E402
import tokenizers  # noqa: E402

HIDDEN, HEADS, LAYERS, MAX_PIECES = 384, 12, 6, 256


class Reference:
    def __init__(self, folder):
        loaded = safetensors.numpy.load_file(folder / "model.safetensors")
        self.weights = {name: value.astype(np.float64) for name, value in loaded.items()}
        self.tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_PIECES)

    def dense(self, x, prefix):
        return x @ self.weights[prefix + "weight"].T + self.weights[prefix + "bias"]

    def norm(self, x, prefix):
        x = x - x.mean(axis=1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-12)
        return x * self.weights[prefix + "weight"] + self.weights[prefix + "bias"]

    def attend(self, x, prefix):
        query, key, value = (
            self.dense(x, f"{prefix}{name}.").reshape(len(x), HEADS, -1).swapaxes(0, 1)
            for name in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(1, 2) / math.sqrt(HIDDEN // HEADS)
        scores = np.exp(scores - scores.max(axis=2, keepdims=True))
        scores /= scores.sum(axis=2, keepdims=True)
        return (scores @ value).swapaxes(0, 1).reshape(len(x), HIDDEN)

    def embed(self, text):
        ids = self.tokenizer.encode(text).ids
        x = self.weights["embeddings.word_embeddings.weight"][ids]
        x = x + self.weights["embeddings.position_embeddings.weight"][: len(ids)]
        x = self.norm(x + self.weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm.")
        for number in range(LAYERS):
            prefix = f"encoder.layer.{number}."
            context = self.dense(self.attend(x, prefix + "attention.self."), prefix + "attention.output.dense.")
            x = self.norm(x + context, prefix + "attention.output.LayerNorm.")
            wide = self.dense(x, prefix + "intermediate.dense.")
            wide = wide / 2 * (1 + scipy.special.erf(wide / math.sqrt(2)))
            x = self.norm(x + self.dense(wide, prefix + "output.dense."), prefix + "output.LayerNorm.")
        mean = x.mean(axis=0)
        return mean / np.linalg.norm(mean)


def compare(reference, texts, path):
    vectors = np.load(path, mmap_mode="r")
    cosines = []
    for text, vector in zip(texts, vectors):
        vector = vector.astype(np.float64)
        cosines.append(float(reference.embed(text) @ vector / np.linalg.norm(vector)))
    result = {"texts": len(cosines), "lowest_cosine": min(cosines), "mean_cosine": sum(cosines) / len(cosines)}
    print(json.dumps(result))


def write(reference, texts, path):
    with open(path, "w", encoding="utf-8") as out:
        for text in texts:
            vector = [float(f"{x:.9g}") for x in reference.embed(text)]
            out.write(json.dumps({"text": text, "vector": vector}, ensure_ascii=False) + "\n")


def main():
    default = os.environ.get("REEL_MODEL_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "reel", "all-MiniLM-L6-v2"
    )
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("action", choices=("compare", "write"))
    parser.add_argument("path")
    parser.add_argument("--model", type=pathlib.Path, default=pathlib.Path(default))
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    texts = [line.rstrip("\n") for line in sys.stdin][: arguments.limit]
    action = compare if arguments.action == "compare" else write
    action(Reference(arguments.model), texts, arguments.path)


if __name__ == "__main__":
    main()
