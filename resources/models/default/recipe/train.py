"""Train the default model on one GPU: language, questions in a window and questions to the memory, side by side.

    python train.py --data data --init model.safetensors --layers 12 --seconds 480 --out out

Starts from the weights of --init, grown to --layers and --d-mem (--memory-from-scratch and no --init: from nothing); what a run
leaves can be the next run's start, which takes up PHASES, the curriculum, where --until ended and --skip begins. The
learning rate falls to --end of --rate by the end of --seconds, to zero in a run whose weights are to be shipped.
OUT gets model.safetensors in parts of under 16 MiB every minute and at the end, config.json and log.jsonl, a line
every few seconds and an evaluation now and then. --smoke tries everything on a CPU with a tiny
model and the sample texts, in seconds.
"""
import argparse
import json
import math
import multiprocessing
import os
import pathlib
import queue
import time
import traceback

import documents as d
import evaluate
import numpy as np
from episodes import FAMILIES

HERE = pathlib.Path(__file__).resolve().parent
# From a share of the run on: which lengths (segments: weight), how many facts, whether none straddles two segments.
PHASES = [
    dict(at=0.00, segments={0: .45, 1: .15, 4: .40}, facts=(1, 10), missing=.10, whole=True),
    dict(at=0.06, segments={0: .30, 1: .10, 4: .35, 8: .25}, facts=(3, 18), missing=.10, whole=True),
    dict(at=0.15, segments={0: .15, 1: .15, 4: .60, 8: .10}, facts=(3, 22), missing=.10, whole=True),
    dict(at=0.35, segments={0: .13, 1: .08, 4: .52, 8: .17, 16: .10}, facts=(4, 26), missing=.12),
    dict(at=0.65, segments={0: .12, 1: .06, 4: .44, 8: .19, 16: .16, 64: .03}, facts=(4, 32), missing=.13),
    dict(at=0.88, segments={0: .10, 1: .05, 4: .37, 8: .20, 16: .20, 64: .08}, facts=(4, 32), missing=.13),
]
STRIDE = {64: 4, 128: 8}          # only every so many segments are under gradient
LANGUAGE_WEIGHT = {True: .5, False: .12}  # of the language model's loss beside the answers', without memory and with
ANSWER_WEIGHT = [0, 0, 1., 1.5, .5]       # by documents.FIRST, LATER, END: later pieces of names and numbers count more
END_TOKEN = 2                     # </s>
PART = 15 << 20                   # bytes of a part of the checkpoint
MUON = ("wqkv", "wo", "wgu", "wd")
MEMORY = ("mem", "mq", "mk", "mv", "mb", "mbb")
SMOKE_PHASES = [dict(at=0.0, segments={0: .3, 1: .4, 2: .3}, facts=(1, 4), missing=.1)]


# --- workers that make batches
def work(index, a, phases, sources, texts, phase, batches):
    """Puts (segments, rows) of the current phase into the queue, for ever."""
    made = d.Documents(a.tokenizer, texts, 1_000_003 * index + a.seed, sources)
    while True:
        level = phases[phase.value]
        try:
            segments = made.r.choices(list(level["segments"]), list(level["segments"].values()))[0]
            batches.put((segments, made.batch(segments, a.batch, level)))
        except (ValueError, IndexError, AssertionError):
            traceback.print_exc()


def start_workers(a, phases, texts, sources):
    context = multiprocessing.get_context("fork")
    phase, batches = context.Value("i", 0), context.Queue(maxsize=2 * a.workers)
    for i in range(a.workers):
        context.Process(target=work, args=(i, a, phases, sources, texts, phase, batches), daemon=True).start()
    return phase, batches


def smoke_texts(tokenizer):
    sp = d.sentencepiece.SentencePieceProcessor(model_file=str(tokenizer))
    samples = HERE.parents[2] / "samples"
    ids = np.array(sp.encode("\n".join(p.read_text("utf-8")[:60_000] for p in sorted(samples.glob("*.txt")))), np.uint16)
    return {"books": ids, "eval_books": ids}


