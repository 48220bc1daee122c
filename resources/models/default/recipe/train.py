"""Train the default model: language, questions in a window and questions to the memory, side by side.

    python train.py --data data --init model.safetensors --layers 12 --seconds 480 --out out
    torchrun --standalone --nproc-per-node 4 train.py …    on four GPUs, each with --batch documents a step

Starts from the weights of --init, grown to --layers and --d-mem (--memory-from-scratch and no --init: from nothing); what a run
leaves can be the next run's start, which takes up PHASES, the curriculum, where --until ended and --skip begins.
Documents of more than --chunk segments are read in chunks, a step each with questions about all that was told so far; the
memory goes on from chunk to chunk, the gradient does not, so that they may be as long as a novel. The
learning rate falls to --end of --rate by the end of --seconds, to zero in a run whose weights are to be shipped.
OUT gets model.safetensors in parts of under 16 MiB every minute and at the end, config.json and log.jsonl, a line
every few seconds and an evaluation at the end. --smoke tries everything on a CPU with a tiny
model and the sample texts, in seconds.
"""
import argparse
import collections
import json
import math
import multiprocessing
import os
import pathlib
import time
import traceback

import documents as d
import episodes
import evaluate
import numpy as np
import ranks

HERE = pathlib.Path(__file__).resolve().parent
# From a share of the run on: which lengths (segments: weight), how many facts, whether none straddles two segments.
PHASES = [
    dict(at=0.00, segments={0: .45, 1: .15, 4: .40}, facts=(1, 10), missing=.10, whole=True),
    dict(at=0.06, segments={0: .30, 1: .10, 4: .35, 8: .25}, facts=(3, 18), missing=.10, whole=True),
    dict(at=0.15, segments={0: .15, 1: .15, 4: .60, 8: .10}, facts=(3, 22), missing=.10, whole=True),
    dict(at=0.35, segments={0: .13, 1: .08, 4: .52, 8: .17, 16: .10}, facts=(4, 26), missing=.12),
    dict(at=0.65, segments={0: .20, 1: .06, 4: .40, 8: .17, 16: .14, 64: .03}, facts=(4, 32), missing=.13),
    dict(at=0.88, segments={0: .16, 1: .05, 4: .36, 8: .18, 16: .18, 64: .07}, facts=(4, 36), missing=.13),
    dict(at=0.94, segments={0: .15, 1: .05, 4: .34, 8: .18, 16: .20, 64: .065, 128: .015}, facts=(4, 36), missing=.13),
    dict(at=0.97, segments={0: .15, 1: .05, 4: .34, 8: .18, 16: .20, 64: .05, 256: .01, 512: .016, 1024: .004, 2048: .001},
         facts=(4, 36), long_facts=(8, 64), dense=.1, missing=.13),
]
PART = 15 << 20                   # bytes of a part of the checkpoint
SMOKE_PHASES = [dict(at=0.0, segments={0: .3, 1: .3, 2: .2, 4: .2}, facts=(1, 4), missing=.1)]


# --- workers that make batches
def documents_in(a, segments):
    """Documents of a batch."""
    return a.batch if segments < 16 else a.long_batch


def work(index, a, phases, sources, texts, phase, batches):
    """Puts (segments, rows of each chunk) of the current phase into the queue, for ever."""
    made = d.Documents(a.tokenizer, texts, 1_000_003 * index + a.seed, sources)
    while True:
        level = phases[phase.value]
        try:
            segments = made.r.choices(list(level["segments"]), list(level["segments"].values()))[0]
            size = documents_in(a, segments)
            batches.put((segments, made.chunks(segments, size, level, a.chunk) if segments > a.chunk
                         else [made.batch(segments, size, level)]))
        except (ValueError, IndexError, AssertionError):
            traceback.print_exc()


def start_workers(n, a, phases, texts, sources):
    episodes.conflicts()  # once, before the workers part
    context = multiprocessing.get_context("fork")
    phase, batches = context.Value("i", 0), context.Queue(maxsize=2 * n)
    for i in range(n):
        context.Process(target=work, args=(i, a, phases, sources, texts, phase, batches), daemon=True).start()
    return phase, batches


def smoke_texts(tokenizer):
    sp = d.sentencepiece.SentencePieceProcessor(model_file=str(tokenizer))
    samples = HERE.parents[2] / "samples"
    ids = np.array(sp.encode("\n".join(p.read_text("utf-8")[:60_000] for p in sorted(samples.glob("*.txt")))), np.uint16)
    return {"books": ids, "eval_books": ids}


