"""Which intent a text means: a linear SVM over character n-grams of letters, trained when it is made."""

import re
import unicodedata

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from workers.responder.intents import Intents

SURE = -0.4
"""The least distance from the plane, chosen on the dev set: below it nothing is understood."""

MOST_CHARS = 500
_NOT_WORDS = re.compile(r"[\W_]+")
_OFF_TOPIC = ""


def letters(text: str) -> str:
    """In small letters, without signs; a Korean syllable as its letters, so that a typing error changes few
    of its n-grams."""
    plain = _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text).lower())
    return unicodedata.normalize("NFD", plain.strip()[:MOST_CHARS])


class Matcher:
    """Learns the examples of `intents`; the same ones always give the same answers."""

    def __init__(self, intents: Intents) -> None:
        pairs = [
            (example, name)
            for name, intent in intents.intents.items()
            for examples in intent.examples.values()
            for example in examples
        ]
        pairs += [(example, _OFF_TOPIC) for examples in intents.off_topic.values() for example in examples]
        self._vectors = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), preprocessor=letters, sublinear_tf=True
        )
        self._planes = LinearSVC(C=1.0, random_state=0)
        self._planes.fit(
            self._vectors.fit_transform([text for text, _ in pairs]), [name for _, name in pairs]
        )

    def __call__(self, text: str) -> str:
        """The intent, or "" where none is meant, or it is not sure."""
        if not letters(text):
            return _OFF_TOPIC
        distances = self._planes.decision_function(self._vectors.transform([text]))[0]
        best = int(np.argmax(distances))
        return str(self._planes.classes_[best]) if distances[best] >= SURE else _OFF_TOPIC