# --- the optimiser
class Optimizer:
    """Muon for the matrices of the layers, Adam for the rest; tensors only, so that a CUDA graph can hold a step."""

    def __init__(self, torch, P, c, dtype):
        device = P["emb"].device
        self.torch, self.P, self.c, self.dtype = torch, P, c, dtype
        self.rate = torch.zeros((), device=device)
        self.adam = [k for k in P if k not in MUON]
        self.momentum = {k: torch.zeros_like(P[k]) for k in MUON}
        self.mean = {k: torch.zeros_like(P[k]) for k in self.adam}
        self.square = {k: torch.zeros_like(P[k]) for k in self.adam}
        self.steps = {k: torch.zeros((), device=device) for k in self.adam}
        # The memory's maps read streams that no norm has scaled: their rates are divided by the streams' RMS.
        self.scale = {k: torch.full((c.layers,), .1, device=device) for k in ("mq", "mk", "mv", "mb")}

    def reset(self):
        for state in (self.momentum, self.mean, self.square, self.steps):
            for tensor in state.values():
                tensor.zero_()

    def orthogonal(self, G):
        """Newton-Schulz: the nearest orthogonal matrices, roughly."""
        tall = G.shape[1] > G.shape[2]
        X = G.to(self.dtype)
        X = X.transpose(1, 2) if tall else X
        X = X / (X.float().pow(2).sum((1, 2), keepdim=True).sqrt().to(self.dtype) + 1e-7)
        for _ in range(5):
            Y = X @ X.transpose(1, 2)
            X = 3.4445 * X + (-4.7750 * Y + 2.0315 * (Y @ Y)) @ X
        return (X.transpose(1, 2) if tall else X).float()

    def step(self, gradients):
        """A step from {name: gradient}; nothing moves where a gradient is not finite."""
        torch = self.torch
        with torch.no_grad():
            finite = torch.isfinite(sum(g.float().pow(2).sum() for g in gradients.values())).float()
            rate = self.rate * finite
            for k in MUON:
                g = torch.nan_to_num(gradients[k]).float() * finite
                self.momentum[k].lerp_(g, .05)
                u = g.lerp(self.momentum[k], .95)
                shape = u.shape
                u = u.reshape(2 * self.c.layers, self.c.mlp, self.c.hidden) if k == "wgu" else u
                u = self.orthogonal(u) * (.2 * math.sqrt(max(u.shape[1:])))
                self.P[k].mul_(1 - rate * .05).sub_(rate * u.reshape(shape))
            adam = [k for k in self.adam if k in gradients]
            norm = torch.sqrt(sum(torch.nan_to_num(gradients[k]).float().pow(2).sum() for k in adam))
            clip = torch.clamp(1 / (norm + 1e-6), max=1.0)
            for k in adam:
                self.adam_step(k, torch.nan_to_num(gradients[k]).float() * finite * clip, rate, finite)

    def adam_step(self, k, g, rate, finite):
        self.steps[k].add_(finite)
        self.mean[k].lerp_(g, .1)
        self.square[k].mul_(.98).add_(g * g * .02)
        u = (self.mean[k] / (1 - .9 ** self.steps[k])) / ((self.square[k] / (1 - .98 ** self.steps[k])).sqrt() + 1e-9)
        rate = rate * (.5 if k == "emb" else 1.0)
        if k in self.scale:
            rate = rate * self.scale[k].view(-1, *[1] * (g.dim() - 1))
        self.P[k].sub_(rate * u)


