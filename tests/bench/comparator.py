#!/usr/bin/env python3
"""PyTorch comparators for the reading speed of the engine, and the drift of their arithmetic.

Requirements: Python 3.10+, numpy, torch 2.7+ (CUDA for everything but --check).

    python tests/bench/comparator.py --check [--device cpu]
    python tests/bench/comparator.py [--tokens 4096,131072] [--segments 512,1024] [--rounds 3] [--json FILE]
        [--methods full,sequential,diagonal] [--compile] [--float32-memory] [--all]
    python tests/bench/comparator.py --drift 1,4,16,64 [--segments 1024] [--layers 4] [--dump FILE.npz]
        [--unrounded-weights] [--float32-memory] [--json FILE]

Methods, all bf16, batch 1, Llama-3.2-1B shapes, random weights, logits of the last token only:

- full: a Llama forward over all tokens, scaled_dot_product_attention with grouped heads;
- sequential: ARMT, segment by segment, layer by layer;
- diagonal: the method of arXiv 2506.05229, every diagonal of (segment, layer) cells as one batch.

The methods share their operations and differ in the batch alone. Of PyTorch's attention kernels the fastest for a
shape is measured first and named in the table. Norm gains are folded into the projection that follows. --compile
repeats every method with its elementwise operations fused by torch.compile. A sequential run that would take more than
20 s is left out without --all. Peak memory counts all weights. Every measurement checks the arithmetic first, as
--check does: float64, float32 and bf16 on tiny shapes against a NumPy reading of the model in float64.

Random weights let the memory feed itself: over many segments and 16 layers the activations grow until bf16 overflows. A
row whose logits did so says "not finite"; its time is not to be quoted.

--drift prints relative errors, |x - reference| / |reference|, after S segments of a model of --layers layers: of the
last segment's logits (its real tokens, all of the vocabulary) and of the memory A, for bf16 sequential and bf16
diagonal against float32 without TF32. The reference computes with the same weights rounded to bf16, so that only
arithmetic differs; --unrounded-weights gives it the generator's float32 values. A and z have the model's type, as in
the authors' code, or float32 with --float32-memory. --dump saves the reference logits of the last segment's final
token as logits_S, [vocab] float32.

Weights and tokens are those of longview-bench (app/bench/random_weights.cpp, read_benchmark.cpp), so that errors of the
engine can be put beside these: x <- 48271 x mod 2147483647 from the seed 4096 * weight + layer + 1, where weight counts
as in WEIGHTS, a value being sqrt(3 / in) * (2 x / 2^31 - 1) in float32, and norm gains 1; tokens are x mod vocabulary
from the seed 1 (timing rounds count the seed up). Like the drift, they are the same on every device.
"""
import argparse
import contextlib
import dataclasses
import json
import math
import pathlib
import platform
import statistics
import subprocess
import sys
import types

import numpy as np
import torch
import torch.nn.functional as F

EPSILON = 1e-5  # of the memory's denominators
TOO_LONG = 20  # seconds of one sequential run
WEIGHTS = ["embedding", "memory_tokens", "final_norm", "head", "input_norm", "q_proj", "k_proj", "v_proj", "o_proj",
           "post_norm", "gate_proj", "up_proj", "down_proj", "memory_query", "memory_key", "memory_value",
           "memory_beta", "memory_beta_bias"]  # the order of inference/engine/weight_source.h


@dataclasses.dataclass(frozen=True)
class Shape:
    layers: int
    d: int
    heads: int
    kv_heads: int
    head_dim: int
    mlp: int
    vocab: int
    d_mem: int
    memory_tokens: int
    theta: float
    scaling: tuple  # llama3: factor, low_freq_factor, high_freq_factor, original_max_position_embeddings
    eps: float = 1e-5

    def size(self, weight):
        q, kv, d = self.heads * self.head_dim, self.kv_heads * self.head_dim, self.d
        sizes = {"embedding": (self.vocab, d), "memory_tokens": (self.memory_tokens, d), "q_proj": (q, d),
                 "k_proj": (kv, d), "v_proj": (kv, d), "o_proj": (d, q), "gate_proj": (self.mlp, d),
                 "up_proj": (self.mlp, d), "down_proj": (d, self.mlp), "memory_query": (self.d_mem, d),
                 "memory_key": (self.d_mem, d), "memory_value": (d, d), "memory_beta": (1, d), "memory_beta_bias": (1,)}
        return sizes.get(weight, (d,))


