"""The processes of a run, one GPU each, that torchrun started; without it, this process alone.

Rank 0 makes the documents and decides; the others do the same steps on documents of their own, and the gradients are
averaged, so that all hold the same parameters. Imported by train.py.
"""
import os


class Ranks:
    def __init__(self):
        self.rank, self.count = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        self.first = self.rank == 0

    def join(self, torch, device):
        """Meets the others; the process has forked all its workers by now."""
        self.torch, self.device = torch, device
        if self.count == 1:
            return
        if device.type == "cuda":
            torch.cuda.set_device(device)
        backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
        torch.distributed.init_process_group(backend)
        self.average(torch.zeros(1, device=device))  # the communicator must be there before a graph is captured

    def leave(self):
        if self.count > 1:
            self.torch.distributed.destroy_process_group()

    def order(self, numbers=None, n=4):
        """The numbers that rank 0 gives, in every rank."""
        if self.count == 1:
            return numbers
        told = self.torch.tensor(numbers if self.first else [0.0] * n, dtype=self.torch.float64)
        self.torch.distributed.broadcast(told, 0)
        return told.tolist()

    def deal(self, hands, shape):
        """This rank's rows of those that rank 0 holds, an int16 array a rank."""
        if self.count == 1:
            return hands[0]
        as_bytes = lambda rows: self.torch.from_numpy(rows.view("uint8"))  # noqa: E731 - gloo knows no int16
        mine = self.torch.empty((shape[0], 2 * shape[1]), dtype=self.torch.uint8)
        self.torch.distributed.scatter(mine, [as_bytes(rows) for rows in hands] if self.first else None, 0)
        return mine.numpy().view("int16")

    def average(self, tensor):
        if self.count > 1:
            self.torch.distributed.all_reduce(tensor)
            tensor.div_(self.count)

    def agree(self, well):
        """Is it well in every rank?"""
        if self.count == 1:
            return well
        flag = self.torch.tensor([int(well)])
        self.torch.distributed.all_reduce(flag, self.torch.distributed.ReduceOp.MIN)
        return bool(flag)

    def share(self, tensors):
        """Rank 0's values, in every rank; says by how much they differed."""
        if self.count == 1:
            return
        far = 0.0
        with self.torch.no_grad():
            for tensor in tensors:
                own = tensor.clone()
                self.torch.distributed.broadcast(tensor, 0)
                far = max(far, float((tensor - own).abs().max()))
        if far:
            print(f"rank {self.rank} was off by {far:.1e}", flush=True)
