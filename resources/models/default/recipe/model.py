"""The network in PyTorch: a Llama decoder with an associative memory per layer (ARMT), and its checkpoint format.

block() is one layer over one segment, with the memory read; write() is the memory's update from the memory tokens;
to_named(), from_named(), st_load() and st_save() convert to and from safetensors. Imported by train.py and evaluate.py.
"""
import math, json, struct, numpy as np, torch, torch.nn.functional as F
class Cfg:
    def __init__(s,**k):
        s.d=384;s.L=8;s.H=6;s.KV=2;s.hd=64;s.I=1024;s.dm=32;s.M=16;s.seg=256;s.V=8192;s.theta=10000.0;s.eps=1e-5
        s.__dict__.update(k)
STACK=['ln1','wqkv','wo','ln2','wgu','wd','mq','mk','mv','mb','mbb']
def init(c,dev,seed=0):
    g=torch.Generator().manual_seed(seed); R=lambda *s,std:(torch.randn(*s,generator=g)*std)
    P={}
    P['emb']=R(c.V,c.d,std=c.d**-.5); P['mem']=R(c.M,c.d,std=c.d**-.5); P['norm']=torch.ones(c.d)
    P['ln1']=torch.ones(c.L,c.d);P['ln2']=torch.ones(c.L,c.d)
    s=c.d**-.5
    P['wqkv']=R(c.L,(c.H+2*c.KV)*c.hd,c.d,std=s); P['wo']=R(c.L,c.d,c.H*c.hd,std=s/math.sqrt(2*c.L))
    P['wgu']=R(c.L,2*c.I,c.d,std=s); P['wd']=R(c.L,c.d,c.I,std=c.I**-.5/math.sqrt(2*c.L))
    P['mq']=R(c.L,c.dm,c.d,std=s); P['mk']=R(c.L,c.dm,c.d,std=s); P['mv']=R(c.L,c.d,c.d,std=.1*s)
    P['mb']=torch.zeros(c.L,c.d); P['mbb']=torch.zeros(c.L)
    return {k:v.to(dev) for k,v in P.items()}
def rms(x,w,eps=1e-5):
    xf=x.float(); return (xf*torch.rsqrt(xf.pow(2).mean(-1,keepdim=True)+eps)).to(x.dtype)*w
def phi(y):
    u=torch.cat([F.relu(y),F.relu(-y)],-1)
    return torch.cat([u*u.roll(1,-1),u*u.roll(2,-1),u*u.roll(3,-1)],-1)
def rope_tab(c,T,dev,dt):
    inv=1.0/(c.theta**(torch.arange(0,c.hd,2,dtype=torch.float32)/c.hd))
    f=torch.outer(torch.arange(T,dtype=torch.float32),inv); f=torch.cat([f,f],-1)
    return f.cos().to(dev).to(dt),f.sin().to(dev).to(dt)
def rot(x,cos,sin):
    h=x.shape[-1]//2
    return x*cos+torch.cat([-x[...,h:],x[...,:h]],-1)*sin
def sdpa(q,k,v,T):
    if hasattr(F,'scaled_dot_product_attention'): return F.scaled_dot_product_attention(q,k,v,is_causal=True)
    s=(q@k.transpose(-1,-2))/math.sqrt(q.shape[-1]); m=torch.ones(T,T,dtype=torch.bool,device=q.device).triu(1)
    return s.masked_fill(m,float('-inf')).softmax(-1)@v
