"""Train the default model: language modelling and questions in one window first, then memory over growing lengths.

Needs one CUDA GPU (--cpu exists to try the code), data/ as pack.py and prepare_babi.py leave it, and
data/tokenizer.model. LV below is the curriculum; a run ends after --limit seconds and writes OUT/final.safetensors.
A second run continues from weights: --init FILE --level N, linear decay over the last --decay of the run. While it
runs, a file ctl.json ({"limit", "next", "lr", "decay", "level"}) steers it.

    WP=0 python train.py --data data --out ckpt --limit 900
    python train.py --data data --out ckpt2 --init ckpt/final.safetensors --level 6 --decay 1 --limit 290

(Examples: the exact command lines of version 1 were not kept.)
"""
import os,sys,time,json,lzma,math,random,argparse,traceback,numpy as np
import multiprocessing as mp
LOGN=25;B=64;SEG=256;M=16;QS=8;FS=64;FL=320;KA=12;NLP=4;NL_=1
# curriculum: (name, {S:prob}, nf range, p_unanswerable, nosplit, advance at ema accuracy, min s, max s)
LV=[
 dict(n='P', S={0:1},             nf=(1,5), pun=.08,ns=0,thr=9, mn=0,mx=100),
 dict(n='1a',S={1:1},             nf=(1,2), pun=.05,ns=1,dens=(.8,.2,.95),thr=.60,mn=6, mx=90),
 dict(n='1b',S={1:.6,4:.4},       nf=(1,4), pun=.06,ns=1,dens=(.6,.05,.8),thr=.65,mn=8,mx=130),
 dict(n='4', S={1:.4,4:.6},       nf=(2,8), pun=.08,ns=1,dens=(.35,.05,.6),thr=.72,mn=10,mx=170),
 dict(n='8', S={1:.1,4:.4,8:.5},  nf=(3,12),pun=.10,ns=0,dens=(.1,.05,.5),thr=.80,mn=20,mx=220),
 dict(n='16',S={1:.05,4:.25,8:.3,16:.4},nf=(4,20),pun=.10,ns=0,dens=(.05,.02,.3),thr=.84,mn=40,mx=250),
 dict(n='64',S={1:.08,4:.25,8:.3,16:.27,64:.10},nf=(4,24),pun=.11,ns=0,dens=(.03,.02,.3),thr=9,mn=1e9,mx=1e9),
]
GRAD={64:lambda s:s%4==1}
def grad_ok(S,s): return GRAD[S](s) if S in GRAD else True
def cols(S):
    n=dict(seg=S*SEG)
    if S>0: n.update(short=QS*FS,sidx=QS*KA,stgt=QS*KA,sfam=QS)
    k=NLP if S==0 else NL_
    n.update(long=k*FL,lcode=k*FL,lfam=k)
    o={};c=0
    for a,b in n.items(): o[a]=(c,c+b);c+=b
    return o,c
