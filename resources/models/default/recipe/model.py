"""The network in PyTorch: a Llama decoder with an associative memory per layer (ARMT), and its checkpoint format.

Parameters are a dict of tensors, those of the layers stacked, [layers, ...]:
ln1 ln2 [d], wqkv [(H + 2 KV) hd, d], wo [d, H hd], wgu [2 I, d], wd [d, I], and of the memory mq mk [dm, d], mv [d, d],
mb [d], mbb []; apart from them emb [V, d], mem [M, d], norm [d].
The memory's state is per layer A [batch, 6 dm, d] and z [batch, 6 dm], float32.
"""
import dataclasses
import json
import math
import struct

import numpy as np
import torch
import torch.nn.functional as F

STACKED = ["ln1", "wqkv", "wo", "ln2", "wgu", "wd", "mq", "mk", "mv", "mb", "mbb"]
READING = ["ln1", "wqkv", "wo", "ln2", "wgu", "wd", "mq"]  # the arguments of block()
WRITING = ["mk", "mv", "mb", "mbb"]                        # the arguments of write(), kept in float32
PREFIX = "memory_cell.model.model."


@dataclasses.dataclass
class Config:
    hidden: int = 384
    layers: int = 8
    heads: int = 6
    kv_heads: int = 2
    mlp: int = 1024
    d_mem: int = 64
    memory_tokens: int = 16
    vocabulary: int = 8192
    theta: float = 10000.0

    head = 64   # size of an attention head
    group = 3   # heads a KV head serves; block() relies on both

    def __post_init__(self):
        assert self.heads == self.group * self.kv_heads and self.hidden == self.heads * self.head

    def to_json(self):
        """config.json as the engine reads it."""
        return {
            "architectures": ["LlamaForCausalLM"], "model_type": "armt", "vocab_size": self.vocabulary,
            "hidden_size": self.hidden, "intermediate_size": self.mlp, "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads, "num_key_value_heads": self.kv_heads, "head_dim": self.head,
            "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": self.theta, "max_position_embeddings": 4096,
            "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False, "bos_token_id": 1, "eos_token_id": 2,
            "torch_dtype": "bfloat16", "num_mem_tokens": self.memory_tokens, "segment_size": 256, "d_mem": self.d_mem,
            "question_token_id": 3, "answer_token_id": 4, "newline_token_id": 5}


def initial(c, seed=0):
    """Random parameters."""
    g = torch.Generator().manual_seed(seed)
    normal = lambda *shape, std: torch.randn(*shape, generator=g) * std  # noqa: E731
    s, out, n = c.hidden ** -.5, 1 / math.sqrt(2 * c.layers), c.layers
    return {
        "emb": normal(c.vocabulary, c.hidden, std=s), "mem": normal(c.memory_tokens, c.hidden, std=s),
        "norm": torch.ones(c.hidden), "ln1": torch.ones(n, c.hidden), "ln2": torch.ones(n, c.hidden),
        "wqkv": normal(n, (c.heads + 2 * c.kv_heads) * c.head, c.hidden, std=s),
        "wo": normal(n, c.hidden, c.heads * c.head, std=s * out), "wgu": normal(n, 2 * c.mlp, c.hidden, std=s),
        "wd": normal(n, c.hidden, c.mlp, std=c.mlp ** -.5 * out), "mq": normal(n, c.d_mem, c.hidden, std=s),
        "mk": normal(n, c.d_mem, c.hidden, std=s), "mv": normal(n, c.hidden, c.hidden, std=.1 * s),
        "mb": torch.zeros(n, c.hidden), "mbb": torch.zeros(n)}


def grow(P, layers):
    """The same function with more layers: a copy of one of the upper layers, which adds and writes nothing yet, goes
    before each of them in turn, from the highest down."""
    old = P["ln1"].shape[0]
    copied = {i for i in range(old - 1, old - 1 - (layers - old), -1)}
    assert 0 <= min(copied, default=0) and layers >= old
    order, new = [], []
    for i in range(old):
        if i in copied:
            new.append(len(order))
            order.append(i)
        order.append(i)
    grown = {k: (v[order].clone() if k in STACKED else v.clone()) for k, v in P.items()}
    for k in ("wo", "wd", "mv"):
        grown[k][new] = 0
    return grown