H,KV,HD=6,2,64
def block(x,A,z,ln1,wqkv,wo,ln2,wgu,wd,mq,cos,sin):
    B,N,T,d=x.shape; dt=x.dtype
    q=phi((x.view(B,N*T,d)@mq.t()).float())
    den=(q*z[:,None]).sum(-1,keepdim=True)+1e-5
    r=torch.bmm(q.to(dt),A.to(dt)).float()/den
    x=x+r.to(dt).view(B,N,T,d)
    h=rms(x,ln1)
    qkv=h@wqkv.t()
    q,k,v=qkv.view(B*N,T,H+2*KV,HD).transpose(1,2).split([H,KV,KV],1)
    q=rot(q,cos,sin);k=rot(k,cos,sin)
    k=k.repeat_interleave(H//KV,1);v=v.repeat_interleave(H//KV,1)
    o=sdpa(q,k,v,T)
    x=x+o.transpose(1,2).reshape(B,N,T,H*HD)@wo.t()
    h=rms(x,ln2); g,u=(h@wgu.t()).chunk(2,-1)
    return x+(F.silu(g)*u)@wd.t()
def write(m,A,z,first,mk,mv,mb,mbb):
    m=m.float()
    k=phi(m@mk.t()); v=m@mv.t(); b=torch.sigmoid((m*mb).sum(-1,keepdim=True)+mbb)
    zk=(k*z[:,None]).sum(-1,keepdim=True)+1e-5
    vold=torch.bmm(k,A)/zk
    gam=(1-zk/((k*k).sum(-1,keepdim=True)+1e-5)).clamp(0,1).detach()
    gam=torch.maximum(gam,first)
    return A+torch.bmm(k.transpose(1,2),b*(v-vold)), z+(gam*k).sum(1)
# ---------- checkpoints in the project's names
def to_named(P,c):
    o={}; pre='memory_cell.model.model.'
    o['memory_cell.memory']=P['mem']; o[pre+'embed_tokens.weight']=P['emb']; o[pre+'norm.weight']=P['norm']
    nq=c.H*c.hd; nk=c.KV*c.hd
    for i in range(c.L):
        p=pre+'layers.%d.'%i; l=p+'layer.'
        w=P['wqkv'][i]; o[l+'self_attn.q_proj.weight']=w[:nq];o[l+'self_attn.k_proj.weight']=w[nq:nq+nk];o[l+'self_attn.v_proj.weight']=w[nq+nk:]
        o[l+'self_attn.o_proj.weight']=P['wo'][i]; o[l+'mlp.gate_proj.weight']=P['wgu'][i][:c.I];o[l+'mlp.up_proj.weight']=P['wgu'][i][c.I:];o[l+'mlp.down_proj.weight']=P['wd'][i]
        o[l+'input_layernorm.weight']=P['ln1'][i];o[l+'post_attention_layernorm.weight']=P['ln2'][i]
        o[p+'W_mq.weight']=P['mq'][i];o[p+'W_mk.weight']=P['mk'][i];o[p+'W_mv.weight']=P['mv'][i];o[p+'W_mb.weight']=P['mb'][i][None];o[p+'W_mb.bias']=P['mbb'][i][None]
    return o
def from_named(o,c):
    pre='memory_cell.model.model.'; alt='memory_cell.layers.'
    def G(n):
        if n in o: return o[n].float()
        return o[n.replace('memory_cell.model.model.layers.',alt)].float()
    P={'mem':G('memory_cell.memory'),'norm':G(pre+'norm.weight')}
    P['emb']=G(pre+'embed_tokens.weight')
    S={k:[] for k in STACK}
    for i in range(c.L):
        p=pre+'layers.%d.'%i; l=p+'layer.'
        S['wqkv'].append(torch.cat([G(l+'self_attn.%s_proj.weight'%x) for x in 'qkv'])); S['wo'].append(G(l+'self_attn.o_proj.weight'))
        S['wgu'].append(torch.cat([G(l+'mlp.gate_proj.weight'),G(l+'mlp.up_proj.weight')]));S['wd'].append(G(l+'mlp.down_proj.weight'))
        S['ln1'].append(G(l+'input_layernorm.weight'));S['ln2'].append(G(l+'post_attention_layernorm.weight'))
        S['mq'].append(G(p+'W_mq.weight'));S['mk'].append(G(p+'W_mk.weight'));S['mv'].append(G(p+'W_mv.weight'));S['mb'].append(G(p+'W_mb.weight')[0]);S['mbb'].append(G(p+'W_mb.bias')[0])
    for k in S: P[k]=torch.stack(S[k])
    return P
def st_load(f):
    b=open(f,'rb').read(); n=struct.unpack('<Q',b[:8])[0]; h=json.loads(b[8:8+n]); o={}
    DT={'F32':np.float32,'I64':np.int64,'I32':np.int32,'U16':np.uint16,'F16':np.float16}
    for k,v in h.items():
        if k=='__metadata__': continue
        x=b[8+n+v['data_offsets'][0]:8+n+v['data_offsets'][1]]
        if v['dtype']=='BF16':
            a=np.frombuffer(x,np.uint16).astype(np.uint32)<<16; t=torch.from_numpy(a.view(np.float32).copy())
        else: t=torch.from_numpy(np.frombuffer(x,DT[v['dtype']]).copy())
        o[k]=t.reshape(v['shape'])
    return o
def st_save(d,f,bf16=False,meta=None):
    h={};off=0;bl=[]
    if meta: h['__metadata__']=meta
    for k in sorted(d):
        t=d[k].detach().cpu().contiguous()
        if bf16 and t.is_floating_point():
            x=t.float().to(torch.bfloat16); a=x.view(torch.int16).numpy().tobytes(); dt='BF16'
        else:
            a=t.numpy().tobytes(); dt={torch.float32:'F32',torch.int64:'I64',torch.int32:'I32'}[t.dtype]
        h[k]={'dtype':dt,'shape':list(t.shape),'data_offsets':[off,off+len(a)]}; off+=len(a); bl.append(a)
    j=json.dumps(h).encode(); j+=b' '*((8-len(j)%8)%8)
    with open(f,'wb') as o:
        o.write(struct.pack('<Q',len(j)));o.write(j)
        for a in bl:o.write(a)