def make_doc(g,S,lv,row,co,tail_fact=.2):
    r=g.r
    if S==0:
        for j in range(NLP):
            o=co['long'][0]+j*FL; oc=co['lcode'][0]+j*FL
            nf=r.randint(*lv['nf']); F,Q=g.episode(nf,lv['pun'],r.randint(1,4))
            qa=[];qc=[]
            for fam,q,a in Q:
                x,y=g.qa_tokens(q,a)
                if len(y)>KA or len(qa)+len(x)+len(y)>200: continue
                qa+=x+y; qc+=[0]*(len(x)-1)+[2]*len(y)+[0]
            d,_,_=g.scatter(F,FL-len(qa),0)
            t=np.concatenate([d,np.array(qa,np.int64)])
            c=np.concatenate([np.ones(len(d)-1,np.int64),[0],np.array(qc,np.int64)])[:FL]
            c[-1]=0
            row[o:o+FL]=t; row[oc:oc+FL]=c; row[co['lfam'][0]+j]=9
        return
    nf=min(r.randint(*lv['nf']),8*S)  # fixed after the run: an S=1 document cannot hold 24 facts
    F,Q=g.episode(nf,lv['pun'],QS+1)
    N=S*SEG
    dn=lv.get('dens')
    if dn and r.random()<dn[0]:
        tot=sum(len(g.enc(f))+1 for f in F); reps=int(r.uniform(dn[1],dn[2])*N/max(1,tot)); F=F*max(1,min(reps,200))
        while sum(len(f) for f in F)/2.6>N-8 and len(F)>nf+8: F=F[:len(F)-max(1,len(F)//(reps or 1))] if reps>1 else F
    d,nk,_=g.scatter(F,N,SEG if lv['ns'] else 0,span=r.choice([None,None,None,.5,.2]) if S>2 else None)
    row[co['seg'][0]:co['seg'][1]]=d
    for j in range(QS):
        fam,q,a=Q[j]; x,y=g.qa_tokens(q,a)
        i0=co['sidx'][0]+j*KA;t0=co['stgt'][0]+j*KA;o=co['short'][0]+j*FS
        row[t0:t0+KA]=-1;row[i0:i0+KA]=0
        room=FS-len(x)-len(y)
        tl=0 if room<=0 else r.choice([0,r.randint(0,room),r.randint(0,min(room,6))])
        t=list(g.noise_slice(tl+1))[:tl]+x
        if len(y)<=KA and room>=0:
            p=len(t)-1; k=len(y)
            row[i0:i0+k]=np.arange(p,p+k); row[t0:t0+k]=y
        t=(t+y)[:FS]
        row[o:o+len(t)]=t; row[o+len(t):o+FS]=g.E
        row[co['sfam'][0]+j]=fam
    fam,q,a=Q[QS]
    o=co['long'][0];oc=co['lcode'][0]
    row[oc:oc+FL]=0
    x,y=g.qa_tokens(q,a); tl=r.randint(0,SEG-1)
    if r.random()<tail_fact and tl>60:
        ctx_f,ctx_q=g.u_attr(dict(used=set(),rels=[],ents={},people=[],code=[],attrq=[]))
        tail,_,_=g.scatter(ctx_f,tl,0); fam=9; q,a=ctx_q[0][1:]; x,y=g.qa_tokens(q,a)
    else: tail=g.noise_slice(tl+1)[:tl]
    t=(list(tail)+x+y)[:FL]
    row[o:o+len(t)]=t;row[o+len(t):o+FL]=g.E
    if tl>1: row[oc:oc+tl-1]=1
    if len(tail)+len(x)+len(y)<=FL: row[oc+tl+len(x)-1:oc+tl+len(x)-1+len(y)]=2
    row[co['lfam'][0]]=fam
def load_babi(d,n):
    return json.loads(lzma.open(os.path.join(d,n)).read())
def worker(i,dd,lev,q,stop,shm):
    import gen
    try:
        nz={k:v for k,v in shm.items()}
        g=gen.Gen(os.path.join(dd,'tokenizer.model'),nz,'train',seed=1000003*i+int(os.environ.get('RUNSEED','1')))
        g.babi=load_babi(dd,'babi_train.json.xz')
        while not stop.value:
            l=lev.value; lv=LV[l]
            S=g.r.choices(list(lv['S']),list(lv['S'].values()))[0]
            co,C=cols(S); a=np.zeros((B,C),np.int16)
            for b in range(B):
                for _ in range(5):
                    try: make_doc(g,S,lv,a[b],co); break
                    except (AssertionError,ValueError) as e: pass
            q.put((l,S,a))
    except KeyboardInterrupt: pass
    except Exception: traceback.print_exc()

def main():
    ap=argparse.ArgumentParser()
    ap.add_argument('--data',default='data');ap.add_argument('--limit',type=float,default=80);ap.add_argument('--out',default='ckpt')
    ap.add_argument('--cpu',action='store_true');ap.add_argument('--level',type=int,default=0);ap.add_argument('--init',default='');ap.add_argument('--ptime',type=float,default=0)
    ap.add_argument('--lr',type=float,default=2e-3);ap.add_argument('--decay',type=float,default=.2);ap.add_argument('--workers',type=int,default=14)
    ap.add_argument('--ctl',default='ctl.json');ap.add_argument('--prewarm',default='');ap.add_argument('--fresh',action='store_true')
    a=ap.parse_args()
    T0=time.time()
    import gen
    if a.ptime: LV[0]['mx']=a.ptime
    noise=gen.load_noise(a.data); print('noise',{k:len(v) for k,v in noise.items()},'%.1fs'%(time.time()-T0),flush=True)
    ctx=mp.get_context('fork'); lev=ctx.Value('i',a.level); stop=ctx.Value('i',0); q=ctx.Queue(maxsize=28)
    W=[ctx.Process(target=worker,args=(i,a.data,lev,q,stop,noise),daemon=True) for i in range(a.workers)]
    for w in W: w.start()
    import torch, torch.nn.functional as F, model as m
    dev='cpu' if a.cpu else 'cuda'; dt=torch.float32 if a.cpu else torch.bfloat16
    if not a.cpu:
        torch.backends.cuda.matmul.allow_tf32=True; torch.backends.cuda.enable_cudnn_sdp(False); torch.set_float32_matmul_precision('high')
    c=m.Cfg(); P=m.init(c,dev)
    if a.init: P={k:v.to(dev) for k,v in m.from_named(m.st_load(a.init),c).items()}
    for v in P.values(): v.requires_grad_(True)
    names=list(P); print('params',sum(v.numel() for v in P.values()),'%.1fs'%(time.time()-T0),flush=True)
    block=m.block; block_ng=m.block; write=m.write
    if not a.cpu:
        torch._dynamo.config.cache_size_limit=64
        block=torch.compile(m.block,dynamic=False,fullgraph=True); write=torch.compile(m.write,dynamic=False,fullgraph=True)
        block_ng=torch.compile(m.block,dynamic=False,fullgraph=True)
    tabs={T:m.rope_tab(c,T,dev,dt) for T in (SEG+M,FS,FL)}
    NF=10
    lr_t=torch.tensor(0.0,device=dev); mlr_t=torch.tensor(1.0,device=dev); wlm=torch.tensor(1.0,device=dev)
    st=torch.zeros(3*NF+8,device=dev)  # fam correct, fam count, ... ans loss sum, n, lm sum, n, steps, gate
    far=torch.arange(NF,device=dev)
    one=torch.tensor(1.0,device=dev);zero=torch.tensor(0.0,device=dev)
    muon=['wqkv','wo','wgu','wd']; adam=[k for k in names if k not in muon]
    mom={k:torch.zeros_like(P[k]) for k in muon}; m1={k:torch.zeros_like(P[k]) for k in adam}; m2={k:torch.zeros_like(P[k]) for k in adam}
    tstep={k:torch.tensor(0.0,device=dev) for k in adam}
    lsc={k:torch.full((c.L,),.1,device=dev) for k in('mq','mk','mv','mb')}
    MEMP=('mem','mq','mk','mv','mb','mbb')
    def ns(G):
        tr=G.shape[1]>G.shape[2]
        X=G.to(dt).transpose(1,2) if tr else G.to(dt)
        X=X/(X.float().pow(2).sum((1,2),keepdim=True).sqrt().to(dt)+1e-7)
        for _ in range(5):
            Am=X@X.transpose(1,2); X=3.4445*X+(-4.7750*Am+2.0315*(Am@Am))@X
        return (X.transpose(1,2) if tr else X).float()
    def optstep(gr,S):
        with torch.no_grad():
            tot=sum(g.float().pow(2).sum() for g in gr.values())
            ok=torch.isfinite(tot).float()
            at=torch.sqrt(sum(torch.nan_to_num(gr[k]).float().pow(2).sum() for k in adam)); cl=torch.clamp(1.0/(at+1e-6),max=1.0)
            lr=lr_t*ok
            for k in muon:
                g=torch.nan_to_num(gr[k]).float()*ok; mom[k].lerp_(g,.05); u=g.lerp(mom[k],.95)
                sh=u.shape
                if k=='wgu': u=u.reshape(2*c.L,c.I,c.d)
                u=ns(u)*(0.2*math.sqrt(max(u.shape[1:]))); u=u.reshape(sh)
                P[k].mul_(1-lr*0.05).sub_(lr*u)
            for k in adam:
                if k in MEMP and S==0: continue
                g=torch.nan_to_num(gr[k]).float()*ok*cl
                tstep[k].add_(ok)
                m1[k].lerp_(g,.1); m2[k].mul_(.98).add_(g*g*.02)
                u=(m1[k]/(1-.9**tstep[k]))/((m2[k]/(1-.98**tstep[k])).sqrt()+1e-9)
                l=lr*(0.5 if k in('emb',) else 1.0)
                if k in ('mq','mk','mv'): l=l*lsc[k][:,None,None]
                elif k=='mb': l=l*lsc[k][:,None]
                P[k].sub_(l*u)
    def ce(rows,tgt):
        return F.cross_entropy(rows.float(),tgt,reduction='none',ignore_index=-1)
    def step(S,buf,co,do_opt=True):
        Bn=buf.shape[0]
        Wt={k:P[k].to(dt) if k in('emb','mem','norm') else (P[k].to(dt) if k not in('mk','mv','mb','mbb') else P[k]).unbind(0) for k in names}
        ids={k:buf[:,co[k][0]:co[k][1]].long() for k in co}
        LW=[[Wt[k][l] for k in('ln1','wqkv','wo','ln2','wgu','wd','mq')] for l in range(c.L)]
        MW=[[Wt[k][l] for k in('mk','mv','mb','mbb')] for l in range(c.L)]
        emb=Wt['emb']
        tok=torch.cat([ids['seg'],ids['short'] if S else ids['seg'],ids['long']],1)
        E=F.embedding(tok,emb); n1=S*SEG; n2=n1+(QS*FS if S else 0)
        A=[torch.zeros(Bn,6*c.dm,c.d,device=dev).requires_grad_(True) for _ in range(c.L)]; z=[torch.zeros(Bn,6*c.dm,device=dev).requires_grad_(True) for _ in range(c.L)]
        head=lambda h:m.rms(h,Wt['norm'])@emb.t()
        lm_s=0.;lm_n=0.;gate=0.
        for s in range(S):
            x=torch.cat([E[:,s*SEG:(s+1)*SEG],Wt['mem'].expand(Bn,-1,-1)],1).unsqueeze(1)
            cs=tabs[SEG+M]; f=one if s==0 else zero
            if grad_ok(S,s):
                for l in range(c.L):
                    x=block(x,A[l],z[l],*LW[l],*cs)
                    A[l],z[l]=write(x[:,0,-M:],A[l],z[l],f,*MW[l])
                if s==S-1:
                    lg=head(x[:,0,:SEG-1]).flatten(0,1); t=ids['seg'][:,s*SEG+1:(s+1)*SEG].flatten()
                    L_=ce(lg,t); lm_s=lm_s+L_.sum(); lm_n=lm_n+L_.numel()
            else:
                ms=[]
                with torch.no_grad():
                    x=x.detach()
                    for l in range(c.L):
                        x=block_ng(x,A[l].detach(),z[l].detach(),*[w.detach() for w in LW[l]],*cs); ms.append(x[:,0,-M:])
                for l in range(c.L): A[l],z[l]=write(ms[l],A[l],z[l],f,*MW[l])
        loss=0.;an=0.;al=0.
        if S:
            x=E[:,n1:n2].contiguous().view(Bn,QS,FS,c.d)
            for l in range(c.L): x=block(x,A[l],z[l],*LW[l],*tabs[FS])
            idx=ids['sidx'].view(Bn,QS,KA,1).expand(-1,-1,-1,c.d)
            lg=head(torch.gather(x,2,idx)); t=ids['stgt'].view(Bn,QS,KA)
            L_=ce(lg.flatten(0,2),t.flatten()); v=(t>=0)
            al=al+L_.sum(); an=an+v.sum()
            cor=((lg.argmax(-1)==t)|~v).all(-1)&v.any(-1); fam=ids['sfam'].view(Bn,QS)
            oh=(fam[...,None]==far).float()*v.any(-1)[...,None]
            st[:NF]+=(oh*cor[...,None]).sum((0,1)); st[NF:2*NF]+=oh.sum((0,1))
        K=NLP if S==0 else NL_
        for j in range(K):
            x=E[:,n2+j*FL:n2+(j+1)*FL].contiguous().view(Bn,1,FL,c.d)
            for l in range(c.L): x=block(x,A[l],z[l],*LW[l],*tabs[FL])
            lg=head(x[:,0,:-1]); t=ids['long'][:,j*FL+1:(j+1)*FL]; cd=ids['lcode'][:,j*FL:(j+1)*FL-1]
            L_=ce(lg.flatten(0,1),t.flatten()).view(Bn,-1)
            al=al+(L_*(cd==2)).sum(); an=an+(cd==2).sum(); lm_s=lm_s+(L_*(cd==1)).sum(); lm_n=lm_n+(cd==1).sum()
            cor=((lg.argmax(-1)==t)|(cd!=2)).all(-1)&(cd==2).any(-1)
            oh=(ids['lfam'][:,j][:,None]==far).float()*(cd==2).any(-1)[:,None]
            if S: # long-tail questions are counted in one extra pair of cells
                st[2*NF]+=(oh[:,:9].sum(-1)*cor).sum(); st[2*NF+1]+=oh[:,:9].sum()
            st[9]+=(oh[:,9]*cor).sum(); st[NF+9]+=oh[:,9].sum()
        loss=al/torch.clamp(an.float() if torch.is_tensor(an) else torch.tensor(float(an)),min=1.0)+wlm*lm_s/lm_n
        st[2*NF+2]+=al.detach(); st[2*NF+3]+=an; st[2*NF+4]+=lm_s.detach(); st[2*NF+5]+=lm_n; st[2*NF+6]+=1
        ks=[k for k in names if not(S==0 and k in MEMP)]
        gs=torch.autograd.grad(loss,[P[k] for k in ks],allow_unused=True)
        gr={k:(g if g is not None else torch.zeros_like(P[k])) for k,g in zip(ks,gs)}
        for k in names: 
            if k not in gr: gr[k]=torch.zeros_like(P[k]) if k in muon else P[k].new_zeros(())
        optstep(gr,S)
    graphs={};bufs={}; pool=None; bad=set()
    def run(S,arr):
        nonlocal pool
        co,C=cols(S)
        if a.cpu: return step(S,torch.from_numpy(arr),co)
        if S not in bufs: bufs[S]=torch.zeros(B,C,dtype=torch.int16,device=dev)
        bufs[S].copy_(torch.from_numpy(arr).pin_memory(),non_blocking=True)
        if S not in graphs:
            t1=time.time()
            s=torch.cuda.Stream(); s.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(s): step(S,bufs[S],co)
            torch.cuda.current_stream().wait_stream(s); torch.cuda.synchronize(); t2=time.time()
            pk=torch.cuda.max_memory_allocated()/2**30
            torch.cuda.empty_cache()
            g=torch.cuda.CUDAGraph()
            with torch.cuda.graph(g,pool=pool): step(S,bufs[S],co)
            if pool is None: pool=g.pool()
            graphs[S]=g; torch.cuda.synchronize()
            print('graph S=%d warm %.1fs capture %.1fs peak %.1f GiB reserved %.1f'%(S,t2-t1,time.time()-t2,pk,torch.cuda.memory_reserved()/2**30),flush=True)
        graphs[S].replay()
    os.makedirs(a.out,exist_ok=True)
    def save(tag='last'):
        m.st_save(m.to_named({k:v.detach() for k,v in P.items()},c),a.out+'/tmp.st',bf16=True); os.replace(a.out+'/tmp.st',a.out+'/%s.safetensors'%tag)
    def calibrate(arr,fresh=True):
        # memory maps are re-initialised to fit the residual stream of the pre-trained layers: W_mq = W_mk = random projection of the
        # whitened, mean-free stream; W_mv = 0.5 x identity without the mean directions; memory embeddings = <a>/<q> embeddings + noise
        with torch.no_grad():
            gen_=torch.Generator(device='cpu').manual_seed(5)
            if fresh:
                e=P['emb'][torch.tensor([4,3]*(M//2),device=dev)]; P['mem'].copy_(e+.5*e.pow(2).mean().sqrt()*torch.randn(M,c.d,generator=gen_).to(dev))
                P['mb'].zero_(); P['mbb'].fill_(1.0)
            co,_=cols(1); buf=torch.from_numpy(arr).to(dev); ids=buf[:,co['seg'][0]:co['seg'][0]+SEG].long(); n=ids.shape[0]
            x=torch.cat([F.embedding(ids,P['emb'].to(dt)),P['mem'].to(dt).expand(n,-1,-1)],1).unsqueeze(1); rs=[]
            Z=torch.zeros(n,6*c.dm,c.d,device=dev);zz=torch.zeros(n,6*c.dm,device=dev)
            for l in range(c.L):
                xi=x[:,0,4:].float().reshape(-1,c.d)
                x=m.block(x,Z,zz,*[P[k][l].to(dt) for k in('ln1','wqkv','wo','ln2','wgu','wd','mq')],*tabs[SEG+M])
                mo=x[:,0,-M:].float().reshape(-1,c.d)
                rq=xi.pow(2).mean().sqrt(); ro=mo.pow(2).mean().sqrt()
                U,_=torch.linalg.qr(torch.stack([xi.mean(0),mo.mean(0)],1)); Pj=torch.eye(c.d,device=dev)-U@U.t()
                a1=xi@Pj; a2=mo@Pj; rp=a2.pow(2).mean().sqrt()
                if fresh:
                    C=.5*(a1.t()@a1)/len(a1)/a1.pow(2).mean()+.5*(a2.t()@a2)/len(a2)/a2.pow(2).mean()
                    ev,V=torch.linalg.eigh(C+.1*torch.eye(c.d,device=dev)); Wh=(V*ev.rsqrt())@V.t()@Pj
                    R=torch.randn(c.dm,c.d,generator=gen_).to(dev)@Wh
                    P['mk'][l].copy_(R/(a2@R.t()).pow(2).mean().sqrt()); P['mq'][l].copy_(R/(a1@R.t()).pow(2).mean().sqrt()); P['mv'][l].copy_(.3*Pj)
                lsc['mq'][l]=min(1.5/float(rq),1.); lsc['mk'][l]=2/ro; lsc['mv'][l]=4/ro; lsc['mb'][l]=1/ro
                rs.append(tuple(round(float(t),2) for t in (rq,ro,a1.pow(2).mean().sqrt(),rp)))
            print('calibrate rms (in, mem out, both without mean directions)',rs,flush=True)
    def probe(arr,S):
        with torch.no_grad():
            co,_=cols(S); buf=torch.from_numpy(arr[:16]).to(dev); n=16; A=[torch.zeros(n,6*c.dm,c.d,device=dev)]*c.L; z=[torch.zeros(n,6*c.dm,device=dev)]*c.L; o=[]
            for s in range(S):
                x=torch.cat([F.embedding(buf[:,s*SEG:(s+1)*SEG].long(),P['emb'].to(dt)),P['mem'].to(dt).expand(n,-1,-1)],1).unsqueeze(1)
                for l in range(c.L):
                    q_=m.phi((x.view(n,-1,c.d)@P['mq'][l].to(dt).t()).float()); r_=torch.bmm(q_,A[l])/((q_*z[l][:,None]).sum(-1,keepdim=True)+1e-5)
                    rr=float(r_.pow(2).mean().sqrt()/x.float().pow(2).mean().sqrt())
                    x=m.block(x,A[l],z[l],*[P[k][l].to(dt) for k in('ln1','wqkv','wo','ln2','wgu','wd','mq')],*tabs[SEG+M]); mm=x[:,0,-M:].float()
                    be=torch.sigmoid((mm*P['mb'][l]).sum(-1)+P['mbb'][l])
                    A[l],z[l]=m.write(x[:,0,-M:],A[l],z[l],one if s==0 else zero,*[P[k][l] for k in('mk','mv','mb','mbb')])
                    if s==S-1: o.append((round(rr,3),round(float(be.mean()),2),round(float(be.max()),2)))
            print('probe S=%d (read/stream rms, beta mean, max)'%S,o,flush=True)
    # ---------------- loop
    if a.prewarm:
        import gen as _g
        gg=_g.Gen(os.path.join(a.data,'tokenizer.model'),noise,'train',seed=777); gg.babi=load_babi(a.data,'babi_train.json.xz')
        for S in [int(x) for x in a.prewarm.split(',')]:
            co,C=cols(S); arr=np.zeros((B,C),np.int16)
            for b in range(B): make_doc(gg,S,LV[min(len(LV)-1,{0:0,1:1,2:2,4:3,8:4,16:5}.get(S,6))],arr[b],co)
            lr_t.fill_(1e-6)
            try:
                run(S,arr); torch.cuda.synchronize(); t1=time.time(); n=3
                for _ in range(n): run(S,arr)
                torch.cuda.synchronize(); d_=(time.time()-t1)/n; nt=B*(S*(SEG+M)+(QS*FS+FL if S else NLP*FL))
                print('S=%d %.1f ms/step %.2f Mtok/s at %.1fs'%(S,d_*1e3,nt/d_/1e6,time.time()-T0),flush=True)
            except torch.cuda.OutOfMemoryError as e:
                print('OOM at S=%d'%S,str(e)[:200],flush=True); bad.add(S); torch.cuda.empty_cache()
        st.zero_()
    lvl=a.level;lt=time.time();step_i=0;tok=0;seen=0;ema=0.;hist=[];lastlog=time.time();lastsave=time.time();lastprobe=0;caldone=False;warm=time.time();acc_S={}
    t_train0=time.time()
    import gen as _g2
    gc=_g2.Gen(os.path.join(a.data,'tokenizer.model'),noise,'train',seed=778)
    def calarr():
        co,C=cols(1); arr=np.zeros((B,C),np.int16)
        for b in range(B): make_doc(gc,1,LV[1],arr[b],co)
        return arr
    if a.level>0: calibrate(calarr(),fresh=a.fresh); caldone=True; lt=time.time()
    stale=0;start=time.time()
    pend=[]
    while True:
        now=time.time(); el=now-T0
        if el>a.limit: break
        tw=time.time(); l_,S,arr=q.get(); wait=time.time()-tw
        if l_<lvl and (S==0 or stale<0): continue
        if (lvl>0 and S==0) or S in bad: continue
        # schedule: linear warm-up at each fresh start, constant, linear decay over the last part of the run
        frac=max(0.,(a.limit-el)/(a.decay*a.limit)) if a.decay>0 else 1.
        w=min(1.,(step_i+1)/100.)
        w2=min(1.,(now-lt)/4.+.1) if lvl==1 else 1.
        lr=a.lr*w*w2*min(1.,frac)*(1.0 if lvl==0 else .6)
        lr_t.fill_(lr); wlm.fill_(1.0 if lvl==0 else .1); mlr_t.fill_(1.0)
        run(S,arr); step_i+=1; tok+=B*(S*(SEG+M)+(QS*FS+FL if S else NLP*FL)); 
        acc_S.setdefault(S,[0])[0]+=1
        if step_i%LOGN==0:
            v=st.tolist(); st.zero_()  # syncs
            fc=v[:NF];fn=v[NF:2*NF]; A_=sum(fc[:8])/max(1,sum(fn[:8])); U=fc[8]/max(1,fn[8])
            if lvl>0: ema=.7*ema+.3*A_ if ema>0 else A_
            now=time.time()
            if not math.isfinite(v[2*NF+2]): print('NONFINITE',flush=True)
            if now-lastlog>(4 if LOGN==25 else 0):
                rec=dict(t=round(now-T0,1),step=step_i,lv=LV[lvl]['n'],lr=round(lr,6),ans=round(v[2*NF+2]/max(1,v[2*NF+3]),3),lm=round(v[2*NF+4]/max(1,v[2*NF+5]),3),acc=round(A_,3),un=round(U,3),tail=round(v[2*NF]/max(1,v[2*NF+1]),3),fam=[round(x/max(1,y),2) for x,y in zip(fc,fn)],tps=int(tok/(now-lastlog)),S={k:x[0] for k,x in acc_S.items()},qs=q.qsize(),w=round(wait*1e3))
                print(json.dumps(rec),flush=True); hist.append(rec); lastlog=now; tok=0; acc_S.clear()
            if now-lastprobe>30 and S>0: probe(arr,min(S,4)); lastprobe=now
            if now-lastsave>90: save(); json.dump(hist,open(a.out+'/hist.json','w')); lastsave=now
            dl=now-lt; nxt=False
            if os.path.exists(a.ctl):
                try:
                    ct=json.load(open(a.ctl)); os.remove(a.ctl); print('ctl',ct,flush=True)
                    if 'limit' in ct: a.limit=ct['limit']
                    if 'next' in ct: nxt=True
                    if 'lr' in ct: a.lr=ct['lr']
                    if 'decay' in ct: a.decay=ct['decay']
                    if 'level' in ct: lvl=ct['level']-1; nxt=True
                except Exception as e: print(e)
            if nxt or (dl>LV[lvl]['mn'] and (ema>LV[lvl]['thr'] or dl>LV[lvl]['mx'])):
                print('LEVEL',LV[lvl]['n'],'done ema %.3f after %.0fs'%(ema,dl),flush=True)
                lvl=min(lvl+1,len(LV)-1); lev.value=lvl; lt=time.time(); ema=0.
                if not caldone and lvl>0: save('pretrain'); calibrate(calarr()); caldone=True
    stop.value=1
    save('final'); json.dump(hist,open(a.out+'/hist.json','w'))
    print('DONE steps',step_i,'%.1fs'%(time.time()-T0),flush=True)
    for w in W: w.terminate()
if __name__=='__main__': main()
