"""A step of train.py: the loss of a batch, its gradients, averaged over the ranks, and the optimiser.

On a GPU the gradients of each length are a CUDA graph, and so is the optimiser's step.
"""
import time

import documents as d
from episodes import FAMILIES
from optimizer import Optimizer


STRIDE = {64: 4}                  # only every so many segments are under gradient
LANGUAGE_WEIGHT = {True: .5, False: .12}  # of the language model's loss beside the answers', without memory and with
ANSWER_WEIGHT = [0, 0, 1., 1.5, .5]       # by documents.FIRST, LATER, END: later pieces of names and numbers count more
END_TOKEN = 2                     # </s>
MEMORY = ("mem", "mq", "mk", "mv", "mb", "mbb")


class Step:
    """A step for batches of each length. All ranks must call it with the same length at the same time."""

    STATISTICS = 2 * len(FAMILIES) + 6  # right and asked by family; sums and counts of losses; the same of long windows

    def __init__(self, torch, model, P, c, ranks, a):
        self.torch, self.m, self.P, self.c, self.ranks = torch, model, P, c, ranks
        self.device = P["emb"].device
        self.cuda = self.device.type == "cuda"
        self.dtype = torch.bfloat16 if self.cuda else torch.float32
        self.optimizer = Optimizer(torch, P, c, self.dtype)
        self.gradients = torch.zeros(sum(p.numel() for p in P.values()), device=self.device)
        parts = self.gradients.split([p.numel() for p in P.values()])
        self.gradient = {k: part.view(P[k].shape) for k, part in zip(P, parts)}
        self.statistics = torch.zeros(self.STATISTICS, device=self.device)
        self.language = torch.ones((), device=self.device)
        self.families = torch.arange(len(FAMILIES), device=self.device)
        self.weights = torch.tensor(ANSWER_WEIGHT, device=self.device)
        by_place = [ANSWER_WEIGHT[d.FIRST]] + [ANSWER_WEIGHT[d.LATER]] * (d.ANSWER - 1)
        self.place_weight = torch.tensor(by_place, device=self.device)
        self.flag = {x: torch.tensor(float(x), device=self.device) for x in (0, 1)}
        self.chunk = a.chunk
        self.begins = torch.ones((), device=self.device)  # 1 where the chunk is its document's first, else 0
        self.state = model.empty_memory(c, a.long_batch, self.device)  # after the last chunk
        lengths = (d.SEGMENT + c.memory_tokens, d.SHORT, d.LONG)
        self.tables = {n: model.rope_table(c, n, self.device, self.dtype) for n in lengths}
        self.stride, self.refused = dict(STRIDE), set()
        self.graphs, self.buffers, self.pool = {}, {}, None
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

    def memory_so_far(self):
        """The memory that a chunk goes on with, which the gradient does not leave."""
        return [[self.torch.where(self.begins > 0, 0., x).requires_grad_(True) for x in part] for part in self.state]

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
        chunk = segments == self.chunk
        A, z = self.memory_so_far() if chunk else self.memory(B)
        stride, loss, count = self.stride.get(segments, 1), 0., 0
        for s in range(segments):
            x = torch.cat([embedded[:, s * d.SEGMENT : (s + 1) * d.SEGMENT], single["mem"].expand(B, -1, -1)], 1)[:, None]
            first = self.flag[int(s == 0)] if s or not chunk else self.begins
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
        if chunk:
            for kept, part in zip(self.state, (A, z)):
                for x, y in zip(kept, part):
                    x.copy_(y.detach())
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
        torch, B = self.torch, part("at").shape[0]
        at, target = (part(k).view(B, -1, d.ANSWER) for k in ("at", "target"))
        x = self.through(embedded.contiguous().view(B, at.shape[1], d.SHORT, -1), A, z, reading)
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

    def differentiate(self, segments, buffer):
        """The gradients of a batch's loss, into self.gradient."""
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
        used = self.used(segments)
        for k, g in zip(used, torch.autograd.grad(loss, [P[k] for k in used], allow_unused=True)):
            self.gradient[k].copy_(g if g is not None else 0)

    def used(self, segments):
        """The parameters that batches of this length move."""
        return [k for k in self.P if segments or k not in MEMORY]

    def update(self, with_memory):
        self.optimizer.step({k: self.gradient[k] for k in self.used(with_memory)})

    def __call__(self, segments, rows, begins=True):
        """Runs a step; `begins` says whether a chunk is its document's first. False if batches of this length do not fit."""
        self.language.fill_(LANGUAGE_WEIGHT[segments == 0])
        self.begins.fill_(float(begins))
        if not self.cuda:
            self.differentiate(segments, self.torch.from_numpy(rows))
            self.ranks.average(self.gradients)
            self.update(segments > 0)
            return True
        while segments not in self.refused:
            if self.prepare(segments, rows):
                self.replay(("gradients", segments), self.differentiate, segments, self.buffers[segments])
                self.ranks.average(self.gradients)
                self.replay(("update", segments > 0), self.update, segments > 0)
                return True
            self.make_room(segments)
        return False

    def warm(self, batch, many):
        """Compiles everything that batches of so many documents call, those of d.MANY segments too if there are such; the
        parameters stay as they are. What is compiled while a graph is captured spoils the graph."""
        torch, begun, kept = self.torch, time.time(), self.stride
        for segments, stride in ((0, 1), (2, 1), (2, 2), (d.MANY, d.MANY))[: 4 if many else 3]:
            self.stride = {segments: stride}
            rows = torch.zeros(batch, d.Layout(segments).width, dtype=torch.int16, device=self.device)
            self.differentiate(segments, rows)
            if self.cuda:
                torch.cuda.synchronize()
            print(f"warm {batch} of {segments} segments, stride {stride}: {time.time() - begun:.1f} s", flush=True)
        self.stride = kept
        self.statistics.zero_()

    def make_room(self, segments):
        """After running out of memory: fewer segments under gradient, or none of these batches at all."""
        stride = self.stride.get(segments, 1)
        del self.buffers[segments]
        self.graphs.pop(("gradients", segments), None)
        if stride * 2 > segments:
            self.refused.add(segments)
        self.stride[segments] = stride * 2
        print(f"{segments} segments with every {stride} under gradient do not fit", flush=True)
        self.torch.cuda.empty_cache()

    def prepare(self, segments, rows):
        """Copies the rows to the device and captures what is not captured; False if some rank's memory is too small."""
        torch, fits = self.torch, True
        if segments not in self.buffers:
            self.buffers[segments] = torch.zeros(rows.shape, dtype=torch.int16, device=self.device)
            try:
                self.capture(("gradients", segments), self.differentiate, segments, self.buffers[segments])
                if ("update", segments > 0) not in self.graphs:
                    self.capture(("update", segments > 0), self.update, segments > 0)
            except torch.cuda.OutOfMemoryError as error:
                print(str(error)[:150], flush=True)
                fits = False
            fits = self.ranks.agree(fits)
        if fits:
            self.buffers[segments].copy_(torch.from_numpy(rows).pin_memory(), non_blocking=True)
        return fits

    def replay(self, name, function, *arguments):
        if self.graphs[name]:
            self.graphs[name].replay()
        else:
            function(*arguments)

    def capture(self, name, function, *arguments):
        """A graph of the function, which does not run it; None if it cannot be captured."""
        torch, begun = self.torch, time.time()
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        graph = torch.cuda.CUDAGraph()
        try:
            # Only this thread's calls matter: the ranks' communicator has a thread that asks the device how things are.
            with torch.cuda.graph(graph, pool=self.pool, capture_error_mode="thread_local"):
                function(*arguments)
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            print(f"no graph of {name}: {str(error)[:300]}", flush=True)
            torch.cuda.synchronize()
            graph = None
        self.graphs[name] = graph
        if graph:
            self.pool = self.pool or graph.pool()
            print(f"graph of {name} captured in {time.time() - begun:.1f} s, "
                  f"{torch.cuda.memory_reserved() / 2**30:.0f} GiB reserved", flush=True)