# --- a run
LOGGED = ("seconds", "rate", "decay", "end", "skip", "until", "batch", "long_batch", "chunk", "seed", "init", "revive", "drop_idle")


class Run:
    """What rank 0 does alone: make documents, decide, log, save and measure."""

    def __init__(self, a):
        self.a, self.start, self.ranks = a, time.time(), ranks.Ranks()
        self.phases = SMOKE_PHASES if a.smoke else PHASES
        self.phase, self.ready, self.chunks = None, {}, collections.deque()
        if self.ranks.first:
            texts = smoke_texts(a.tokenizer) if a.smoke else d.load_texts(a.data, ("books", "misc", "code"))
            sources = {} if a.smoke else d.load_sources(a.data)
            self.phase, self.batches = start_workers(a.workers * self.ranks.count, a, self.phases, texts, sources)
            self.fixed = self.evaluation_batches(texts)
        import torch

        import model
        import step
        self.torch, self.model = torch, model
        self.device = torch.device("cpu" if a.cpu else f"cuda:{os.environ.get('LOCAL_RANK', 0)}")
        self.ranks.join(torch, self.device)
        if not a.cpu:
            torch.set_float32_matmul_precision("high")
            torch.backends.cuda.enable_cudnn_sdp(False)
        P, self.c = self.parameters()
        self.P = {k: v.to(self.device).requires_grad_(True) for k, v in P.items()}
        self.step = step.Step(torch, model, self.P, self.c, self.ranks, a)
        self.fit(d.Documents(a.tokenizer, texts, a.seed + 778, sources) if self.ranks.first else None)
        if not (a.cpu or a.smoke):
            for batch in sorted({a.batch, a.long_batch}):
                self.step.warm(batch, batch == a.long_batch)
        if self.ranks.first:
            a.out.mkdir(parents=True, exist_ok=True)
            self.log = open(a.out / "log.jsonl", "a", encoding="utf-8")
            self.write_log(parameters=sum(v.numel() for v in self.P.values()), layers=self.c.layers, gpus=self.ranks.count,
                           phases=self.phases, **{k: str(v) if isinstance(v, pathlib.Path) else v for k, v in vars(a).items()
                                                  if k in LOGGED})

    def fit(self, made):
        """Fits the memory's learning rates, and the maps that begin anew, to a first batch."""
        import fit
        hand = made.batch(1, self.a.batch, self.phases[0]) if made else None
        rows = self.ranks.deal([hand] * self.ranks.count, (self.a.batch, d.Layout(1).width))
        fresh = "all" if self.a.memory_from_scratch else "idle" if self.a.revive else "none"
        begun, dropped = fit.fit_memory(self.torch, self.model, self.P, self.c, self.step, rows, fresh, self.a.drop_idle)
        if self.ranks.first and begun + dropped:
            print(f"the memory begins anew in layers {begun}, layers {dropped} have none", flush=True)
        self.ranks.share([*self.P.values(), *self.step.optimizer.scale.values()])

    def parameters(self):
        if self.a.smoke:
            c = self.model.Config(hidden=192, heads=3, kv_heads=1, mlp=64, layers=2, memory_tokens=4, d_mem=8)
            return self.model.grow(self.model.initial(c), 3), self.model.Config(**{**c.__dict__, "layers": 3})
        if not self.a.init:
            c = self.model.Config(layers=self.a.layers, d_mem=self.a.d_mem)
            return self.model.initial(c, self.a.seed), c
        P, c = self.model.load(self.a.init)
        layers, d_mem = max(c.layers, self.a.layers), max(c.d_mem, self.a.d_mem)
        assert not self.a.drop_idle or layers == c.layers, "new layers write nothing yet: --drop-idle would take their memory"
        P = self.model.widen(self.model.grow(P, layers), d_mem)
        return P, self.model.Config(**{**c.__dict__, "layers": layers, "d_mem": d_mem})

    def evaluation_batches(self, texts):
        """Small batches of held-out names and values, for the log."""
        if self.a.smoke:
            evaluate.GLOBAL.update(tokenizer=self.a.tokenizer, texts={"eval_books": texts["books"]})
            tasks = [("seen", 1, 0, 2), ("new", 1, 0, 2)]
        else:
            evaluate.load(self.a.data, self.a.tokenizer)
            tasks = [(name, s, 99, 32) for name, s in (("seen", 4), ("new", 4), ("seen", 16), ("qa2", 16), ("qa3", 16), ("factbook", 16))]
            tasks += [(name, 512, 99, 16) for name in ("seen", "new", "qa2", "qa3")]
        return [(name, s, evaluate.build((name, s, i, n))) for name, s, i, n in tasks]

    def write_log(self, **record):
        line = json.dumps({"t": round(time.time() - self.start, 1), **record})
        self.log.write(line + "\n")
        self.log.flush()
        print(line, flush=True)

    def rate(self, share, steps):
        """Warm-up, a plateau, then by the clock in a line to --end of the rate."""
        down = max(0.0, (share - 1) / self.a.decay + 1)
        return self.a.rate * min(1.0, (steps + 1) / self.a.warmup) * (1 + (self.a.end - 1) * min(1.0, down))

    def save(self):
        """The weights in parts; an older checkpoint goes only when the new one is whole."""
        out = self.a.out
        whole = out / "model.tmp"
        self.model.save(self.P, self.c, whole)
        data = whole.read_bytes()
        whole.unlink()
        parts = {out / f"model.part{k}": data[at : at + PART] for k, at in enumerate(range(0, len(data), PART))}
        for part, content in parts.items():
            part.with_name(part.name + ".tmp").write_bytes(content)
        for part in parts:
            os.replace(part.with_name(part.name + ".tmp"), part)
        (out / "config.json").write_text(json.dumps(self.c.to_json(), indent=2) + "\n")

    def statistics(self, tokens, seconds, lengths):
        s = self.step.statistics.tolist()
        self.step.statistics.zero_()
        n = len(episodes.FAMILIES)
        right, asked = s[:n], s[n : 2 * n]
        unans = episodes.FAMILIES.index("unans")
        answerable = sum(asked) - asked[unans]
        rest = s[2 * n :]
        self.write_log(step=self.steps, phase=self.phase.value, rate=round(float(self.step.optimizer.rate), 6),
                       answer_loss=round(rest[0] / max(1, rest[1]), 3), language_loss=round(rest[2] / max(1, rest[3]), 3),
                       right=round((sum(right) - right[unans]) / max(1, answerable), 3), long=round(rest[4] / max(1, rest[5]), 3),
                       families={f: round(right[k] / asked[k], 2) for k, f in enumerate(episodes.FAMILIES) if asked[k]},
                       tokens_a_second=int(tokens / seconds), lengths=lengths, waiting=self.batches.qsize())

    def measure(self):
        reader = evaluate.Reader({k: v.detach() for k, v in self.P.items()}, self.c, self.device, self.step.dtype)
        self.write_log(evaluation=evaluate.quick(reader, self.fixed))

    def next_batches(self):
        """(segments, does a document begin, a batch for each rank), once there are enough of some length. Chunks come in
        their order, every other time."""
        while not self.chunks or self.steps % 2:
            segments, rows = self.batches.get()
            self.ready.setdefault(segments, []).append(rows)
            if len(self.ready[segments]) == self.ranks.count:
                hands = list(zip(*self.ready.pop(segments)))
                if segments < self.a.chunk:
                    return segments, True, hands[0]
                self.chunks.extend((self.a.chunk, k == 0, hand) for k, hand in enumerate(hands))
        return self.chunks.popleft()

    def take(self, segments, begins, hands):
        """One step with this rank's rows; False if batches of this length do not fit."""
        rows = self.ranks.deal(hands, (documents_in(self.a, segments), d.Layout(segments).width))
        done = self.step(segments, rows, begins)
        self.steps += done
        if self.steps % 8 == 0 and not self.a.cpu:
            self.torch.cuda.synchronize()  # the clock that rules the rate must not run ahead of the device
        return done

    def follow(self):
        """What the other ranks do."""
        while (order := self.ranks.order())[0] >= 0:
            segments, begins, rate, sharing = int(order[0]), bool(order[1]), order[2], order[3]
            if sharing:
                self.ranks.share(self.P.values())
            self.step.optimizer.rate.fill_(rate)
            self.take(segments, begins, None)

    def train(self):
        self.steps = 0
        if not self.ranks.first:
            return self.follow()
        a, tokens, lengths, sharing = self.a, 0, {}, False
        begun = logged = saved = time.time()
        seconds = a.seconds - (begun - self.start)
        while (share := (time.time() - begun) / seconds) < 1 and self.steps < a.steps:
            at = a.skip + (a.until - a.skip) * share
            self.phase.value = max(k for k, p in enumerate(self.phases) if at >= p["at"])
            segments, begins, hands = self.next_batches()
            rate = self.rate(share, self.steps)
            self.ranks.order([segments, begins, rate, sharing])
            self.step.optimizer.rate.fill_(rate)
            if sharing:  # in case that the ranks have drifted apart
                self.ranks.share(self.P.values())
            sharing = False
            if not self.take(segments, begins, hands):
                continue
            lengths[segments] = lengths.get(segments, 0) + 1
            tokens += self.ranks.count * documents_in(a, segments) * (
                segments * (d.SEGMENT + self.c.memory_tokens) +
                (d.Layout(segments).questions * d.SHORT + d.LONG if segments else d.WINDOWS * d.LONG))
            if self.steps % a.log_every == 0:
                now = time.time()
                self.statistics(tokens, now - logged, lengths)
                logged, tokens, lengths = now, 0, {}
                if now - saved > 60:
                    self.save()
                    saved, sharing = now, True
        self.ranks.order([-1, 0, 0, 0])
        self.save()
        self.measure()
        self.write_log(done=self.steps)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=pathlib.Path, default=pathlib.Path("data"))
    p.add_argument("--tokenizer", type=pathlib.Path, default=HERE.parent / "tokenizer.model")
    p.add_argument("--init", type=pathlib.Path, help="a checkpoint to go on from")
    p.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
    p.add_argument("--layers", type=int, default=12)
    p.add_argument("--d-mem", type=int, default=64)
    p.add_argument("--seconds", type=float, default=480, help="of the whole run, from its start")
    p.add_argument("--skip", type=float, default=0, help="the share of the curriculum that an earlier run did")
    p.add_argument("--until", type=float, default=1, help="the share of the curriculum at which this run ends")
    p.add_argument("--steps", type=float, default=math.inf, help="at most")
    p.add_argument("--rate", type=float, default=1.2e-3)
    p.add_argument("--warmup", type=int, default=80, help="steps")
    p.add_argument("--decay", type=float, default=.65, help="the share of the run in which the rate falls")
    p.add_argument("--end", type=float, default=0, help="the share of the rate that it falls to")
    p.add_argument("--batch", type=int, default=64, help="documents a GPU")
    p.add_argument("--long-batch", type=int, default=64, help="the same of 16 segments and more; 32 fit into 80 GB")
    p.add_argument("--chunk", type=int, default=64, help="segments of a step, at least 16; longer documents, of a multiple of it, are read in chunks")
    p.add_argument("--workers", type=int, default=14, help="processes a GPU")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--log-every", type=int, default=50, help="steps")
    p.add_argument("--eager", action="store_true", help="compile nothing")
    p.add_argument("--memory-from-scratch", action="store_true", help="begin the memory's maps anew")
    p.add_argument("--revive", action="store_true", help="begin the maps of those layers anew that write nothing")
    p.add_argument("--drop-idle", action="store_true", help="layers that write nothing have no memory from now on")
    p.add_argument("--cpu", action="store_true")
    p.add_argument("--smoke", action="store_true", help="a tiny model on the CPU, a few steps")
    a = p.parse_args()
    if a.chunk < 16 or any(n > a.chunk and n % a.chunk for phase in PHASES for n in phase["segments"]):
        p.error("--chunk must be at least 16 and divide every longer length of PHASES")
    if a.drop_idle and (a.revive or a.memory_from_scratch or not a.init):
        p.error("--drop-idle goes with --init, and not with --revive or --memory-from-scratch")
    if a.smoke:
        a.cpu, a.batch, a.long_batch, a.workers, a.log_every, a.warmup = True, 2, 2, 1, 2, 1
        a.chunk, a.steps, a.memory_from_scratch = 2, min(a.steps, 6), True
    return a


def main():
    a = arguments()
    run = Run(a)
    try:
        run.train()
    except Exception:
        traceback.print_exc()
        if run.ranks.first:
            run.save()  # what there is; the run as a whole has failed
        if run.ranks.count > 1:
            os._exit(1)  # the other ranks wait for this one, and leaving in order would wait for them
        raise
    finally:
        run.ranks.leave()
        for worker in multiprocessing.active_children():
            worker.terminate()


if __name__ == "__main__":
    main()
