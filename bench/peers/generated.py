"""Generated data: 1,000 Gaussian clusters in a space of low rank whose spectrum decays, with a little noise
of full rank, on the unit sphere. Easier to search than embeddings of texts: compare ratios."""

import numpy

SEED = 42
QUERIES = 1000
CLUSTERS, RANK = 1000, 96
HALF_YEAR = 2008  # year >= 2008 lets 50 % through
TEXT_BYTES = 500
SYLLABLES = "ka ro mi ten lu sor vi da pel no gra shi tor en qua bel ri mos ul fa".split()


def vocabulary(size=5000):
    rng = numpy.random.default_rng([SEED, 4])
    return numpy.array(["".join(rng.choice(SYLLABLES, rng.integers(2, 5))) for _ in range(size)])


class Clusters:
    """Where the vectors are; depends on the dimension, not on how many there will be."""

    def __init__(self, dimension):
        rng = numpy.random.default_rng([SEED, dimension])
        self.dimension = dimension
        self.basis = numpy.linalg.qr(rng.standard_normal((dimension, RANK)))[0].T.astype(numpy.float32)
        spectrum = (1.0 / numpy.sqrt(1.0 + numpy.arange(RANK))).astype(numpy.float32)
        self.centres = rng.standard_normal((CLUSTERS, RANK)).astype(numpy.float32) * spectrum
        self.spreads = numpy.stack([spectrum[rng.permutation(RANK)] for _ in range(CLUSTERS)])
        weights = 1.0 / (10 + numpy.arange(CLUSTERS))  # sizes of clusters: a mild Zipf law
        self.weights = weights / weights.sum()

    def draw(self, count, rng):
        """Vectors and the cluster each is of."""
        clusters = rng.choice(CLUSTERS, count, p=self.weights)
        inner = rng.standard_normal((count, RANK)).astype(numpy.float32)
        outer = rng.standard_normal((count, self.dimension)).astype(numpy.float32)
        points = (self.centres[clusters] + 0.6 * self.spreads[clusters] * inner) @ self.basis
        points += numpy.float32(0.25 / numpy.sqrt(self.dimension)) * outer
        return points / numpy.linalg.norm(points, axis=1, keepdims=True), clusters


class Source:
    fields = {"category": "string", "year": "int", "score": "float", "title": "string"}

    def __init__(self, count, dimension):
        self.count = count
        self.clusters = Clusters(dimension)
        self.queries, _ = self.clusters.draw(QUERIES, numpy.random.default_rng([SEED, dimension, 2]))
        rare = numpy.random.default_rng([SEED, 5]).integers(0, 100, QUERIES)
        self.conditions = {
            "rare": {"key": "category", "op": "=", "values": [f"cat_{value:03d}" for value in rare]},
            "half": {"key": "year", "op": ">=", "values": [HALF_YEAR] * QUERIES},
        }
        self.words = vocabulary()
        frequencies = 1.0 / (5 + numpy.arange(len(self.words)))
        self.frequencies = frequencies / frequencies.sum()

    def blocks(self, size):
        """(vectors, metadata, texts) of up to `size` records at a time."""
        for first in range(0, self.count, size):
            rng = numpy.random.default_rng([SEED, self.clusters.dimension, 1, first])
            count = min(size, self.count - first)
            vectors, clusters = self.clusters.draw(count, rng)
            # Half of the categories follow the clusters, so that filters and vectors are related.
            categories = numpy.where(rng.random(count) < 0.5, clusters % 100, rng.integers(0, 100, count))
            years, scores = rng.integers(1990, 2026, count), rng.random(count)
            words = rng.choice(len(self.words), (count, 80), p=self.frequencies)
            texts = [" ".join(self.words[row])[:TEXT_BYTES] for row in words]
            metadata = [
                {
                    "category": f"cat_{category:03d}",
                    "year": int(year),
                    "score": round(float(score), 6),
                    "title": text[:40],
                }
                for category, year, score, text in zip(categories, years, scores, texts)
            ]
            yield vectors, metadata, texts
