"""The optimiser of train.py."""
import math

MUON = ("wqkv", "wo", "wgu", "wd")


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
