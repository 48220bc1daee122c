"""Train a SentencePiece tokenizer on a sample of the corpus, as the model's was trained.

    python train_tokenizer.py --corpus CORPUS --out tokenizer

BPE, 8,192 pieces, identity normalisation, byte fallback, digits split, <q>, <a> and newline as pieces of their own.
Writes OUT.model and OUT.vocab. The model's own, tokenizer.model, is of a sample of version 1's texts in the same
proportions: another sample gives other pieces, and other pieces need a model of their own.
"""
import argparse
import pathlib
import random
import tempfile

import prepare
import sentencepiece

CHARACTERS = {"books": 9_000_000, "miscellany": 3_000_000, "code": 1_500_000}
LONGEST_LINE = 1500


def sample(texts, characters):
    """Lines from anywhere, some perhaps twice."""
    lines = [line[:LONGEST_LINE] for text in texts for line in text.split("\n") if len(line) >= 3 and "\0" not in line]
    size = 0
    while size < characters:
        line = random.choice(lines)
        size += len(line)
        yield line


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--corpus", type=pathlib.Path, required=True)
    p.add_argument("--out", default="tokenizer")
    p.add_argument("--scale", type=float, default=1, help="of the sample's size, to try it")
    a = p.parse_args()
    random.seed(0)
    texts = {"books": prepare.books(a.corpus), "miscellany": prepare.miscellany(a.corpus), "code": prepare.code(a.corpus, False)}
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        for name, characters in CHARACTERS.items():
            file.writelines(line + "\n" for line in sample(texts[name], a.scale * characters))
        file.flush()
        sentencepiece.SentencePieceTrainer.train(
            input=file.name, model_prefix=a.out, vocab_size=8192, model_type="bpe", byte_fallback=True, split_digits=True,
            normalization_rule_name="identity", remove_extra_whitespaces=False, allow_whitespace_only_pieces=True,
            add_dummy_prefix=True, character_coverage=.9997, user_defined_symbols=["<q>", "<a>", "\n"],
            max_sentence_length=8000, input_sentence_size=0)


if __name__ == "__main__":
    main()