LLAMA_1B = Shape(layers=16, d=2048, heads=32, kv_heads=8, head_dim=64, mlp=8192, vocab=128256, d_mem=64,
                 memory_tokens=128, theta=500000., scaling=(32, 1, 4, 8192))
TINY = Shape(layers=3, d=32, heads=4, kv_heads=2, head_dim=8, mlp=48, vocab=97, d_mem=4, memory_tokens=3,
             theta=10000., scaling=(32, 1, 4, 64))  # the frequencies fall on both sides of the scaling and between


# ---------------------------------------------------------------------------------------- weights and tokens

MULTIPLIER, MODULUS, BLOCK = 48271, 2**31 - 1, 1 << 20


def times(a, b):
    """a b mod 2^31 - 1, by folding the high bits on the low ones."""
    p = a * b
    p = (p & MODULUS) + (p >> 31)
    return torch.where(p > MODULUS, p - MODULUS, p)


def minstd(seed, count, device):
    """The first `count` numbers of std::minstd_rand(seed), in pieces: number i is seed * 48271^i."""
    powers = torch.tensor([MULTIPLIER], device=device)
    while len(powers) < min(BLOCK, count):
        powers = torch.cat([powers, times(powers, powers[-1])])
    for first in range(0, count, len(powers)):
        start = seed * pow(MULTIPLIER, first, MODULUS) % MODULUS
        yield times(powers[: count - first], start)


def random_tokens(count, vocab, device, seed=1):
    return torch.cat(list(minstd(seed, count, device))) % vocab


class RandomWeights:
    def __init__(self, shape, device):
        self.shape, self.device = shape, device

    def load(self, weight, layer=0):
        """One tensor in float32, [out, in], bit for bit as the engine's benchmark draws it."""
        size = self.shape.size(weight)
        if weight.endswith("norm"):
            return torch.ones(size, device=self.device)
        fan_in = self.shape.mlp if weight == "down_proj" else self.shape.d
        gain = np.float32(1 / 64 if weight == "memory_value" else 1)  # reads add up over layers and segments
        spread = float(gain * np.sqrt(np.float32(3) / np.float32(fan_in)))
        numbers = minstd(WEIGHTS.index(weight) * 4096 + layer + 1, math.prod(size), self.device)
        return torch.cat([(x.float() * 2 / 2**31 - 1) * spread for x in numbers]).view(size)


class RoundedWeights:
    """As another type keeps them, in float32."""

    def __init__(self, source, dtype):
        self.source, self.dtype = source, dtype

    def load(self, weight, layer=0):
        return self.source.load(weight, layer).to(self.dtype).float()


def rope_frequencies(shape):
    factor, low, high, original = shape.scaling
    frequencies = shape.theta ** (-np.arange(0, shape.head_dim, 2) / shape.head_dim)
    smooth = np.clip((original * frequencies / (2 * np.pi) - low) / (high - low), 0, 1)
    return (1 - smooth) * frequencies / factor + smooth * frequencies


