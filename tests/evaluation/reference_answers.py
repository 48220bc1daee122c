#!/usr/bin/env python3
"""Answer the questions of a JSONL with the default model in plain NumPy (float32): what the engine must answer too.

Requirements: Python 3.10+, numpy, sentencepiece. Shares no code with the engine or with the recipe's PyTorch.

    python tests/evaluation/reference_answers.py FILE.jsonl [--out ANSWERS.jsonl] [--model DIR]

Prints exact match per family and writes the lines of FILE.jsonl with "given", "right" and "document_tokens" added. The
text is treated as the application does: normalised, cut into segments from its start; every full segment goes through
the memory with the memory tokens; the final segment (the document's tail, <q> question <a>) reads the memory only;
greedy decoding stops at </s>.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import struct
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads cost more than they give at these shapes
import numpy as np  # noqa: E402
import sentencepiece  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
EPS = np.float32(1e-5)
LONGEST_ANSWER = 128  # as `longview-cli evaluate`


def load_safetensors(path):
    """{name: float32 array} of a file with F32 and BF16 tensors."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        raw = data[8 + size + begin : 8 + size + end]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw, {"F32": np.float32}[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def phi(y):
    u = np.concatenate([np.maximum(y, 0), np.maximum(-y, 0)], -1)
    return np.concatenate([u * np.roll(u, j, -1) for j in (1, 2, 3)], -1)


class Model:
    """A Llama with an associative memory per layer; self.A, self.z is the memory after the segments read so far."""

    def __init__(self, directory):
        c = json.loads((directory / "config.json").read_text())
        self.layers, self.heads, self.groups = (
            c[k] for k in ("num_hidden_layers", "num_attention_heads", "num_key_value_heads"))
        self.head_dim, self.segment = c["head_dim"], c["segment_size"]
        self.question, self.answer, self.end = (c[k] for k in ("question_token_id", "answer_token_id", "eos_token_id"))
        self.eps = np.float32(c["rms_norm_eps"])
        w = load_safetensors(directory / "model.safetensors")
        self.embedding = w["memory_cell.model.model.embed_tokens.weight"]
        self.norm = w["memory_cell.model.model.norm.weight"]
        self.memory_tokens = w["memory_cell.memory"]
        prefix = "memory_cell.model.model.layers."
        if f"{prefix}0.W_mq.weight" not in w:
            prefix = "memory_cell.layers."
        self.w = [{k[len(f"{prefix}{i}.") :].removesuffix(".weight"): v for k, v in w.items()
                   if k.startswith(f"{prefix}{i}.")} for i in range(self.layers)]
        frequency = 1.0 / c["rope_theta"] ** (np.arange(0, self.head_dim, 2) / self.head_dim)
        angle = np.outer(np.arange(c["max_position_embeddings"]), np.concatenate([frequency, frequency]))
        self.cos, self.sin = np.cos(angle).astype(np.float32)[:, None], np.sin(angle).astype(np.float32)[:, None]
        self.keys = 6 * c["d_mem"]
        self.forget()

    def forget(self):
        self.A = np.zeros((self.layers, self.keys, self.embedding.shape[1]), np.float32)
        self.z = np.zeros((self.layers, self.keys), np.float32)
        self.segments = 0

    def rms(self, x, weight):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps) * weight

    def rotate(self, x, at):
        half = self.head_dim // 2
        turned = np.concatenate([-x[..., half:], x[..., :half]], -1)
        return x * self.cos[at : at + len(x)] + turned * self.sin[at : at + len(x)]

    def attend(self, x, w, cache):
        """Causal attention of x after the cached rows; returns it and the cache with x's keys and values."""
        rows, at = len(x), 0 if cache is None else len(cache[0])
        q, k, v = ((x @ w[f"layer.self_attn.{n}_proj"].T).reshape(rows, -1, self.head_dim) for n in "qkv")
        q, k = self.rotate(q, at), self.rotate(k, at)
        if cache is not None:
            k, v = np.concatenate([cache[0], k]), np.concatenate([cache[1], v])
        repeat = self.heads // self.groups
        scores = q.transpose(1, 0, 2) @ np.repeat(k, repeat, 1).transpose(1, 2, 0) / np.float32(self.head_dim**0.5)
        visible = np.tril(np.ones((rows, at + rows), bool), at)
        scores = np.where(visible, scores, np.float32(-np.inf))
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        out = (scores @ np.repeat(v, repeat, 1).transpose(1, 0, 2)).transpose(1, 0, 2).reshape(rows, -1)
        return out @ w["layer.self_attn.o_proj"].T, (k, v)

    def layer(self, l, x, cache=None):
        w = self.w[l]
        if self.segments:
            q = phi(x @ w["W_mq"].T)
            x = x + (q @ self.A[l]) / ((q @ self.z[l])[:, None] + EPS)
        attended, cache = self.attend(self.rms(x, w["layer.input_layernorm"]), w, cache)
        x = x + attended
        h = self.rms(x, w["layer.post_attention_layernorm"])
        gate = h @ w["layer.mlp.gate_proj"].T
        return x + (gate / (1 + np.exp(-gate)) * (h @ w["layer.mlp.up_proj"].T)) @ w["layer.mlp.down_proj"].T, cache

    def write(self, l, m):
        w = self.w[l]
        k, v = phi(m @ w["W_mk"].T), m @ w["W_mv"].T
        beta = 1 / (1 + np.exp(-(m @ w["W_mb"].T + w["W_mb.bias"])))
        old, gamma = np.float32(0), np.ones((len(m), 1), np.float32)
        if self.segments:
            seen = (k @ self.z[l])[:, None] + EPS
            old = (k @ self.A[l]) / seen
            gamma = np.clip(1 - seen / ((k * k).sum(-1, keepdims=True) + EPS), 0, 1)
        self.A[l] += k.T @ (beta * (v - old))
        self.z[l] += (gamma * k).sum(0)

    def read(self, ids):
        """One full segment into the memory."""
        x = np.concatenate([self.embedding[ids], self.memory_tokens])
        for l in range(self.layers):
            x, _ = self.layer(l, x)
            self.write(l, x[-len(self.memory_tokens) :])
        self.segments += 1

    def extend(self, ids, caches):
        """Hidden rows of `ids` in the final segment after the cached ones, and the longer caches."""
        x, longer = self.embedding[ids], []
        for l in range(self.layers):
            x, cache = self.layer(l, x, caches[l])
            longer.append(cache)
        return x, longer

    def reply(self, ids, caches):
        """Greedy tokens after the prompt rows `ids`."""
        given = []
        while len(given) < LONGEST_ANSWER:
            x, caches = self.extend(ids, caches)
            token = int((self.rms(x[-1], self.norm) @ self.embedding.T).argmax())
            if token == self.end:
                break
            given.append(token)
            ids = [token]
        return given


