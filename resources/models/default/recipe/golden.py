"""Write the golden case of a model: what the engine's `longview-cli verify` must compute, in float32 on a CPU.

    python golden.py --model model.safetensors --text BOOK.txt --question "Where was Marta born?" --out expected.safetensors

The text's first SEGMENTS full segments go through the memory; its tail and the question are the final segment. Tensors:
input_ids; memory.{s}.A [layers, 6 d_mem, hidden] and memory.{s}.z after each full segment; the final segment's logits
[tokens, vocabulary]; generated, the greedy answer with </s>.
"""
import argparse
import json
import pathlib
import struct

import evaluate
import model
import sentencepiece
import torch

HERE = pathlib.Path(__file__).resolve().parent
SEGMENT, TAIL, LONGEST = 256, 32, 24  # tokens; the tail is of the final segment, the longest answer


def encode(processor, text, question, segments):
    """The ids of the full segments and of the final one, as the application makes them."""
    ids = processor.encode(text)
    assert len(ids) >= segments * SEGMENT + TAIL, f"the text has {len(ids)} tokens"
    full = segments * SEGMENT
    asked = [processor.piece_to_id("<q>"), *processor.encode(question), processor.piece_to_id("<a>")]
    return ids[:full], ids[full : full + TAIL] + asked


def final_logits(reader, memory, ids):
    reader.tables[len(ids)] = model.rope_table(reader.c, len(ids), "cpu", torch.float32)
    return (reader.predict(memory, torch.tensor([[ids]])) @ reader.single["emb"].t())[0, 0]


def greedy(reader, memory, ids, end):
    out = []
    while len(out) < LONGEST and end not in out:
        out.append(int(final_logits(reader, memory, ids + out)[-1].argmax()))
    return out


def save(tensors, note, path):
    header, blobs, offset = {"__metadata__": note}, [], 0
    for name, t in sorted(tensors.items()):
        data = t.contiguous().numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[t.dtype]
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        blobs.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=pathlib.Path, default=HERE.parent / "model.safetensors")
    p.add_argument("--tokenizer", type=pathlib.Path, default=HERE.parent / "tokenizer.model")
    p.add_argument("--text", type=pathlib.Path, required=True)
    p.add_argument("--question", required=True)
    p.add_argument("--segments", type=int, default=2)
    p.add_argument("--out", type=pathlib.Path, required=True)
    a = p.parse_args()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(a.tokenizer))
    full, final = encode(processor, a.text.read_text("utf-8"), a.question, a.segments)
    P, c = model.load(a.model)
    reader = evaluate.Reader(P, c, "cpu", torch.float32)
    tensors = {"input_ids": torch.tensor(full + final)}
    with torch.no_grad():
        for s in range(a.segments):
            memory = A, z = reader.read(torch.tensor([full[: (s + 1) * SEGMENT]]))
            tensors[f"memory.{s}.A"] = torch.stack([x[0] for x in A])
            tensors[f"memory.{s}.z"] = torch.stack([x[0] for x in z])
        tensors["logits"] = final_logits(reader, memory, final)
        tensors["generated"] = torch.tensor(greedy(reader, memory, final, processor.eos_id()))
    note = "float32 on a CPU with the bfloat16 weights; logits of the final segment, which has no memory tokens"
    save(tensors, {"question": a.question, "note": note}, a.out)
    print(a.question, processor.decode(tensors["generated"].tolist()))


if __name__ == "__main__":
    main()