class Model:
    """The weights of all layers in stacks, the last layer first: diagonal() says why."""

    def __init__(self, shape, source, device, dtype, memory_dtype=None):
        self.shape, self.device, self.dtype, self.memory_dtype = shape, device, dtype, memory_dtype or dtype
        self.embedding, self.memory_tokens, self.final_norm = (source.load(w).to(dtype) for w in WEIGHTS[:3])

        def load(layer):  # in float32 at least: gains are folded before the weights are rounded
            return lambda w: source.load(w, layer).to(torch.promote_types(dtype, torch.float32))

        def stack(build):
            return torch.stack([build(load(layer)).to(dtype) for layer in reversed(range(shape.layers))])

        self.stacks = {
            "qkv": stack(lambda w: torch.cat([w("q_proj"), w("k_proj"), w("v_proj")]) * w("input_norm")),
            "o": stack(lambda w: w("o_proj")),
            "gate_up": stack(lambda w: torch.cat([w("gate_proj"), w("up_proj")]) * w("post_norm")),
            "down": stack(lambda w: w("down_proj")),
            # relu(y) and relu(-y) of the feature map as one projection
            "query": stack(lambda w: torch.cat([w("memory_query"), -w("memory_query")])),
            "key": stack(lambda w: torch.cat([w("memory_key"), -w("memory_key")])),
            "value": stack(lambda w: w("memory_value")),
            "beta": stack(lambda w: w("memory_beta")),
            "beta_bias": stack(lambda w: w("memory_beta_bias")[:, None]),
        }
        self.layers = [self.rows(shape.layers - 1 - layer) for layer in range(shape.layers)]
        u = torch.arange(2 * shape.d_mem, device=device)
        self.rolled = torch.stack([u.roll(j) for j in (1, 2, 3)])
        self.attention = Attention()
        self.cos = self.sin = torch.empty(0)

    def rows(self, index):
        """The weights of one row of the stacks, or those of a slice of rows."""
        return types.SimpleNamespace(**{name: stack[index] for name, stack in self.stacks.items()})

    def prepare_positions(self, count):
        angles = np.outer(np.arange(count), rope_frequencies(self.shape))[:, None]
        self.cos, self.sin = (torch.tensor(f(angles), device=self.device).to(self.dtype) for f in (np.cos, np.sin))

    def empty_memory(self):
        s, options = self.shape, dict(device=self.device, dtype=self.memory_dtype)
        return torch.zeros(s.layers, 6 * s.d_mem, s.d, **options), torch.zeros(s.layers, 6 * s.d_mem, 1, **options)


# ------------------------------------------------------------------------------------------------ operations
# For one cell, x [T, d], and for a group of cells, x [cells, T, d], alike.


def normalise(x, eps):
    return F.rms_norm(x, x.shape[-1:], eps=eps)


def rotate(x, cos, sin):
    """RoPE by halves; x [..., T, heads, head_dim]. Written in place: a concatenation would cost two more passes."""
    half = x.shape[-1] // 2
    a, b, out = x[..., :half], x[..., half:], torch.empty(x.shape, dtype=x.dtype, device=x.device)
    torch.mul(a, cos, out=out[..., :half]).addcmul_(b, sin, value=-1)
    torch.mul(b, cos, out=out[..., half:]).addcmul_(a, sin)
    return out


def swiglu(gate, up):
    return F.silu(gate, inplace=True).mul_(up)


def dpfp(y, rolled):
    """The feature map, from [y, -y]."""
    u = y.relu_()
    return (u.unsqueeze(-2) * u[..., rolled]).flatten(-2)


OPERATIONS = types.SimpleNamespace(normalise=normalise, rotate=rotate, swiglu=swiglu, dpfp=dpfp)


def rotate_plainly(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


@contextlib.contextmanager
def fused_operations():
    eager = dict(vars(OPERATIONS))
    fusible = eager | {"rotate": rotate_plainly, "swiglu": lambda gate, up: F.silu(gate) * up}
    vars(OPERATIONS).update({name: torch.compile(f, dynamic=True) for name, f in fusible.items()})
    yield
    vars(OPERATIONS).update(eager)


class Attention:
    """Causal attention by one of PyTorch's kernels; by_head: over copies in which each head's rows are contiguous."""

    CHOICES = [(backend, by_head) for backend in ("flash", "cudnn") for by_head in (False, True)]

    def __init__(self, backend=None, by_head=False):
        self.backend, self.by_head = backend, by_head
        self.name = (backend or "any") + (" by head" if by_head else "")

    def select(self):
        for name in ("flash", "cudnn", "mem_efficient", "math"):
            getattr(torch.backends.cuda, f"enable_{name}_sdp")(self.backend in (None, name))

    def __call__(self, q, k, v):
        if self.by_head:
            q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=q.shape[1] != k.shape[1])