# --- the loss of a batch
class Step:
    """Forward, backward and the optimiser's step for batches of each length; on a GPU one CUDA graph a length."""

    STATISTICS = 2 * len(FAMILIES) + 6  # right and asked by family; sums and counts of losses; the same of long windows

    def __init__(self, torch, model, P, c, a):
        self.torch, self.m, self.P, self.c, self.a = torch, model, P, c, a
        self.device = P["emb"].device
        self.cuda = self.device.type == "cuda"
        self.dtype = torch.bfloat16 if self.cuda else torch.float32
        self.optimizer = Optimizer(torch, P, c, self.dtype)
        self.statistics = torch.zeros(self.STATISTICS, device=self.device)
        self.language = torch.ones((), device=self.device)
        self.families = torch.arange(len(FAMILIES), device=self.device)
        self.weights = torch.tensor(ANSWER_WEIGHT, device=self.device)
        by_place = [ANSWER_WEIGHT[d.FIRST]] + [ANSWER_WEIGHT[d.LATER]] * (d.ANSWER - 1)
        self.place_weight = torch.tensor(by_place, device=self.device)
        self.flag = {x: torch.tensor(float(x), device=self.device) for x in (0, 1)}
        lengths = (d.SEGMENT + c.memory_tokens, d.SHORT, d.LONG)
        self.tables = {n: model.rope_table(c, n, self.device, self.dtype) for n in lengths}
        self.stride, self.graphs, self.buffers, self.pool, self.refused = dict(STRIDE), {}, {}, None, set()
        self.compile(self.cuda and not a.eager)

    def compile(self, on):
        block, write = self.m.block, self.m.write
        self.block = self.block_frozen = block
        self.write = write
        if on:
            torch = self.torch
            torch._dynamo.config.cache_size_limit = 64
            self.block = torch.compile(block, dynamic=False, fullgraph=True)
            self.block_frozen = torch.compile(block, dynamic=False, fullgraph=True)
            self.write = torch.compile(write, dynamic=False, fullgraph=True)

    def memory(self, batch):
        """An empty memory under gradient, always, so that block() is compiled once for a length."""
        A, z = self.m.empty_memory(self.c, batch, self.device)
        return [x.requires_grad_(True) for x in A], [x.requires_grad_(True) for x in z]

    def through(self, x, A, z, reading, block=None):
        for i, weights in enumerate(reading):
            x = (block or self.block)(x, A[i], z[i], *weights, *self.tables[x.shape[2]])
        return x

    def cross_entropy(self, hidden, embedding, target):
        logits = hidden @ embedding.t()
        loss = self.torch.nn.functional.cross_entropy(logits.flatten(0, -2).float(), target.flatten(), reduction="none", ignore_index=-1)
        return loss.view(target.shape), logits.argmax(-1)

    def read(self, document, embedded, single, reading, writing, segments):
        """The memory after the document, and the last segment's language loss: (A, z, sum, count)."""
        torch, M, B = self.torch, self.c.memory_tokens, document.shape[0]
        A, z = self.memory(B)
        stride, loss, count = self.stride.get(segments, 1), 0., 0
        for s in range(segments):
            x = torch.cat([embedded[:, s * d.SEGMENT : (s + 1) * d.SEGMENT], single["mem"].expand(B, -1, -1)], 1)[:, None]
            first = self.flag[int(s == 0)]
            if s % stride == stride - 1 or stride == 1:
                for i, weights in enumerate(reading):
                    x = self.block(x, A[i], z[i], *weights, *self.tables[x.shape[2]])
                    A[i], z[i] = self.write(x[:, 0, -M:], A[i], z[i], first, *writing[i])
            else:
                for i, memory in enumerate(self.frozen(x, A, z, reading)):
                    A[i], z[i] = self.write(memory, A[i], z[i], first, *writing[i])
            if s == segments - 1:
                hidden = self.m.rms_norm(x[:, 0, : d.SEGMENT - 1], single["norm"])
                losses, _ = self.cross_entropy(hidden, single["emb"], document[:, s * d.SEGMENT + 1 : (s + 1) * d.SEGMENT])
                loss, count = losses.sum(), losses.numel()
        return A, z, loss, count

    def frozen(self, x, A, z, reading):
        """Each layer's output at the memory tokens, without gradient."""
        out = []
        with self.torch.no_grad():
            x = x.detach()
            for i, weights in enumerate(reading):
                x = self.block_frozen(x, A[i].detach(), z[i].detach(), *[w.detach() for w in weights], *self.tables[x.shape[2]])
                out.append(x[:, 0, -self.c.memory_tokens :])
        return out

    def count(self, right, asked, family, offset=0):
        one = (family[..., None] == self.families).float() * asked[..., None]
        n = len(FAMILIES)
        self.statistics[:n] += (one * right[..., None]).flatten(0, -2).sum(0)
        self.statistics[n : 2 * n] += one.flatten(0, -2).sum(0)

    def short(self, part, A, z, embedded, single, reading):
        """The loss of the questions that the memory alone answers: (weighted sum, weight)."""
        torch, B, Q = self.torch, part("at").shape[0], d.QUESTIONS
        x = self.through(embedded.contiguous().view(B, Q, d.SHORT, -1), A, z, reading)
        at, target = (part(k).view(B, Q, d.ANSWER) for k in ("at", "target"))
        hidden = torch.gather(x, 2, at[..., None].expand(-1, -1, -1, x.shape[-1]))
        losses, given = self.cross_entropy(self.m.rms_norm(hidden, single["norm"]), single["emb"], target)
        there = target >= 0
        weight = torch.where(target == END_TOKEN, self.weights[d.END], self.place_weight) * there
        asked = there.any(-1)
        self.count((((given == target) | ~there).all(-1) & asked).float(), asked.float(), part("family"))
        return (losses * weight).sum(), weight.sum()

    def long(self, ids, code, A, z, embedded, single, reading):
        """The losses of one long window: (answers' weighted sum, weight, language's sum, count)."""
        x = self.through(embedded.contiguous()[:, None], A, z, reading)[:, 0, :-1]
        losses, given = self.cross_entropy(self.m.rms_norm(x, single["norm"]), single["emb"], ids[:, 1:])
        code = code[:, :-1]
        weight, text = self.weights[code], (code == d.TEXT).float()
        answered = (code >= d.FIRST).any(-1)
        right = ((given == ids[:, 1:]) | (code < d.FIRST)).all(-1) & answered
        n = 2 * len(FAMILIES)
        self.statistics[n + 4] += right.sum()
        self.statistics[n + 5] += answered.sum()
        return (losses * weight).sum(), weight.sum(), (losses * text).sum(), text.sum()

    def run(self, segments, buffer):
        """One whole step."""
        torch, column, P = self.torch, d.Layout(segments).column, self.P
        part = lambda k: buffer[:, column[k]].long()  # noqa: E731
        single, reading, writing = self.m.cast(P, self.dtype)
        B, windows = buffer.shape[0], 1 if segments else d.WINDOWS
        lookup = lambda ids: torch.nn.functional.embedding(ids, single["emb"])  # noqa: E731
        answer, answer_weight, language, language_count = 0., 0., 0., 0.
        if segments:
            document = part("document")
            A, z, language, language_count = self.read(document, lookup(document), single, reading, writing, segments)
            answer, answer_weight = self.short(part, A, z, lookup(part("short")), single, reading)
        else:
            A, z = self.memory(B)
        ids, code = (part(k).view(B, windows, d.LONG) for k in ("long", "code"))
        for k in range(windows):
            one = self.long(ids[:, k], code[:, k], A, z, lookup(ids[:, k]), single, reading)
            answer, answer_weight = answer + one[0], answer_weight + one[1]
            language, language_count = language + one[2], language_count + one[3]
        loss = answer / answer_weight.clamp(min=1.0) + self.language * language / language_count.clamp(min=1.0)
        n = 2 * len(FAMILIES)
        for k, value in enumerate((answer, answer_weight, language, language_count)):
            self.statistics[n + k] += value.detach()
        used = [k for k in P if segments or k not in MEMORY]
        gradients = torch.autograd.grad(loss, [P[k] for k in used], allow_unused=True)
        self.optimizer.step({k: torch.zeros_like(P[k]) if g is None else g for k, g in zip(used, gradients)})

    def __call__(self, segments, rows):
        """Runs a step; False if batches of this length do not fit."""
        self.language.fill_(LANGUAGE_WEIGHT[segments == 0])
        if not self.cuda:
            self.run(segments, self.torch.from_numpy(rows))
            return True
        while segments not in self.refused:
            try:
                self.replay(segments, rows)
                return True
            except self.torch.cuda.OutOfMemoryError as error:
                self.make_room(segments, error)
        return False

    def warm(self):
        """Compile everything that a step calls, on short batches of nothing; the parameters stay as they are."""
        torch, begun = self.torch, time.time()
        self.optimizer.rate.zero_()
        for segments, stride in ((0, 1), (2, 1), (2, 2)):
            self.stride[2] = stride
            rows = torch.zeros(self.a.batch, d.Layout(segments).width, dtype=torch.int16, device=self.device)
            self.run(segments, rows)
            if self.cuda:
                torch.cuda.synchronize()
            print(f"warm {segments} segments, stride {stride}: {time.time() - begun:.1f} s", flush=True)
        del self.stride[2]
        self.optimizer.reset()
        self.statistics.zero_()

    def make_room(self, segments, error):
        """After running out of memory: fewer segments under gradient, or none of these batches at all."""
        stride = self.stride.get(segments, 1)
        print(f"{segments} segments with every {stride} under gradient: {str(error)[:150]}", flush=True)
        self.graphs.pop(segments, None)
        if stride * 2 > segments:
            self.refused.add(segments)
        self.stride[segments] = stride * 2
        self.torch.cuda.empty_cache()

    def replay(self, segments, rows):
        torch = self.torch
        if segments not in self.buffers:
            self.buffers[segments] = torch.zeros(rows.shape, dtype=torch.int16, device=self.device)
        self.buffers[segments].copy_(torch.from_numpy(rows).pin_memory(), non_blocking=True)
        if segments not in self.graphs:
            self.graphs[segments] = self.capture(segments)
        if self.graphs[segments]:
            self.graphs[segments].replay()
        else:
            self.run(segments, self.buffers[segments])

    def capture(self, segments):
        """A graph of the step, which does not run it; None if it cannot be captured."""
        torch, begun = self.torch, time.time()
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self.pool):
                self.run(segments, self.buffers[segments])
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            print(f"no graph of {segments} segments: {str(error)[:300]}", flush=True)
            torch.cuda.synchronize()
            return None
        self.pool = self.pool or graph.pool()
        print(f"graph of {segments} segments captured in {time.time() - begun:.1f} s, "
              f"{torch.cuda.memory_reserved() / 2**30:.0f} GiB reserved", flush=True)
        return graph