PLAIN = {"\u2018\u2019\u201a\u201b": "'", "\u201c\u201d\u201e\u201f": '"', "\u2010\u2011\u2012\u2013\u2212": "-", "\u2014\u2015": "--",
         "\u2026": "...", "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000": " "}


def normal(text):
    for characters, ascii in PLAIN.items():
        text = re.sub(f"[{characters}]", ascii, text)
    text = text.replace("\r", "").replace("\t", "    ")
    return re.sub(r"\n{2,}", "\n", re.sub(r"[ ]+\n", "\n", text)).strip()


def answer_all(model, tokenizer, base, items):
    """Adds "given", "right", "document_tokens" to the items; each document is read once."""
    by_document = collections.defaultdict(list)
    for item in items:
        by_document[item.get("doc") or "\0" + item["text"]].append(item)
    for n, (doc, asked) in enumerate(by_document.items()):
        text = doc[1:] if doc[0] == "\0" else (base / doc).read_text("utf-8")
        ids = tokenizer.encode(normal(text))
        full = len(ids) // model.segment * model.segment
        model.forget()
        for begin in range(0, full, model.segment):
            model.read(ids[begin : begin + model.segment])
        caches = [None] * model.layers
        if len(ids) > full:
            _, caches = model.extend(ids[full:], caches)
        for item in asked:
            prompt = [model.question, *tokenizer.encode(normal(item["question"])), model.answer]
            item["given"] = tokenizer.decode(model.reply(prompt, caches)).strip()
            item["right"] = item["given"] == normal(item["answer"])
            item["document_tokens"] = len(ids)
        print(f"\r{n + 1}/{len(by_document)} documents", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("questions", type=pathlib.Path)
    p.add_argument("--out", type=pathlib.Path)
    p.add_argument("--model", type=pathlib.Path, default=ROOT / "resources" / "models" / "default")
    a = p.parse_args()
    items = [json.loads(line) for line in a.questions.read_text("utf-8").splitlines() if line.strip()]
    tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(a.model / "tokenizer.model"))
    answer_all(Model(a.model), tokenizer, a.questions.parent, items)
    scores = collections.defaultdict(list)
    for item in items:
        scores[item.get("family", "")].append(item["right"])
    for family, right in sorted(scores.items()):
        print(f"{family:10} {sum(right):5} of {len(right):5}  {np.mean(right):.3f}")
    every = [item["right"] for item in items]
    print(f"{'all':10} {sum(every):5} of {len(every):5}  {np.mean(every):.3f}")
    if a.out:
        a.out.write_text("".join(json.dumps(i, ensure_ascii=False) + "\n" for i in items), "utf-8")


if __name__ == "__main__":
    main()