def accumulate(x, a, b):
    """x += a b in the product's own epilogue."""
    (x.addmm_ if x.dim() == 2 else x.baddbmm_)(a, b)


def attend(model, w, x):
    s, rows = model.shape, x.shape[-2]
    qkv = (OPERATIONS.normalise(x, s.eps) @ w.qkv.mT).view(-1, rows, s.heads + 2 * s.kv_heads, s.head_dim)
    qk = OPERATIONS.rotate(qkv[:, :, : s.heads + s.kv_heads], model.cos[:rows], model.sin[:rows])
    q, k, v = qk[:, :, : s.heads], qk[:, :, s.heads :], qkv[:, :, s.heads + s.kv_heads :]
    y = model.attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
    accumulate(x, y.transpose(1, 2).reshape(x.shape[:-1] + (-1,)), w.o.mT)


def feed_forward(model, w, x):
    h = OPERATIONS.normalise(x, model.shape.eps)
    gate, up = w.gate_up.split(model.shape.mlp, -2)
    accumulate(x, OPERATIONS.swiglu(h @ gate.mT, h @ up.mT), w.down.mT)


def read_memory(model, w, A, z, x):
    phi = OPERATIONS.dpfp(x @ w.query.mT, model.rolled)
    seen = phi.to(z.dtype) @ z + EPSILON
    accumulate(x, (phi / seen).to(x.dtype), A.to(x.dtype))  # divided before the product: k is less than d


def write_memory(model, w, A, z, x, first):
    """first: this cell, or the first one of the group, belongs to the first segment."""
    m = x[..., -model.shape.memory_tokens :, :]
    key = OPERATIONS.dpfp(m @ w.key.mT, model.rolled).to(A.dtype)
    beta = torch.sigmoid(m @ w.beta.mT + w.beta_bias).to(A.dtype)
    seen = key @ z + EPSILON
    gamma = (1 - seen / (key.square().sum(-1, keepdim=True) + EPSILON)).clamp_(0, 1)
    if first:
        (gamma if gamma.dim() == 2 else gamma[0]).fill_(1)
    change = beta * ((m @ w.value.mT).to(A.dtype) - (key / seen) @ A)
    accumulate(A, key.mT, change)
    accumulate(z, key.mT, gamma)


# --------------------------------------------------------------------------------------------------- methods
# Each returns the last layer's rows of the last segment's tokens, and the memory.


def embed_segments(model, tokens, n):
    x = torch.empty(len(tokens) // n, n + model.shape.memory_tokens, model.shape.d, device=model.device,
                    dtype=model.dtype)
    x[:, :n] = model.embedding[tokens.view(-1, n)]
    x[:, n:] = model.memory_tokens
    return x


def full(model, tokens, n):
    x = model.embedding[tokens]
    for w in model.layers:
        attend(model, w, x)
        feed_forward(model, w, x)
    return x, None


def sequential(model, tokens, n):
    (A, z), last = model.empty_memory(), model.shape.layers - 1
    segments = embed_segments(model, tokens, n)
    for s, x in enumerate(segments):
        for layer, w in enumerate(model.layers):
            a, b = A[last - layer], z[last - layer]
            if s > 0:
                read_memory(model, w, a, b, x)
            attend(model, w, x)
            feed_forward(model, w, x)
            write_memory(model, w, a, b, x, s == 0)
    return segments[-1, :n], A


def diagonal(model, tokens, n):
    """Segments stay where they are and the layers move over them. On diagonal i segment s meets layer i - s, so with
    the last layer first in the stacks the segments and the layers of a diagonal are two slices, and nothing is copied.
    """
    (A, z), layers = model.empty_memory(), model.shape.layers
    segments = embed_segments(model, tokens, n)
    for i in range(len(segments) + layers - 1):
        first, end = max(0, i - layers + 1), min(i + 1, len(segments))
        rows = slice(layers - 1 - i + first, layers - 1 - i + end)
        w, x, a, b = model.rows(rows), segments[first:end], A[rows], z[rows]
        if i > 0:
            read_memory(model, w, a, b, x)  # adds 0 in the first segment, whose A and z are 0
        attend(model, w, x)
        feed_forward(model, w, x)
        write_memory(model, w, a, b, x, first == 0)
    return segments[-1, :n], A