def widen(P, d_mem):
    """Nearly the same function with longer keys: the new rows of W_mq and W_mk are the old ones in another order, so
    that phi() multiplies other pairs of the same projections and at first sees nearly the same similarities."""
    layers, old = P["mq"].shape[:2]
    g = torch.Generator().manual_seed(1)
    while old < d_mem:
        order = torch.stack([torch.randperm(old, generator=g)[: d_mem - old] for _ in range(layers)])
        more = {k: torch.stack([P[k][i][order[i]] for i in range(layers)]) for k in ("mq", "mk")}
        P = {**P, **{k: torch.cat([P[k], rows], 1) for k, rows in more.items()}}
        old = P["mq"].shape[1]
    return P


def rms_norm(x, weight):
    xf = x.float()
    return (xf * torch.rsqrt(xf.pow(2).mean(-1, keepdim=True) + 1e-5)).to(x.dtype) * weight


def phi(y):
    """DPFP with nu = 3, not normalised."""
    u = torch.cat([F.relu(y), F.relu(-y)], -1)
    return torch.cat([u * u.roll(1, -1), u * u.roll(2, -1), u * u.roll(3, -1)], -1)


def rope_table(c, length, device, dtype):
    inverse = 1.0 / (c.theta ** (torch.arange(0, c.head, 2, dtype=torch.float32) / c.head))
    angles = torch.outer(torch.arange(length, dtype=torch.float32), inverse)
    angles = torch.cat([angles, angles], -1)
    return angles.cos().to(device).to(dtype), angles.sin().to(device).to(dtype)


def rotate(x, cos, sin):
    h = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., h:], x[..., :h]], -1) * sin


def block(x, A, z, ln1, wqkv, wo, ln2, wgu, wd, mq, cos, sin):
    """One layer over x [batch, N, T, d]: reads the memory, then a Llama layer. N sequences share a document's memory."""
    B, N, T, d = x.shape
    q = phi((x.view(B, N * T, d) @ mq.t()).float())
    total = (q * z[:, None]).sum(-1, keepdim=True) + 1e-5
    x = x + (torch.bmm(q.to(x.dtype), A.to(x.dtype)).float() / total).to(x.dtype).view(B, N, T, d)
    heads, kv = d // Config.head, d // Config.head // Config.group
    q, k, v = (rms_norm(x, ln1) @ wqkv.t()).view(B * N, T, heads + 2 * kv, Config.head).transpose(1, 2).split([heads, kv, kv], 1)
    q, k = rotate(q, cos, sin), rotate(k, cos, sin)
    k, v = k.repeat_interleave(Config.group, 1), v.repeat_interleave(Config.group, 1)
    o = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    x = x + o.transpose(1, 2).reshape(B, N, T, d) @ wo.t()
    g, u = (rms_norm(x, ln2) @ wgu.t()).chunk(2, -1)
    return x + (F.silu(g) * u) @ wd.t()


def write(m, A, z, first, mk, mv, mb, mbb):
    """The memory after a segment whose layer output at the memory tokens is m [batch, M, d]; `first` is 1 in the first
    segment and else 0."""
    m = m.float()
    k, v, beta = phi(m @ mk.t()), m @ mv.t(), torch.sigmoid((m * mb).sum(-1, keepdim=True) + mbb)
    total = (k * z[:, None]).sum(-1, keepdim=True) + 1e-5
    old = torch.bmm(k, A) / total
    gamma = (1 - total / ((k * k).sum(-1, keepdim=True) + 1e-5)).clamp(0, 1).detach()
    gamma = torch.maximum(gamma, first)
    return A + torch.bmm(k.transpose(1, 2), beta * (v - old)), z + (gamma * k).sum(1)


def empty_memory(c, batch, device):
    A = [torch.zeros(batch, 6 * c.d_mem, c.hidden, device=device) for _ in range(c.layers)]
    return A, [torch.zeros(batch, 6 * c.d_mem, device=device) for _ in range(c.layers)]


