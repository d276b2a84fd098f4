"""Reads WordNet 3.0 (Debian: wordnet-base); the files are described in wndb(5WN) and lexnames(5WN)."""

import dataclasses
import pathlib
import re

FOLDER = pathlib.Path("/usr/share/wordnet")
PARTS = ("noun", "verb", "adj", "adv")

LEXICOGRAPHER_FILES = (
    "adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body "
    "noun.cognition noun.communication noun.event noun.feeling noun.food noun.group noun.location "
    "noun.motive noun.object noun.person noun.phenomenon noun.plant noun.possession noun.process "
    "noun.quantity noun.relation noun.shape noun.state noun.substance noun.time verb.body verb.change "
    "verb.cognition verb.communication verb.competition verb.consumption verb.contact verb.creation "
    "verb.emotion verb.motion verb.perception verb.possession verb.social verb.stative verb.weather "
    "adj.ppl"
).split()


@dataclasses.dataclass
class Synset:
    part: str  # one of PARTS
    offset: str  # eight digits; part and offset name a synset
    lexicographer: str  # one of LEXICOGRAPHER_FILES
    words: list  # as the file has them, but with spaces for underscores
    gloss: str  # the definition, then examples in quotation marks

    @property
    def id(self):
        return f"{self.part}-{self.offset}"

    @property
    def lemmas(self):
        """The words without the marks of adjectives: "galore(ip)" is "galore"."""
        return [re.sub(r"\((a|p|ip)\)$", "", word) for word in self.words]

    @property
    def definition(self):
        return self.gloss.split('"', 1)[0].strip(" ;")

    @property
    def examples(self):
        return re.findall(r'"([^"]+)"', self.gloss)


def synsets(folder=FOLDER):
    for part in PARTS:
        with open(folder / f"data.{part}", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("  "):  # the licence
                    continue
                fields, gloss = line.split("| ", 1)
                offset, lexicographer, _, word_count, *rest = fields.split(" ")
                words = [word.replace("_", " ") for word in rest[0 : 2 * int(word_count, 16) : 2]]
                yield Synset(part, offset, LEXICOGRAPHER_FILES[int(lexicographer)], words, gloss.strip())


def irregular_forms(part, folder=FOLDER):
    """From a base form to its irregular inflected forms: {"abide": {"abode"}, ...}."""
    forms = {}
    with open(folder / f"{part}.exc", encoding="utf-8") as lines:
        for line in lines:
            inflected, *bases = (word.replace("_", " ") for word in line.split())
            for base in bases:
                forms.setdefault(base, set()).add(inflected)
    return forms
