"""The systems, each with `build` (passages and vectors in) and `ask` (question in, owners of passages out, best first).

All but Cuecard run in this process, without a network between.
"""

import http.client
import json
import pathlib
import re
import sqlite3
import subprocess
import tempfile
import time

import numpy as np

DEPTH = 100  # passages taken from each branch
RRF = 60


def fused(*rankings: list[int]) -> list[int]:
    """Reciprocal rank fusion (Cormack 2009)."""
    score: dict[int, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking):
            score[key] = score.get(key, 0.0) + 1 / (RRF + rank + 1)
    return sorted(score, key=lambda key: -score[key])


class Floor:
    """SQLite FTS5 (trigrams, since its words know no Chinese) and exact vectors, fused by reciprocal rank."""

    name = "SQLite FTS5 + exact vectors"

    def build(self, texts: list[str], vectors: np.ndarray) -> None:
        self.vectors = vectors
        self.base = sqlite3.connect(":memory:")
        self.base.execute("CREATE VIRTUAL TABLE passages USING fts5(text, tokenize='trigram')")
        self.base.executemany("INSERT INTO passages(rowid, text) VALUES (?, ?)", enumerate(texts))

    def ask(self, text: str, vector: np.ndarray) -> list[int]:
        terms = [f'"{word}"' for word in re.findall(r"\w{3,}", text)]
        words = []
        if terms:
            rows = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?"
            words = [row[0] for row in self.base.execute(rows, (" OR ".join(terms), DEPTH))]
        cosines = self.vectors @ vector
        return fused(words, np.argsort(-cosines)[:DEPTH].tolist())


class Lance:
    """LanceDB: full-text index (n-grams, for Chinese) and vectors, its own hybrid query and RRF reranker."""

    name = "LanceDB hybrid"

    def build(self, texts: list[str], vectors: np.ndarray) -> None:
        import lancedb
        from lancedb.rerankers import RRFReranker

        self.folder = tempfile.TemporaryDirectory()
        rows = [
            {"key": key, "text": text, "vector": vector}
            for key, (text, vector) in enumerate(zip(texts, vectors))
        ]
        self.table = lancedb.connect(self.folder.name).create_table("passages", rows)
        self.table.create_fts_index("text", base_tokenizer="ngram", stem=False, remove_stop_words=False)
        self.reranker = RRFReranker()

    def ask(self, text: str, vector: np.ndarray) -> list[int]:
        # Marks of its query language mean nothing here.
        plain = " ".join(re.findall(r"\w+", text))
        query = self.table.search(query_type="hybrid").vector(vector).text(plain)
        found = query.rerank(self.reranker).select(["key"]).limit(DEPTH).to_arrow()
        return found["key"].to_pylist()


class Qdrant:
    """Qdrant in process: its BM25 and vectors, fused by its RRF in one query."""

    name = "Qdrant in process, BM25 + vectors"

    def build(self, texts: list[str], vectors: np.ndarray) -> None:
        import qdrant_edge as q

        self.q, self.folder = q, tempfile.TemporaryDirectory()
        self.bm25 = q.Bm25(q.Bm25Config(tokenizer=q.TokenizerType.Multilingual))
        config = q.EdgeConfig(
            vectors={"meaning": q.EdgeVectorParams(size=vectors.shape[1], distance=q.Distance.Cosine)},
            sparse_vectors={"words": q.EdgeSparseVectorParams(modifier=q.Modifier.Idf)},
        )
        self.shard = q.EdgeShard.create(self.folder.name, config)
        points = [
            q.Point(key, {"meaning": vector.tolist(), "words": self.bm25.embed_document(text)})
            for key, (text, vector) in enumerate(zip(texts, vectors))
        ]
        for start in range(0, len(points), 500):
            self.shard.update(q.UpdateOperation.upsert_points(points[start : start + 500]))
        self.shard.optimize()

    def ask(self, text: str, vector: np.ndarray) -> list[int]:
        q = self.q
        words = q.Prefetch(DEPTH, query=q.Query.Nearest(self.bm25.embed_query(text), using="words"))
        meaning = q.Prefetch(DEPTH, query=q.Query.Nearest(vector.tolist(), using="meaning"))
        request = q.QueryRequest(DEPTH, query=q.Fusion.Rrf(RRF), prefetches=[words, meaning])
        return [point.id for point in self.shard.query(request)]


class Cuecard:
    """A server of its own over HTTP, with its own passages and its own vectors."""

    name = "Cuecard, over HTTP"

    def __init__(self, binary: pathlib.Path, content: pathlib.Path):
        self.data = tempfile.TemporaryDirectory()
        command = [binary, "serve", "--content", content, "--data", self.data.name, "--listen", "127.0.0.1:0"]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = self.server.stdout.readline().strip().rsplit("/", 1)[1]
        self.connection = http.client.HTTPConnection(address)
        while True:
            state = self.send("GET", "/readyz")
            if state.get("ready") and not state["pending_embeddings"]:
                break
            time.sleep(0.1)

    def send(self, method: str, path: str, body: dict | None = None) -> dict:
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, {"content-type": "application/json", "cache-control": "no-cache"})
        return json.load(self.connection.getresponse())

    def ask(self, text: str) -> list[str]:
        request = {"query": text[:2000], "limit": 10}
        answer = self.send("POST", "/v1/search", request)
        return [hit["article_id"] for hit in answer["hits"]]

    def memory(self) -> int:
        """Resident, in MB, at most so far."""
        for line in open(f"/proc/{self.server.pid}/status", encoding="utf8"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
        return 0

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(30)
