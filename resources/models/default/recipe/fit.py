"""Fits the memory's maps and their learning rates to the streams that they read. Imported by train.py."""
import documents as d

IDLE = .05  # a layer whose memory tokens write with less than this beta on average writes nothing


def fit_memory(torch, m, P, c, step, rows, fresh, drop=False):
    """Scales the memory maps' learning rates to the streams that they read; returns the layers whose maps begin anew and
    those that have no memory.

    `fresh`: "all" layers, with the memory embeddings, those of <q> and <a> with noise; the "idle" ones, which write
    nothing, so that the function stays the same, and get a beta and keys that let them learn to; or "none".
    `drop`: idle layers lose their memory for good. Their W_mv is zero, by which the engine knows them.
    """
    device, M = P["emb"].device, c.memory_tokens
    begun, dropped = [], []
    with torch.no_grad():
        g = torch.Generator().manual_seed(5)
        if fresh == "all":
            e = P["emb"][torch.tensor([4, 3] * (M // 2), device=device)]
            P["mem"].copy_(e + .5 * e.pow(2).mean().sqrt() * torch.randn(M, c.hidden, generator=g).to(device))
        ids = torch.from_numpy(rows[:, d.Layout(1).column["document"]]).to(device).long()
        single, reading, _ = m.cast(P, step.dtype)
        x = torch.cat([single["emb"][ids], single["mem"].expand(len(ids), -1, -1)], 1)[:, None]
        A, z = m.empty_memory(c, len(ids), device)
        for i in range(c.layers):
            stream = x[:, 0, 4:].float().reshape(-1, c.hidden)
            x = m.block(x, A[i], z[i], *reading[i], *step.tables[x.shape[2]])
            memory = x[:, 0, -M:].float().reshape(-1, c.hidden)
            beta = torch.sigmoid(memory @ P["mb"][i] + P["mbb"][i]).mean()
            if fresh == "all" or (fresh == "idle" and beta < IDLE):
                new_maps(torch, P, c, i, stream, memory, g, .3 if fresh == "all" else 0.)
                begun.append(i)
            if drop and (beta < IDLE or not P["mv"][i].any()):
                P["mv"][i].zero_()
                dropped.append(i)
            read, wrote = float(stream.pow(2).mean().sqrt()), float(memory.pow(2).mean().sqrt())
            scale = step.optimizer.scale
            scale["mq"][i], scale["mk"][i] = min(1.5 / read, 1.0), 2 / wrote
            scale["mv"][i], scale["mb"][i] = 4 / wrote * (i not in dropped), 1 / wrote
    return begun, dropped


def new_maps(torch, P, c, i, stream, memory, generator, share):
    """W_mq and W_mk one random projection of the whitened stream, W_mv `share` of the identity, all without the stream's
    mean directions; beta is sigmoid(1) whatever the stream."""
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
    P["mv"][i].copy_(share * centre)
    P["mb"][i].zero_()
    P["mbb"][i] = 1.0