METHODS = {"full": full, "sequential": sequential, "diagonal": diagonal}


def head(model, x):
    return F.rms_norm(x, x.shape[-1:], model.final_norm, model.shape.eps) @ model.embedding.T


# ----------------------------------------------------------------------------------------------------- check


class Reference:
    """The model in NumPy and float64, written apart from the methods above."""

    def __init__(self, shape, source):
        self.shape, self.source = shape, source

    def weight(self, name, layer=0):
        return self.source.load(name, layer).double().cpu().numpy()

    def norm(self, x, gain):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.shape.eps) * gain

    def features(self, y):
        u = np.concatenate([np.maximum(y, 0), np.maximum(-y, 0)], -1)
        return np.concatenate([u * np.roll(u, j, -1) for j in (1, 2, 3)], -1)

    def frequency(self, i):
        s, (factor, low, high, original) = self.shape, self.shape.scaling
        f = s.theta ** (-2 * i / s.head_dim)
        wavelength = 2 * math.pi / f
        if wavelength < original / high:
            return f
        if wavelength > original / low:
            return f / factor
        smooth = (original / wavelength - low) / (high - low)
        return (1 - smooth) * f / factor + smooth * f

    def heads(self, y, turn):
        y = y.reshape(len(y), -1, self.shape.head_dim)
        if not turn:
            return y
        half = self.shape.head_dim // 2
        angle = np.outer(np.arange(len(y)), [self.frequency(i) for i in range(half)])[:, None]
        pairs = (y[..., :half] + 1j * y[..., half:]) * np.exp(1j * angle)
        return np.concatenate([pairs.real, pairs.imag], -1)

    def layer(self, layer, x, A, z, first, write):
        s, w = self.shape, lambda name: self.weight(name, layer)
        if not first:
            q = self.features(x @ w("memory_query").T)
            x = x + q @ A / (q @ z + EPSILON)[:, None]
        h = self.norm(x, w("input_norm"))
        q, k, v = (self.heads(h @ w(p).T, p != "v_proj") for p in ("q_proj", "k_proj", "v_proj"))
        k, v = (np.repeat(t, s.heads // s.kv_heads, 1) for t in (k, v))
        scores = np.einsum("ihd,jhd->hij", q, k) / math.sqrt(s.head_dim)
        p = np.exp(scores - scores.max(-1, keepdims=True)) * np.tri(len(x))
        y = np.einsum("hij,jhd->ihd", p / p.sum(-1, keepdims=True), v)
        x = x + y.reshape(len(x), -1) @ w("o_proj").T
        h = self.norm(x, w("post_norm"))
        gate = h @ w("gate_proj").T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ w("up_proj").T)) @ w("down_proj").T
        return (x, *self.write(w, x[-s.memory_tokens :], A, z, first)) if write else (x, A, z)

    def write(self, w, m, A, z, first):
        k, v = self.features(m @ w("memory_key").T), m @ w("memory_value").T
        beta = 1 / (1 + np.exp(-(m @ w("memory_beta").T + w("memory_beta_bias"))))
        seen = (k @ z + EPSILON)[:, None]
        gamma = 1 if first else np.clip(1 - seen / ((k * k).sum(-1, keepdims=True) + EPSILON), 0, 1)
        return A + k.T @ (beta * (v - k @ A / seen)), z + (gamma * k).sum(0)

    def run(self, tokens, n, memory=True):
        """Logits of the last segment and A [layers, k, d], the last layer first; n = len(tokens) for full attention."""
        s, E = self.shape, self.weight("embedding")
        A, z = np.zeros((s.layers, 6 * s.d_mem, s.d)), np.zeros((s.layers, 6 * s.d_mem))
        for i in range(0, len(tokens), n):
            x = E[tokens[i : i + n]]
            if memory:
                x = np.concatenate([x, self.weight("memory_tokens")])
            for layer in range(s.layers):
                x, A[layer], z[layer] = self.layer(layer, x, A[layer], z[layer], i == 0, memory)
        logits = self.norm(x[:n], self.weight("final_norm")) @ E.T
        return torch.from_numpy(logits), torch.from_numpy(A[::-1].copy())


