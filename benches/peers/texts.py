"""Articles as passages, and their vectors by the model that Cuecard uses."""

import pathlib
import re
import statistics
import time

import numpy as np
import onnxruntime
import yaml
from tokenizers import Tokenizer

SIZE = 900  # characters of a passage at most
BATCH = 16
THREADS = 2


def articles(folder: pathlib.Path):
    """(id, title, body) of every Markdown file."""
    for file in sorted(folder.rglob("*.md")):
        text = file.read_text(encoding="utf8")
        front, body = {}, text
        if text.startswith("---\n"):
            _, front, body = text.split("---\n", 2)
            front = yaml.safe_load(front) or {}
        name = str(file.relative_to(folder).with_suffix(""))
        yield str(front.get("id", name)), str(front.get("title", name)), body


def passages(title: str, body: str) -> list[str]:
    """The text split at headings, each part with the title before it."""
    parts = []
    for section in re.split(r"\n(?=#+ )", body):
        while section.strip():
            cut = len(section)
            if cut > SIZE:
                cut = max(section.rfind("\n", 0, SIZE), SIZE // 3)
            parts.append(f"{title}\n{section[:cut].strip()}")
            section = section[cut:]
    return parts or [title]


class Model:
    """multilingual-e5-small: texts to unit vectors, float32 [texts, 384]. Remembers questions."""

    def __init__(self, folder: pathlib.Path):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
        self.tokenizer.enable_truncation(512)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        self.known: dict[str, np.ndarray] = {}
        self.times: list[float] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        out = np.zeros((len(texts), 384), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(texts), BATCH):
            at = order[start : start + BATCH]
            encoded = self.tokenizer.encode_batch([texts[i] for i in at])
            ids = np.array([one.ids for one in encoded])
            mask = np.array([one.attention_mask for one in encoded])
            hidden = self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
            out[at] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return out

    def documents(self, texts: list[str]) -> np.ndarray:
        return self.embed(["passage: " + text for text in texts])

    def question(self, text: str) -> np.ndarray:
        """The vector of a question; what it took is kept in `times`, in seconds."""
        if text not in self.known:
            begun = time.perf_counter()
            self.known[text] = self.embed(["query: " + text])[0]
            self.times.append(time.perf_counter() - begun)
        return self.known[text]

    def rate(self) -> float:
        """Questions a second, by the model alone."""
        return 1 / statistics.mean(self.times)