def cast(P, dtype):
    """(embeddings and the like by name, block()'s weights by layer in dtype, write()'s by layer in float32)"""
    single = {k: P[k].to(dtype) for k in ("emb", "mem", "norm")}
    reading = list(zip(*[P[k].to(dtype).unbind(0) for k in READING]))
    return single, reading, list(zip(*[P[k].unbind(0) for k in WRITING]))


# --- checkpoints
def names(c):
    """[(tensor name, parameter, layer, rows)] of a checkpoint."""
    q, k = c.heads * c.head, c.kv_heads * c.head
    out = [("memory_cell.memory", "mem", None, None), (PREFIX + "embed_tokens.weight", "emb", None, None),
           (PREFIX + "norm.weight", "norm", None, None)]
    for i in range(c.layers):
        p = f"{PREFIX}layers.{i}."
        out += [(p + "layer.self_attn.q_proj.weight", "wqkv", i, (0, q)), (p + "layer.self_attn.k_proj.weight", "wqkv", i, (q, q + k)),
                (p + "layer.self_attn.v_proj.weight", "wqkv", i, (q + k, q + 2 * k)), (p + "layer.self_attn.o_proj.weight", "wo", i, None),
                (p + "layer.mlp.gate_proj.weight", "wgu", i, (0, c.mlp)), (p + "layer.mlp.up_proj.weight", "wgu", i, (c.mlp, 2 * c.mlp)),
                (p + "layer.mlp.down_proj.weight", "wd", i, None), (p + "layer.input_layernorm.weight", "ln1", i, None),
                (p + "layer.post_attention_layernorm.weight", "ln2", i, None), (p + "W_mq.weight", "mq", i, None),
                (p + "W_mk.weight", "mk", i, None), (p + "W_mv.weight", "mv", i, None), (p + "W_mb.weight", "mb", i, None),
                (p + "W_mb.bias", "mbb", i, None)]
    return out


def save(P, c, path):
    """Write the parameters as bfloat16 safetensors."""
    header, blobs, offset = {}, [], 0
    for name, parameter, layer, rows in sorted(names(c)):
        t = P[parameter].detach()
        t = t if layer is None else t[layer]
        t = t if rows is None else t[rows[0] : rows[1]]
        t = t[None] if parameter in ("mb", "mbb") else t
        data = t.cpu().contiguous().to(torch.bfloat16).view(torch.int16).numpy().tobytes()
        header[name] = {"dtype": "BF16", "shape": list(t.shape), "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        blobs.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        f.writelines(blobs)


def load(path):
    """(parameters as float32, config) of a safetensors checkpoint with bfloat16 or float32 tensors."""
    data = memoryview(open(path, "rb").read())
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(bytes(data[8 : 8 + size]))
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        raw = data[8 + size + entry["data_offsets"][0] : 8 + size + entry["data_offsets"][1]]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw, np.float32).copy()
        tensors[name.replace("memory_cell.layers.", PREFIX + "layers.")] = torch.from_numpy(values).reshape(entry["shape"])
    c = config_of(tensors)
    P = {}
    for name, parameter, layer, rows in names(c):
        t = tensors[name]
        if layer is None:
            P[parameter] = t
        else:
            P.setdefault(parameter, [[] for _ in range(c.layers)])[layer].append(t[0] if parameter in ("mb", "mbb") else t)
    P = {k: torch.stack([torch.cat(parts) if len(parts) > 1 else parts[0] for parts in v]) if isinstance(v, list) else v
         for k, v in P.items()}
    return P, c


def config_of(tensors):
    layer = PREFIX + "layers.0."
    vocabulary, hidden = tensors[PREFIX + "embed_tokens.weight"].shape
    return Config(hidden=hidden, layers=sum(n.endswith("W_mq.weight") for n in tensors),
                  heads=tensors[layer + "layer.self_attn.q_proj.weight"].shape[0] // Config.head,
                  kv_heads=tensors[layer + "layer.self_attn.k_proj.weight"].shape[0] // Config.head,
                  mlp=tensors[layer + "layer.mlp.gate_proj.weight"].shape[0], d_mem=tensors[layer + "W_mq.weight"].shape[0],
                  memory_tokens=tensors["memory_cell.memory"].shape[0], vocabulary=vocabulary)