class CheckWeights(RandomWeights):
    """With norm gains that show, and keys and queries large enough for the memory to matter."""

    def load(self, weight, layer=0):
        if not weight.endswith("norm"):
            return super().load(weight, layer) * (4 if weight in ("memory_query", "memory_key") else 1)
        numbers = next(minstd(WEIGHTS.index(weight) * 4096 + layer + 1, self.shape.d, self.device))
        return .5 + numbers.float() / 2**31


def relative_error(x, reference):
    x, reference = x.double(), reference.to(x.device).double()
    return float((x - reference).norm() / reference.norm())


def check(device):
    """Exits when a method does not compute the model."""
    n, segments = 7, 5
    source = CheckWeights(TINY, device)
    reference = Reference(TINY, source)
    bounds = {torch.float64: 1e-12, torch.float32: 2e-5, torch.bfloat16: .1}
    tokens = random_tokens(n * segments, TINY.vocab, device)
    for method, run in METHODS.items():
        expected, A = reference.run(tokens.cpu().numpy(), n if method != "full" else len(tokens), method != "full")
        for dtype, bound in bounds.items():
            model = Model(TINY, source, device, dtype)
            model.attention.select()
            model.prepare_positions(len(tokens))
            x, memory = run(model, tokens, n)
            errors = [relative_error(head(model, x), expected)]
            errors += [relative_error(memory, A)] if memory is not None else []
            if not max(errors) < bound:
                sys.exit(f"check: {method} in {dtype} is off by {max(errors):.2e} (bound {bound:.0e})")
            print(f"check: {method:10} {str(dtype)[6:]:8} logits and memory within "
                  + " ".join(f"{e:.1e}" for e in errors))


# ---------------------------------------------------------------------------------------------- measurements


def milliseconds(run, *inputs):
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    run(*inputs)
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def nvidia_smi(fields):
    try:
        text = subprocess.run(["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader", "--id=0"],
                              capture_output=True, text=True, check=True).stdout
        return text.strip().split(", ")
    except (OSError, subprocess.CalledProcessError):
        return ["unknown"] * (fields.count(",") + 1)


def ceilings():
    """TB/s of a device copy (read and written) and TF/s of one large product, and the clocks under that load."""
    a = torch.randn(1 << 30, device="cuda", dtype=torch.bfloat16)
    b = torch.empty_like(a)
    copy = statistics.median(milliseconds(b.copy_, a) for _ in range(10))
    x, y, z = a[: 1 << 26].view(8192, 8192), a[1 << 26 : 1 << 27].view(8192, 8192), b[: 1 << 26].view(8192, 8192)
    product = statistics.median(milliseconds(lambda: torch.mm(x, y, out=z)) for _ in range(20))
    for _ in range(400):  # half a second of work, behind which the clocks are read
        torch.mm(x, y, out=z)
    clocks = nvidia_smi("clocks.sm,clocks.mem")
    torch.cuda.synchronize()
    return {"copy_tb_s": 4 * a.numel() / copy / 1e9, "gemm_tf_s": 2 * 8192**3 / product / 1e9,
            "clocks_under_load": ", ".join(clocks)}


def header(device):
    described = {"python": platform.python_version(), "torch": torch.__version__}
    if device == "cuda":
        name, driver, limit = nvidia_smi("name,driver_version,power.limit")
        described |= {"gpu": torch.cuda.get_device_name(), "driver": driver, "power_limit": limit,
                      "cudnn": torch.backends.cudnn.version()} | ceilings()
    return described


