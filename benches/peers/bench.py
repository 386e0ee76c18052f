"""Quality and speed of Cuecard and others on the same articles and questions, with the same model, by turns."""

import argparse
import datetime
import math
import os
import pathlib
import platform
import random
import statistics
import sys
import time

from systems import Cuecard, Floor, Lance, Qdrant
from texts import Model, articles, passages

TURN = 25  # questions that a system answers before the next one is asked


def tsv(file: pathlib.Path) -> list[list[str]]:
    with open(file, encoding="utf8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines if line.strip()]


def ndcg(ranked: list[str], grades: dict[str, float]) -> float:
    """nDCG@10 with linear gains (Järvelin and Kekäläinen 2002)."""
    gain = sum(grades.get(one, 0) / math.log2(at + 2) for at, one in enumerate(ranked[:10]))
    best = sorted(grades.values(), reverse=True)[:10]
    return gain / sum(grade / math.log2(at + 2) for at, grade in enumerate(best))


def quantile(times: list[float], part: float) -> float:
    """In milliseconds."""
    return sorted(times)[min(len(times) - 1, int(part * len(times)))] * 1e3


class Peer:
    """A system of this process, as it is asked."""

    def __init__(self, system, model: Model, owners: list[str]):
        self.system, self.model, self.owners = system, model, owners

    def ask(self, text: str) -> list[str]:
        keys = self.system.ask(text, self.model.question(text))
        return list(dict.fromkeys(self.owners[key] for key in keys))[:10]


class Tally:
    """What came of one system."""

    def __init__(self):
        self.scores: list[float] = []
        self.fresh: list[float] = []
        self.repeated: list[float] = []


def measure(askers: dict, questions: list[tuple[str, dict]], models: dict) -> dict[str, Tally]:
    """All systems by turns: each question once as a new one, and once more when its vector is known."""
    tallies = {name: Tally() for name in askers}
    for start in range(0, len(questions), TURN):
        some = questions[start : start + TURN]
        for name, ask in askers.items():
            if name in models:
                # Each system pays for its own embedding.
                models[name].known.clear()
            for times in (tallies[name].fresh, tallies[name].repeated):
                for text, grades in some:
                    begun = time.perf_counter()
                    ranked = ask(text)
                    times.append(time.perf_counter() - begun)
                    if times is tallies[name].fresh:
                        tallies[name].scores.append(ndcg(ranked, grades))
        print(f"  {min(start + TURN, len(questions))} of {len(questions)}", end="\r", file=sys.stderr)
    print(file=sys.stderr)
    return tallies


def run(folder: pathlib.Path, options) -> list[str]:
    print(folder.name, file=sys.stderr)
    grades: dict[str, dict[str, float]] = {}
    for question, article, grade in tsv(folder / "qrels.tsv"):
        grades.setdefault(question, {})[article] = float(grade)
    rows = tsv(folder / "queries.tsv")
    questions = [(row[1], grades[row[0]]) for row in rows if any(grades.get(row[0], {}).values())]
    # A question asked before is none that is new.
    questions = list({text: (text, wanted) for text, wanted in questions}.values())
    random.Random(1).shuffle(questions)
    questions = questions[: options.queries]

    model = Model(options.model)
    texts, owners = [], []
    for name, title, body in articles(folder / "articles"):
        for text in passages(title, body):
            texts.append(text)
            owners.append(name)
    begun = time.perf_counter()
    vectors = model.documents(texts)
    embedding = time.perf_counter() - begun
    askers, ingest, models, failed = {}, {}, {}, {}
    for kind in (Floor, Lance, Qdrant):
        system = kind()
        try:
            begun = time.perf_counter()
            system.build(texts, vectors)
            ingest[system.name] = embedding + time.perf_counter() - begun
            own = Model(options.model)
            peer = Peer(system, own, owners)
            peer.ask(questions[0][0])
            own.times.clear()
            askers[system.name], models[system.name] = peer.ask, own
        except Exception as error:  # a peer that fails is a row that says why
            failed[system.name] = f"{type(error).__name__}: {error}"
    begun = time.perf_counter()
    cuecard = Cuecard(options.binary, folder / "articles")
    ingest[cuecard.name] = time.perf_counter() - begun
    askers[cuecard.name] = cuecard.ask
    try:
        tallies = measure(askers, questions, models)
        memory = cuecard.memory()
    finally:
        cuecard.stop()
    alone = statistics.mean([own.rate() for own in models.values()])
    table = [
        f"\n### {folder.name}\n",
        f"{len(set(owners))} articles, {len(questions)} questions; the model alone embeds {alone:.0f} questions/s and took {embedding:.0f} s "
        f"for the others' {len(texts)} passages. Cuecard's memory, model and all: {memory} MB.\n",
        "| system | nDCG@10 | new: p50 / p95 ms | new: q/s | of the model's | repeated: p50 ms | repeated: q/s | ingest s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, tally in tallies.items():
        fresh, repeated = 1 / statistics.mean(tally.fresh), 1 / statistics.mean(tally.repeated)
        table.append(
            f"| {name} | {statistics.mean(tally.scores):.3f} | {quantile(tally.fresh, 0.5):.1f} / {quantile(tally.fresh, 0.95):.1f} "
            f"| {fresh:.0f} | {fresh / alone:.2f} | {quantile(tally.repeated, 0.5):.1f} | {repeated:.0f} | {ingest[name]:.0f} |"
        )
    table += [f"| {name} | could not be measured: {why} | | | | | | |" for name, why in failed.items()]
    return table


def processor() -> str:
    for line in open("/proc/cpuinfo", encoding="utf8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", nargs="+", type=pathlib.Path)
    parser.add_argument("--queries", type=int, default=300, help="questions of each set at most")
    parser.add_argument("--binary", type=pathlib.Path, default="target/release/cuecard")
    parser.add_argument("--model", type=pathlib.Path, default=".cache/model/multilingual-e5-small")
    parser.add_argument("--report", type=pathlib.Path, default="benches/peers/REPORT.md")
    options = parser.parse_args()
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%-d %B %Y")
    page = [
        "# Beside others\n",
        f"{today}, {os.cpu_count()} cores of {processor()}, load average {os.getloadavg()[0]:.1f} at the start. Same articles, questions, model and "
        "machine; systems answer by turns; filters of a set are not used. The others run in the process that asks, Cuecard answers over HTTP with passages, lines, highlights "
        "and a confidence, and looks for repeated questions again "
        "(`cache-control: no-cache`: the answer to an equal request would come from memory). LanceDB 0.40.0, qdrant-edge-py 0.9.0; requirements.txt has the rest.",
    ]
    for folder in options.datasets:
        page += run(folder, options)
    options.report.write_text("\n".join(page) + "\n", encoding="utf8")
    print("\n".join(page))


if __name__ == "__main__":
    main()
