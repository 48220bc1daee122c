"""The average of two checkpoints of one shape: often better than either where one was trained on from the other.

    python average.py EARLIER.safetensors LATER.safetensors --share .5 --out model.safetensors
"""
import argparse
import pathlib

import model


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("earlier", type=pathlib.Path)
    p.add_argument("later", type=pathlib.Path)
    p.add_argument("--share", type=float, default=.5, help="of the later one")
    p.add_argument("--out", type=pathlib.Path, required=True)
    a = p.parse_args()
    (P, c), (Q, other) = model.load(a.earlier), model.load(a.later)
    if c != other:
        p.error("the checkpoints differ in shape")
    model.save({k: P[k].lerp(Q[k], a.share) for k in P}, c, a.out)


if __name__ == "__main__":
    main()