def choose_attention(model, cells, rows):
    """The fastest of the attention kernels at this shape."""
    s, best = model.shape, (math.inf, None)
    q, k, v = (torch.randn(cells, rows, h, s.head_dim, device="cuda", dtype=model.dtype).transpose(1, 2)
               for h in (s.heads, s.kv_heads, s.kv_heads))
    for choice in Attention.CHOICES:
        attention = Attention(*choice)
        attention.select()
        try:
            attention(q, k, v)
            ms = min(milliseconds(attention, q, k, v) for _ in range(3))
        except RuntimeError:  # no such kernel in this build or for this shape
            continue
        best = min(best, (ms, attention), key=lambda pair: pair[0])
    model.attention = best[1] or Attention()
    model.attention.select()


def measure(model, method, count, n, rounds, limit):
    """One row of the table."""
    run = METHODS[method]
    segments = max(1, count // n)
    count = segments * n
    rows = count if method == "full" else n + model.shape.memory_tokens
    row = {"method": method, "tokens": count, "n": None if method == "full" else n}
    model.prepare_positions(rows)
    choose_attention(model, min(segments, model.shape.layers) if method == "diagonal" else 1, rows)
    tokens = [random_tokens(count, model.shape.vocab, "cuda", seed) for seed in range(1, rounds + 2)]
    if method == "sequential":
        few = min(segments, 4)
        expected = [milliseconds(run, model, tokens[0][: few * n], n) for _ in range(2)][1] / 1000 * segments / few
        if expected > limit:
            return row | {"skipped": f"would take {expected:.0f} s"}
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()

    def whole(t):
        row["logits"] = head(model, run(model, t, n)[0][-1:])

    whole(tokens[-1])  # warm-up
    torch.cuda.synchronize()
    ms = statistics.median([milliseconds(whole, t) for t in reversed(tokens[:-1])])
    row["finite"] = bool(row["logits"].isfinite().all())
    return row | {"ms": ms, "tokens_per_s": count / ms * 1000, "attention": model.attention.name,
                  "peak_gib": torch.cuda.max_memory_allocated() / 2**30}


def show(row, beside):
    """A row, with the difference of its logits from those of `beside`, the sequential ones of the same tokens."""
    where = f"{row['method']:18} {row['tokens']:7} {row['n'] or '-':>5}"
    if "skipped" in row:
        print(f"{where}  left out: {row['skipped']}", flush=True)
        return
    agreement = "not finite" if not row["finite"] else "-" if beside is None else f"{beside:.2e}"
    print(f"{where} {row['ms']:10.1f} {row['tokens_per_s']:9.0f} {row['peak_gib']:9.2f} {agreement:>13}"
          f"  {row['attention']}", flush=True)


def times_of(a, model):
    rows = []
    print(f"{'method':18} {'tokens':>7} {'n':>5} {'ms':>10} {'tokens/s':>9} {'peak GiB':>9} {'to sequential':>13}"
          "  attention kernel")
    for count in a.tokens:
        for n in a.segments:
            plain = None
            for fused in (False, True) if a.compile else (False,):
                for method in a.methods:
                    if method == "full" and n != a.segments[0]:
                        continue
                    with fused_operations() if fused else contextlib.nullcontext():
                        row = measure(model, method, count, n, a.rounds, math.inf if a.all else TOO_LONG)
                    logits, beside = row.pop("logits", None), None
                    if method == "sequential" and not fused:
                        plain = logits
                    elif method != "full" and plain is not None and logits is not None:
                        beside = relative_error(logits, plain) if (logits - plain).isfinite().all() else None
                    row["method"] += " + compile" if fused else ""
                    row["to_sequential"] = beside
                    show(row, beside)
                    rows.append(row)
    return rows


def drift_of(a):
    """Errors after each number of segments, and the reference logits to dump."""
    shape, n, bf16 = dataclasses.replace(LLAMA_1B, layers=a.layers), a.segments[0], torch.bfloat16
    source = RandomWeights(shape, "cuda")
    exact = Model(shape, source if a.unrounded_weights else RoundedWeights(source, bf16), "cuda", torch.float32)
    model = Model(shape, source, "cuda", bf16, torch.float32 if a.float32_memory else bf16)
    for m in (exact, model):
        m.prepare_positions(n + shape.memory_tokens)
    choose_attention(model, shape.layers, n + shape.memory_tokens)
    print(f"relative errors; {shape.layers} layers, n {n}, M {shape.memory_tokens}, A and z in "
          f"{str(model.memory_dtype)[6:]}, attention {model.attention.name}")
    print(f"{'S':>4} {'logits seq':>11} {'diagonal':>11} {'to each other':>13}   {'A seq':>11} {'diagonal':>11}")
    rows, dump = [], {}
    for segments in a.drift:
        tokens = random_tokens(segments * n, shape.vocab, "cuda")
        Attention("math").select()
        x, memory = sequential(exact, tokens, n)
        expected = head(exact, x)
        model.attention.select()
        (x, A), (y, B) = sequential(model, tokens, n), diagonal(model, tokens, n)
        x, y = head(model, x), head(model, y)
        row = {"segments": segments, "logits_sequential": relative_error(x, expected),
               "logits_diagonal": relative_error(y, expected), "logits_to_each_other": relative_error(y, x),
               "memory_sequential": relative_error(A, memory), "memory_diagonal": relative_error(B, memory)}
        print("{segments:4} {logits_sequential:11.3e} {logits_diagonal:11.3e} {logits_to_each_other:13.3e}   "
              "{memory_sequential:11.3e} {memory_diagonal:11.3e}".format(**row), flush=True)
        rows.append(row)
        dump[f"logits_{segments}"] = expected[-1].cpu().numpy()
    return rows, dump | {"layers": shape.layers, "segment_size": n}


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = lambda text: [int(x) for x in text.split(",")]  # noqa: E731
    p.add_argument("--check", action="store_true", help="only compare the methods with the NumPy reference")
    p.add_argument("--device", choices=["cuda", "cpu"], default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--tokens", type=numbers, default=[4096, 16384, 32768, 65536, 131072])
    p.add_argument("--segments", type=numbers, default=[1024], help="tokens of a segment")
    p.add_argument("--methods", type=lambda t: t.split(","), default=list(METHODS))
    p.add_argument("--rounds", type=int, default=3, help="medians are printed")
    p.add_argument("--compile", action="store_true", help="also with fused elementwise operations")
    p.add_argument("--all", action="store_true", help=f"also sequential runs of more than {TOO_LONG} s")
    p.add_argument("--float32-memory", action="store_true", help="A and z in float32")
    p.add_argument("--drift", type=numbers, metavar="S,S,...", help="errors after so many segments instead of times")
    p.add_argument("--layers", type=int, default=4, help="of the model for --drift")
    p.add_argument("--unrounded-weights", action="store_true", help="reference with the weights before rounding")
    p.add_argument("--dump", type=pathlib.Path, metavar="FILE.npz", help="reference logits of --drift")
    p.add_argument("--json", type=pathlib.Path, metavar="FILE")
    a = p.parse_args()
    if set(a.methods) - set(METHODS):
        p.error(f"--methods are {', '.join(METHODS)}")
    if a.device == "cpu" and not a.check:
        p.error("without a GPU only --check")
    return a


@torch.no_grad()
def main():
    a = arguments()
    torch.backends.cuda.matmul.allow_tf32 = False
    check(a.device)
    if a.check:
        return
    found = header(a.device)
    print("\n".join(f"{key}: {value:.2f}" if isinstance(value, float) else f"{key}: {value}"
                    for key, value in found.items()))
    if a.drift:
        rows, dump = drift_of(a)
        if a.dump:
            np.savez(a.dump, **dump)
    else:
        memory = torch.float32 if a.float32_memory else torch.bfloat16
        rows = times_of(a, Model(LLAMA_1B, RandomWeights(LLAMA_1B, "cuda"), "cuda", torch.bfloat16, memory))
    if a.json:
        a.json.write_text(json.dumps(found | {"rows": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