def fit_memory(torch, m, P, c, step, rows, fresh):
    """Scale the memory maps' learning rates to the streams that they read, and with `fresh` begin the maps anew: W_mq
    and W_mk one random projection of the whitened stream, W_mv a part of the identity, both without the stream's mean
    directions; the memory embeddings are those of <q> and <a> with noise."""
    device, M = P["emb"].device, c.memory_tokens
    with torch.no_grad():
        g = torch.Generator().manual_seed(5)
        if fresh:
            e = P["emb"][torch.tensor([4, 3] * (M // 2), device=device)]
            P["mem"].copy_(e + .5 * e.pow(2).mean().sqrt() * torch.randn(M, c.hidden, generator=g).to(device))
            P["mb"].zero_()
            P["mbb"].fill_(1.0)
        ids = torch.from_numpy(rows[:, d.Layout(1).column["document"]]).to(device).long()
        single, reading, _ = m.cast(P, step.dtype)
        x = torch.cat([single["emb"][ids], single["mem"].expand(len(ids), -1, -1)], 1)[:, None]
        A, z = m.empty_memory(c, len(ids), device)
        for i in range(c.layers):
            stream = x[:, 0, 4:].float().reshape(-1, c.hidden)
            x = m.block(x, A[i], z[i], *reading[i], *step.tables[x.shape[2]])
            memory = x[:, 0, -M:].float().reshape(-1, c.hidden)
            if fresh:
                new_maps(torch, P, c, i, stream, memory, g)
            read, wrote = float(stream.pow(2).mean().sqrt()), float(memory.pow(2).mean().sqrt())
            scale = step.optimizer.scale
            scale["mq"][i], scale["mk"][i] = min(1.5 / read, 1.0), 2 / wrote
            scale["mv"][i], scale["mb"][i] = 4 / wrote, 1 / wrote


def new_maps(torch, P, c, i, stream, memory, generator):
    device = stream.device
    means, _ = torch.linalg.qr(torch.stack([stream.mean(0), memory.mean(0)], 1))
    centre = torch.eye(c.hidden, device=device) - means @ means.t()
    a, b = stream @ centre, memory @ centre
    covariance = .5 * (a.t() @ a) / len(a) / a.pow(2).mean() + .5 * (b.t() @ b) / len(b) / b.pow(2).mean()
    values, vectors = torch.linalg.eigh(covariance + .1 * torch.eye(c.hidden, device=device))
    whiten = (vectors * values.rsqrt()) @ vectors.t() @ centre
    projection = torch.randn(c.d_mem, c.hidden, generator=generator).to(device) @ whiten
    P["mk"][i].copy_(projection / (b @ projection.t()).pow(2).mean().sqrt())
    P["mq"][i].copy_(projection / (a @ projection.t()).pow(2).mean().sqrt())
    P["mv"][i].copy_(.3 * centre)


# --- a run
class Run:
    def __init__(self, a):
        self.a, self.start = a, time.time()
        self.phases = SMOKE_PHASES if a.smoke else PHASES
        texts = smoke_texts(a.tokenizer) if a.smoke else d.load_texts(a.data, ("books", "misc", "code"))
        sources = {} if a.smoke else d.load_sources(a.data)
        self.phase, self.batches = start_workers(a, self.phases, texts, sources)
        self.fixed = self.evaluation_batches(texts)
        import torch

        import model
        self.torch, self.model = torch, model
        self.device = torch.device("cpu" if a.cpu else "cuda")
        if not a.cpu:
            torch.set_float32_matmul_precision("high")
            torch.backends.cuda.enable_cudnn_sdp(False)
        P, self.c = self.parameters()
        self.P = {k: v.to(self.device).requires_grad_(True) for k, v in P.items()}
        self.step = Step(torch, model, self.P, self.c, a)
        made = d.Documents(a.tokenizer, texts, a.seed + 778, sources)
        rows = made.batch(1, a.batch, self.phases[0])
        fit_memory(torch, model, self.P, self.c, self.step, rows, a.memory_from_scratch)
        if not (a.cpu or a.smoke):
            self.step.warm()
        a.out.mkdir(parents=True, exist_ok=True)
        self.log = open(a.out / "log.jsonl", "a", encoding="utf-8")
        self.write_log(parameters=sum(v.numel() for v in self.P.values()), layers=self.c.layers, seconds=a.seconds,
                       rate=a.rate, decay=a.decay, end=a.end, skip=a.skip, until=a.until, batch=a.batch, seed=a.seed, init=str(a.init), phases=self.phases)

    def parameters(self):
        if self.a.smoke:
            c = self.model.Config(hidden=192, heads=3, kv_heads=1, mlp=64, layers=2, memory_tokens=4, d_mem=8)
            return self.model.grow(self.model.initial(c), 3), self.model.Config(**{**c.__dict__, "layers": 3})
        if not self.a.init:
            c = self.model.Config(layers=self.a.layers, d_mem=self.a.d_mem)
            return self.model.initial(c, self.a.seed), c
        P, c = self.model.load(self.a.init)
        layers, d_mem = max(c.layers, self.a.layers), max(c.d_mem, self.a.d_mem)
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

    def statistics(self, steps, tokens, seconds, lengths):
        s = self.step.statistics.tolist()
        self.step.statistics.zero_()
        n = len(FAMILIES)
        right, asked = s[:n], s[n : 2 * n]
        unans = FAMILIES.index("unans")
        answerable = sum(asked) - asked[unans]
        rest = s[2 * n :]
        self.write_log(step=steps, phase=self.phase.value, rate=round(float(self.step.optimizer.rate), 6),
                       answer_loss=round(rest[0] / max(1, rest[1]), 3), language_loss=round(rest[2] / max(1, rest[3]), 3),
                       right=round((sum(right) - right[unans]) / max(1, answerable), 3), long=round(rest[4] / max(1, rest[5]), 3),
                       families={f: round(right[k] / asked[k], 2) for k, f in enumerate(FAMILIES) if asked[k]},
                       tokens_a_second=int(tokens / seconds), lengths=lengths, waiting=self.batches.qsize())

    def measure(self):
        reader = evaluate.Reader({k: v.detach() for k, v in self.P.items()}, self.c, self.device, self.step.dtype)
        self.write_log(evaluation=evaluate.quick(reader, self.fixed))

    def train(self):
        a, steps, tokens, lengths = self.a, 0, 0, {}
        begun = logged = saved = measured = time.time()
        seconds = a.seconds - (begun - self.start)
        while (share := (time.time() - begun) / seconds) < 1 and steps < a.steps:
            at = a.skip + (a.until - a.skip) * share
            self.phase.value = max(k for k, p in enumerate(self.phases) if at >= p["at"])
            try:
                segments, rows = self.batches.get(timeout=30)
            except queue.Empty:
                self.write_log(note="no batch for 30 s")
                continue
            self.step.optimizer.rate.fill_(self.rate(share, steps))
            if not self.step(segments, rows):
                continue
            steps += 1
            lengths[segments] = lengths.get(segments, 0) + 1
            tokens += rows.shape[0] * (segments * (d.SEGMENT + self.c.memory_tokens) +
                                       (d.QUESTIONS * d.SHORT + d.LONG if segments else d.WINDOWS * d.LONG))
            if steps % 8 == 0 and not a.cpu:
                self.torch.cuda.synchronize()  # the clock that rules the rate must not run ahead of the device
            if steps % a.log_every == 0:
                now = time.time()
                self.statistics(steps, tokens, now - logged, lengths)
                logged, tokens, lengths = now, 0, {}
                if now - saved > 60:
                    self.save()
                    saved = now
                if now - measured > 240:
                    self.measure()
                    measured = logged = time.time()
        self.save()
        self.measure()
        self.write_log(done=steps)


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
    p.add_argument("--batch", type=int, default=64, help="documents")
    p.add_argument("--workers", type=int, default=14)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--log-every", type=int, default=50, help="steps")
    p.add_argument("--eager", action="store_true", help="compile nothing")
    p.add_argument("--memory-from-scratch", action="store_true", help="begin the memory's maps anew")
    p.add_argument("--cpu", action="store_true")
    p.add_argument("--smoke", action="store_true", help="a tiny model on the CPU, a few steps")
    a = p.parse_args()
    if a.smoke:
        a.cpu, a.batch, a.workers, a.log_every, a.warmup = True, 2, 1, 2, 1
        a.steps, a.memory_from_scratch = min(a.steps, 6), True
    return a


def main():
    a = arguments()
    run = Run(a)
    try:
        run.train()
    except Exception:
        traceback.print_exc()
        run.save()  # what there is; the run as a whole has failed
        raise
    finally:
        for worker in multiprocessing.active_children():
            worker.terminate()


if __name__ == "__main__":
    main()
